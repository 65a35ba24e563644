extension Detector {
  /// Holds a usable reading against all rules on its point, in plan order. A rule that changes
  /// its stage is one event, however many stages it passes: `limit` is that of the stage which it
  /// rose to, or of the stage which it fell below.
  mutating func judgeRules(
    ofPoint point: Int, by reading: Reading, into outcome: inout Outcome
  ) {
    var next = pointStates[point].firstRule
    while next != PlanChain.end {
      let rule = Int(next)
      next = ruleStates[rule].nextOfPoint
      let severity = plan.rules[rule].direction.severity(of: reading.value)
      if ruleStates[rule].rest.contains(severity) { continue }
      let previous = ruleStates[rule].stage
      let stage = judgeStages(ofRule: rule, severity, at: reading.time)
      guard stage != previous else { continue }
      ruleStates[rule].stage = stage
      let decisive = Int(plan.rules[rule].firstStage) + Int(max(stage, previous)) - 1
      let event = RuleChange(
        rule: rule, stage: stage, previous: previous, limit: plan.stages[decisive].limit)
      emit(
        stage > previous ? .stageRaised : .stageCleared, of: rule, stage: stage,
        previousStage: previous, value: reading.value, limit: event.limit, flag: reading.flag,
        time: reading.time, wallTime: reading.wallTime, into: &outcome)
      switchOutputs(after: event, by: reading, into: &outcome)
    }
  }

  /// Shows a reading to all stages of a rule; returns the highest that is active.
  private mutating func judgeStages(
    ofRule rule: Int, _ severity: Double, at time: Instant
  ) -> UInt8 {
    let rulePlan = plan.rules[rule]
    var highest: UInt8 = 0
    var rest = RestBand.everything
    for offset in 0..<Int(rulePlan.stageCount) {
      let index = Int(rulePlan.firstStage) + offset
      stageMachines[index].take(
        severity, at: time, plan: plan.stages[index], direction: rulePlan.direction)
      if stageMachines[index].isActive { highest = UInt8(offset + 1) }
      rest.narrow(to: stageMachines[index], plan: plan.stages[index], direction: rulePlan.direction)
    }
    ruleStates[rule].rest = rest
    return highest
  }

  private mutating func switchOutputs(
    after change: RuleChange, by reading: Reading, into outcome: inout Outcome
  ) {
    var next = ruleStates[change.rule].firstOutput
    while next != PlanChain.end {
      let output = Int(next)
      next = outputSwitches[output].nextOfRule
      let hasTurned = outputSwitches[output].ruleTurned(
        to: change.stage, from: change.previous, at: now, plan: plan.outputs[output])
      guard hasTurned else { continue }
      arm(outputSwitches[output].offAt)
      emit(
        outputSwitches[output].isOn ? .outputOn : .outputOff, of: output, stage: change.stage,
        previousStage: change.previous, value: reading.value, limit: change.limit,
        flag: reading.flag, time: reading.time, wallTime: reading.wallTime, into: &outcome)
    }
  }

  /// Shows a reading's flag to the alarm of its sensor. A computed point has an alarm of its own
  /// tests alone: while what it is computed from is failed or missing, that has its own alarm.
  mutating func judgeSensor(
    _ point: Int, by reading: Reading, into outcome: inout Outcome
  ) {
    if pointStates[point].inherited.isBad { return }
    let delay = plan.points[point].sensorFaultDelay
    let hasTurned = pointStates[point].alarm.take(reading.flag, at: reading.time, delay: delay)
    if let deadline = pointStates[point].alarm.deadline(delay: delay) { arm(deadline) }
    guard hasTurned else { return }
    emit(
      pointStates[point].alarm.isActive ? .sensorFaultRaised : .sensorFaultCleared, of: point,
      value: reading.value, flag: reading.flag, time: reading.time, wallTime: reading.wallTime,
      into: &outcome)
  }
}

/// A rule's step from one stage to another.
private struct RuleChange: BitwiseCopyable {
  var rule: Int
  var stage: UInt8
  var previous: UInt8
  /// The limit that decided.
  var limit: Double
}
