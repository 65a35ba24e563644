import DetectionCore
import Testing

/// Each quality test by itself, on series short enough to be checked by eye.
@Suite struct QualityTestTests {
  /// The flags of one test over a series of values one second apart. Where the last value is
  /// still held, a missing reading releases it.
  private func flags(
    _ tests: QualityTests, _ values: [Double], of flag: KeyPath<TestFlags, QualityFlag>
  ) throws -> [UInt8] {
    let run = try CoreRun(DetectionPlan(points: [PointPlan(tests: tests)]))
    for (index, value) in values.enumerated() { run.read(value, at: Double(index)) }
    if run.readings.count < values.count { run.read(.nan, at: Double(values.count)) }
    return run.readings.prefix(values.count).map { $0.tests[keyPath: flag].rawValue }
  }

  @Test func grossRangeIncludesItsBounds() throws {
    let range = GrossRange(
      fail: ClosedSpan(lower: -5, upper: 10), suspect: ClosedSpan(lower: 0, upper: 8))
    let values = [-5.01, -5, -0.01, 0, 4, 8, 8.01, 10, 10.01, .nan, .infinity]
    #expect(
      try flags(QualityTests(grossRange: range), values, of: \.grossRange)
        == [4, 3, 3, 1, 1, 1, 3, 3, 4, 9, 9])
  }

  @Test(arguments: [
    // A spike alone is flagged; its neighbours are not. Limits are exceeded strictly.
    ([1, 1, 5, 1, 1], [2, 1, 4, 1, 1]),
    ([1, 1, 3, 1, 1], [2, 1, 3, 1, 1]),
    ([1, 1, 2, 1, 1], [2, 1, 1, 1, 1]),
    ([1, 1, -4, 1, 1], [2, 1, 4, 1, 1]),
    // A step is none, however high, and its smaller side is the spike's height.
    ([1, 1, 9, 9, 9], [2, 1, 1, 1, 1]),
    ([1, 1, 9, 10.5, 9], [2, 1, 1, 3, 2]),
    ([1, 1, 9, 7, 7], [2, 1, 3, 1, 1]),
    // Up and down: each turn is a spike.
    ([0, 5, 0, 5, 0], [2, 4, 4, 4, 2]),
    // A missing neighbour on either side.
    ([1, .nan, 9, 1, 1], [2, 9, 2, 1, 1]),
    ([1, 1, 9, .nan, 1], [2, 1, 2, 9, 2]),
  ])
  func spike(values: [Double], expected: [UInt8]) throws {
    let tests = QualityTests(spike: TwoLimits(suspect: 1, fail: 3))
    #expect(try flags(tests, values, of: \.spike) == expected)
  }

  @Test(arguments: [
    // The edge of a spike is too fast, the return to the last usable value is not; nor is the limit.
    ([0, 1, 2], [1, 1, 1]),
    ([0, 1.01, 2], [1, 3, 1]),
    ([0, 5, 0, 0], [1, 4, 1, 1]),
    // After a gap of one second the same step is half as fast.
    ([0, .nan, 2], [1, 9, 1]),
    ([0, .nan, 2.5], [1, 9, 3]),
  ])
  func rateOfChange(values: [Double], expected: [UInt8]) throws {
    let tests = QualityTests(rateOfChange: TwoLimits(suspect: 1, fail: 3))
    #expect(try flags(tests, values, of: \.rateOfChange) == expected)
  }

  @Test func rateOfChangeKeepsFractionsOfASecond() throws {
    let tests = QualityTests(rateOfChange: TwoLimits(suspect: 1, fail: 3))
    let run = try CoreRun(DetectionPlan(points: [PointPlan(tests: tests)]))
    run.read(0, at: 0)
    run.read(0.1, at: 0.1)
    run.read(0.3, at: 0.2)
    run.read(0.3, at: 0.2)
    run.read(0.4, at: 0.2)
    #expect(run.readings.map(\.tests.rateOfChange) == [.pass, .pass, .suspect, .pass, .fail])
  }

  @Test(arguments: [
    // Suspect when it and the 2 before, fail when it and the 4 before stay within 0.1, strictly.
    ([1, 1, 1, 1, 1, 1, 2], 0.1, FlatLine.Gaps.restart, [1, 1, 3, 3, 4, 4, 1]),
    ([1, 1.05, 1, 1.05, 1.09], 0.1, .restart, [1, 1, 3, 3, 4]),
    ([0, 0.1, 0, 0.1, 0], 0.1, .restart, [1, 1, 1, 1, 1]),
    ([0, 0.06, 0.12, 0.18, 0.24], 0.1, .restart, [1, 1, 1, 1, 1]),
    ([1, 1, 1, 1, 1], 0, .restart, [1, 1, 1, 1, 1]),
    // A missing reading begins anew, or is looked past.
    ([1, 1, .nan, 1, 1, 1], 0.1, .restart, [1, 1, 9, 1, 1, 3]),
    ([1, 1, .nan, 1, 1, 1], 0.1, .bridge, [1, 1, 9, 3, 4, 4]),
    ([5, .nan, .nan, .nan, .nan, 7], 0.1, .restart, [1, 9, 9, 9, 9, 1]),
    ([5, .nan, .nan, 7], 0.1, .bridge, [1, 9, 9, 3]),
    ([5, .nan, .nan, .nan, .nan, 7], 0.1, .bridge, [1, 9, 9, 9, 9, 4]),
  ])
  func flatLine(
    values: [Double], tolerance: Double, gaps: FlatLine.Gaps, expected: [UInt8]
  ) throws {
    let tests = QualityTests(
      flatLine: FlatLine(tolerance: tolerance, suspectCount: 2, failCount: 4, gaps: gaps))
    #expect(try flags(tests, values, of: \.flatLine) == expected)
  }

  @Test func rollUpIsTheGravestFlag() throws {
    let run = try CoreRun(
      DetectionPlan(points: [
        PointPlan(
          tests: QualityTests(
            grossRange: GrossRange(
              fail: ClosedSpan(lower: 0, upper: 20), suspect: ClosedSpan(lower: 0, upper: 10)),
            spike: TwoLimits(suspect: 100, fail: 100),
            rateOfChange: TwoLimits(suspect: 8, fail: 100)))
      ]))
    run.read(1, at: 0)  // spike not evaluated, the others pass
    run.read(2, at: 1)  // all pass
    run.read(11, at: 2)  // out of the suspect range, and too fast
    run.read(21, at: 3)  // out of the fail range, and too fast
    #expect(run.readings.map(\.reading.flag) == [.pass, .pass, .suspect, .fail])
  }

  @Test func untestedValuesAreNotEvaluated() throws {
    let run = try CoreRun(DetectionPlan(points: [PointPlan()]))
    run.read(1, at: 0)
    run.read(.nan, at: 1)
    #expect(run.readings.map(\.reading.flag) == [.notEvaluated, .missing])
    #expect(
      run.readings.map(\.tests) == [TestFlags(syntax: .pass), TestFlags(syntax: .missing)])
  }

  @Test func incomingFlagsAreKept() throws {
    let plan = DetectionPlan(points: [PointPlan(tests: QualityTests(grossRange: wideRange))])
    let run = try CoreRun(plan)
    run.read(7, at: 0, flag: .fail)
    run.read(7, at: 1, flag: .missing)
    run.read(7, at: 2, flag: .suspect)
    #expect(run.readings.map(\.reading.flag) == [.fail, .missing, .suspect])
    #expect(run.readings[0].reading.value == 7)
    #expect(run.readings[1].reading.value.isNaN)
    #expect(run.flag() == .suspect)
  }
}
