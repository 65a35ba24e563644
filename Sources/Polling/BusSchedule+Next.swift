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
    changePeriods()
    let stamp = Stamp(time: now, wallTime: wallTime)
    for device in devices.indices {
      let isReadable = port == .open && devices[device].isOnline
      for group in devices[device].groups.indices {
        guard let passed = devices[device].groups[group].begin(at: now) else { continue }
        devices[device].counters.missedSlots += passed
        counters.missedSlots += passed
        devices[device].groups[group].settle(isReadable ? .refused : .all) { point in
          readings.append(stamp.reading(point.point, .nan, .missing))
        }
        if !isReadable { devices[device].groups[group].abandon() }
      }
    }
  }

  /// The next instant at which a sample is due.
  func nextSample() -> Instant {
    var next = Instant(nanoseconds: .max)
    for device in devices.indices {
      for group in devices[device].groups.indices {
        next = min(next, devices[device].groups[group].nextSlot)
      }
    }
    return next
  }

  /// The write or read-back that has waited longest, if one is due.
  mutating func dueWrite(at now: Instant) -> BusAction? {
    var first: Int?
    for index in outputs.indices where outputs[index].step != .none {
      guard outputs[index].attemptAt <= now else { continue }
      if let earlier = first, outputs[earlier].attemptAt <= outputs[index].attemptAt { continue }
      first = index
    }
    guard let index = first, let on = outputs[index].target else { return nil }
    let output = outputs[index]
    return output.step == .write
      ? transact(
        output.field.write(on), device: output.device, for: .write(output: index, on: on), at: now)
      : transact(
        .read(output.field.span), device: output.device, for: .verify(output: index, on: on),
        at: now)
  }

  /// The block or probe that was due first, or the wait for the next one.
  mutating func dueRead(at now: Instant) -> BusAction {
    var wake = nextWrite()
    var due = Instant(nanoseconds: .max)
    var chosen: (device: Int, group: Int?)?
    for device in devices.indices {
      if case .lost(let probeAt, _) = devices[device].health, devices[device].probe != nil {
        wake = min(wake, probeAt)
        if probeAt <= now, probeAt < due {
          due = probeAt
          chosen = (device, nil)
        }
      }
      for index in devices[device].groups.indices {
        let deadline = devices[device].groups[index].deadline
        wake = min(wake, deadline)
        guard devices[device].groups[index].current != nil, deadline <= now else { continue }
        if devices[device].groups[index].slot < due {
          due = devices[device].groups[index].slot
          chosen = (device, index)
        }
      }
    }
    guard let chosen else { return .wait(until: wake) }
    if let group = chosen.group, let block = devices[chosen.device].groups[group].block {
      return transact(
        .read(block.span), device: chosen.device, for: .block(group: group), at: now)
    }
    return probe(chosen.device, at: now)
  }

  /// Asks a lost device for a sign of life; over a connection on which nobody answers any more,
  /// only after it was made anew, because a dead peer does not close it.
  private mutating func probe(_ due: Int, at now: Instant) -> BusAction {
    let device = longestWaiting(at: now) ?? due
    guard let span = devices[device].probe else { return .wait(until: now) }
    if transmission == nil, !isFresh, !devices.contains(where: \.isOnline) {
      port = .failed(pause: .zero)
      return perform(.close, for: .close, at: now)
    }
    if let later = postponement(ofProbe: span, to: device, at: now) {
      devices[device].postponeProbe(until: later, at: now)
      return dueRead(at: now)
    }
    return transact(.read(span), device: device, for: .probe, at: now)
  }
}
