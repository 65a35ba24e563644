extension QualityFlag {
  /// The flag's place in the roll-up: 9 < 2 < 1 < 3 < 4.
  private var priority: Int {
    switch self {
    case .missing: 0
    case .notEvaluated: 1
    case .pass: 2
    case .suspect: 3
    case .fail: 4
    }
  }

  /// The flag that stands for both: the one of higher priority, so that one failed test fails the
  /// value, and a passed test hides one that could not be run.
  ///
  /// Source: `qartod_compare` of ioos_qc 3.0.0.
  func joined(with other: QualityFlag) -> QualityFlag {
    other.priority > priority ? other : self
  }
}

extension TestFlags {
  /// The roll-up of all tests of the value and of what acquisition said itself.
  func rollUp(with incoming: QualityFlag) -> QualityFlag {
    incoming.joined(with: grossRange).joined(with: climatology).joined(with: spike)
      .joined(with: rateOfChange).joined(with: flatLine).joined(with: multivariate)
      .joined(with: attenuatedSignal).joined(with: neighbour)
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
