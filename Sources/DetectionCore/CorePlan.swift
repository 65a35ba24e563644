/// The lists of a plan, where the core can read them.
struct PlanTables: PlanLists, BitwiseCopyable {
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

  init(copying lists: borrowing some PlanLists, to memory: inout CoreMemory) {
    points = memory.table(copying: lists.points)
    seasons = memory.table(copying: lists.seasons)
    programs = memory.table(copying: lists.programs)
    instructions = memory.table(copying: lists.instructions)
    windows = memory.table(copying: lists.windows)
    cells = memory.table(copying: lists.cells)
    curves = memory.table(copying: lists.curves)
    curvePoints = memory.table(copying: lists.curvePoints)
    rules = memory.table(copying: lists.rules)
    stages = memory.table(copying: lists.stages)
    outputs = memory.table(copying: lists.outputs)
    deterrents = memory.table(copying: lists.deterrents)
    site = lists.site
    isTested = memory.table(filledWith: false, count: lists.points.count)
  }
}

extension PlanLists {
  /// The bytes that the plan occupies in the core's own form.
  public var byteCount: Int {
    CoreMemory.byteCount(of: PointPlan.self, count: points.count)
      + CoreMemory.byteCount(of: Season.self, count: seasons.count)
      + CoreMemory.byteCount(of: ProgramPlan.self, count: programs.count)
      + CoreMemory.byteCount(of: Instruction.self, count: instructions.count)
      + CoreMemory.byteCount(of: PointWindow.self, count: windows.count)
      + CoreMemory.byteCount(of: CellPlan.self, count: cells.count)
      + CoreMemory.byteCount(of: CurvePlan.self, count: curves.count)
      + CoreMemory.byteCount(of: CurvePoint.self, count: curvePoints.count)
      + CoreMemory.byteCount(of: RulePlan.self, count: rules.count)
      + CoreMemory.byteCount(of: StagePlan.self, count: stages.count)
      + CoreMemory.byteCount(of: OutputPlan.self, count: outputs.count)
      + CoreMemory.byteCount(of: DeterrentPlan.self, count: deterrents.count)
      + CoreMemory.byteCount(of: Bool.self, count: points.count)
  }
}

/// A plan in the core's own memory. A detector takes it over.
public struct CorePlan: ~Copyable {
  private let memory: CoreMemory
  let tables: PlanTables

  /// The plan of these lists in `memory`, which must have at least their `byteCount`.
  public init(copying lists: borrowing some PlanLists, to memory: consuming CoreMemory) {
    tables = PlanTables(copying: lists, to: &memory)
    self.memory = memory
  }

  /// Throws the first reason why this plan cannot be run.
  public func check() throws(PlanError) { try PlanCheck(plan: tables).check() }
}
