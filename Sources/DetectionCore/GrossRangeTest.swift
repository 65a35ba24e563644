// Gross range test (QARTOD water level, test 4).
//
//   fail     x < fail.lower    or  x > fail.upper
//   suspect  x < suspect.lower or  x > suspect.upper
//   pass     else; the bounds themselves pass
//
// x and the bounds are in the point's unit. Source: QARTOD Water Level manual v2.1 (2021), test 4;
// `gross_range_test` of ioos_qc 3.0.0.

extension GrossRange {
  /// The test's flag for a finite `value`.
  func flag(of value: Double) -> QualityFlag {
    guard fail.contains(value) else { return .fail }
    return suspect.contains(value) ? .pass : .suspect
  }
}
