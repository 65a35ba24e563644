import DetectionCore

/// Whether a device answers: what was heard of it lately, and when one that is lost is asked again.
struct DeviceLiveness: Sendable {
  var health = DeviceHealth.online
  /// Time-outs since the last answer of any kind.
  var timeoutsInRow = 0
  /// Damaged answers since the last good one.
  private var damagedInRow = 0
  /// Good answers since the last request without one.
  private var answersInRow = 0
  /// Since when a probe waits for its turn.
  private(set) var probeWantedSince: Instant?

  var isOnline: Bool { health == .online }

  /// True where a request without an answer is nothing to worry about.
  var isTrusted: Bool { answersInRow >= PollingLimits.answersUntilTrusted }

  /// True where the device may be asked at `now`, be it only whether it is back.
  func mayBeAsked(at now: Instant) -> Bool {
    switch health {
    case .online: true
    case .lost(let probeAt, _): now >= probeAt
    }
  }

  /// Forgets faults, as after a good answer.
  mutating func heard() {
    timeoutsInRow = 0
    damagedInRow = 0
    answersInRow += 1
  }

  /// Counts a fault of an online device; true where it now counts as lost.
  ///
  /// - Parameter isTolerant: false where the bus can spare no time for one that fails often.
  mutating func isLost(by fault: BusFault, isTolerant: Bool) -> Bool {
    let mayFail = isTolerant || isTrusted
    answersInRow = 0
    if fault == .wrongDevice { return true }
    if fault.recovery == .backOffDevice {
      timeoutsInRow += 1
    } else {
      timeoutsInRow = 0
      damagedInRow += 1
    }
    return !mayFail || timeoutsInRow >= PollingLimits.timeoutsBeforeBackOff
      || damagedInRow >= PollingLimits.damagedBeforeBackOff
  }

  /// Counts the device as lost; each time the pause before its next probe doubles.
  ///
  /// - Parameter shortest: The first pause: the shortest period of its points.
  mutating func backOff(from shortest: TimeSpan?, at now: Instant) {
    let pause: TimeSpan =
      switch health {
      case .online:
        min(shortest ?? PollingLimits.firstBackOffWithoutPoints, PollingLimits.longestBackOff)
      case .lost(_, let last): last.doubled(atMost: PollingLimits.longestBackOff)
      }
    probeWantedSince = nil
    health = .lost(probeAt: now + pause, pause: pause)
  }

  /// Puts a probe off; it remembers since when it waits.
  mutating func postponeProbe(until later: Instant, at now: Instant) {
    guard case .lost(_, let pause) = health else { return }
    if probeWantedSince == nil { probeWantedSince = now }
    health = .lost(probeAt: later, pause: pause)
  }
}
