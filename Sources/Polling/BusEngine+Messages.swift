import DetectionCore
import DeviceProfiles

// What devices with messages of their own are asked, and when their samples end.
extension BusEngine {
  mutating func decideMessage(_ stamp: Stamp, into readings: inout [Reading]) -> BusAction {
    let now = stamp.time
    endRequest(stamp, into: &readings)
    endSamples(stamp, into: &readings)
    beginSamples(stamp, into: &readings)
    var request: [UInt8]?
    if line.request == nil, now >= lineFreeAt {
      line.noisySince = nil
      request = takeSetting(stamp) ?? ask(stamp)
    }
    endSamplesBeforeProbes(stamp, into: &readings)
    if let request { return perform(.send(request), for: .send) }
    if isNeverIdle(at: now) {
      losePort(.lineNeverIdle, stamp, into: &readings)
      return perform(.close, for: .close)
    }
    return .perform(.listen(until: nextDeadline(at: now)))
  }

  /// How long to wait for the first byte of an answer. The only device of a line delays nobody, and
  /// has the time that its profile says.
  func responseTimeout(to request: FramedRequest) -> TimeSpan {
    let link = links[request.device]
    return links.count > 1
      ? link.responseTimeout(of: request.message, margin: plan.margin) : link.longestResponse
  }

  /// Ends the samples that are over before their lost device is asked again.
  private mutating func endSamplesBeforeProbes(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in sensors.indices {
      guard case .lost(let probeAt, _) = links[index].health else { continue }
      sensors[index].settle(.asked(by: probeAt), flag: .missing, stamp, into: &readings)
    }
  }

