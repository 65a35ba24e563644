#if !hasFeature(Embedded)
  /// Everything that a detector has to know about a site, compiled from its configuration.
  public struct DetectionPlan: Sendable {
    /// The points; readings, rules and derived points name them by their place.
    public var points: [PointPlan]
    /// The seasons of all climatology tests, those of the first point first.
    public var seasons: [Season]
    /// The rules; outputs and events name them by their place.
    public var rules: [RulePlan]
    /// The stages of all rules, those of the first rule first.
    public var stages: [StagePlan]
    /// The outputs; events name them by their place.
    public var outputs: [OutputPlan]
    /// The sequence number of the first event; after a restart, the one after the last event.
    public var firstSequence: UInt64

    /// Makes a plan; `check` says whether it can be run.
    public init(
      points: [PointPlan], seasons: [Season] = [], rules: [RulePlan] = [], stages: [StagePlan] = [],
      outputs: [OutputPlan] = [], firstSequence: UInt64 = 1
    ) {
      self.points = points
      self.seasons = seasons
      self.rules = rules
      self.stages = stages
      self.outputs = outputs
      self.firstSequence = firstSequence
    }

    /// Throws the first reason why this plan cannot be run.
    public func check() throws(PlanError) {
      try PlanCheck.check(
        points: points.span, seasons: seasons.span, rules: rules.span, stages: stages.span,
        outputs: outputs.span)
    }
  }

  extension Detector {
    /// Makes a detector for `plan` with memory from the heap; nothing is taken afterwards.
    public init(plan: DetectionPlan) throws(PlanError) {
      let byteCount = Detector.byteCount(
        points: plan.points.span, seasons: plan.seasons.span, rules: plan.rules.span,
        stages: plan.stages.span, outputs: plan.outputs.span)
      try self.init(
        points: plan.points.span, seasons: plan.seasons.span, rules: plan.rules.span,
        stages: plan.stages.span, outputs: plan.outputs.span, firstSequence: plan.firstSequence,
        memory: .allocate(byteCount: byteCount))
    }
  }
#endif
