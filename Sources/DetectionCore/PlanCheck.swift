/// The parts of a plan, and the checks that they fit together. Works on spans, so that hosted and
/// Embedded programs are held to the same rules.
enum PlanCheck {
  static func check(
    points: Span<PointPlan>, seasons: Span<Season>, rules: Span<RulePlan>,
    stages: Span<StagePlan>, outputs: Span<OutputPlan>
  ) throws(PlanError) {
    try limit(.point, points.count, to: CoreLimits.points)
    try limit(.rule, rules.count, to: CoreLimits.rules)
    try limit(.stage, stages.count, to: CoreLimits.rules * CoreLimits.stagesPerRule)
    try limit(.output, outputs.count, to: CoreLimits.outputs)
    for index in points.indices { try checkPoint(index, of: points) }
    try checkSeasons(seasons, of: points)
    try checkWindows(of: points)
    var nextStage = 0
    for index in rules.indices {
      try checkRule(index, rules[index], points: points, stages: stages, firstStage: nextStage)
      nextStage += Int(rules[index].stageCount)
    }
    guard nextStage == stages.count else {
      throw PlanError(.stage, nextStage, .stageWithoutRule)
    }
    for index in outputs.indices { try checkOutput(index, outputs[index], rules: rules) }
  }

  static func limit(
    _ part: PlanError.Part, _ count: Int, to limit: Int
  ) throws(PlanError) {
    guard count <= limit else {
      throw PlanError(part, limit, .tooMany(count: count, limit: limit))
    }
  }

  private static func checkPoint(
    _ index: Int, of points: Span<PointPlan>
  ) throws(PlanError) {
    let point = points[index]
    if case .derived(let source, let gain, let offset) = point.source {
      guard Int(source.rawValue) < index else {
        throw PlanError(.point, index, .sourceNotEarlier(Int(source.rawValue)))
      }
      guard gain.isFinite && offset.isFinite else { throw PlanError(.point, index, .notFinite) }
      guard depth(of: index, in: points) <= CoreLimits.derivedDepth else {
        throw PlanError(.point, index, .derivedTooDeep(limit: CoreLimits.derivedDepth))
      }
    }
    if let age = point.maximumAge { try checkTime(.point, index, age, isZeroAllowed: false) }
    try checkTime(.point, index, point.sensorFaultDelay)
    let tests = point.tests
    if let grossRange = tests.grossRange { try check(grossRange, ofPoint: index) }
    if let limits = tests.spike { try check(limits, ofPoint: index) }
    if let limits = tests.rateOfChange { try check(limits, ofPoint: index) }
    if let flatLine = tests.flatLine { try check(flatLine, ofPoint: index) }
    try checkFurtherTests(index, of: points)
  }

  /// How many derived points lead to the point, itself included. The sources of all points
  /// before it have been checked, so that the walk only goes down.
  private static func depth(of index: Int, in points: Span<PointPlan>) -> Int {
    var depth = 0
    var place = index
    while case .derived(let source, _, _) = points[place].source {
      depth += 1
      place = Int(source.rawValue)
    }
    return depth
  }

  private static func check(_ range: GrossRange, ofPoint index: Int) throws(PlanError) {
    try check(range.fail, of: .point, index)
    try check(range.suspect, of: .point, index)
    guard range.fail.contains(range.suspect.lower) && range.fail.contains(range.suspect.upper)
    else { throw PlanError(.point, index, .suspectOutsideFail) }
  }

  static func check(
    _ span: ClosedSpan, of part: PlanError.Part, _ index: Int
  ) throws(PlanError) {
    guard span.lower.isFinite && span.upper.isFinite else {
      throw PlanError(part, index, .notFinite)
    }
    guard span.lower <= span.upper else {
      throw PlanError(part, index, .spanReversed(lower: span.lower, upper: span.upper))
    }
  }

  static func check(_ limits: TwoLimits, ofPoint index: Int) throws(PlanError) {
    guard !limits.suspect.isNaN && !limits.fail.isNaN else {
      throw PlanError(.point, index, .notFinite)
    }
    let smaller = min(limits.suspect, limits.fail)
    guard smaller >= 0 else { throw PlanError(.point, index, .negative(smaller)) }
    guard limits.suspect <= limits.fail || limits.suspect.isInfinite else {
      throw PlanError(
        .point, index, .suspectAboveFail(suspect: limits.suspect, fail: limits.fail))
    }
  }

