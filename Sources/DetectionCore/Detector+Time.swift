extension Detector {
  /// Moves the core's time forward and acts on every deadline that has come: points that went
  /// stale, sensor alarms whose delay is over, outputs that have been on long enough.
  mutating func letTimePass(
    to time: Instant, wallTime: WallTime, into outcome: inout Outcome
  ) {
    if time > now {
      now = time.reached
      wallNow = wallTime
    }
    if !hasStarted { start() }
    // Deadlines mostly move later, a little with every reading. Instead of finding the earliest
    // again each time, the core keeps a bound that is never too late, and looks at all deadlines
    // only when the bound is reached.
    if now >= earliestDeadline { meetDeadlines(into: &outcome) }
  }

  // Apart from the way of every input, which would otherwise save registers for it each time.
  @inline(never)
  private mutating func meetDeadlines(into outcome: inout Outcome) {
    expireOutputs(into: &outcome)
    raiseSensorAlarms(into: &outcome)
    checkPeriods(into: &outcome)
    passAlarms(into: &outcome)
    passDeterrents(into: &outcome)
    giveSignOfLife(into: &outcome)
    let first = outcome.readingCount
    expirePoints(into: &outcome)
    findEarliestDeadline()
    followUp(from: first, into: &outcome)
  }

  /// A point without a reading for its maximum age, counted from the first input at all, is missing.
  @inline(never)
  private mutating func start() {
    hasStarted = true
    lastEventAt = now
    if let interval = plan.site.signOfLife { arm(now + interval) }
    for index in 0..<plan.rules.count where plan.rules[index].activePeriod != nil {
      ruleStates[index].periodCheck = now
      arm(now)
    }
    for index in 0..<plan.points.count {
      guard let age = plan.points[index].maximumAge else { continue }
      pointStates[index].staleAt = now + age
      arm(pointStates[index].staleAt)
    }
  }

  /// The box was off until `moment`, on the same time line: a new start, whose events are counted from
  /// `firstSequence`, goes on from what the checkpoint of the one before was. Called before the first input.
  ///
  /// All that is measured in time goes on, the time of the outage included: windows, delays, shelving,
  /// on-times. Only what sensors did not say meanwhile is not held against them: each has its maximum age,
  /// and a sensor's fault its delay, from here on.
  ///
  /// - Parameter isOutageKnown: False where the outage may have been longer than the time line says: an
  ///   output that was on may then have been on for all of its maximum, and goes off with the first input.
  public mutating func resume(
    at moment: Instant, _ wallTime: WallTime, isOutageKnown: Bool, firstSequence: UInt64
  ) {
    if moment > now {
      now = moment.reached
      wallNow = wallTime
    }
    nextSequence = firstSequence
    for index in 0..<plan.points.count {
      pointStates[index].alarm.resume(at: now)
      guard let age = plan.points[index].maximumAge,
        pointStates[index].staleAt.nanoseconds != .max
      else { continue }
      pointStates[index].staleAt = now + age
    }
    if !isOutageKnown {
      for index in 0..<plan.outputs.count { outputSwitches[index].useUp(at: now) }
    }
    arm(now)
  }

  /// A deadline has been set.
  mutating func arm(_ deadline: Instant) {
    if deadline < earliestDeadline { earliestDeadline = deadline }
  }

  /// A point took a reading; only one that is not missing yet can become so.
  mutating func armStaleness(_ point: Int, after reading: Reading) {
    guard let age = plan.points[point].maximumAge else { return }
    pointStates[point].staleAt =
      reading.flag == .missing ? Instant(nanoseconds: .max) : reading.time + age
    arm(pointStates[point].staleAt)
  }

  private mutating func expireOutputs(into outcome: inout Outcome) {
    for index in 0..<plan.outputs.count where outputSwitches[index].offAt <= now {
      outputSwitches[index].expire()
      var event = event(.outputOff, of: index, at: now, wallNow)
      event.stage = ruleStates[Int(plan.outputs[index].rule)].stage
      event.previousStage = event.stage
      emit(event, into: &outcome)
    }
  }

  private mutating func raiseSensorAlarms(into outcome: inout Outcome) {
    for index in 0..<plan.points.count {
      let delay = plan.points[index].sensorFaultDelay
      guard let deadline = pointStates[index].alarm.deadline(delay: delay), deadline <= now
      else { continue }
      pointStates[index].alarm.raise()
      var event = event(.sensorFaultRaised, of: index, at: now, wallNow)
      event.flag = pointStates[index].flag
      emit(event, into: &outcome)
    }
  }

  /// Says that the box is there when nothing else has been said for so long.
  private mutating func giveSignOfLife(into outcome: inout Outcome) {
    guard let interval = plan.site.signOfLife, now >= lastEventAt + interval else { return }
    emit(event(.signOfLife, of: 0, at: now, wallNow), into: &outcome)
  }

  private mutating func expirePoints(into outcome: inout Outcome) {
    for index in 0..<plan.points.count where pointStates[index].staleAt <= now {
      take(
        Reading(
          point: PointIndex(rawValue: UInt16(index)), value: .nan, flag: .missing, time: now,
          wallTime: wallNow), into: &outcome)
    }
  }

  private mutating func findEarliestDeadline() {
    earliestDeadline = Instant(nanoseconds: .max)
    for index in 0..<plan.points.count {
      arm(pointStates[index].staleAt)
      if let deadline = pointStates[index].alarm.deadline(
        delay: plan.points[index].sensorFaultDelay)
      {
        arm(deadline)
      }
    }
    for index in 0..<plan.outputs.count { arm(outputSwitches[index].offAt) }
    for index in 0..<plan.rules.count {
      if let deadline = ruleStates[index].alarm.deadline(plan: plan.rules[index].alarm) {
        arm(deadline)
      }
      arm(ruleStates[index].periodCheck)
    }
    for index in 0..<plan.deterrents.count {
      if let deadline = deterrentMachines[index].deadline { arm(deadline) }
    }
    if let interval = plan.site.signOfLife { arm(lastEventAt + interval) }
    if let deadline = flood.deadline(plan: FloodPlan()) { arm(deadline) }
  }
}

extension Instant {
  /// The instant as the core's time: the end of the time line, where the deadlines lie that never
  /// come, is never reached.
  var reached: Instant { min(self, Instant(nanoseconds: .max - 1)) }
}
