/// The parts of a plan, and the checks that they fit together.
struct PlanCheck: BitwiseCopyable {
  let plan: PlanTables

  func check() throws(PlanError) {
    try limit(.point, plan.points.count, to: CoreLimits.points)
    try limit(.rule, plan.rules.count, to: CoreLimits.rules)
    try limit(.stage, plan.stages.count, to: CoreLimits.rules * CoreLimits.stagesPerRule)
    try limit(.output, plan.outputs.count, to: CoreLimits.outputs)
    try checkSeasons()
    try checkCurves()
    try checkPrograms()
    for index in 0..<plan.points.count {
      try checkPoint(index)
      plan.isTested[index] = isTested(index)
    }
    try checkWindows()
    var nextStage = 0
    for index in 0..<plan.rules.count {
      try checkRule(index, firstStage: nextStage)
      nextStage += Int(plan.rules[index].stageCount)
    }
    guard nextStage == plan.stages.count else {
      throw PlanError(.stage, nextStage, .stageWithoutRule)
    }
    for index in 0..<plan.outputs.count { try checkOutput(index) }
    try checkSite()
  }

  func limit(
    _ part: PlanError.Part, _ count: Int, to limit: Int
  ) throws(PlanError) {
    guard count <= limit else {
      throw PlanError(part, limit, .tooMany(count: count, limit: limit))
    }
  }

  private func checkPoint(_ index: Int) throws(PlanError) {
    let point = plan.points[index]
    switch point.source {
    case .acquired: break
    case .derived(let source, let gain, let offset):
      try checkSource(Int(source.rawValue), ofPoint: index)
      guard gain.isFinite && offset.isFinite else { throw PlanError(.point, index, .notFinite) }
    case .computed(let program): try checkProgram(Int(program), ofPoint: index)
    }
    if let age = point.maximumAge { try checkTime(.point, index, age, isZeroAllowed: false) }
    try checkTime(.point, index, point.sensorFaultDelay)
    let tests = point.tests
    if let grossRange = tests.grossRange { try check(grossRange, ofPoint: index) }
    if let limits = tests.spike { try check(limits, ofPoint: index) }
    if let limits = tests.rateOfChange { try check(limits, ofPoint: index) }
    if let flatLine = tests.flatLine { try check(flatLine, ofPoint: index) }
    try checkFurtherTests(index)
  }

  /// What a point is computed from stands before it, so that values flow one way.
  func checkSource(_ source: Int, ofPoint index: Int) throws(PlanError) {
    guard source < index else { throw PlanError(.point, index, .sourceNotEarlier(source)) }
  }

  /// True when a value of the point, or each value that it is computed from, is tested. The points
  /// before it have been asked.
  private func isTested(_ index: Int) -> Bool {
    guard plan.points[index].tests.isEmpty else { return true }
    if case .acquired = plan.points[index].source { return false }
    var sources = plan.sources(ofPoint: index)
    while let source = sources.next() {
      if !plan.isTested[source] { return false }
    }
    return true
  }

  private func check(_ range: GrossRange, ofPoint index: Int) throws(PlanError) {
    try check(range.fail, of: .point, index)
    try check(range.suspect, of: .point, index)
    guard range.fail.contains(range.suspect.lower) && range.fail.contains(range.suspect.upper)
    else { throw PlanError(.point, index, .suspectOutsideFail) }
  }

  func check(
    _ span: ClosedSpan, of part: PlanError.Part, _ index: Int
  ) throws(PlanError) {
    guard span.lower.isFinite && span.upper.isFinite else {
      throw PlanError(part, index, .notFinite)
    }
    guard span.lower <= span.upper else {
      throw PlanError(part, index, .spanReversed(lower: span.lower, upper: span.upper))
    }
  }

  func check(_ limits: TwoLimits, ofPoint index: Int) throws(PlanError) {
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

  private func check(_ flatLine: FlatLine, ofPoint index: Int) throws(PlanError) {
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

  func checkTime(
    _ part: PlanError.Part, _ index: Int, _ time: TimeSpan, isZeroAllowed: Bool = true
  ) throws(PlanError) {
    let shortest = TimeSpan(nanoseconds: isZeroAllowed ? 0 : 1)
    guard time >= shortest && time <= CoreLimits.longestTime else {
      throw PlanError(part, index, .timeOutOfRange(time.nanoseconds))
    }
  }

  private func checkRule(_ index: Int, firstStage: Int) throws(PlanError) {
    let rule = plan.rules[index]
    let point = Int(rule.point.rawValue)
    guard point < plan.points.count else {
      throw PlanError(.rule, index, .indexOutOfRange(point, limit: plan.points.count))
    }
    guard plan.isTested[point] else {
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
    guard firstStage + count <= plan.stages.count else {
      throw PlanError(
        .rule, index, .indexOutOfRange(firstStage + count - 1, limit: plan.stages.count))
    }
    for stage in firstStage..<firstStage + count {
      try checkStage(stage, first: firstStage, direction: rule.direction)
    }
    try check(rule.alarm, ofRule: index)
    if let incident = rule.incident { try check(incident, ofRule: index) }
    if let period = rule.activePeriod { try check(period, of: .rule, index) }
    if let suppressor = rule.suppressor, Int(suppressor.rawValue) >= plan.points.count {
      throw PlanError(
        .rule, index,
        .indexOutOfRange(Int(suppressor.rawValue), limit: plan.points.count))
    }
  }

  private func check(_ alarm: AlarmPlan, ofRule index: Int) throws(PlanError) {
    if let time = alarm.reAlarm { try checkTime(.rule, index, time, isZeroAllowed: false) }
    try checkTime(.rule, index, alarm.longestShelving)
    guard let chatter = alarm.chatter else { return }
    guard chatter.raises >= 2, chatter.raises <= ChatterPlan.mostRaises else {
      throw PlanError(
        .rule, index,
        .chatterCount(Int(chatter.raises), limit: Int(ChatterPlan.mostRaises)))
    }
    try checkTime(.rule, index, chatter.within, isZeroAllowed: false)
    try checkTime(.rule, index, chatter.hold, isZeroAllowed: false)
  }

  private func checkStage(
    _ index: Int, first: Int, direction: RulePlan.Direction
  ) throws(PlanError) {
    let stage = plan.stages[index]
    guard stage.limit.isFinite && stage.deadband.isFinite else {
      throw PlanError(.stage, index, .notFinite)
    }
    guard stage.deadband >= 0 else { throw PlanError(.stage, index, .negative(stage.deadband)) }
    try checkTime(.stage, index, stage.onDelay)
    try checkTime(.stage, index, stage.offDelay)
    guard index > first else { return }
    let previous = plan.stages[index - 1].limit
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

  private func checkOutput(_ index: Int) throws(PlanError) {
    let output = plan.outputs[index]
    let rule = Int(output.rule)
    guard rule < plan.rules.count else {
      throw PlanError(.output, index, .indexOutOfRange(rule, limit: plan.rules.count))
    }
    let stages = plan.rules[rule].stageCount
    guard output.fromStage >= 1 && output.fromStage <= stages else {
      throw PlanError(
        .output, index, .noSuchStage(Int(output.fromStage), stages: Int(stages)))
    }
    try checkTime(.output, index, output.maximumOnTime, isZeroAllowed: false)
    if let deterrent = output.deterrent, Int(deterrent) >= plan.deterrents.count {
      throw PlanError(
        .output, index, .indexOutOfRange(Int(deterrent), limit: plan.deterrents.count))
    }
  }
}
