import DetectionCore

/// A plan with a detector for it, fed with random inputs.
struct RandomRun: ~Copyable {
  private let plan: FixedPlan
  private var inputs: RandomInputs
  private var detector: Detector
  private var outcome: Outcome
  private var invariants: Invariants
  private var isRestored = false

  /// A run of `plan`. The plan's own form, the detector and its outcome lie in the given memory.
  init(
    of plan: FixedPlan, with inputs: RandomInputs, planMemory: consuming CoreMemory,
    detectorMemory: consuming CoreMemory, outcomeMemory: consuming CoreMemory
  ) throws(PlanError) {
    self.plan = plan
    self.inputs = inputs
    detector = try Detector(
      plan: plan.laidOut(in: planMemory), firstSequence: plan.firstSequence,
      memory: detectorMemory)
    outcome = Outcome(capacity: detector.outcomeCapacity, memory: outcomeMemory)
    invariants = Invariants(of: plan, isBoundless: inputs.isBoundless)
  }

  #if !hasFeature(Embedded)
    /// A run of `plan` with memory from the heap, as much as it needs and no byte more.
    init(of plan: FixedPlan, with inputs: RandomInputs) throws(PlanError) {
      self.plan = plan
      self.inputs = inputs
      let laidOut = plan.laidOut(in: .allocate(byteCount: plan.byteCount))
      try laidOut.check()
      let byteCount = Detector.byteCount(for: laidOut)
      detector = try Detector(
        plan: laidOut, firstSequence: plan.firstSequence, memory: .allocate(byteCount: byteCount))
      outcome = Outcome(capacity: detector.outcomeCapacity)
      invariants = Invariants(of: plan, isBoundless: inputs.isBoundless)
    }
  #endif

  /// What the core says of the plan.
  var planFingerprint: UInt64 { detector.planFingerprint }

  /// Feeds the next input, and adds what it causes to `digest`; the promise that it breaks, or nil.
  mutating func step(_ dice: inout Dice, into digest: inout OutcomeDigest) -> StaticString? {
    outcome.removeAll()
    let input = inputs.next(for: plan, deadline: detector.nextDeadline, &dice)
    detector.accept(input, into: &outcome)
    digest.mix(outcome)
    let broken = invariants.broken(by: outcome, after: input, of: detector)
    return isRestored ? nil : broken
  }

  /// Gives the detector states as damaged files may hold them, before the first input. What they
  /// contradict is no promise any more, but nothing may stop the program.
  mutating func restore(_ dice: inout Dice) {
    isRestored = true
    for _ in 0...dice.below(8) {
      let state = SubjectState(random: &dice)
      let moment = Instant(nanoseconds: inputs.isBoundless ? dice.oddTime() : 0)
      detector.restore(state, of: UInt16(dice.below(14)), at: moment)
    }
  }
}
