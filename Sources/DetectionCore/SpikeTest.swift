/// Spike test by the differential method (QARTOD water level, test 6).
///
///     a = x[n] - x[n-1]      b = x[n+1] - x[n]
///     height = min(|a|, |b|) when a and b have opposite signs, else 0
///     fail  height > fail limit      suspect  height > suspect limit
///
/// x and the limits are in the point's unit. A value without a neighbour on either side is not
/// evaluated. Source: `spike_test(method="differential")` of ioos_qc 3.0.0.
///
/// The height needs the *next* value, which a real-time core does not have yet. But it is never
/// larger than |a|: a value whose own step is within the limits passes at once, and only one that
/// jumps has to wait until the next value tells a spike from a step. (Over a whole series, the
/// reference calls the last value, and one before a gap, "not evaluated" even where its step is
/// small; here it has already passed by then.)
struct SpikeTest: BitwiseCopyable {
  /// The last value; NaN where there is none to compare with.
  private var last = Double.nan
  /// The step to the last value from the one before.
  private var step = 0.0

  /// What a value's own step says about it.
  enum Verdict: BitwiseCopyable {
    /// The flag that will not change any more.
    case decided(QualityFlag)
    /// It jumped: the next value decides.
    case waiting
  }

  /// The flag of the last value, which was told to wait, now that `next` has come.
  func verdict(whenFollowedBy next: Double, limits: TwoLimits) -> QualityFlag {
    let back = next - last
    return limits.flag(of: step * back < 0 ? min(step.magnitude, back.magnitude) : 0)
  }

  /// Takes the next finite value.
  mutating func take(_ value: Double, limits: TwoLimits) -> Verdict {
    step = value - last
    last = value
    if step.isNaN { return .decided(.notEvaluated) }
    return step.magnitude > min(limits.suspect, limits.fail) ? .waiting : .decided(.pass)
  }

  /// The next reading has no value: whatever follows has no neighbour before it.
  mutating func takeGap() { last = .nan }
}
