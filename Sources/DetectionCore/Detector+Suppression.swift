// Suppression by design: alarms that mean nothing while a point says so, or at some times.
extension Detector {
  /// Shows the emitted reading with the index `emitted`, a usable one, to the rules that its
  /// point suppresses. An unusable one changes nothing: a dead switch neither silences nor wakes.
  mutating func judgeSuppression(
    byPoint point: Int, at emitted: Int, into outcome: inout Outcome
  ) {
    var next = pointStates[point].firstSuppressed
    while next != PlanChain.end {
      let rule = Int(next)
      next = ruleStates[rule].nextSuppressed
      let reading = outcome.reading(at: emitted).reading
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

  /// Looks at the active periods that are due. It is done each minute of the clock on the wall: the
  /// clock may be set at any time. While the box does not know the time every period counts as
  /// active, since a missed alarm costs more than one too many.
  mutating func checkPeriods(into outcome: inout Outcome) {
    for rule in 0..<plan.rules.count where ruleStates[rule].periodCheck <= now {
      var isOutside = false
      if let period = plan.rules[rule].activePeriod {
        ruleStates[rule].periodCheck = now + untilNextMinute
        isOutside = wallNow.synchronized && !period.contains(plan.site.zone.local(wallNow))
      } else {
        ruleStates[rule].periodCheck = Instant(nanoseconds: .max)
      }
      guard isOutside != ruleStates[rule].isOutsidePeriod else { continue }
      ruleStates[rule].isOutsidePeriod = isOutside
      suppress(rule, on: passing, into: &outcome)
    }
  }

  private var untilNextMinute: TimeSpan {
    let minute: Int64 = 60_000_000_000
    let rest = wallNow.nanosecondsSince1970 % minute
    return TimeSpan(nanoseconds: minute - (rest < 0 ? rest + minute : rest))
  }
}
