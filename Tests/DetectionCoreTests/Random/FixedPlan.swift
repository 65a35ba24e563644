import DetectionCore

/// A plan without an allocation, for programs that have no heap as for those that have one.
struct FixedPlan: PlanLists {
  var points = FixedList<12, PointPlan>(blank: PointPlan())
  var seasons = FixedList<24, Season>(
    blank: Season(.time, from: 0, to: 0, suspect: ClosedSpan(lower: 0, upper: 0)))
  var programs = FixedList<6, ProgramPlan>(
    blank: ProgramPlan(firstInstruction: 0, instructionCount: 0))
  var instructions = FixedList<96, Instruction>(blank: Instruction(.constant))
  var windows = FixedList<12, PointWindow>(
    blank: PointWindow(
      point: PointIndex(rawValue: 0),
      window: Window(length: .zero, minimumCount: 0, capacity: 0)))
  var cells = FixedList<12, CellPlan>(blank: .since)
  var curves = FixedList<4, CurvePlan>(blank: CurvePlan(firstPoint: 0, pointCount: 0))
  var curvePoints = FixedList<16, CurvePoint>(blank: CurvePoint(x: 0, y: 0))
  var rules = FixedList<16, RulePlan>(
    blank: RulePlan(
      point: PointIndex(rawValue: 0), direction: .rising, firstStage: 0, stageCount: 0))
  var stages = FixedList<64, StagePlan>(
    blank: StagePlan(limit: 0, deadband: 0, onDelay: .zero, offDelay: .zero))
  var outputs = FixedList<16, OutputPlan>(
    blank: OutputPlan(rule: 0, fromStage: 0, maximumOnTime: .zero))
  var deterrents = FixedList<4, DeterrentPlan>(
    blank: DeterrentPlan(
      rule: 0, fromStage: 0, delay: TimeRange(shortest: .zero, longest: .zero),
      length: TimeRange(shortest: .zero, longest: .zero), coolDown: .zero, mostPerNight: 0,
      seed: 1))
  var site = SiteRules()
  var firstSequence: UInt64 = 1
  /// For each point whether it, or all that it is computed from, is tested; kept by those who draw.
  var testedPoints = FixedList<12, Bool>(blank: false)

  /// A plan without any part.
  init() {}

  /// An acquired point: the one at `index` or the nearest before it. The first point is one.
  func acquiredPoint(from index: Int) -> Int {
    for index in stride(from: index, to: 0, by: -1) {
      if case .acquired = points[index].source { return index }
    }
    return 0
  }
}

// How the core takes it.
extension FixedPlan {
  /// The plan in the core's own form, in `memory`, which has at least `byteCount` bytes.
  func laidOut(in memory: consuming CoreMemory) -> CorePlan {
    CorePlan(copying: self, to: memory)
  }
}

#if !hasFeature(Embedded)
  extension DetectionPlan {
    /// The same plan, as hosted programs have it.
    init(_ plan: FixedPlan) {
      func list<Part>(_ list: some PlanList<Part>) -> [Part] { (0..<list.count).map { list[$0] } }
      self.init(
        points: list(plan.points), seasons: list(plan.seasons), programs: list(plan.programs),
        instructions: list(plan.instructions), windows: list(plan.windows),
        cells: list(plan.cells), curves: list(plan.curves), curvePoints: list(plan.curvePoints),
        rules: list(plan.rules), stages: list(plan.stages), outputs: list(plan.outputs),
        deterrents: list(plan.deterrents), site: plan.site, firstSequence: plan.firstSequence)
    }
  }
#endif
