/// One stage of a rule: a condition with deadband, confirmed over a time.
///
///     rising:   true at x >= limit, and once true until x < limit - deadband
///     falling:  true at x <= limit, and once true until x > limit + deadband
///
/// The stage becomes active at the first usable reading at least `onDelay` after the one that made
/// the condition true, if no usable reading in between made it false; and inactive likewise with
/// `offDelay`. Only readings confirm: an old value is never taken for a new one, so a sensor that
/// falls silent neither raises nor clears. Unusable readings are not shown to the machine; they
/// neither raise nor clear, nor do they start a delay anew.
struct StageMachine: BitwiseCopyable {
  /// True from raise to clear.
  private(set) var isActive = false
  private var isConditionTrue = false
  /// The reading that last turned the condition.
  private var turned = Instant(nanoseconds: 0)

  /// Takes the next usable value, read at `time`.
  mutating func take(
    _ value: Double, at time: Instant, plan: StagePlan, direction: RulePlan.Direction
  ) {
    let deadband = isConditionTrue ? plan.deadband : 0
    let isTrue =
      switch direction {
      case .rising: value >= plan.limit - deadband
      case .falling: value <= plan.limit + deadband
      }
    if isTrue != isConditionTrue {
      isConditionTrue = isTrue
      turned = time
    }
    guard isTrue != isActive else { return }
    if time - turned >= (isTrue ? plan.onDelay : plan.offDelay) { isActive = isTrue }
  }
}

/// One rule: its stage is the highest of its stages that is active, 0 when none is.
struct RuleState: BitwiseCopyable {
  /// The rule's stage.
  var stage: UInt8 = 0
  /// The first output that follows the rule; each output names the next.
  var firstOutput = PlanChain.end
  /// The next rule on the same point.
  var nextOfPoint = PlanChain.end
}
