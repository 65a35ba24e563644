import DetectionCore
import DeviceProfiles

extension BusSchedule {
  mutating func finishedOpen(
    _ outcome: BusOutcome, stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    guard case .closed(_, let pause) = port else { return }
    let isResumed = service.isResuming
    switch outcome {
    case .failed(let fault):
      counters.count(fault, recovery: fault.recovery)
      service.isResuming = false
      port.stayedClosed(at: stamp.time)
      failedWrites()
      leaveLateSamples(stamp: stamp, into: &readings)
    case .done:
      port = .open
      isFresh = true
      service.begin(at: now)
      lineFreeAt = now + (transmission?.silence ?? .zero)
      guard !isResumed else {
        for index in outputs.indices { outputs[index].doubt(at: now) }
        return
      }
      portOpenings += 1
      for device in devices.indices { devices[device].startup.restart() }
      restartOutputs(of: nil, at: now)
      // A port that had failed may have taken its devices' answers with it: ask them at once.
      guard pause > .zero else { return }
      for index in devices.indices {
        guard case .lost(_, let pause) = devices[index].health else { continue }
        devices[index].health = .lost(probeAt: now, pause: pause)
      }
    }
  }

  /// The other end has closed a connection that served: it is opened again at once, and what was being
  /// done is done again. False where the fault is another one.
  mutating func resumes(after fault: BusFault, at now: Instant) -> Bool {
    guard plan.link.isConnection, case .portLost = fault, service.canResume(at: now) else {
      return false
    }
    service.isResuming = true
    counters.reconnections += 1
    isFresh = false
    wantedDrain = nil
    port = .failed(pause: .zero)
    return true
  }

  /// What a read would clear is not read again when its answer may have been lost with the connection.
  private mutating func leaveCleared(
    _ purpose: Purpose, of device: Int, _ fault: BusFault, stamp: Stamp,
    into readings: inout [Reading]
  ) {
    guard case .block(let group) = purpose, stepPrerequisite == nil,
      fault != .closedBeforeSending, devices[device].reads.clears(group)
    else { return }
    devices[device].reads.settleBlock(of: group) { point in
      readings.append(stamp.reading(point.point, .nan, .missing))
    }
    devices[device].reads.advance(group, at: stamp.time)
  }

  mutating func losePort(stamp: Stamp, into readings: inout [Reading]) {
    port = .lost
    wantedDrain = nil
    failedWrites()
    leaveLateSamples(stamp: stamp, into: &readings)
  }

  /// Leaves the samples that would be late even if the next attempt to open the port succeeds.
  private mutating func leaveLateSamples(stamp: Stamp, into readings: inout [Reading]) {
    let openAt = port.nextOpening(from: stamp.time)
    for device in devices.indices where !devices[device].reads.canWait(until: openAt) {
      leaveSamples(of: device, stamp: stamp, into: &readings)
    }
  }

  /// Counts a transaction's end and says what follows from it.
  mutating func conclude(
    _ purpose: Purpose, device: Int, _ outcome: BusOutcome, _ words: [UInt16], stamp: Stamp,
    into readings: inout [Reading]
  ) {
    let timing = devices[device].timing
    counters.count(requestThatTook: stamp.time - stepStart)
    devices[device].counters.count(requestThatTook: stamp.time - stepStart)
    var guardMs = timing.guardMs ?? 0
    if stepRequest?.isWrite == true { guardMs = max(guardMs, timing.afterWriteMs) }
    let guardTime = TimeSpan.milliseconds(Int64(guardMs))
    lineFreeAt = stamp.time + max(transmission?.silence ?? .zero, guardTime)
    switch outcome {
    case .done:
      service.hasAnswered = true
      counters.answers += 1
      devices[device].counters.answers += 1
      let isTimely = transmission == nil || !devices[device].owed.isOwed(at: stepStart)
      let isSuspect = takeAnswer(of: device)
      if isTimely, stepRequest?.isWrite == false {
        let delay = TimeSpan(
          nanoseconds: (stamp.time - stepStart).nanoseconds - stepLineTime.nanoseconds)
        devices[device].responseTime.take(delay)
        counters.responses.count(delay)
        devices[device].counters.responses.count(delay)
      }
      devices[device].liveness.heard()
      welcome(device, at: stamp.time)
      if let prerequisite = stepPrerequisite {
        advance(prerequisite, of: device, at: stamp.time)
        return
      }
      take(words, for: purpose, of: device, isSuspect: isSuspect, stamp: stamp, into: &readings)
    case .failed(let fault):
      if resumes(after: fault, at: stamp.time) {
        leaveCleared(purpose, of: device, fault, stamp: stamp, into: &readings)
        return
      }
      isFresh = false
      if fault.isAnswer { service.hasAnswered = true }
      let recovery =
        devices[device].reaction(to: fault).isPatient ? .retryLater : fault.recovery
      counters.count(fault, recovery: recovery)
      devices[device].counters.count(fault, recovery: recovery)
      if recovery == .reopenPort {
        losePort(stamp: stamp, into: &readings)
        return
      }
      if fault.leavesAnswerOwed { oweAnswer(device, at: stamp.time) }
      if fault.leavesLineDirty { wantedDrain = PollingLimits.drainSilence }
      failed(purpose, device: device, fault, stamp: stamp, into: &readings)
    }
  }

