import DetectionCore

/// The bus time that may still be spent on devices that do not answer: a bucket that fills with a
/// share of the time that passes.
///
/// With a share of 2 % it holds `PollingLimits.probeBudgetWindow` · 2 % = 1.2 s; a probe of 100 ms
/// that empties it is made good after 5 s. What is spent beyond that makes a debt, and nothing
/// more is granted before that is paid: in any time t the bucket grants at most
/// 1.2 s + 2 % · t, besides overdrafts. (The token bucket of RFC 2697, with time for bytes.)
struct ProbeBudget: Sendable {
  /// In thousandths of the time that passes.
  private let share: Int64
  /// In thousandths of a nanosecond, so that nothing is lost in rounding.
  private let capacity: Int64
  private var level: Int64
  private var filledAt: Instant

  /// A full bucket.
  init(perMille share: UInt16, start: Instant) {
    self.share = Int64(min(share, 1000))
    capacity = PollingLimits.probeBudgetWindow.nanoseconds * self.share
    level = capacity
    filledAt = start
  }

  /// True where nothing is left.
  var isSpent: Bool { level <= 0 }

  /// Lets the time pass up to `now`.
  mutating func fill(until now: Instant) {
    // Longer than from the deepest debt no filling takes; more could not be multiplied.
    let missing = capacity - level
    guard share > 0, missing > 0 else {
      filledAt = now
      return
    }
    let enough = missing / share + 1
    level += min(missing, share * min(enough, max(0, (now - filledAt).nanoseconds)))
    filledAt = now
  }

  /// Spends `span`, whether it is there or not.
  mutating func spend(_ span: TimeSpan) {
    // Bounded, so that devices which are lost together are looked for again within a few minutes.
    let cost = 1000 * max(0, span.nanoseconds)
    level = max(min(-2 * capacity, -cost), level - cost)
  }

  /// When to think again about a probe that must wait; nil where it may go now.
  ///
  /// It goes when lost devices may take its time-out from the others, and into a gap between their
  /// reads; for such a gap it waits no longer than its own pause.
  ///
  /// - Parameters:
  ///   - liveness: Of the device that is lost.
  ///   - length: How long the probe takes at most.
  ///   - next: When the next read of an online device is due; in the past where it waits for the
  ///     bus.
  ///   - now: The present.
  func postponement(
    ofProbe liveness: DeviceLiveness, lasting length: TimeSpan, before next: Instant,
    at now: Instant
  ) -> Instant? {
    guard case .lost(_, let pause) = liveness.health else { return nil }
    let gap = TimeSpan(nanoseconds: length.nanoseconds + PollingLimits.drainSilence.nanoseconds)
    let affordable = ready(for: length)
    if affordable > now { return affordable }
    let latest = (liveness.probeWantedSince ?? now) + pause
    if now >= latest { return nil }
    if next <= now { return min(latest, now + gap) }
    return next - now < gap ? min(latest, next) : nil
  }

  /// When `span` can be spent, if nothing else is until then; at most what the bucket holds has to
  /// be there.
  func ready(for span: TimeSpan) -> Instant {
    guard share > 0 else { return Instant(nanoseconds: .max) }
    let missing = min(1000 * span.nanoseconds, capacity) - level
    if missing <= 0 { return filledAt }
    return filledAt + TimeSpan(nanoseconds: missing / share + 1)
  }
}
