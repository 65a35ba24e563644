#if !hasFeature(Embedded)
  /// Everything that a detector has to know about a site, compiled from its configuration.
  public struct DetectionPlan: Sendable {
    /// The points; readings, rules and programs name them by their index.
    public var points: [PointPlan]
    /// The seasons of all climatology tests, those of the first point first.
    public var seasons: [Season]
    /// The programs of computed points; points name them by their index.
    public var programs: [ProgramPlan]
    /// The instructions of all programs, those of the first program first.
    public var instructions: [Instruction]
    /// The windows that programs name by their index.
    public var windows: [PointWindow]
    /// The cells that programs name by their index; each belongs to one instruction.
    public var cells: [CellPlan]
    /// The curves that programs name by their index.
    public var curves: [CurvePlan]
    /// The points of all curves, those of the first curve first.
    public var curvePoints: [CurvePoint]
    /// The rules; outputs and events name them by their index.
    public var rules: [RulePlan]
    /// The stages of all rules, those of the first rule first.
    public var stages: [StagePlan]
    /// The outputs; events name them by their index.
    public var outputs: [OutputPlan]
    /// The deterrents; outputs and events name them by their index.
    public var deterrents: [DeterrentPlan]
    /// What holds for the whole site.
    public var site: SiteRules
    /// The sequence number of the first event; after a restart, the one after the last event.
    public var firstSequence: UInt64

    /// Makes a plan; `check` says whether it can be run.
    public init(
      points: [PointPlan], seasons: [Season] = [], programs: [ProgramPlan] = [],
      instructions: [Instruction] = [], windows: [PointWindow] = [], cells: [CellPlan] = [],
      curves: [CurvePlan] = [], curvePoints: [CurvePoint] = [], rules: [RulePlan] = [],
      stages: [StagePlan] = [], outputs: [OutputPlan] = [],
      deterrents: [DeterrentPlan] = [], site: SiteRules = SiteRules(), firstSequence: UInt64 = 1
    ) {
      self.points = points
      self.seasons = seasons
      self.programs = programs
      self.instructions = instructions
      self.windows = windows
      self.cells = cells
      self.curves = curves
      self.curvePoints = curvePoints
      self.rules = rules
      self.stages = stages
      self.outputs = outputs
      self.deterrents = deterrents
      self.site = site
      self.firstSequence = firstSequence
    }

    /// How long each list is.
    public var counts: PlanCounts {
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

    /// The same plan in memory of its own.
    func laidOut() -> CorePlan {
      let plan = CorePlan(
        counts: counts, site: site, memory: .allocate(byteCount: counts.byteCount))
      plan.fill(points.span)
      plan.fill(seasons.span)
      plan.fill(programs.span)
      plan.fill(instructions.span)
      plan.fill(windows.span)
      plan.fill(cells.span)
      plan.fill(curves.span)
      plan.fill(curvePoints.span)
      plan.fill(rules.span)
      plan.fill(stages.span)
      plan.fill(outputs.span)
      plan.fill(deterrents.span)
      return plan
    }

    /// Throws the first reason why this plan cannot be run.
    public func check() throws(PlanError) { try laidOut().check() }
  }

  extension Detector {
    /// Makes a detector for `plan` with memory from the heap; nothing is taken afterwards.
    public init(plan: DetectionPlan) throws(PlanError) {
      let laidOut = plan.laidOut()
      try laidOut.check()
      let byteCount = Detector.byteCount(for: laidOut)
      try self.init(
        plan: laidOut, firstSequence: plan.firstSequence, memory: .allocate(byteCount: byteCount))
    }
  }
#endif
