import DetectionCore
import DeviceProfiles

// What the end of a Modbus transaction means.
extension BusEngine {
  /// Counts a transaction's end and says what follows from it.
  mutating func finished(
    _ sent: OpenTransaction, _ outcome: BusOutcome, _ words: [UInt16], _ stamp: Stamp,
    into readings: inout [Reading]
  ) {
    let timing = links[sent.device].timing
    count(sent.device) { $0.count(requestThatTook: stamp.time - sent.sentAt) }
    var guardMs = timing.guardMs ?? 0
    if sent.request.isWrite { guardMs = max(guardMs, timing.afterWriteMs) }
    let guardTime = TimeSpan.milliseconds(Int64(guardMs))
    lineFreeAt = stamp.time + max(transmission?.interFrameDelay ?? .zero, guardTime)
    switch verdict(on: outcome, words: words, of: sent) {
    case .done: answered(sent, words, stamp, into: &readings)
    case .failed(let fault): failed(sent, fault, stamp, into: &readings)
    }
  }

  /// The end of the time that the profile allows for the answer.
  private func latestAnswer(to sent: OpenTransaction) -> Instant {
    let allowed = min(links[sent.device].longestResponse, PollingLimits.longestSettling)
    return sent.sentAt + sent.lineTime + allowed
  }

  private mutating func answered(
    _ sent: OpenTransaction, _ words: [UInt16], _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let device = sent.device
    count(device) { $0.answers += 1 }
    service.hasAnswered = true
    // Over TCP each answer carries its request's number.
    let isTimely = transmission == nil || !links[device].guards[0].isPending(at: sent.sentAt)
    let isSuspect =
      transmission != nil
      && links[device].guards[0].answered(
        .registers(sent.request), sentAt: sent.sentAt, latest: latestAnswer(to: sent))
    if isTimely, !sent.request.isWrite {
      let delay = TimeSpan(
        nanoseconds: (stamp.time - sent.sentAt).nanoseconds - sent.lineTime.nanoseconds)
      links[device].responseTimes[0].take(delay)
      count(device) { $0.responses.count(delay) }
    }
    if links[device].heard(at: stamp.time) { restartOutputs(of: device, at: stamp.time) }
    if let prerequisite = sent.prerequisite {
      advance(prerequisite, of: device, at: stamp.time)
      return
    }
    take(words, for: sent.purpose, of: device, isSuspect: isSuspect, stamp, into: &readings)
  }

  /// Takes in a good answer to what a transaction was for.
  private mutating func take(
    _ words: [UInt16], for purpose: Purpose, of device: Int, isSuspect: Bool, _ stamp: Stamp,
    into readings: inout [Reading]
  ) {
    switch purpose {
    case .block(let group):
      let isDoubtful = isSuspect || stamp.time < links[device].warmAt
      devices[device].reads.store(words, of: group) { member in
        let decoded = member.decoded()
        let flag = isDoubtful && !decoded.flag.isBad ? .suspect : decoded.flag
        readings.append(stamp.reading(member.point.point, decoded.value, flag))
      }
      devices[device].reads.advance(group, at: stamp.time)
    case .probe: break
    case .fetch where isSuspect, .verify where isSuspect: break
    case .fetch(let output, let on): outputs[output].fetched(words, for: on, at: stamp.time)
    case .write(let output, let on): outputs[output].written(on, at: stamp.time)
    case .verify(let output, let on): verified(output, on: on, words, at: stamp.time)
    }
  }

  /// What a read would clear is not read again when its answer may have been lost with the connection.
  private mutating func leaveCleared(
    _ sent: OpenTransaction, _ fault: BusFault, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    guard case .block(let group) = sent.purpose, sent.prerequisite == nil,
      fault != .closedBeforeSending, devices[sent.device].reads.clears(group)
    else { return }
    devices[sent.device].reads.settleBlock(of: group) { point in
      readings.append(stamp.reading(point.point, .nan, .missing))
    }
    devices[sent.device].reads.advance(group, at: stamp.time)
  }

