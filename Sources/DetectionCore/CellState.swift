/// What one instruction of a program remembers between its runs.
struct CellState: BitwiseCopyable {
  /// The newest value, or the mean; NaN before the first.
  private var value = Double.nan
  /// The value before the newest.
  private var previous = Double.nan
  /// When `value` came, or the condition was last true.
  private var time = Instant(nanoseconds: .min)
  private var isOn = false
  /// The next cell of the same point.
  var nextOfPoint = PlanChain.end

  /// Goes on with what another cell of the same kind remembers.
  mutating func takeOver(from other: CellState) {
    let next = nextOfPoint
    self = other
    nextOfPoint = next
  }

  /// Takes the point's next value that is not bad.
  ///
  ///     exponential mean   m[n] = m[n-1] + (1 - e^(-Δt / τ)) (x[n] - m[n-1]),  m[0] = x[0]
  ///
  /// The weight follows from the time between two values, so that a gap is no harm. Worked example:
  /// τ = 60 s and 0, then 1 after 60 s give 0.632.
  mutating func take(_ new: Double, at moment: Instant, plan: CellPlan) {
    if case .exponentialMean(_, let timeConstant) = plan, !value.isNaN {
      let elapsed = (moment - time).seconds
      let weight = 1 - Elementary.exponential(-max(elapsed, 0) / timeConstant.seconds)
      value += weight * (new - value)
    } else {
      previous = value
      value = new
    }
    time = moment
  }

  /// The value before the newest, or the mean; NaN while there is none.
  func recalled(by plan: CellPlan) -> Double {
    if case .previous = plan { return previous }
    return value
  }

  /// Seconds since the condition was last true; nil when it never was.
  mutating func since(_ isTrue: Bool, at now: Instant) -> Double? {
    if isTrue { time = now }
    guard time.nanoseconds != .min else { return nil }
    return max((now - time).seconds, 0)
  }

  /// On from `x` reaching `on` until it reaches `off`, which lies below `on`, or above.
  mutating func switched(by x: Double, on: Double, off: Double) -> Bool {
    let isRising = on >= off
    if isRising ? x >= on : x <= on {
      isOn = true
    } else if isRising ? x <= off : x >= off {
      isOn = false
    }
    return isOn
  }
}
