/// Rate of change test (QARTOD water level, test 7, with absolute limits).
///
///     rate = |x[n] - x[m]| / (t[n] - t[m])
///     fail  rate > fail limit      suspect  rate > suspect limit
///
/// x is in the point's unit, t in seconds of the monotonic time line, the rate in unit per second;
/// m is the last reading before n that has a value. The first value passes.
/// Source: `rate_of_change_test` of ioos_qc 3.0.0.
///
/// Deviations from it: times keep their nanoseconds (the reference cuts the interval to whole
/// seconds, which turns anything faster than 1 Hz into infinity); and after a gap the value is held
/// against the last one before the gap, over the longer time (the reference lets it pass
/// untested). Two different values at the same time are infinitely fast; two equal ones are not.
struct RateOfChangeTest: BitwiseCopyable {
  /// The last value; NaN before the first.
  private var last = Double.nan
  private var lastTime = Instant(nanoseconds: 0)

  /// Takes the next finite value, read at `time`.
  mutating func take(
    _ value: Double, at time: Instant, limits: TwoLimits
  ) -> QualityFlag {
    let change = value - last
    let span = time - lastTime
    last = value
    lastTime = time
    // Most changes are far below the limits: that is seen without the two divisions, which take
    // longer than all else here. The margin is far above what rounding can move.
    let bound = min(limits.suspect, limits.fail) * Double(span.nanoseconds) * 0.999_999e-9
    if change.magnitude < bound { return .pass }
    let rate = (change / span.seconds).magnitude
    // A NaN, from the first value or from 0/0, is above no limit.
    return limits.flag(of: rate)
  }
}
