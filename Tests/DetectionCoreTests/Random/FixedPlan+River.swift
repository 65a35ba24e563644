import DetectionCore

extension FixedPlan {
  /// A river gauge: four quality tests on the measured stage, its elevation derived from it, a rule
  /// of four stages on the stage, staleness, and a lamp from stage 2.
  static func river() -> FixedPlan {
    var plan = FixedPlan()
    let stage = PointIndex(rawValue: 0)
    plan.points.append(
      PointPlan(
        tests: QualityTests(
          grossRange: GrossRange(
            fail: ClosedSpan(lower: -1, upper: 12), suspect: ClosedSpan(lower: 0, upper: 8)),
          spike: TwoLimits(suspect: 0.5, fail: 1),
          rateOfChange: TwoLimits(suspect: 0.0005, fail: 0.005),
          flatLine: FlatLine(tolerance: 0.0005, suspectCount: 96, failCount: 192)),
        maximumAge: .seconds(3_600), sensorFaultDelay: .seconds(600)))
    plan.points.append(PointPlan(source: .derived(from: stage, gain: 1, offset: 26.43)))
    plan.rules.append(RulePlan(point: stage, direction: .rising, firstStage: 0, stageCount: 4))
    let limits: InlineArray<4, Double> = [2, 2.75, 3.3, 3.9]
    for index in limits.indices {
      plan.stages.append(
        StagePlan(
          limit: limits[index], deadband: 0.05, onDelay: .zero, offDelay: .seconds(1_800)))
    }
    plan.outputs.append(OutputPlan(rule: 0, fromStage: 2, maximumOnTime: .seconds(3_600)))
    return plan
  }
}
