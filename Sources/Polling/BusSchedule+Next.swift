import DetectionCore
import DeviceProfiles

extension BusSchedule {
  mutating func perform(_ task: BusTask, for step: Step, at now: Instant) -> BusAction {
    self.step = step
    stepStart = now
    return .perform(task)
  }

  /// Begins every sample that is due; those that cannot be read are missing at once.
  mutating func beginSamples(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) {
    countLateSamples()
    changePeriods()
    let stamp = Stamp(time: now, wallTime: wallTime)
    clock?.follow(wallTime, at: now)
    for device in devices.indices {
      let isReadable = port == .open && devices[device].isOnline
      let passed = devices[device].reads.beginSamples(at: now, isReadable: isReadable) { point in
        readings.append(stamp.reading(point.point, .nan, .missing))
      }
      devices[device].counters.missedSlots += passed
      counters.missedSlots += passed
      if let clock { devices[device].align(to: clock, at: now) }
    }
  }

  /// Counts the samples that ended behind their deadline since the last call.
  private mutating func countLateSamples() {
    for device in devices.indices {
      let late = devices[device].reads.takeLateSamples()
      devices[device].counters.missedDeadlines += late
      counters.missedDeadlines += late
    }
  }

  /// The next instant at which a sample is due.
  func nextSample() -> Instant {
    var next = Instant(nanoseconds: .max)
    for device in devices.indices {
      for group in devices[device].reads.groups { next = min(next, group.nextSlot) }
    }
    return next
  }

  /// The write or read-back that has waited longest, if one is due.
  mutating func dueWrite(at now: Instant) -> BusAction? {
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
  ///
  /// Non-preemptive earliest deadline first, which no other order without planned idling beats
  /// (Jeffay, Stanat, Martel 1991). Where deadlines are equal, points that a rule watches go before
  /// others, and those before probes; then devices in their order.
  mutating func dueRead(at now: Instant) -> BusAction {
    var wake = nextWrite()
    var first: Due?
    for device in devices.indices {
      if case .lost(let probeAt, let pause) = devices[device].health, devices[device].probe != nil {
        wake = min(wake, probeAt)
        let due = Due(deadline: probeAt + pause, rank: 2, device: device, group: nil)
        if probeAt <= now, due.goes(before: first) { first = due }
      }
      for index in devices[device].reads.groups.indices {
        let wakeOfGroup = devices[device].reads.wake(of: index)
        wake = min(wake, wakeOfGroup)
        guard devices[device].reads.groups[index].isReading, wakeOfGroup <= now else { continue }
        let due = Due(
          deadline: devices[device].deadline(ofGroup: index),
          rank: devices[device].reads.groups[index].isWatched ? 0 : 1, device: device,
          group: index)
        if due.goes(before: first) { first = due }
      }
    }
    guard let first else { return .wait(until: wake) }
    if let group = first.group, let block = devices[first.device].reads.block(of: group) {
      return transact(
        .read(block.span), device: first.device, for: .block(group: group), at: now)
    }
    return probe(first.device, at: now)
  }

  /// A read that could be done now.
  private struct Due {
    let deadline: Instant
    /// Decides between equal deadlines; the lower goes first.
    let rank: Int
    let device: Int
    /// Nil for a probe.
    let group: Int?

    func goes(before other: Due?) -> Bool {
      guard let other else { return true }
      return (deadline, rank) < (other.deadline, other.rank)
    }
  }

  /// Asks a lost device for a sign of life; over a connection on which nobody answers any more,
  /// only after it was made anew, because a dead peer does not close it.
  private mutating func probe(_ due: Int, at now: Instant) -> BusAction {
    let device = devices.longestWaiting(at: now) ?? due
    guard let request = devices[device].probe else { return .wait(until: now) }
    if transmission == nil, !isFresh, !devices.contains(where: \.isOnline) {
      port = .failed(pause: .zero)
      return perform(.close, for: .close, at: now)
    }
    if let later = postponement(ofProbe: request, to: device, at: now) {
      devices[device].liveness.postponeProbe(until: later, at: now)
      return dueRead(at: now)
    }
    return transact(request, device: device, for: .probe, at: now)
  }
}
