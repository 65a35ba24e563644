/// Spike test (QARTOD water level, test 6).
///
///     differential   height = min(|a|, |b|) when a and b have opposite signs, else 0
///                    a = x[n] - x[n-1]      b = x[n+1] - x[n]
///     average        height = |x[n] - (x[n-1] + x[n+1]) / 2|
///     fail  height > fail limit      suspect  height > suspect limit
///
/// x and the limits are in the point's unit. A value without a neighbour on either side is not
/// evaluated. Source: `spike_test` of ioos_qc 3.0.0 with either method; the average is the one of the
/// QARTOD Water Level manual v2.1 (2021).
///
/// The height needs the *next* value, which a real-time core does not have yet. But by the differential method it is
/// never larger than |a|: a value whose own step is within the limits passes at once, and only one that
/// jumps has to wait until the next value tells a spike from a step. (Over a whole series, the
/// reference calls the last value, and one before a gap, "not evaluated" even where its step is
/// small; here it has already passed by then.) By the average method nothing bounds the height, since
/// the next value may be anything: every value waits, and all that follows from it comes one period
/// later, or when the point goes stale.
///
/// Worked example: 10, 12, 999.99, 13, 15 with limits of 25 and 50. By the average method 12 is 492.995
/// away from the middle of its neighbours, and so fails with 999.99 and 13; by the differential
/// method only 999.99 turns, 986.99 high, and only it fails.
struct SpikeTest: BitwiseCopyable {
  /// The last value; NaN where there is none to compare with.
  private var last = Double.nan
  /// The value before the last one.
  private var previous = Double.nan

  /// What a value's own step says about it.
  enum Verdict: BitwiseCopyable {
    /// The flag that will not change any more.
    case decided(QualityFlag)
    /// It jumped: the next value decides.
    case waiting
  }

  /// The flag of the last value, which was told to wait, now that `next` has come.
  func verdict(
    whenFollowedBy next: Double, limits: TwoLimits, by method: SpikeMethod
  ) -> QualityFlag {
    switch method {
    case .differential:
      let step = last - previous
      let back = next - last
      return limits.flag(of: step * back < 0 ? min(step.magnitude, back.magnitude) : 0)
    case .average:
      let middle = (previous + next) / 2
      // The sum of two huge values has no middle.
      guard middle.isFinite else { return .notEvaluated }
      return limits.flag(of: (last - middle).magnitude)
    }
  }

  /// Takes the next finite value.
  mutating func take(_ value: Double, limits: TwoLimits, by method: SpikeMethod) -> Verdict {
    let step = value - last
    previous = last
    last = value
    if step.isNaN { return .decided(.notEvaluated) }
    if method == .average { return .waiting }
    return step.magnitude > min(limits.suspect, limits.fail) ? .waiting : .decided(.pass)
  }

  /// The next reading has no value: whatever follows has no neighbour before it.
  mutating func takeGap() { last = .nan }
}
