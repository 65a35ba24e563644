/// Which value a value's change is told from; see `RateOfChangeTest`.
public enum ChangeReference: BitwiseCopyable, Equatable, Sendable {
  /// The last usable one, whose flag in the end was neither 4 nor 9, over the time since then. Where
  /// that is longer than `longestGap`, the value passes as the first one does.
  case lastUsable(longestGap: TimeSpan)
  /// The one before, whatever its flag; a value after a missing one passes, as in ioos_qc 3.0.0.
  case previous

  /// The last usable one, however long ago.
  public static var lastUsable: ChangeReference {
    .lastUsable(longestGap: TimeSpan(nanoseconds: .max))
  }
}

/// Rate of change test (QARTOD water level, test 7, with absolute limits).
///
///     rate = |x[n] - x[m]| / (t[n] - t[m])
///     fail  rate > fail limit      suspect  rate > suspect limit
///
/// x is in the point's unit, t in seconds of the monotonic time line, the rate in unit per second;
/// m is the reading before n that `ChangeReference` says. The first value passes.
/// Source: `rate_of_change_test` of ioos_qc 3.0.0.
///
/// Deviations from it: times keep their nanoseconds (the reference cuts the interval to whole
/// seconds, which turns anything faster than 1 Hz into infinity); and where values are held against
/// the last usable one, a fault does not make the first good value after it look as fast as itself,
/// and over a gap the longer time counts (the reference lets that value pass untested). Two different
/// values at the same time are infinitely fast; two equal ones are not.
struct RateOfChangeTest: BitwiseCopyable {
  /// The value to compare with; NaN where there is none.
  private var last = Double.nan
  private var lastTime = Instant(nanoseconds: 0)

  /// The flag of a finite value, read at `time`.
  func flag(
    of value: Double, at time: Instant, limits: TwoLimits, reference: ChangeReference
  ) -> QualityFlag {
    let change = value - last
    let span = time - lastTime
    // Most changes are far below the limits: that is seen without the two divisions, which take
    // longer than all else here. The margin is far above what rounding can move.
    let bound = min(limits.suspect, limits.fail) * Double(span.nanoseconds) * 0.999_999e-9
    if change.magnitude < bound { return .pass }
    if case .lastUsable(let longestGap) = reference, span > longestGap { return .pass }
    let rate = (change / span.seconds).magnitude
    // A NaN, from the first value or from 0/0, is above no limit.
    return limits.flag(of: rate)
  }

  /// Compares later values with this one.
  mutating func compare(with value: Double, at time: Instant) {
    last = value
    lastTime = time
  }

  /// A value is missing.
  mutating func takeGap(reference: ChangeReference) {
    if reference == .previous { last = .nan }
  }
}
