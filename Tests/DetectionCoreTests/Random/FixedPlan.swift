import DetectionCore

/// A plan without an allocation, for programs that have no heap as for those that have one. A new
/// kind of part gets a list here, and is handed on in `counts`, `laidOut(in:)` and
/// `DetectionPlan.init(_:)`.
struct FixedPlan {
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
  private var counts: PlanCounts {
    var counts = PlanCounts()
    counts.points = points.count
    counts.seasons = seasons.count
    counts.programs = programs.count
    counts.instructions = instructions.count
    counts.windows = windows.count
    counts.cells = cells.count
    counts.curves = curves.count
    counts.curvePoints = curvePoints.count
    counts.rules = rules.count
    counts.stages = stages.count
    counts.outputs = outputs.count
    counts.deterrents = deterrents.count
    return counts
  }

  /// The bytes that the core's own form of the plan occupies.
  var byteCount: Int { counts.byteCount }

  /// The plan in the core's own form, in `memory`, which has at least `byteCount` bytes.
  func laidOut(in memory: consuming CoreMemory) -> CorePlan {
    let plan = CorePlan(counts: counts, site: site, memory: memory)
    plan.fill(points.slots.span.extracting(first: points.count))
    plan.fill(seasons.slots.span.extracting(first: seasons.count))
    plan.fill(programs.slots.span.extracting(first: programs.count))
    plan.fill(instructions.slots.span.extracting(first: instructions.count))
    plan.fill(windows.slots.span.extracting(first: windows.count))
    plan.fill(cells.slots.span.extracting(first: cells.count))
    plan.fill(curves.slots.span.extracting(first: curves.count))
    plan.fill(curvePoints.slots.span.extracting(first: curvePoints.count))
    plan.fill(rules.slots.span.extracting(first: rules.count))
    plan.fill(stages.slots.span.extracting(first: stages.count))
    plan.fill(outputs.slots.span.extracting(first: outputs.count))
    plan.fill(deterrents.slots.span.extracting(first: deterrents.count))
    return plan
  }
}

#if !hasFeature(Embedded)
  extension DetectionPlan {
    /// The same plan, as hosted programs have it.
    init(_ plan: FixedPlan) {
      func list<let n: Int, Element: BitwiseCopyable>(_ list: FixedList<n, Element>) -> [Element] {
        (0..<list.count).map { list[$0] }
      }
      self.init(
        points: list(plan.points), seasons: list(plan.seasons), programs: list(plan.programs),
        instructions: list(plan.instructions), windows: list(plan.windows),
        cells: list(plan.cells), curves: list(plan.curves), curvePoints: list(plan.curvePoints),
        rules: list(plan.rules), stages: list(plan.stages), outputs: list(plan.outputs),
        deterrents: list(plan.deterrents), site: plan.site, firstSequence: plan.firstSequence)
    }
  }
#endif