  private mutating func failed(
    _ sent: OpenTransaction, _ fault: BusFault, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let device = sent.device
    if resumes(after: fault, at: stamp.time) {
      return leaveCleared(sent, fault, stamp, into: &readings)
    }
    isFresh = false
    if fault.isAnswer { service.hasAnswered = true }
    let retry = fault.retry(exceptions: devices[device].exceptions)
    var recovery = fault.recovery
    if case .again = retry { recovery = .retryLater }
    links[device].counters.count(fault, recovery: recovery)
    if recovery == .reopenPort { return losePort(fault, stamp, into: &readings) }
    counters.count(fault, recovery: recovery)
    if fault.leavesAnswerPending, transmission != nil {
      links[device].guards[0].failed(
        .registers(sent.request), latest: latestAnswer(to: sent), at: stamp.time)
    }
    if fault.leavesLineDirty { wantedDrain = PollingLimits.drainSilence }
    let isLost = losesDevice(sent, fault, at: stamp.time)
    switch sent.purpose {
    case .block(let group):
      if !isLost { failedBlock(sent, group, fault, retry, stamp, into: &readings) }
    case .probe: break
    case .write(let output, let on)
    where sent.prerequisite == nil && !fault.isAnswer && !isLost && links[device].isOnline:
      // It may have been carried out: what the device shows decides.
      guard outputs[output].target == on, !outputs[output].askBack(at: stamp.time) else { break }
      failedWrite(output, fault, at: stamp.time)
    case .fetch(let output, let on), .write(let output, let on), .verify(let output, let on):
      if outputs[output].target == on { failedWrite(output, fault, at: stamp.time) }
    }
    if isLost {
      backOff(device, at: stamp.time)
      leaveSamples(of: device, stamp, into: &readings)
    }
    if let output = sent.purpose.output, !links[device].isOnline {
      holdOutputs(like: output, at: stamp.time)
    }
  }

  /// Counts a fault for or against its device; true where it is lost by it, or was asked whether it
  /// is back and did not answer.
  private mutating func losesDevice(
    _ sent: OpenTransaction, _ fault: BusFault, at now: Instant
  ) -> Bool {
    guard !fault.isAnswer else {
      links[sent.device].liveness.timeoutsInRow = 0
      if links[sent.device].restore(at: now) { restartOutputs(of: sent.device, at: now) }
      return false
    }
    // Outputs are tried whatever it costs.
    if sent.purpose.output == nil {
      charge(sent.device, min(now - sent.sentAt, sent.allowance), at: now)
    } else if !links[sent.device].isOnline {
      return false
    }
    return links[sent.device].failed(fault, isTolerant: !probeBudget.isSpent)
  }

  private mutating func failedBlock(
    _ sent: OpenTransaction, _ group: Int, _ fault: BusFault, _ retry: RequestRetry,
    _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    let device = sent.device
    var flag: QualityFlag?
    switch retry {
    // What goes before the block says nothing about the block.
    case .split where sent.prerequisite != nil: flag = .missing
    case .split:
      devices[device].reads.refuse(group, with: fault, at: now) { point in
        readings.append(stamp.reading(point.point, .nan, .missing))
      }
    case .again(let pause):
      if !devices[device].reads.wait(group, until: now + pause) { flag = .missing }
    // The answer that was lost may have had all that was counted: another one would say less.
    case .atOnce(_, let last) where !fault.isAnswer && devices[device].reads.clears(group):
      flag = last
    case .atOnce(let tries, let last):
      devices[device].reads.groups[group].progress.tries += 1
      if devices[device].reads.groups[group].progress.tries >= tries { flag = last }
    case .give(let given): flag = given
    }
    guard let flag else { return }
    devices[device].reads.settleBlock(of: group) { point in
      readings.append(stamp.reading(point.point, .nan, flag))
    }
    devices[device].reads.advance(group, at: now)
  }
}
