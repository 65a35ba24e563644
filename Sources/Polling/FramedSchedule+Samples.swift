import DetectionCore
import DeviceProfiles

extension FramedSchedule {
  /// Wants `point` to be read each `period` from now on, as `BusSchedule.setPeriod` does.
  ///
  /// - Returns: The period that the point will have; nil where this line does not read it.
  @discardableResult
  mutating func setPeriod(
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
  func period(of point: PointIndex) -> TimeSpan? {
    for sensor in sensors {
      if let member = sensor.members.first(where: { $0.point.point == point }) {
        return member.point.period
      }
    }
    return nil
  }

  /// Begins every sample that is due; those whose port is lost are missing at once.
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
      }
    }
  }

  /// Ends the samples that are over before their lost sensor is asked again.
  mutating func leaveSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in sensors.indices {
      sensors[index].settle(.hopeless, flag: .missing, stamp, into: &readings)
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
    let index = sensors.firstIndex { $0.settingAt.map { $0 <= stamp.time } ?? false }
    return index.flatMap { takeSetting(of: $0, stamp) }
  }

  /// The next setting of a sensor, if it has one left.
  mutating func takeSetting(of index: Int, _ stamp: Stamp) -> [UInt8]? {
    let now = stamp.time
    guard let setting = sensors[index].takeSetting(at: now) else { return nil }
    transcript.keepSent(setting.bytes, device: index, stamp)
    lineFreeAt = now + lineTime(of: setting, for: index)
    return setting.bytes
  }

  /// How long the line is left to a sensor for a setting.
  func lineTime(of setting: FramedSetting, for index: Int) -> TimeSpan {
    let waitMs = max(setting.waitMs, sensors[index].timing.guardMs ?? 0)
    return TimeSpan(
      nanoseconds: plan.link.time(bytes: setting.bytes.count).nanoseconds
        + TimeSpan.milliseconds(Int64(waitMs)).nanoseconds)
  }

  /// Asks for the message whose sample has the earliest deadline; returns its request.
  mutating func ask(_ stamp: Stamp) -> [UInt8]? {
    heldUntil = Instant(nanoseconds: .max)
    var first: Due?
    for index in sensors.indices {
      guard let due = due(of: index, at: stamp.time), due.goes(before: first) else { continue }
      first = due
    }
    guard let first else { return nil }
    return sensors[first.question.sensor].isOnline
      ? ask(first.question, stamp) : probe(first.question, stamp)
  }

  /// A question that could be asked now.
  struct Due {
    let question: FramedRequest
    let deadline: Instant
    /// Decides between equal deadlines; the lower goes first.
    let rank: Int

    func goes(before other: Due?) -> Bool {
      guard let other else { return true }
      return (deadline, rank) < (other.deadline, other.rank)
    }
  }

  /// What a sensor is to be asked first; of what is due at the same time what rules watch, and of a
  /// lost one what it has answered before, or else what it was asked for least.
  mutating func due(of index: Int, at now: Instant) -> Due? {
    let sensor = sensors[index]
    guard sensor.liveness.mayBeAsked(at: now) else { return nil }
    var first: Due?
    for member in sensor.members {
      guard let deadline = member.deadline, sensor.isAsked(for: member) else { continue }
      let message = member.quantity.message
      let question = FramedRequest(sensor: index, message: message)
      if let instant = owed[form(of: question)].hold(question, at: now) {
        heldUntil = min(heldUntil, instant)
        continue
      }
      let answer = sensor.responseTimes[message]
      let due =
        switch sensor.health {
        case .online:
          Due(question: question, deadline: deadline, rank: member.point.isWatched ? 0 : 1)
        case .lost(let probeAt, let pause):
          Due(
            question: question, deadline: probeAt + pause,
            rank: answer.mean == nil ? 3 + answer.doublings : 2)
        }
      if due.goes(before: first) { first = due }
    }
    return first
  }

  mutating func ask(_ asked: FramedRequest, _ stamp: Stamp) -> [UInt8] {
    let sensor = sensors[asked.sensor]
    let request = sensor.requests[asked.message]
    question = OpenQuestion(
      asked, at: stamp.time, sending: plan.link.time(bytes: request.count),
      patience: patience(for: asked), allowed: sensor.responseTimeout)
    count(asked.sensor) { $0.requests += 1 }
    sensors[asked.sensor].tries += 1
    transcript.keepSent(request, device: asked.sensor, stamp)
    return request
  }

  /// Ends a question whose time is up.
  mutating func endQuestion(_ stamp: Stamp, into readings: inout [Reading]) {
    guard let ended = question, ended.answerBy <= stamp.time else { return }
    transcript.keepHeard(.timeout, device: ended.asked.sensor, stamp)
    count(ended.asked.sensor) { $0.count(.timeout, recovery: .backOffDevice) }
    fail(ended, .timeout, stamp, into: &readings)
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
    for sensor in sensors {
      var askAt = now < lineFreeAt ? lineFreeAt : heldUntil
      if case .lost(let probeAt, _) = sensor.health, probeAt > now {
        askAt = max(probeAt, lineFreeAt)
      }
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

  func form(of question: FramedRequest) -> Int { forms[question.sensor][question.message] }
}
