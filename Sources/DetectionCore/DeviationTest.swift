/// A change that is large for the point's own recent past.
public struct Deviation: BitwiseCopyable, Sendable {
  /// How many standard deviations of the window a change may have.
  public var factor: Double
  /// A change that is always allowed on top, in the point's unit.
  public var allowance: Double
  /// How far the window reaches back.
  public var window: Window
  /// Makes the limits.
  public init(factor: Double, allowance: Double = 0, window: Window) {
    self.factor = factor
    self.allowance = allowance
    self.window = window
  }
}

/// A stretch of a point's recent past.
public struct Window: BitwiseCopyable, Sendable {
  /// How far it reaches back; a value exactly as old as this is outside.
  public var length: TimeSpan
  /// With fewer values than this in it nothing is evaluated.
  public var minimumCount: UInt16
  /// The room for values. When more come in `length`, the oldest leave early.
  public var capacity: UInt16
  /// Makes a window.
  public init(length: TimeSpan, minimumCount: UInt16, capacity: UInt16) {
    self.length = length
    self.minimumCount = minimumCount
    self.capacity = capacity
  }
}

/// Rate of change test by deviation (QARTOD water level, test 7).
///
///     suspect  |x[n] - x[n-1]| > allowance + factor × SD(x[n-k] … x[n-1])
///
/// x and the allowance are in the point's unit; n-1 is the last reading that `ChangeReference` says,
/// and the k values are such with t > t[n] - window. SD has ddof 0. With too few values the change is not
/// evaluated. Source: QARTOD Water Level manual v2.1 (2021), test 7: `N_DEV` 3 over `TIM_DEV` 25 h,
/// or 0.1 m + 2 SD. ioos_qc 3.0.0 has no such test. Its flag is joined with that of the absolute
/// limits.
///
/// Worked example: after 0, 1, 0, 1 m the SD is 0.5 m. With a factor of 3 a change of 1.5 m passes,
/// and one of 1.6 m is suspect; with 0.1 m + 2 SD, 1.2 m is suspect.
struct DeviationTest: BitwiseCopyable {
  private var window: TimeWindow

  init(_ deviation: Deviation, base: Int) {
    window = TimeWindow(base: base, capacity: Int(deviation.window.capacity))
  }

  /// Whether it can take the place of `own`, the same plan's test.
  func fits(_ own: DeviationTest) -> Bool { window.fits(own.window) }

  /// Goes on with the values of another test of the same point.
  mutating func takeOver(
    from other: DeviationTest, in source: Table<TimeWindow.Entry>,
    into table: Table<TimeWindow.Entry>
  ) {
    window.takeOver(from: other.window, in: source, into: table)
  }

  /// The flag of a finite value, read at `time`.
  mutating func flag(
    of value: Double, at time: Instant, limits: Deviation, in table: Table<TimeWindow.Entry>
  ) -> QualityFlag {
    window.forget(olderThan: limits.window.length, at: time, in: table)
    guard window.count > 0 && window.count >= Int(limits.window.minimumCount) else {
      return .notEvaluated
    }
    let change = (value - window.newest(in: table)).magnitude
    return window.spread(in: table).isExceeded(
      by: change - limits.allowance, factor: limits.factor) ? .suspect : .pass
  }

  /// Compares later values with this one.
  mutating func compare(
    with value: Double, at time: Instant, in table: Table<TimeWindow.Entry>
  ) {
    window.append(value, at: time, in: table)
  }
}