  /// Ends the samples for whose message nobody has to ask, and whose time is up.
  private mutating func endSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in sensors.indices {
      let before = readings.count
      let flag: QualityFlag = sensors[index].isDamaged ? .fail : .missing
      sensors[index].settle(.overdue, flag: flag, stamp, into: &readings)
      guard readings.count > before else { continue }
      // One that sends by itself is listened to as before, and set up ever more rarely.
      sensors[index].isUnheard = true
      sensors[index].isDamaged = false
      if links[index].isOnline, links[index].liveness.isLost(by: .timeout, isTolerant: true) {
        backOff(index, at: stamp.time)
      }
      line.transcript.keepHeard(.timeout, device: index, stamp)
      count(index) {
        $0.unasked += 1
        $0.count(.timeout, recovery: .backOffDevice)
      }
    }
  }

  /// When its next setting may be sent; nil where nothing is to be set.
  ///
  /// A lost device that is asked gets it with a probe.
  private func settingAt(of index: Int) -> Instant? {
    guard sensors[index].setup.isDue else { return nil }
    guard case .lost(let probeAt, _) = links[index].health else {
      return Instant(nanoseconds: .min)
    }
    return sensors[index].isFreeRunning ? probeAt : nil
  }

  /// The setting that is sent now, if one is due: before the device is read.
  private mutating func takeSetting(_ stamp: Stamp) -> [UInt8]? {
    let index = sensors.indices.first { settingAt(of: $0).map { $0 <= stamp.time } ?? false }
    return index.flatMap { takeSetting(of: $0, stamp) }
  }

  /// The next setting of a device, if it has one left. One that sends by itself is heard when that has
  /// helped, and set up again after a longer pause where it has not.
  private mutating func takeSetting(of index: Int, _ stamp: Stamp) -> [UInt8]? {
    guard let setting = sensors[index].setup.take() else { return nil }
    if sensors[index].isFreeRunning, !links[index].isOnline, !sensors[index].setup.isDue {
      backOff(index, at: stamp.time)
    }
    line.transcript.keepSent(setting.bytes, device: index, stamp)
    lineFreeAt = stamp.time + lineTime(of: setting, for: index)
    return setting.bytes
  }

  /// How long the line is left to a device for a setting.
  private func lineTime(of setting: FramedSetting, for index: Int) -> TimeSpan {
    let waitMs = max(setting.waitMs, links[index].timing.guardMs ?? 0)
    return TimeSpan(
      nanoseconds: plan.link.time(bytes: setting.bytes.count).nanoseconds
        + TimeSpan.milliseconds(Int64(waitMs)).nanoseconds)
  }

  /// Asks for the message whose sample has the earliest deadline; returns its request.
  private mutating func ask(_ stamp: Stamp) -> [UInt8]? {
    line.heldUntil = Instant(nanoseconds: .max)
    var first: Candidate<FramedRequest>?
    for index in sensors.indices {
      guard let due = due(of: index, at: stamp.time), due.goes(before: first) else { continue }
      first = due
    }
    guard let first else { return nil }
    return links[first.work.device].isOnline ? ask(first.work, stamp) : probe(first.work, stamp)
  }

  /// What a device is to be asked first; of what is due at the same time what rules watch, and of a
  /// lost one what it has answered before, or else what it was asked for least.
  private mutating func due(of index: Int, at now: Instant) -> Candidate<FramedRequest>? {
    let link = links[index]
    guard link.liveness.mayBeAsked(at: now) else { return nil }
    var first: Candidate<FramedRequest>?
    for group in sensors[index].groups {
      guard let deadline = group.deadline, sensors[index].isAsked(group) else { continue }
      let request = FramedRequest(device: index, message: group.message)
      let form = sensors[index].forms[group.message]
      if let instant = link.guards[form].hold(.message(group.message), at: now) {
        line.heldUntil = min(line.heldUntil, instant)
        continue
      }
      let answer = link.responseTimes[group.message]
      let due =
        switch link.health {
        case .online:
          Candidate(deadline: deadline, rank: group.isWatched ? 0 : 1, work: request)
        case .lost(let probeAt, let pause):
          Candidate(
            deadline: probeAt + pause, rank: answer.mean == nil ? 3 + answer.doublings : 2,
            work: request)
        }
      if due.goes(before: first) { first = due }
    }
    return first
  }

  /// Asks a lost device whether it is back, once it has been set up.
  private mutating func probe(_ due: FramedRequest, _ stamp: Stamp) -> [UInt8]? {
    let now = stamp.time
    let longest = links.longestWaiting(at: now) { sensors[$0].isWaitedFor }
    let request = longest.flatMap { self.due(of: $0, at: now)?.work } ?? due
    let device = request.device
    let length =
      sensors[device].setup.due.map { lineTime(of: $0, for: device) }
      ?? TimeSpan(
        nanoseconds: plan.link.time(bytes: sensors[device].requests[request.message].count)
          .nanoseconds + responseTimeout(to: request).nanoseconds)
    if let later = postponement(ofProbe: device, lasting: length, at: now) {
      links[device].liveness.postponeProbe(until: later, at: now)
      return ask(stamp)
    }
    guard let setting = takeSetting(of: device, stamp) else { return ask(request, stamp) }
    charge(device, lineFreeAt - now, at: now)
    return setting
  }

  private mutating func ask(_ asked: FramedRequest, _ stamp: Stamp) -> [UInt8] {
    let request = sensors[asked.device].requests[asked.message]
    line.request = OpenRequest(
      asked, at: stamp.time, sending: plan.link.time(bytes: request.count),
      timeout: responseTimeout(to: asked), allowed: links[asked.device].longestResponse)
    count(asked.device) { $0.requests += 1 }
    sensors[asked.device].tries += 1
    line.transcript.keepSent(request, device: asked.device, stamp)
    return request
  }

  /// Ends a request whose time is up.
  private mutating func endRequest(_ stamp: Stamp, into readings: inout [Reading]) {
    guard let ended = line.request, ended.answerBy <= stamp.time else { return }
    line.transcript.keepHeard(.timeout, device: ended.asked.device, stamp)
    count(ended.asked.device) { $0.count(.timeout, recovery: .backOffDevice) }
    fail(ended, .timeout, stamp, into: &readings)
  }

  /// When something is to be done though nothing is heard.
  private func nextDeadline(at now: Instant) -> Instant {
    var next = line.request?.answerBy ?? Instant(nanoseconds: .max)
    for index in sensors.indices {
      var askAt = now < lineFreeAt ? lineFreeAt : line.heldUntil
      if case .lost(let probeAt, _) = links[index].health, probeAt > now {
        askAt = max(probeAt, lineFreeAt)
      }
      if line.request == nil, let settingAt = settingAt(of: index) {
        next = min(next, max(settingAt, lineFreeAt))
      }
      for group in sensors[index].groups {
        if group.slot == nil {
          next = min(next, group.nextSlot)
        } else if !sensors[index].isAsked(group) {
          next = min(next, group.progress.endAt)
        } else if line.request == nil {
          next = min(next, askAt)
        }
      }
    }
    return next
  }

  /// True where the line has not fallen silent for long though something is to be asked.
  private func isNeverIdle(at now: Instant) -> Bool {
    guard let since = line.noisySince, now - since >= PollingLimits.longestDrain else {
      return false
    }
    return sensors.contains { $0.setup.isDue || $0.isWaitedFor }
  }
}
