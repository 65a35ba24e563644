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
      if possible != period { count(sensor) { $0.adjustedPeriods += 1 } }
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
      let changes = sensors[index].applyChanges()
      let late = sensors[index].lateSamples
      sensors[index].lateSamples = 0
      let passed = sensors[index].beginSamples(at: stamp.time)
      if let clock { sensors[index].align(to: clock, at: stamp.time) }
      count(index) {
        $0.periodChanges += changes
        $0.missedDeadlines += late
        $0.missedSlots += passed
      }
      if port != .open {
        sensors[index].settle(.all, flag: .missing, stamp, into: &readings)
      } else if !sensors[index].mayBeAsked(at: stamp.time) {
        sensors[index].settle(.asked, flag: .missing, stamp, into: &readings)
      }
    }
  }

  /// Ends the samples for whose message nobody has to ask, and whose time is up.
  mutating func endSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in sensors.indices {
      let before = readings.count
      let flag: QualityFlag = sensors[index].isDamaged ? .fail : .missing
      sensors[index].settle(.overdue, flag: flag, stamp, into: &readings)
      guard readings.count > before else { continue }
      sensors[index].missOwnMessage(at: stamp.time)
      transcript.keepHeard(.timeout, device: index, stamp)
      count(index) {
        $0.unasked += 1
        $0.count(.timeout, recovery: .backOffDevice)
      }
    }
  }

  /// The setting that is sent now, if one is due: before the sensor is read.
  mutating func takeSetting(_ stamp: Stamp) -> [UInt8]? {
    let now = stamp.time
    guard
      let index = sensors.firstIndex(where: { $0.settingAt.map { $0 <= now } ?? false }),
      let setting = sensors[index].takeSetting(at: now)
    else { return nil }
    let bytes = setting.bytes
    transcript.keepSent(bytes, device: index, stamp)
    let guardMs = sensors[index].timing.guardMs ?? 0
    lineFreeAt =
      now + plan.link.time(bytes: bytes.count) + .milliseconds(Int64(max(setting.waitMs, guardMs)))
    return bytes
  }

  /// Asks for the message whose sample has the earliest deadline; returns its request.
  mutating func ask(_ stamp: Stamp) -> [UInt8]? {
    let now = stamp.time
    var chosen: LineQuestion?
    var first = (deadline: Instant(nanoseconds: .max), rank: 2)
    heldUntil = Instant(nanoseconds: .max)
    for index in sensors.indices where sensors[index].mayBeAsked(at: now) {
      for member in sensors[index].members {
        guard let deadline = member.deadline, sensors[index].isAsked(for: member) else { continue }
        let question = LineQuestion(sensor: index, message: member.point.quantity.message)
        if let instant = owed[form(of: question)].hold(question, at: now) {
          heldUntil = min(heldUntil, instant)
          continue
        }
        let rank = member.point.isWatched ? 0 : 1
        guard (deadline, rank) < first else { continue }
        first = (deadline, rank)
        chosen = question
      }
    }
    guard let chosen else { return nil }
    let request = ask(chosen, at: now)
    transcript.keepSent(request, device: chosen.sensor, stamp)
    return request
  }

  private mutating func ask(_ asked: LineQuestion, at now: Instant) -> [UInt8] {
    let request = sensors[asked.sensor].requests[asked.message]
    let sending = plan.link.time(bytes: request.count)
    let timeout = sensors[asked.sensor].responseTimeout
    let answerBy = now + sending + timeout
    question = OpenQuestion(
      asked: asked, askedAt: now, sending: sending, answerBy: answerBy,
      latest: answerBy + min(timeout, PollingLimits.longestSettling))
    count(asked.sensor) { $0.requests += 1 }
    sensors[asked.sensor].tries += 1
    return request
  }

  /// Ends a question whose time is up.
  mutating func endQuestion(_ stamp: Stamp, into readings: inout [Reading]) {
    guard let ended = question, ended.answerBy <= stamp.time else { return }
    fail(ended, at: stamp.time)
    let index = ended.asked.sensor
    transcript.keepHeard(.timeout, device: index, stamp)
    count(index) { $0.count(.timeout, recovery: .backOffDevice) }
    sensors[index].missAnswer(at: stamp.time)
    sensors[index].settle(
      .message(ended.asked.message), flag: ended.isDamaged ? .fail : .missing, stamp,
      into: &readings)
    if !sensors[index].mayBeAsked(at: stamp.time) {
      sensors[index].settle(.asked, flag: .missing, stamp, into: &readings)
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
  func nextDeadline(at now: Instant) -> Instant {
    var next = question?.answerBy ?? Instant(nanoseconds: .max)
    let askAt = now < lineFreeAt ? lineFreeAt : heldUntil
    for sensor in sensors {
      if question == nil, let settingAt = sensor.settingAt {
        next = min(next, max(settingAt, lineFreeAt))
      }
      for member in sensor.members {
        if member.slot == nil {
          next = min(next, member.grid.next)
        } else if !sensor.isAsked(for: member) {
          next = min(next, member.endAt)
        } else if question == nil {
          next = min(next, askAt)
        }
      }
    }
    return next
  }

  func form(of question: LineQuestion) -> Int { forms[question.sensor][question.message] }
}
