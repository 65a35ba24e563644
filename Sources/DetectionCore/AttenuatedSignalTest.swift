/// A signal that moves less than it should, in the point's unit.
public struct AttenuatedSignal: BitwiseCopyable, Sendable {
  /// What is held against the limits.
  public enum Measure: UInt8, BitwiseCopyable, Sendable {
    /// The standard deviation of the window's values (ddof 0).
    case deviation
    /// Their largest minus their smallest.
    case range
  }
  /// What a reading without a value does to the window.
  public enum Gaps: UInt8, BitwiseCopyable, Sendable {
    /// It is looked past.
    case bridge
    /// Nothing is evaluated while it lies in the window, as ioos_qc 3.0.0 does for the range.
    case unevaluated
  }
  /// What is held against the limits.
  public var measure: Measure
  /// Below this the value is suspect.
  public var suspect: Double
  /// Below this the value fails; not above `suspect`.
  public var fail: Double
  /// The past that is looked at, the newest value included.
  public var window: Window
  /// What a reading without a value does to the window.
  public var gaps: Gaps
  /// Makes the limits.
  public init(
    _ measure: Measure, suspect: Double, fail: Double, window: Window, gaps: Gaps = .bridge
  ) {
    self.measure = measure
    self.suspect = suspect
    self.fail = fail
    self.window = window
    self.gaps = gaps
  }
}

/// Attenuated signal test (QARTOD water level, test 10).
///
///     m = SD(x[n-k] … x[n])    or    max(x[n-k] … x[n]) - min(x[n-k] … x[n])
///     fail  m < fail limit      suspect  m < suspect limit
///
/// x and the limits are in the point's unit; the window holds the values with t > t[n] - window. SD
/// has ddof 0. With too few values nothing is evaluated. Source: QARTOD Water Level manual v2.1 (2021),
/// test 10; `attenuated_signal_test` of ioos_qc 3.0.0 with a test period. (Without one it judges a
/// whole series at once, which no real-time test can.)
///
/// Worked example: 0, 1, 0, 1 m have a range of 1 m and an SD of 0.5 m. An SD limit of 0.5 m passes
/// them, one of 0.6 m does not.
struct AttenuatedSignalTest: BitwiseCopyable {
  private var window: TimeWindow
  /// When there was no value last.
  private var lastGap = Instant(nanoseconds: .min)

  init(_ limits: AttenuatedSignal, base: Int) {
    window = TimeWindow(base: base, capacity: Int(limits.window.capacity))
  }

  /// Whether it can take the place of `own`, the same plan's test.
  func fits(_ own: AttenuatedSignalTest) -> Bool { window.fits(own.window) }

  /// Goes on with the values of another test of the same point.
  mutating func takeOver(
    from other: AttenuatedSignalTest, in source: Table<TimeWindow.Entry>,
    into table: Table<TimeWindow.Entry>
  ) {
    window.takeOver(from: other.window, in: source, into: table)
    lastGap = other.lastGap
  }

  /// Takes the next finite value, read at `time`.
  mutating func take(
    _ value: Double, at time: Instant, limits: AttenuatedSignal,
    in table: Table<TimeWindow.Entry>
  ) -> QualityFlag {
    window.forget(olderThan: limits.window.length, at: time, in: table)
    window.append(value, at: time, in: table)
    guard window.count >= Int(limits.window.minimumCount) else { return .notEvaluated }
    if limits.gaps == .unevaluated && lastGap + limits.window.length > time {
      return .notEvaluated
    }
    let spread = window.spread(in: table)
    if spread.isBelow(limits.fail, by: limits.measure) { return .fail }
    return spread.isBelow(limits.suspect, by: limits.measure) ? .suspect : .pass
  }

  /// The reading at `time` has no value.
  mutating func takeGap(at time: Instant) { lastGap = time }
}

extension Spread {
  fileprivate func isBelow(_ limit: Double, by measure: AttenuatedSignal.Measure) -> Bool {
    switch measure {
    case .deviation: isDeviation(below: limit)
    case .range: range < limit
    }
  }
}