  private static func check(_ flatLine: FlatLine, ofPoint index: Int) throws(PlanError) {
    guard flatLine.tolerance.isFinite else { throw PlanError(.point, index, .notFinite) }
    guard flatLine.tolerance >= 0 else {
      throw PlanError(.point, index, .negative(flatLine.tolerance))
    }
    let suspect = Int(flatLine.suspectCount)
    let fail = Int(flatLine.failCount)
    guard suspect >= 1, suspect <= fail, fail <= CoreLimits.flatLineCount else {
      throw PlanError(
        .point, index,
        .flatLineCounts(suspect: suspect, fail: fail, limit: CoreLimits.flatLineCount))
    }
  }

  static func checkTime(
    _ part: PlanError.Part, _ index: Int, _ time: TimeSpan, isZeroAllowed: Bool = true
  ) throws(PlanError) {
    let shortest = TimeSpan(nanoseconds: isZeroAllowed ? 0 : 1)
    guard time >= shortest && time <= CoreLimits.longestTime else {
      throw PlanError(part, index, .timeOutOfRange(time.nanoseconds))
    }
  }

  private static func checkRule(
    _ index: Int, _ rule: RulePlan, points: Span<PointPlan>, stages: Span<StagePlan>,
    firstStage: Int
  ) throws(PlanError) {
    let point = Int(rule.point.rawValue)
    guard point < points.count else {
      throw PlanError(.rule, index, .indexOutOfRange(point, limit: points.count))
    }
    guard isTested(point, in: points) else {
      throw PlanError(.rule, index, .untestedPoint(point))
    }
    let count = Int(rule.stageCount)
    guard count > 0 else { throw PlanError(.rule, index, .noStage) }
    guard count <= CoreLimits.stagesPerRule else {
      throw PlanError(
        .rule, index, .tooMany(count: count, limit: CoreLimits.stagesPerRule))
    }
    guard Int(rule.firstStage) == firstStage else {
      throw PlanError(
        .rule, index, .stagesNotInRow(first: Int(rule.firstStage), expected: firstStage))
    }
    guard firstStage + count <= stages.count else {
      throw PlanError(
        .rule, index, .indexOutOfRange(firstStage + count - 1, limit: stages.count))
    }
    for stage in firstStage..<firstStage + count {
      try checkStage(stage, of: stages, first: firstStage, direction: rule.direction)
    }
  }

  /// True when a value of the point, or the value that it is derived from, is tested at all.
  private static func isTested(_ point: Int, in points: Span<PointPlan>) -> Bool {
    var place = point
    while points[place].tests.isEmpty {
      guard case .derived(let source, _, _) = points[place].source else { return false }
      place = Int(source.rawValue)
    }
    return true
  }

  private static func checkStage(
    _ index: Int, of stages: Span<StagePlan>, first: Int, direction: RulePlan.Direction
  ) throws(PlanError) {
    let stage = stages[index]
    guard stage.limit.isFinite && stage.deadband.isFinite else {
      throw PlanError(.stage, index, .notFinite)
    }
    guard stage.deadband >= 0 else { throw PlanError(.stage, index, .negative(stage.deadband)) }
    try checkTime(.stage, index, stage.onDelay)
    try checkTime(.stage, index, stage.offDelay)
    guard index > first else { return }
    let previous = stages[index - 1].limit
    let gap =
      switch direction {
      case .rising: stage.limit - previous
      case .falling: previous - stage.limit
      }
    guard gap > 0 else {
      throw PlanError(.stage, index, .stageOrder(limit: stage.limit, previous: previous))
    }
    guard stage.deadband < gap else {
      throw PlanError(.stage, index, .deadbandTooWide(deadband: stage.deadband, gap: gap))
    }
  }

  private static func checkOutput(
    _ index: Int, _ output: OutputPlan, rules: Span<RulePlan>
  ) throws(PlanError) {
    let rule = Int(output.rule)
    guard rule < rules.count else {
      throw PlanError(.output, index, .indexOutOfRange(rule, limit: rules.count))
    }
    let stages = rules[rule].stageCount
    guard output.fromStage >= 1 && output.fromStage <= stages else {
      throw PlanError(
        .output, index, .noSuchStage(Int(output.fromStage), stages: Int(stages)))
    }
    try checkTime(.output, index, output.maximumOnTime, isZeroAllowed: false)
  }
}

extension QualityTests {
  /// True when no test is to be run.
  var isEmpty: Bool {
    grossRange == nil && spike == nil && rateOfChange == nil && flatLine == nil
      && !hasFurtherTests
  }
}
