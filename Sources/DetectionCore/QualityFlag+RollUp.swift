extension QualityFlag {
  /// The flag that stands for both: the one of higher priority, 9 < 2 < 1 < 3 < 4, so that one
  /// failed test fails the value, and a passed test hides one that could not be run.
  ///
  /// Source: `qartod_compare` of ioos_qc 3.0.0.
  func joined(with other: QualityFlag) -> QualityFlag { FlagSet(self).union(other).gravest }
}

/// Flags that were given, as one bit each: joining many is cheaper so than two by two.
struct FlagSet: BitwiseCopyable {
  private var bits: UInt16

  init(_ flag: QualityFlag) { bits = FlagSet.bit(flag) }

  private static func bit(_ flag: QualityFlag) -> UInt16 {
    switch flag {
    case .pass: 1
    case .notEvaluated: 2
    case .suspect: 4
    case .fail: 8
    case .missing: 16
    }
  }

  func union(_ flag: QualityFlag) -> FlagSet {
    var union = self
    union.bits |= FlagSet.bit(flag)
    return union
  }

  /// The flag of the highest priority.
  var gravest: QualityFlag {
    if bits & FlagSet.bit(.fail) != 0 { return .fail }
    if bits & FlagSet.bit(.suspect) != 0 { return .suspect }
    if bits & FlagSet.bit(.pass) != 0 { return .pass }
    return bits & FlagSet.bit(.notEvaluated) != 0 ? .notEvaluated : .missing
  }
}

extension TwoLimits {
  /// Fail when `quantity` is strictly above the fail limit, suspect when it is strictly above the
  /// suspect limit, else pass.
  func flag(of quantity: Double) -> QualityFlag {
    if quantity > fail { return .fail }
    return quantity > suspect ? .suspect : .pass
  }
}
