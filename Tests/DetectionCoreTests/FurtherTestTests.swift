import DetectionCore
import Testing

/// The worked examples of the quality tests, and what they do at their edges.
@Suite struct FurtherTestTests {
  /// The flags of one test of point 0 over a series of values one second apart.
  private func flags(
    _ tests: QualityTests, _ values: [Double], of flag: KeyPath<TestFlags, QualityFlag>
  ) throws -> [UInt8] {
    let run = try CoreRun(DetectionPlan(points: [PointPlan(tests: tests)]))
    for (index, value) in values.enumerated() { run.read(value, at: Double(index)) }
    if run.readings.count < values.count { run.read(.nan, at: Double(values.count)) }
    return run.readings.prefix(values.count).map { $0.tests[keyPath: flag].rawValue }
  }

  private func window(_ seconds: Int64, atLeast minimum: UInt16 = 2) -> Window {
    Window(length: .seconds(seconds), minimumCount: minimum, capacity: 100)
  }

  // MARK: Climatology

  private let winterAndSummer = DetectionPlan(
    points: [
      PointPlan(
        tests: QualityTests(climatology: Climatology(firstSeason: 0, seasonCount: 2)))
    ],
    seasons: [
      Season(.month, from: 11, to: 2, suspect: ClosedSpan(lower: -2, upper: 4)),
      Season(.month, from: 3, to: 10, suspect: ClosedSpan(lower: -1, upper: 3)),
    ])

  @Test(arguments: [(2025, 12, 31, 1), (2026, 3, 1, 3), (2026, 2, 28, 1), (2026, 10, 31, 3)])
  func seasonsLastOverTheTurnOfTheYear(year: Int, month: Int, day: Int, flag: UInt8) throws {
    let civil = try #require(CivilTime(year: year, month: month, day: day))
    let run = try CoreRun(winterAndSummer)
    run.read(3.5, at: Double(civil.nanosecondsSince1970) / 1e9)
    #expect(run.readings.map(\.tests.climatology.rawValue) == [flag])
  }

