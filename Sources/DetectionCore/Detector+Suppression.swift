// Suppression by design: alarms that mean nothing while a point says so, or at some times.
extension Detector {
  /// Shows the emitted reading at `place`, a usable one, to the rules that its point suppresses. An
  /// unusable one changes nothing: a dead switch neither silences nor wakes.
  mutating func judgeSuppression(
    byPoint point: Int, at place: Int, into outcome: inout Outcome
  ) {
    var next = pointStates[point].firstSuppressed
    while next != PlanChain.end {
      let rule = Int(next)
      next = ruleStates[rule].nextSuppressed
      let reading = outcome.reading(at: place).reading
      let isSuppressed = reading.value >= 0.5
      guard isSuppressed != ruleStates[rule].isSuppressedByPoint else { continue }
      ruleStates[rule].isSuppressedByPoint = isSuppressed
      let occasion = Occasion(time: reading.time, wallTime: reading.wallTime)
      suppress(rule, on: occasion, into: &outcome)
    }
  }

  /// One of the reasons to suppress a rule's alarm has come or gone.
  private mutating func suppress(
    _ rule: Int, on occasion: Occasion, into outcome: inout Outcome
  ) {
    let before = ruleStates[rule].alarm
    let transitions = ruleStates[rule].alarm.suppressByDesign(
      ruleStates[rule].isSuppressedByDesign, at: occasion.time, plan: plan.rules[rule].alarm)
    announce(transitions, ofRule: rule, before: before, on: occasion, into: &outcome)
  }
}
