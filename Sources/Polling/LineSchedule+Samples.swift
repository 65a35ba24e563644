public import DetectionCore
import DeviceProfiles

extension LineSchedule {
  /// Wants `point` to be read each `period` from now on, as `BusSchedule.setPeriod` does.
  ///
  /// - Returns: The period that the point will have; nil where this line does not read it.
  @discardableResult
  public mutating func setPeriod(
    _ period: TimeSpan, of point: PointIndex, at now: Instant
  ) -> TimeSpan? {
    for sensor in sensors.indices {
      guard
        let place = sensors[sensor].members.firstIndex(where: { $0.point.point == point })
      else { continue }
      let member = sensors[sensor].members[place]
      let shortest = max(
        PollingLimits.shortestPeriod,
        .milliseconds(Int64(sensors[sensor].timing.minimumPeriodMs)),
        member.point.burst?.length ?? .zero)
      let possible = min(max(period, shortest), max(shortest, PollingLimits.longestPeriod))
      if possible != period { counters.adjustedPeriods += 1 }
      sensors[sensor].members[place].change =
        possible == member.point.period ? nil : (possible, now)
      return possible
    }
    return nil
  }

  /// The period at which `point` is read now; nil where this line does not read it.
  public func period(of point: PointIndex) -> TimeSpan? {
    for sensor in sensors {
      if let member = sensor.members.first(where: { $0.point.point == point }) {
        return member.point.period
      }
    }
    return nil
  }

  /// Begins every sample that is due; those whose sensor or port is lost are missing at once.
  mutating func beginSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    clock?.follow(stamp.wallTime, at: stamp.time)
    for index in sensors.indices {
      counters.periodChanges += sensors[index].applyChanges()
      counters.missedSlots += sensors[index].beginSamples(at: stamp.time)
      if let clock { sensors[index].align(to: clock, at: stamp.time) }
      if port != .open || !sensors[index].mayBeAsked(at: stamp.time) {
        sensors[index].settle(all: true, flag: .missing, stamp, into: &readings)
      }
    }
  }

  /// Ends the samples for whose message nobody has to ask, and whose time is up.
  mutating func endSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in sensors.indices {
      let before = readings.count
      let flag: QualityFlag = sensors[index].isDamaged ? .fail : .missing
      sensors[index].settle(flag: flag, stamp, into: &readings)
      guard readings.count > before else { continue }
      sensors[index].isSilent = true
      sensors[index].isDamaged = false
      counters.count(.timeout, recovery: .backOffDevice)
    }
  }

  /// Asks for the message whose sample was due first; returns its request.
  mutating func ask(at now: Instant) -> [UInt8]? {
    var chosen: (sensor: Int, message: Int)?
    var due = Instant(nanoseconds: .max)
    for index in sensors.indices where sensors[index].mayBeAsked(at: now) {
      for member in sensors[index].members {
        guard let slot = member.slot, slot < due, sensors[index].isAsked(for: member) else {
          continue
        }
        due = slot
        chosen = (index, member.point.quantity.message)
      }
    }
    guard let chosen else { return nil }
    let request = sensors[chosen.sensor].requests[chosen.message]
    let wait =
      sensors[chosen.sensor].responseTimeout.nanoseconds
      + plan.link.time(bytes: request.count).nanoseconds
    question = Question(
      sensor: chosen.sensor, message: chosen.message, askedAt: now,
      answerBy: now + TimeSpan(nanoseconds: wait))
    counters.requests += 1
    sensors[chosen.sensor].tries += 1
    return request
  }

  /// Ends a question whose time is up.
  mutating func endQuestion(_ stamp: Stamp, into readings: inout [Reading]) {
    guard let ended = question, ended.answerBy <= stamp.time else { return }
    close(ended, at: stamp.time)
    counters.count(.timeout, recovery: .backOffDevice)
    sensors[ended.sensor].missAnswer(at: stamp.time)
    sensors[ended.sensor].settle(
      message: ended.message, flag: ended.isDamaged ? .fail : .missing, stamp, into: &readings)
    if !sensors[ended.sensor].mayBeAsked(at: stamp.time) {
      sensors[ended.sensor].settle(all: true, flag: .missing, stamp, into: &readings)
    }
  }

  func nextSample() -> Instant {
    var next = Instant(nanoseconds: .max)
    for sensor in sensors {
      for member in sensor.members { next = min(next, member.grid.next) }
    }
    return next
  }

  /// When something is to be done though nothing is heard.
  func nextDeadline() -> Instant {
    var next = question?.answerBy ?? Instant(nanoseconds: .max)
    for sensor in sensors {
      for member in sensor.members {
        if member.slot == nil {
          next = min(next, member.grid.next)
        } else if !sensor.isAsked(for: member) {
          next = min(next, member.endAt)
        } else if question == nil {
          next = min(next, lineFreeAt)
        }
      }
    }
    return next
  }

  /// Takes the next byte of the line.
  mutating func hear(_ byte: UInt8, _ stamp: Stamp, into readings: inout [Reading]) {
    var isFrame = false
    var isTaken = false
    for index in sensors.indices {
      switch sensors[index].framer.take(byte) {
      case .none: break
      case .frame:
        isFrame = true
        if hearFrame(index, stamp, into: &readings) { isTaken = true }
      case .damaged:
        guard sensors[index].isFreeRunning || question?.sensor == index else { continue }
        counters.count(.badChecksum, recovery: .retryNow)
        sensors[index].isDamaged = true
        hearDamage(index, at: stamp.time)
      }
    }
    if isFrame, !isTaken { ignoredFrames += 1 }
  }

  /// Takes a sensor's frame; false where it holds nothing that the sensor sends by itself or was
  /// asked for.
  private mutating func hearFrame(
    _ index: Int, _ stamp: Stamp, into readings: inout [Reading]
  ) -> Bool {
    let frame = sensors[index].framer.content
    guard let message = sensors[index].line.message(in: frame, fields: &fields) else {
      return false
    }
    if !sensors[index].requests[message].isEmpty {
      guard let answered = question, answered.sensor == index, answered.message == message else {
        return false
      }
      close(answered, at: stamp.time)
    }
    counters.answers += 1
    sensors[index].heard()
    sensors[index].take(message: message, frame, fields: fields, stamp, into: &readings)
    return true
  }

  /// Noise is no reason to give up at once: what came damaged is asked for again.
  private mutating func hearDamage(_ index: Int, at now: Instant) {
    guard let asked = question, asked.sensor == index else { return }
    question?.isDamaged = true
    if sensors[index].tries < PollingLimits.triesPerSlot { close(asked, at: now) }
  }

  private mutating func close(_ question: Question, at now: Instant) {
    counters.busy.nanoseconds &+= (now - question.askedAt).nanoseconds
    lineFreeAt = now + .milliseconds(Int64(sensors[question.sensor].timing.guardMs ?? 0))
    self.question = nil
  }
}
