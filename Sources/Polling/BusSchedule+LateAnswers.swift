import DetectionCore
import DeviceProfiles

// Answers that come after their time, on serial lines; over TCP each carries its request's number.
extension BusSchedule {
  /// The end of the time that the profile allows for the answer to the request that was sent last.
  private func latestAnswer(of device: Int) -> Instant {
    let allowed = TimeSpan.milliseconds(Int64(devices[device].timing.responseTimeoutMs))
    return stepStart + stepLineTime + min(allowed, PollingLimits.longestSettling)
  }

  /// Takes note that the answer to what was asked last may still come.
  mutating func oweAnswer(_ device: Int, at now: Instant) {
    guard transmission != nil, let request = stepRequest else { return }
    let latest = latestAnswer(of: device)
    devices[device].owed.failed(request, latest: latest, at: now)
  }

  /// Takes note of a good answer; true where it may be a late one to another request.
  mutating func takeAnswer(of device: Int) -> Bool {
    guard transmission != nil, let request = stepRequest else { return false }
    let latest = latestAnswer(of: device)
    return devices[device].owed.answered(request, sentAt: stepStart, latest: latest)
  }

  /// Keeps a request back until no late answer can be taken for its own.
  mutating func hold(_ purpose: Purpose, of device: Int, until instant: Instant) {
    switch purpose {
    case .block(let group): devices[device].reads.groups[group].notBefore = instant
    case .probe:
      guard case .lost(_, let pause) = devices[device].health else { return }
      devices[device].health = .lost(probeAt: instant, pause: pause)
    case .fetch(let output, _), .write(let output, _), .verify(let output, _):
      outputs[output].wait(until: instant)
    }
  }
}
