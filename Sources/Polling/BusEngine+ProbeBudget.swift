import DetectionCore
import DeviceProfiles

// What devices that do not answer may cost the others.
extension BusEngine {
  /// When to think again about a probe that must wait; nil where it may go now.
  ///
  /// - Parameter length: How long the probe takes at most.
  func postponement(
    ofProbe device: Int, lasting length: TimeSpan, at now: Instant
  ) -> Instant? {
    guard links.isAnyOnline else { return nil }
    return probeBudget.postponement(
      ofProbe: links[device].liveness, lasting: length, before: nextRequest, at: now)
  }

  /// When the next sample of an online device is to be asked for; in the past where it waits for the
  /// bus.
  private var nextRequest: Instant {
    var next = Instant(nanoseconds: .max)
    for device in links.indices where links[device].isOnline {
      if isFramed {
        for group in sensors[device].groups where sensors[device].isAsked(group) {
          next = min(next, group.slot ?? group.nextSlot)
        }
      } else {
        for group in devices[device].reads.groups.indices {
          next = min(next, devices[device].reads.wake(of: group))
        }
      }
    }
    return next
  }

  /// Charges what was spent on a device to those that may take only a share of the bus.
  mutating func charge(_ device: Int, _ span: TimeSpan, at now: Instant) {
    guard links.isCharged(device) else { return }
    probeBudget.fill(until: now)
    probeBudget.spend(span)
    count(device) { $0.probeTime.nanoseconds = $0.probeTime.nanoseconds &+ span.nanoseconds }
  }
}
