import DetectionCore
import DeviceProfiles

// What is asked of Modbus units, and when.
extension BusEngine {
  /// A Modbus request that waits for its answer.
  struct OpenTransaction {
    let device: Int
    /// What it is for.
    let purpose: Purpose
    let request: BusRequest
    /// Why it goes before what it is for; nil where it is that itself.
    let prerequisite: Prerequisite?
    let sentAt: Instant
    /// How long request and answer are on the line.
    let lineTime: TimeSpan
    /// The longest that it may take by itself: time-out, request and answer.
    let allowance: TimeSpan

    /// How many words a good answer to a read has.
    var words: Int? {
      if case .read(let span) = request { Int(span.count) } else { nil }
    }
  }

  /// What a transaction is for.
  enum Purpose {
    case block(group: Int)
    case probe
    /// Reads what the register of an output holds besides the output.
    case fetch(output: Int, on: Bool)
    case write(output: Int, on: Bool)
    case verify(output: Int, on: Bool)

    /// The output that waits for it.
    var output: Int? {
      switch self {
      case .fetch(let output, _), .write(let output, _), .verify(let output, _): output
      case .block, .probe: nil
      }
    }
  }

  mutating func decideTransaction(_ stamp: Stamp, into readings: inout [Reading]) -> BusAction {
    if !isShuttingDown {
      lookAtOutputs(at: stamp.time)
      beginSamples(stamp, into: &readings)
    }
    // A late answer is no answer to a write, and there is no time to lose.
    if isShuttingDown { wantedDrain = nil }
    if let silence = wantedDrain { return perform(.drain(silence: silence), for: .drain) }
    if stamp.time < lineFreeAt { return .wait(until: lineFreeAt) }
    return dueTransaction(at: stamp.time)
  }

  /// The transaction that is due at `now`, or the wait for the next one.
  mutating func dueTransaction(at now: Instant) -> BusAction {
    if let action = dueWrite(at: now) { return action }
    return isShuttingDown ? .wait(until: nextWrite()) : dueRead(at: now)
  }

  /// The write or read-back that has waited longest, if one is due.
  private mutating func dueWrite(at now: Instant) -> BusAction? {
    var first: Int?
    for index in outputs.indices where outputs[index].step != .none {
      guard outputs[index].attemptAt <= now else { continue }
      // What was read of a register goes back into it before anything else is written there.
      if outputs[index].hasFetched {
        first = index
        break
      }
      if let earlier = first, outputs[earlier].attemptAt <= outputs[index].attemptAt { continue }
      first = index
    }
    guard let index = first, let on = outputs[index].target else { return nil }
    let output = outputs[index]
    let span = output.field.span
    return switch output.step {
    case .fetch:
      transact(.read(span), device: output.device, for: .fetch(output: index, on: on), at: now)
    case .write(let request):
      transact(request, device: output.device, for: .write(output: index, on: on), at: now)
    case .verify:
      transact(.read(span), device: output.device, for: .verify(output: index, on: on), at: now)
    case .none: nil
    }
  }

  /// The read with the earliest deadline, or the wait for the next one.
  private mutating func dueRead(at now: Instant) -> BusAction {
    var wake = nextWrite()
    var first: Candidate<(device: Int, group: Int?)>?
    for device in devices.indices {
      if case .lost(let probeAt, let pause) = links[device].health, devices[device].probe != nil {
        wake = min(wake, probeAt)
        let probe = Candidate(
          deadline: probeAt + pause, rank: 2, work: (device: device, group: Int?.none))
        if probeAt <= now, probe.goes(before: first) { first = probe }
      }
      for index in devices[device].reads.groups.indices {
        let wakeOfGroup = devices[device].reads.wake(of: index)
        wake = min(wake, wakeOfGroup)
        guard devices[device].reads.groups[index].slot != nil, wakeOfGroup <= now else { continue }
        let read = Candidate(
          deadline: devices[device].deadline(ofGroup: index),
          rank: devices[device].reads.groups[index].isWatched ? 0 : 1,
          work: (device: device, group: Int?.some(index)))
        if read.goes(before: first) { first = read }
      }
    }
    guard let (device, group) = first?.work else { return .wait(until: wake) }
    if let group, let block = devices[device].reads.block(of: group) {
      return transact(.read(block.span), device: device, for: .block(group: group), at: now)
    }
    return probe(device, at: now)
  }

  /// Asks a lost device for a sign of life; over a connection on which nobody answers any more,
  /// only after it was made anew, because a peer that is gone does not close it.
  private mutating func probe(_ due: Int, at now: Instant) -> BusAction {
    let device = links.longestWaiting(at: now) { devices[$0].probe != nil } ?? due
    guard let request = devices[device].probe else { return .wait(until: now) }
    if transmission == nil, !isFresh, !links.isAnyOnline {
      port = .failed(pause: .zero)
      return perform(.close, for: .close)
    }
    let sending = transmission?.time(request: request) ?? .zero
    let timeout = links[device].responseTimeout(margin: plan.margin)
    let length = TimeSpan(nanoseconds: sending.nanoseconds + timeout.nanoseconds)
    if let later = postponement(ofProbe: device, lasting: length, at: now) {
      links[device].liveness.postponeProbe(until: later, at: now)
      return dueRead(at: now)
    }
    return transact(request, device: device, for: .probe, at: now)
  }

  /// Keeps a request back until no late answer can be taken for its own.
  mutating func hold(_ purpose: Purpose, of device: Int, until instant: Instant) {
    switch purpose {
    case .block(let group): devices[device].reads.groups[group].progress.notBefore = instant
    case .probe:
      guard case .lost(_, let pause) = links[device].health else { return }
      links[device].health = .lost(probeAt: instant, pause: pause)
    case .fetch(let output, _), .write(let output, _), .verify(let output, _):
      outputs[output].wait(until: instant)
    }
  }
}
