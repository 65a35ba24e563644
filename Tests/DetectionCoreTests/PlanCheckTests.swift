import DetectionCore
import Testing

@Suite struct PlanCheckTests {
  private static let sound = ReferencePlan.river()

  /// One fault in an otherwise sound plan, and what is said about it.
  struct Case: Sendable, CustomTestStringConvertible {
    let message: String
    let change: @Sendable (inout DetectionPlan) -> Void
    var testDescription: String { message }
    init(_ message: String, _ change: @escaping @Sendable (inout DetectionPlan) -> Void) {
      self.message = message
      self.change = change
    }
  }

  private static func narrow(_ lower: Double, _ upper: Double) -> GrossRange {
    GrossRange(
      fail: ClosedSpan(lower: 0, upper: 10), suspect: ClosedSpan(lower: lower, upper: upper))
  }

  private static func window(_ minimum: UInt16, _ capacity: UInt16) -> Window {
    Window(length: .seconds(60), minimumCount: minimum, capacity: capacity)
  }

  private static func season(_ first: Int64, _ last: Int64) -> Season {
    Season(.month, from: first, to: last, suspect: ClosedSpan(lower: 0, upper: 1))
  }

  @Test func soundPlanIsTaken() throws {
    try Self.sound.check()
    try DetectionPlan(points: []).check()
  }

