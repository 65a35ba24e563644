/// How long each list of a plan is.
public struct PlanCounts: BitwiseCopyable, Sendable {
  /// `DetectionPlan.points`.
  public var points = 0
  /// `DetectionPlan.seasons`.
  public var seasons = 0
  /// `DetectionPlan.programs`.
  public var programs = 0
  /// `DetectionPlan.instructions`.
  public var instructions = 0
  /// `DetectionPlan.windows`.
  public var windows = 0
  /// `DetectionPlan.cells`.
  public var cells = 0
  /// `DetectionPlan.curves`.
  public var curves = 0
  /// `DetectionPlan.curvePoints`.
  public var curvePoints = 0
  /// `DetectionPlan.rules`.
  public var rules = 0
  /// `DetectionPlan.stages`.
  public var stages = 0
  /// `DetectionPlan.outputs`.
  public var outputs = 0
  /// `DetectionPlan.deterrents`.
  public var deterrents = 0

  /// The counts of an empty plan.
  public init() {}

  /// The bytes that a plan of these counts occupies.
  public var byteCount: Int {
    CoreMemory.byteCount(of: PointPlan.self, count: points)
      + CoreMemory.byteCount(of: Season.self, count: seasons)
      + CoreMemory.byteCount(of: ProgramPlan.self, count: programs)
      + CoreMemory.byteCount(of: Instruction.self, count: instructions)
      + CoreMemory.byteCount(of: PointWindow.self, count: windows)
      + CoreMemory.byteCount(of: CellPlan.self, count: cells)
      + CoreMemory.byteCount(of: CurvePlan.self, count: curves)
      + CoreMemory.byteCount(of: CurvePoint.self, count: curvePoints)
      + CoreMemory.byteCount(of: RulePlan.self, count: rules)
      + CoreMemory.byteCount(of: StagePlan.self, count: stages)
      + CoreMemory.byteCount(of: OutputPlan.self, count: outputs)
      + CoreMemory.byteCount(of: DeterrentPlan.self, count: deterrents)
      + CoreMemory.byteCount(of: Bool.self, count: points)
  }
}

/// The lists of a plan, where the core can read them.
struct PlanTables: BitwiseCopyable {
  let points: Table<PointPlan>
  let seasons: Table<Season>
  let programs: Table<ProgramPlan>
  let instructions: Table<Instruction>
  let windows: Table<PointWindow>
  let cells: Table<CellPlan>
  let curves: Table<CurvePlan>
  let curvePoints: Table<CurvePoint>
  let rules: Table<RulePlan>
  let stages: Table<StagePlan>
  let outputs: Table<OutputPlan>
  let deterrents: Table<DeterrentPlan>
  let site: SiteRules
  /// For each point whether its values, or all that they are computed from, are tested; the plan's
  /// check fills it in.
  let isTested: Table<Bool>

  init(_ counts: PlanCounts, site: SiteRules, in memory: inout CoreMemory) {
    self.site = site
    let anyPoint = PointIndex(rawValue: 0)
    points = memory.table(filledWith: PointPlan(), count: counts.points)
    seasons = memory.table(
      filledWith: Season(.time, from: 0, to: 0, suspect: ClosedSpan(lower: 0, upper: 0)),
      count: counts.seasons)
    programs = memory.table(
      filledWith: ProgramPlan(firstInstruction: 0, instructionCount: 0), count: counts.programs)
    instructions = memory.table(
      filledWith: Instruction(.constant), count: counts.instructions)
    windows = memory.table(
      filledWith: PointWindow(
        point: anyPoint, window: Window(length: .zero, minimumCount: 0, capacity: 0)),
      count: counts.windows)
    cells = memory.table(filledWith: .since, count: counts.cells)
    curves = memory.table(
      filledWith: CurvePlan(firstPoint: 0, pointCount: 0), count: counts.curves)
    curvePoints = memory.table(filledWith: CurvePoint(x: 0, y: 0), count: counts.curvePoints)
    rules = memory.table(
      filledWith: RulePlan(point: anyPoint, direction: .rising, firstStage: 0, stageCount: 0),
      count: counts.rules)
    stages = memory.table(
      filledWith: StagePlan(limit: 0, deadband: 0, onDelay: .zero, offDelay: .zero),
      count: counts.stages)
    outputs = memory.table(
      filledWith: OutputPlan(rule: 0, fromStage: 0, maximumOnTime: .zero), count: counts.outputs)
    let noTime = TimeRange(shortest: .zero, longest: .zero)
    deterrents = memory.table(
      filledWith: DeterrentPlan(
        rule: 0, fromStage: 0, delay: noTime, length: noTime, coolDown: .zero, mostPerNight: 0,
        seed: 1),
      count: counts.deterrents)
    isTested = memory.table(filledWith: false, count: counts.points)
  }
}

/// A plan in the core's own memory: what hosted programs make of a `DetectionPlan`, and Embedded
/// ones fill in list by list. A detector takes it over.
public struct CorePlan: ~Copyable {
  private let memory: CoreMemory
  let tables: PlanTables

  /// A plan of these counts in `memory`, which must have at least `counts.byteCount` bytes; every
  /// list is then to be filled in.
  public init(
    counts: PlanCounts, site: SiteRules = SiteRules(), memory: consuming CoreMemory
  ) {
    tables = PlanTables(counts, site: site, in: &memory)
    self.memory = memory
  }

  /// Fills in the points.
  public func fill(_ points: Span<PointPlan>) { tables.points.fill(from: points) }
  /// Fills in the seasons.
  public func fill(_ seasons: Span<Season>) { tables.seasons.fill(from: seasons) }
  /// Fills in the programs.
  public func fill(_ programs: Span<ProgramPlan>) { tables.programs.fill(from: programs) }
  /// Fills in the instructions.
  public func fill(_ instructions: Span<Instruction>) {
    tables.instructions.fill(from: instructions)
  }
  /// Fills in the windows.
  public func fill(_ windows: Span<PointWindow>) { tables.windows.fill(from: windows) }
  /// Fills in the cells.
  public func fill(_ cells: Span<CellPlan>) { tables.cells.fill(from: cells) }
  /// Fills in the curves.
  public func fill(_ curves: Span<CurvePlan>) { tables.curves.fill(from: curves) }
  /// Fills in the points of the curves.
  public func fill(_ points: Span<CurvePoint>) { tables.curvePoints.fill(from: points) }
  /// Fills in the rules.
  public func fill(_ rules: Span<RulePlan>) { tables.rules.fill(from: rules) }
  /// Fills in the stages.
  public func fill(_ stages: Span<StagePlan>) { tables.stages.fill(from: stages) }
  /// Fills in the outputs.
  public func fill(_ outputs: Span<OutputPlan>) { tables.outputs.fill(from: outputs) }

  /// Fills in the deterrents.
  public func fill(_ deterrents: Span<DeterrentPlan>) { tables.deterrents.fill(from: deterrents) }

  /// Throws the first reason why this plan cannot be run.
  public func check() throws(PlanError) { try PlanCheck(plan: tables).check() }
}
