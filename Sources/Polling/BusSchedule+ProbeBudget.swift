import DetectionCore
import DeviceProfiles

// What devices that do not answer may cost the others.
extension BusSchedule {
  /// When to think again about a probe that must wait; nil where it may go now.
  func postponement(ofProbe request: BusRequest, to device: Int, at now: Instant) -> Instant? {
    guard devices.contains(where: \.isOnline) else { return nil }
    let sending = transmission?.time(request: request) ?? .zero
    let length = TimeSpan(
      nanoseconds: sending.nanoseconds + devices[device].patience(margin: plan.margin).nanoseconds)
    return probeBudget.postponement(
      ofProbe: devices[device].liveness, lasting: length, before: nextRead(), at: now)
  }

  /// When the next read of an online device is due; in the past where it waits for the bus.
  private func nextRead() -> Instant {
    var next = Instant(nanoseconds: .max)
    for device in devices.indices where devices[device].isOnline {
      for group in devices[device].reads.groups.indices {
        next = min(next, devices[device].reads.wake(of: group))
      }
    }
    return next
  }

  /// Charges what a failed request took to those that may take only a share of the bus.
  mutating func charge(_ device: Int, until now: Instant) {
    guard devices.isCharged(device) else { return }
    let taken = min(now - stepStart, stepAllowance)
    probeBudget.fill(until: now)
    probeBudget.spend(taken)
    counters.dead.nanoseconds = counters.dead.nanoseconds &+ taken.nanoseconds
    devices[device].counters.dead.nanoseconds =
      devices[device].counters.dead.nanoseconds &+ taken.nanoseconds
  }
}
