extension Detector {
  /// Holds the emitted reading with the index `emitted`, a usable one, against all rules on its
  /// point, in plan order. A rule that changes its stage is one event, however many stages it passes:
  /// `limit` is that of the stage which it rose to, or of the stage which it fell below.
  mutating func judgeRules(
    ofPoint point: Int, by emitted: Int, into outcome: inout Outcome
  ) {
    let reading = outcome.reading(at: emitted).reading
    var next = pointStates[point].firstRule
    while next != PlanChain.end {
      let rule = Int(next)
      next = ruleStates[rule].nextOfPoint
      let severity = plan.rules[rule].direction.severity(of: reading.value)
      if ruleStates[rule].rest.contains(severity) { continue }
      let previous = ruleStates[rule].stage
      let stage = judgeStages(ofRule: rule, severity, at: reading.time)
      guard stage != previous else { continue }
      ruleStates[rule].stage = stage
      turnAlarm(ofRule: rule, by: emitted, into: &outcome)
    }
  }

  /// The rule's own stage has turned, by the emitted reading with the index `emitted`.
  @inline(never)
  private mutating func turnAlarm(
    ofRule rule: Int, by emitted: Int, into outcome: inout Outcome
  ) {
    let reading = outcome.reading(at: emitted).reading
    let before = ruleStates[rule].alarm
    let transitions = ruleStates[rule].alarm.take(
      stage: ruleStates[rule].stage, at: reading.time, plan: plan.rules[rule].alarm)
    var occasion = Occasion(time: reading.time, wallTime: reading.wallTime, reading: emitted)
    // The alarm's stages and not the rule's: while it chatters, the alarm stays above the rule.
    let highest = max(before.stage, ruleStates[rule].alarm.stage)
    if highest > 0 {
      let decisive = Int(plan.rules[rule].firstStage) + Int(highest) - 1
      occasion.limit = plan.stages[decisive].limit
    }
    announce(transitions, ofRule: rule, before: before, on: occasion, into: &outcome)
  }

  /// Shows a reading to all stages of a rule; returns the highest that is active.
  private mutating func judgeStages(
    ofRule rule: Int, _ severity: Double, at time: Instant
  ) -> UInt8 {
    let rulePlan = plan.rules[rule]
    var highest: UInt8 = 0
    var rest = RestBand.everything
    for offset in 0..<Int(rulePlan.stageCount) {
      let index = Int(rulePlan.firstStage) + offset
      stageMachines[index].take(
        severity, at: time, plan: plan.stages[index], direction: rulePlan.direction)
      if stageMachines[index].isActive { highest = UInt8(offset + 1) }
      rest.narrow(to: stageMachines[index], plan: plan.stages[index], direction: rulePlan.direction)
    }
    ruleStates[rule].rest = rest
    return highest
  }

  /// Switches the outputs that follow a rule, whose stage they see as `stage` from now on.
  mutating func drive(
    outputsOf rule: Int, from previous: UInt8, to stage: UInt8, on occasion: Occasion,
    into outcome: inout Outcome
  ) {
    guard stage != previous else { return }
    wantDeterrents(ofRule: rule, stage: stage, on: occasion, into: &outcome)
    var next = ruleStates[rule].firstOutput
    while next != PlanChain.end {
      let output = Int(next)
      next = outputSwitches[output].nextOfRule
      let hasTurned = outputSwitches[output].ruleTurned(
        to: stage, from: previous, at: now, plan: plan.outputs[output])
      guard hasTurned else { continue }
      arm(outputSwitches[output].offAt)
      let kind: DetectionEvent.Kind = outputSwitches[output].isOn ? .outputOn : .outputOff
      var event = event(kind, of: output, at: occasion.time, occasion.wallTime)
      if let reading = occasion.reading { event = event.decided(by: outcome.reading(at: reading)) }
      event.stage = stage
      event.previousStage = previous
      event.limit = occasion.limit
      event.cause = occasion.cause
      emit(event, into: &outcome)
    }
  }

  /// Shows the flag of the emitted reading with the index `emitted` to the alarm of its sensor. A
  /// computed point has an alarm of its own tests alone: while what it is computed from is failed or missing, that has its own alarm.
  mutating func judgeSensor(
    _ point: Int, by emitted: Int, into outcome: inout Outcome
  ) {
    if pointStates[point].inherited.isBad { return }
    let reading = outcome.reading(at: emitted).reading
    let delay = plan.points[point].sensorFaultDelay
    let hasTurned = pointStates[point].alarm.take(reading.flag, at: reading.time, delay: delay)
    if let deadline = pointStates[point].alarm.deadline(delay: delay) { arm(deadline) }
    guard hasTurned else { return }
    let kind: DetectionEvent.Kind =
      pointStates[point].alarm.isActive ? .sensorFaultRaised : .sensorFaultCleared
    let event = event(kind, of: point, at: reading.time, reading.wallTime)
    emit(event.decided(by: outcome.reading(at: emitted)), into: &outcome)
  }
}