  private static let cases: [Case] = [
    Case("point 1: source 1 must come before the derived point") {
      $0.points[1].source = .derived(from: PointIndex(rawValue: 1), gain: 1, offset: 0)
    },
    Case("point 1: a number must not be NaN or infinite") {
      $0.points[1].source = .derived(from: PointIndex(rawValue: 0), gain: .nan, offset: 0)
    },
    Case("point 0: the suspect span must lie inside the fail span") {
      $0.points[0].tests.grossRange = narrow(-1, 5)
    },
    Case("point 0: span from 5.0 to 4.0 is reversed") {
      $0.points[0].tests.grossRange = narrow(5, 4)
    },
    Case("point 0: a number must not be NaN or infinite") {
      $0.points[0].tests.grossRange = narrow(.nan, 4)
    },
    Case("point 0: suspect limit 2.0 must not be above fail limit 1.0") {
      $0.points[0].tests.spike = TwoLimits(suspect: 2, fail: 1)
    },
    Case("point 0: -2.0 must not be negative") {
      $0.points[0].tests.spike = TwoLimits(suspect: -2, fail: 1)
    },
    Case("point 0: flat line counts 0 (suspect) and 1 (fail) must be 1 <= suspect <= fail <= 1440")
    { $0.points[0].tests.flatLine = FlatLine(tolerance: 1, suspectCount: 0, failCount: 1) },
    Case(
      "point 0: flat line counts 2 (suspect) and 1441 (fail) must be 1 <= suspect <= fail <= 1440"
    ) { $0.points[0].tests.flatLine = FlatLine(tolerance: 1, suspectCount: 2, failCount: 1_441) },
    Case("point 0: a time of 0 ns is out of range (longest: 31622400000000000 ns)") {
      $0.points[0].maximumAge = .zero
    },
    Case("point 0: a time of -1000000000 ns is out of range (longest: 31622400000000000 ns)") {
      $0.points[0].sensorFaultDelay = .seconds(-1)
    },
    Case("point 1024: 1025 entries, at most 1024 are possible") {
      $0.points = Array(repeating: PointPlan(), count: 1_025)
    },
    Case(
      "point 0: window counts 1 (minimum) and 9 (capacity) must be 2 <= minimum <= capacity <= 2880"
    ) {
      $0.points[0].tests.deviation = Deviation(factor: 3, window: window(1, 9))
    },
    Case(
      "point 0: window counts 2 (minimum) and 2881 (capacity) must be "
        + "1 <= minimum <= capacity <= 2880"
    ) {
      $0.points[0].tests.attenuatedSignal = AttenuatedSignal(
        .range, suspect: 2, fail: 1, window: window(2, 2_881))
    },
    Case("point 93: the windows of all points hold 264960 values, at most 262144 are possible") {
      var point = PointPlan()
      point.tests.deviation = Deviation(factor: 3, window: window(2, 2_880))
      $0.points += Array(repeating: point, count: 100)
    },
    Case("point 0: fail limit 2.0 must not be above suspect limit 1.0") {
      $0.points[0].tests.attenuatedSignal = AttenuatedSignal(
        .range, suspect: 1, fail: 2, window: window(2, 9))
    },
    Case("point 0: a point cannot be compared with itself") {
      $0.points[0].tests.neighbour = Neighbour(
        point: PointIndex(rawValue: 0), limits: TwoLimits(suspect: 1, fail: 2),
        maximumAge: .seconds(1))
    },
    Case("point 0: point 1 has no rate of change test, which the multivariate test needs") {
      $0.points[0].tests.multivariate = Multivariate(
        point: PointIndex(rawValue: 1), maximumAge: .seconds(1))
    },
    Case("point 0: a climatology needs at least one season") {
      $0.points[0].tests.climatology = Climatology(firstSeason: 0, seasonCount: 0)
    },
    Case("point 0: first season 1 must be 0, the one after the previous point's last") {
      $0.points[0].tests.climatology = Climatology(firstSeason: 1, seasonCount: 1)
    },
    Case("point 0: index 0 must be below 0") {
      $0.points[0].tests.climatology = Climatology(firstSeason: 0, seasonCount: 1)
    },
    Case("season 0: belongs to no point") { $0.seasons = [season(1, 12)] },
    Case("season 0: a season from 1 to 13 is outside of its period") {
      $0.points[0].tests.climatology = Climatology(firstSeason: 0, seasonCount: 1)
      $0.seasons = [season(1, 13)]
    },
    Case("rule 0: index 2 must be below 2") { $0.rules[0].point = PointIndex(rawValue: 2) },
    Case("rule 0: point 0 has no quality test, so that no reading could ever raise the rule") {
      $0.points[0].tests = QualityTests()
    },
    Case("rule 0: a rule needs at least one stage") { $0.rules[0].stageCount = 0 },
    Case("rule 0: 9 entries, at most 8 are possible") { $0.rules[0].stageCount = 9 },
    Case("rule 0: index 4 must be below 4") { $0.rules[0].stageCount = 5 },
    Case("stage 3: belongs to no rule") { $0.rules[0].stageCount = 3 },
    Case("rule 0: first stage 1 must be 0, the one after the previous rule's last") {
      $0.rules[0].firstStage = 1
    },
    Case("stage 2: limit 2.75 must be strictly beyond the milder stage's 2.75") {
      $0.stages[2].limit = 2.75
    },
    Case("stage 1: limit 2.75 must be strictly beyond the milder stage's 2.0") {
      $0.rules[0].direction = .falling
    },
    Case("stage 1: deadband 0.75 must be smaller than the gap of 0.75 to the milder stage") {
      $0.stages[1].deadband = 0.75
    },
    Case("stage 0: -0.5 must not be negative") { $0.stages[0].deadband = -0.5 },
    Case("stage 3: a number must not be NaN or infinite") { $0.stages[3].limit = .infinity },
    Case("stage 3: a time of 34560000000000000 ns is out of range (longest: 31622400000000000 ns)")
    { $0.stages[3].onDelay = .seconds(400 * 86_400) },
    Case("output 0: index 1 must be below 1") { $0.outputs[0].rule = 1 },
    Case("output 0: stage 5 must be from 1 to 4") { $0.outputs[0].fromStage = 5 },
    Case("output 0: stage 0 must be from 1 to 4") { $0.outputs[0].fromStage = 0 },
    Case("output 0: a time of 0 ns is out of range (longest: 31622400000000000 ns)") {
      $0.outputs[0].maximumOnTime = .zero
    },
  ]

  @Test(arguments: cases)
  func brokenPlanIsRefused(broken: Case) {
    var plan = Self.sound
    broken.change(&plan)
    let error = #expect(throws: PlanError.self) { try plan.check() }
    #expect(error.map { "\($0)" } == broken.message)
    #expect(throws: PlanError.self) { _ = try CoreRun(plan) }
  }
}
