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

  /// Takes the next usable reading's severity, read at `time`.
  mutating func take(
    _ severity: Double, at time: Instant, plan: StagePlan, direction: RulePlan.Direction
  ) {
    let isTrue = severity >= threshold(plan: plan, direction: direction)
    if isTrue != isConditionTrue {
      isConditionTrue = isTrue
      turned = time
    }
    guard isTrue != isActive else { return }
    if time - turned >= (isTrue ? plan.onDelay : plan.offDelay) { isActive = isTrue }
  }

  /// The condition is true at this severity and above.
  func threshold(plan: StagePlan, direction: RulePlan.Direction) -> Double {
    direction.severity(of: plan.limit) - (isConditionTrue ? plan.deadband : 0)
  }

  /// Goes on as an earlier run left it.
  mutating func resume(isActive: Bool, at now: Instant) {
    self.isActive = isActive
    isConditionTrue = isActive
    turned = now
  }

  /// True when no delay is running: only another condition can change the stage.
  var isAtRest: Bool { isConditionTrue == isActive }
}

extension RulePlan.Direction {
  /// How bad a value is: the value itself, or its negative where low values are worse. Changing
  /// the sign is exact, so both directions are decided alike.
  func severity(of value: Double) -> Double { self == .rising ? value : -value }
}

/// One rule: its stage is the highest of its stages that is active, 0 when none is.
struct RuleState: BitwiseCopyable {
  /// The rule's stage.
  var stage: UInt8 = 0
  /// What the stage means for people.
  var alarm = AlarmMachine()
  /// True while the point that suppresses the alarm says so.
  var isSuppressedByPoint = false
  /// True outside of the alarm's active period.
  var isOutsidePeriod = false
  var isSuppressedByDesign: Bool { isSuppressedByPoint || isOutsidePeriod }
  /// When the active period is looked at next.
  var periodCheck = Instant(nanoseconds: .max)
  /// The triggers of a rule that has an incident.
  var incident = IncidentMachine()
  /// The next rule that is suppressed by the same point.
  var nextSuppressed = PlanChain.end
  /// The severities that change nothing in any stage, so that these need not be asked; none while
  /// a delay is running.
  var rest = RestBand.empty
  /// The first output that follows the rule; each output names the next.
  var firstOutput = PlanChain.end
  /// The next rule on the same point.
  var nextOfPoint = PlanChain.end
}

/// The severities from `from` to below `below`.
struct RestBand: BitwiseCopyable {
  var from: Double
  var below: Double

  static var empty: RestBand { RestBand(from: .infinity, below: -.infinity) }
  static var everything: RestBand { RestBand(from: -.infinity, below: .infinity) }

  func contains(_ severity: Double) -> Bool { severity >= from && severity < below }

  /// Leaves only what does not change this stage either.
  mutating func narrow(
    to machine: StageMachine, plan: StagePlan, direction: RulePlan.Direction
  ) {
    guard machine.isAtRest else {
      self = .empty
      return
    }
    let threshold = machine.threshold(plan: plan, direction: direction)
    if machine.isActive { from = max(from, threshold) } else { below = min(below, threshold) }
  }
}