  @Test func withoutTheTimeThereIsNoSeason() throws {
    let run = try CoreRun(winterAndSummer)
    run.accept(
      .reading(
        Reading(
          point: PointIndex(rawValue: 0), value: 100, flag: .notEvaluated, time: instant(0),
          wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false))))
    #expect(run.readings.map(\.tests.climatology) == [.notEvaluated])
  }

  @Test(arguments: [
    (2021, 1, 3, 53, 6), (2021, 1, 4, 1, 0), (2018, 12, 31, 1, 0), (2016, 1, 1, 53, 4),
    (2000, 1, 1, 52, 5), (2020, 12, 31, 53, 3), (2024, 12, 30, 1, 0), (1969, 12, 31, 1, 2),
    (1970, 1, 1, 1, 3), (1700, 1, 1, 53, 4),
  ])
  func weeksOfISO8601(year: Int, month: Int, day: Int, week: Int, weekday: Int) throws {
    let civil = try #require(CivilTime(year: year, month: month, day: day))
    #expect(civil.weekOfYear == week)
    #expect(civil.dayOfWeek == weekday)
  }

  // MARK: Spike by the average

  @Test func averageFlagsTheNeighboursToo() throws {
    let tests = QualityTests(spike: TwoLimits(suspect: 25, fail: 50), spikeMethod: .average)
    let values = [10, 12, 999.99, 13, 15, 40, 9, 9, .nan, 10]
    #expect(try flags(tests, values, of: \.spike) == [2, 4, 4, 4, 1, 3, 1, 2, 9, 2])
  }

  @Test func averageLetsEveryReadingWaitForTheNext() throws {
    let tests = QualityTests(
      grossRange: wideRange, spike: TwoLimits(suspect: 1, fail: 2), spikeMethod: .average)
    let run = try CoreRun(oneRule([stage(4)], tests: tests, maximumAge: .seconds(60)))
    run.read(5, at: 0)
    #expect(run.lastReadings.map(\.tests.spike) == [.notEvaluated])
    run.read(5, at: 1)
    #expect(run.lastReadings.isEmpty)
    run.read(5, at: 2)
    #expect(run.lastReadings.map(\.reading.time) == [instant(1)])
    run.tick(at: 62)
    #expect(run.lastReadings.map(\.tests.spike) == [.notEvaluated, .missing])
  }

  // MARK: Rate of change by deviation

  @Test(arguments: [
    // The SD of 0, 1, 0, 1 is 0.5; the limit itself is not exceeded.
    (3, 0, 2.5, 1), (3, 0, 2.6, 3), (3, 0, -0.5, 1), (3, 0, -0.6, 3), (2, 0.1, 2.2, 3),
    (2, 0.25, 2.25, 1),
  ])
  func deviation(factor: Double, allowance: Double, last: Double, expected: UInt8) throws {
    let tests = QualityTests(
      deviation: Deviation(factor: factor, allowance: allowance, window: window(10, atLeast: 4)))
    #expect(
      try flags(tests, [0, 1, 0, 1, last], of: \.rateOfChange) == [2, 2, 2, 2, expected])
  }

  @Test func deviationForgetsWhatIsOlderThanTheWindow() throws {
    // With the first value in sight the SD would be large.
    let tests = QualityTests(deviation: Deviation(factor: 1, window: window(4)))
    #expect(
      try flags(tests, [100, 0, 0, 0, 0, 1], of: \.rateOfChange) == [2, 2, 1, 1, 1, 3])
  }

  @Test func deviationJoinsTheAbsoluteLimits() throws {
    let tests = QualityTests(
      rateOfChange: TwoLimits(suspect: 5, fail: 10),
      deviation: Deviation(factor: 1, window: window(10)))
    #expect(try flags(tests, [0, 0, 1, 12], of: \.rateOfChange) == [1, 1, 3, 4])
  }

  // MARK: Attenuated signal

  @Test(arguments: [
    (AttenuatedSignal.Measure.deviation, 0.5, 1), (.deviation, 0.6, 3), (.range, 1, 1),
    (.range, 1.1, 3),
  ])
  func attenuatedSignal(
    measure: AttenuatedSignal.Measure, limit: Double, expected: UInt8
  ) throws {
    let tests = QualityTests(
      attenuatedSignal: AttenuatedSignal(
        measure, suspect: limit, fail: 0.1, window: window(10, atLeast: 4)))
    #expect(
      try flags(tests, [0, 1, 0, 1], of: \.attenuatedSignal) == [2, 2, 2, expected])
  }

  @Test(arguments: [
    (AttenuatedSignal.Gaps.bridge, [2, 4, 9, 4, 4, 4]),
    (.unevaluated, [2, 4, 9, 2, 2, 4]),
  ])
  func gapsInAnAttenuatedSignal(gaps: AttenuatedSignal.Gaps, expected: [UInt8]) throws {
    let tests = QualityTests(
      attenuatedSignal: AttenuatedSignal(
        .range, suspect: 1, fail: 1, window: window(3), gaps: gaps))
    #expect(try flags(tests, [0, 0, .nan, 0, 0, 0], of: \.attenuatedSignal) == expected)
  }

  @Test func aFullWindowForgetsItsOldestValue() throws {
    let narrow = Window(length: .seconds(100), minimumCount: 1, capacity: 2)
    let tests = QualityTests(
      attenuatedSignal: AttenuatedSignal(.range, suspect: 1, fail: 0, window: narrow))
    #expect(try flags(tests, [0, 5, 5, 5], of: \.attenuatedSignal) == [3, 1, 3, 3])
  }

  // MARK: Two points

  private func neighbours(_ tests: QualityTests) -> DetectionPlan {
    let rate = TwoLimits(suspect: 1, fail: 100)
    return DetectionPlan(points: [
      PointPlan(tests: tests),
      PointPlan(
        tests: QualityTests(grossRange: wideRange, rateOfChange: rate, changeReference: .previous)),
    ])
  }

  @Test func neighbour() throws {
    let other = PointIndex(rawValue: 1)
    let run = try CoreRun(
      neighbours(
        QualityTests(
          neighbour: Neighbour(
            point: other, limits: TwoLimits(suspect: 0.03, fail: 0.05),
            maximumAge: .seconds(60)))))
    run.read(2, at: 0)
    for (second, value) in [2.02, 2.04, 2.06, .nan, 2.02].enumerated() {
      run.read(value, at: Double(second), point: 1)
      run.read(2, at: Double(second))
    }
    run.read(2, at: 64)
    run.read(2, at: 64.5)
    let flags = run.readings.filter { $0.reading.point.rawValue == 0 }.map(\.tests.neighbour)
    let expected: [QualityFlag] = [
      .notEvaluated, .pass, .suspect, .fail, .notEvaluated, .pass, .pass, .notEvaluated,
    ]
    #expect(flags == expected)
  }

  @Test func multivariate() throws {
    let run = try CoreRun(
      neighbours(
        QualityTests(
          rateOfChange: TwoLimits(suspect: 1, fail: 3), changeReference: .previous,
          multivariate: Multivariate(
            point: PointIndex(rawValue: 1), maximumAge: .seconds(60)))))
    run.read(0, at: 0)
    run.read(2, at: 1)
    for (second, values) in [(0.0, 0.0), (9, 9), (9, 0), (9.5, 9)].enumerated() {
      run.read(values.0, at: Double(second + 2), point: 1)
      run.read(values.1, at: Double(second + 2))
    }
    let flags = run.readings.filter { $0.reading.point.rawValue == 0 }.map(\.tests.multivariate)
    // Alone it is not judged; then: both jump; only the first falls, and rises.
    #expect(flags == [.pass, .notEvaluated, .suspect, .pass, .suspect, .suspect])
  }

  // MARK: How readings come

  @Test func gapAndSyntaxStandBesideTheRollUp() throws {
    let run = try CoreRun(DetectionPlan(points: [PointPlan(maximumAge: .seconds(10))]))
    run.read(1, at: 0)
    run.read(1, at: 1, flag: .fail)
    run.tick(at: 11)
    #expect(run.readings.map(\.reading.flag) == [.notEvaluated, .fail, .missing])
    #expect(
      run.readings.map(\.tests) == [
        TestFlags(gap: .pass, syntax: .pass), TestFlags(gap: .pass, syntax: .fail),
        TestFlags(gap: .missing, syntax: .missing),
      ])
  }
}
