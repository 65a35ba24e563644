import DetectionCore
import DeviceProfiles

// What devices that do not answer may cost the others.
extension BusSchedule {
  /// How much longer than usual an answer may always take.
  var margin: TimeSpan {
    if case .serial = plan.link { PollingLimits.serialMargin } else { PollingLimits.networkMargin }
  }

  /// The lost device among those whose probe is due that has waited longest for it: a device that
  /// comes and goes does not keep the bus from looking for another.
  func longestWaiting(at now: Instant) -> Int? {
    var first: (device: Int, since: Instant)?
    for device in devices.indices where devices[device].probe != nil {
      guard case .lost(let probeAt, _) = devices[device].health, probeAt <= now else { continue }
      let since = devices[device].probeWantedSince ?? probeAt
      if let earlier = first, earlier.since <= since { continue }
      first = (device, since)
    }
    return first?.device
  }

  /// When to think again about a probe that must wait; nil where it may go now.
  ///
  /// It goes when the dead may take its time-out from the living, and into a gap between their
  /// reads; for such a gap it waits no longer than its own pause.
  func postponement(ofProbe span: RegisterSpan, to device: Int, at now: Instant) -> Instant? {
    guard case .lost(_, let pause) = devices[device].health,
      devices.contains(where: \.isOnline)
    else { return nil }
    let sending = transmission?.time(request: .read(span)) ?? .zero
    let length = TimeSpan(
      nanoseconds: sending.nanoseconds + devices[device].patience(margin: margin).nanoseconds)
    let gap = TimeSpan(nanoseconds: length.nanoseconds + PollingLimits.drainSilence.nanoseconds)
    let affordable = deadTime.ready(for: length)
    if affordable > now { return affordable }
    let latest = (devices[device].probeWantedSince ?? now) + pause
    if now >= latest { return nil }
    let next = nextRead()
    if next <= now { return min(latest, now + gap) }
    return next - now < gap ? min(latest, next) : nil
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

  /// Charges what a failed request took to those that may take only a share of the bus; what
  /// nobody else waits for costs nothing, nor does a single failure of a device that is well.
  mutating func charge(_ device: Int, until now: Instant) {
    guard !(devices[device].isOnline && devices[device].isTrusted) else { return }
    guard devices.indices.contains(where: { $0 != device && devices[$0].isOnline }) else { return }
    let taken = min(now - stepStart, stepAllowance)
    deadTime.fill(until: now)
    deadTime.spend(taken)
    counters.dead.nanoseconds = counters.dead.nanoseconds &+ taken.nanoseconds
    devices[device].counters.dead.nanoseconds =
      devices[device].counters.dead.nanoseconds &+ taken.nanoseconds
  }
}

extension DeviceState {
  /// Puts a probe off; it remembers since when it waits.
  mutating func postponeProbe(until later: Instant, at now: Instant) {
    guard case .lost(_, let pause) = health else { return }
    if probeWantedSince == nil { probeWantedSince = now }
    health = .lost(probeAt: later, pause: pause)
  }
}