  /// Takes in a good answer to what a step was for.
  private mutating func take(
    _ words: [UInt16], for purpose: Purpose, of device: Int, isSuspect: Bool, stamp: Stamp,
    into readings: inout [Reading]
  ) {
    switch purpose {
    case .block(let group):
      let isDoubtful = isSuspect || stamp.time < devices[device].warmAt
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
    case .verify(let output, let on):
      verified(output, on: on, words, at: stamp.time)
    }
  }

  private mutating func failed(
    _ purpose: Purpose, device: Int, _ fault: BusFault, stamp: Stamp,
    into readings: inout [Reading]
  ) {
    if fault.isAnswer {
      devices[device].liveness.timeoutsInRow = 0
      welcome(device, at: stamp.time)
    }
    var isLost = false
    if !fault.isAnswer {
      // Outputs are tried whatever it costs.
      if purpose.output == nil { charge(device, until: stamp.time) }
      if devices[device].isOnline {
        isLost = devices[device].isLost(by: fault, isTolerant: !probeBudget.isSpent)
      }
    }
    switch purpose {
    case .block(let group):
      if !isLost { failedBlock(device, group, fault, stamp: stamp, into: &readings) }
    case .probe:
      if !fault.isAnswer { devices[device].backOff(at: stamp.time) }
    case .write(let output, let on)
    where stepPrerequisite == nil && !fault.isAnswer && !isLost && devices[device].isOnline:
      // It may have been carried out: what the device shows decides.
      guard outputs[output].target == on, !outputs[output].askBack(at: stamp.time) else { break }
      failedWrite(output, fault, at: stamp.time)
    case .fetch(let output, let on), .write(let output, let on), .verify(let output, let on):
      if outputs[output].target == on { failedWrite(output, fault, at: stamp.time) }
    }
    if isLost {
      devices[device].backOff(at: stamp.time)
      leaveSamples(of: device, stamp: stamp, into: &readings)
    }
    if let output = purpose.output, !devices[device].isOnline {
      holdOutputs(like: output, at: stamp.time)
    }
  }

  private mutating func failedBlock(
    _ device: Int, _ index: Int, _ fault: BusFault, stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    var flag: QualityFlag?
    var reaction = devices[device].reaction(to: fault)
    // What goes before the block says nothing about the block.
    if stepPrerequisite != nil, case .split = reaction { reaction = .give(.missing) }
    switch reaction {
    case .split:
      devices[device].reads.refuse(index, with: fault, at: now) { point in
        readings.append(stamp.reading(point.point, .nan, .missing))
      }
    case .again(let pause):
      if !devices[device].reads.wait(index, until: now + pause) { flag = .missing }
    // The answer that was lost may have had all that was counted: another one would say less.
    case .retry(let last) where !fault.isAnswer && devices[device].reads.clears(index): flag = last
    case .retry(let last):
      devices[device].reads.groups[index].tries += 1
      if devices[device].reads.groups[index].tries >= PollingLimits.triesPerSlot { flag = last }
    case .give(let given): flag = given
    }
    guard let flag else { return }
    devices[device].reads.settleBlock(of: index) { point in
      readings.append(stamp.reading(point.point, .nan, flag))
    }
    devices[device].reads.advance(index, at: now)
  }

  /// A lost device has answered: it is polled again, and its outputs are written again.
  private mutating func welcome(_ device: Int, at now: Instant) {
    guard !devices[device].isOnline else { return }
    devices[device].health = .online
    // It may have been without power.
    devices[device].warmAt = now + .milliseconds(Int64(devices[device].timing.warmupMs))
    restartOutputs(of: device, at: now)
  }

  private mutating func leaveSamples(
    of device: Int, stamp: Stamp, into readings: inout [Reading]
  ) {
    devices[device].reads.abandon { point in
      readings.append(stamp.reading(point.point, .nan, .missing))
    }
  }
}
