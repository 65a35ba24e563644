// Rules whose stage is made by the triggers of several points.
extension Detector {
  /// Shows the emitted reading with the index `emitted`, a usable one of a member, to the
  /// incidents of all rules.
  mutating func judgeIncidents(
    ofMember point: Int, by emitted: Int, into outcome: inout Outcome
  ) {
    for rule in 0..<plan.rules.count {
      guard let incident = plan.rules[rule].incident, let member = incident.member(point)
      else { continue }
      let reading = outcome.reading(at: emitted).reading
      let hasTurned = ruleStates[rule].incident.take(
        reading.value >= 0.5, of: member, at: reading.time, plan: incident)
      guard hasTurned else { continue }
      let stage: UInt8 = ruleStates[rule].incident.isOpen ? 1 : 0
      ruleStates[rule].stage = stage
      var occasion = Occasion(time: reading.time, wallTime: reading.wallTime, reading: emitted)
      occasion.value = Double(Int64(widening: Int(ruleStates[rule].incident.count)))
      occasion.limit = Double(Int64(widening: Int(incident.triggers)))
      let before = ruleStates[rule].alarm
      let transitions = ruleStates[rule].alarm.take(
        stage: stage, at: reading.time, plan: plan.rules[rule].alarm)
      announce(transitions, ofRule: rule, before: before, on: occasion, into: &outcome)
    }
  }
}
