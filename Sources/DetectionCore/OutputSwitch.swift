/// One output: on from the rise of its rule to its stage until the rule falls below, but never
/// longer than its maximum on-time.
///
/// While it is on, a further rise does not prolong it. When its time is up it goes off and stays
/// off while the stage merely stays; the next rise of the rule, from any stage, switches it on anew.
struct OutputSwitch: BitwiseCopyable {
  /// True while the output is to be on.
  private(set) var isOn = false
  /// When it has to go off whatever happens.
  private(set) var offAt = Instant(nanoseconds: .max)
  /// The next output of the same rule.
  var nextOfRule = PlanChain.end

  /// The rule has changed its stage; true when the output turned.
  mutating func ruleTurned(
    to stage: UInt8, from previous: UInt8, at now: Instant, plan: OutputPlan
  ) -> Bool {
    let isWanted = stage >= plan.fromStage
    let isRise = stage > previous
    guard isOn != isWanted, !isWanted || isRise else { return false }
    isOn = isWanted
    offAt = isWanted ? now + plan.maximumOnTime : Instant(nanoseconds: .max)
    return true
  }

  /// A deterrent switches it.
  mutating func turn(_ isWanted: Bool, at now: Instant, plan: OutputPlan) {
    isOn = isWanted
    offAt = isWanted ? now + plan.maximumOnTime : Instant(nanoseconds: .max)
  }

  /// Goes on as an earlier run left it.
  mutating func restore(isOn: Bool, until end: Instant) {
    self.isOn = isOn
    offAt = isOn ? end : Instant(nanoseconds: .max)
  }

  /// It may have been on for as long as it may: it has to go off at `now`.
  mutating func useUp(at now: Instant) {
    if isOn { offAt = now }
  }

  /// The maximum on-time is over.
  mutating func expire() {
    isOn = false
    offAt = Instant(nanoseconds: .max)
  }
}
