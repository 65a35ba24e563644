/// Another point that should show nearly the same value.
public struct Neighbour: BitwiseCopyable, Sendable {
  /// The other point; of the same unit.
  public var point: PointIndex
  /// Limits on the difference, in the point's unit.
  public var limits: TwoLimits
  /// How old the other point's value may be.
  public var maximumAge: TimeSpan
  /// Makes the limits.
  public init(point: PointIndex, limits: TwoLimits, maximumAge: TimeSpan) {
    self.point = point
    self.limits = limits
    self.maximumAge = maximumAge
  }
}

/// Another point that should change when this one does.
public struct Multivariate: BitwiseCopyable, Sendable {
  /// The other point; both have limits on their rate of change.
  public var point: PointIndex
  /// How old the other point's value may be.
  public var maximumAge: TimeSpan
  /// Names the other point.
  public init(point: PointIndex, maximumAge: TimeSpan) {
    self.point = point
    self.maximumAge = maximumAge
  }
}

/// The last assessed value of a point, for the tests of others.
///
/// What they compare with is the last value that was *emitted* before the reading in hand: one that
/// a spike test still holds is not there yet, and neither is one that is read later in the same
/// round. Points that are compared are therefore best read one after the other, the other one first.
struct LastValue: BitwiseCopyable {
  var value = Double.nan
  var time = Instant(nanoseconds: 0)
  var rateOfChange = QualityFlag.notEvaluated

  /// True when the value was read no longer than `age` before or after `time`.
  func isRecent(at moment: Instant, within age: TimeSpan) -> Bool {
    moment <= time + age && time <= moment + age
  }
}

// Neighbour test (QARTOD water level, test 11, with a second gauge).
//
//   fail  |x - y| > fail limit      suspect  |x - y| > suspect limit
//
// x, the other point's value y and the limits are in the same unit. Not evaluated while y is failed,
// missing or older than the maximum age. Source: QARTOD Water Level manual v2.1 (2021), test 11;
// ioos_qc 3.0.0 has none.
//
// Worked example: with 0.03 m and 0.05 m, 2.00 m beside 2.04 m is suspect, beside 2.06 m it fails.

extension Neighbour {
  /// The test's flag for a finite `value` at `time`.
  func flag(of value: Double, at time: Instant, beside other: PointState) -> QualityFlag {
    guard other.flag.isUsable, other.last.isRecent(at: time, within: maximumAge) else {
      return .notEvaluated
    }
    return limits.flag(of: (value - other.last.value).magnitude)
  }
}

// Multivariate test (QARTOD water level, test 9).
//
//   suspect  x changes too fast  and  y does not
//   pass     else
//
// "Too fast" is each point's own rate of change test, by absolute limits or by deviation. Not
// evaluated while x's or y's rate is not, or y is failed, missing or older than the maximum age.
// Source: QARTOD Water Level manual v2.1 (2021), test 9; ioos_qc 3.0.0 has none.
//
// Worked example: a level that jumps while the flow stands still is suspect; one that jumps with the
// flow is not.

extension Multivariate {
  /// The test's flag for a value at `time` whose own rate of change is flagged `rateOfChange`.
  func flag(
    rateOfChange: QualityFlag, at time: Instant, beside other: PointState
  ) -> QualityFlag {
    guard rateOfChange != .notEvaluated else { return .notEvaluated }
    guard rateOfChange != .pass else { return .pass }
    guard other.flag.isUsable, other.last.isRecent(at: time, within: maximumAge),
      other.last.rateOfChange != .notEvaluated
    else { return .notEvaluated }
    return other.last.rateOfChange == .pass ? .suspect : .pass
  }
}
