import DetectionCore

/// Plans that several tests share.
enum ReferencePlan {
  /// A river gauge: four quality tests on the measured stage, its elevation derived from it, a rule
  /// of four stages on the stage, staleness, and a lamp from stage 2.
  static func river() -> DetectionPlan {
    DetectionPlan(
      points: [
        PointPlan(
          tests: QualityTests(
            grossRange: GrossRange(
              fail: ClosedSpan(lower: -1, upper: 12), suspect: ClosedSpan(lower: 0, upper: 8)),
            spike: TwoLimits(suspect: 0.5, fail: 1),
            rateOfChange: TwoLimits(suspect: 0.0005, fail: 0.005),
            flatLine: FlatLine(tolerance: 0.0005, suspectCount: 96, failCount: 192)),
          maximumAge: .seconds(3_600), sensorFaultDelay: .seconds(600)),
        PointPlan(source: .derived(from: PointIndex(rawValue: 0), gain: 1, offset: 26.43)),
      ],
      rules: [
        RulePlan(
          point: PointIndex(rawValue: 0), direction: .rising, firstStage: 0, stageCount: 4)
      ],
      stages: [
        stage(2, deadband: 0.05, off: 1_800), stage(2.75, deadband: 0.05, off: 1_800),
        stage(3.3, deadband: 0.05, off: 1_800), stage(3.9, deadband: 0.05, off: 1_800),
      ],
      outputs: [OutputPlan(rule: 0, fromStage: 2, maximumOnTime: .seconds(3_600))])
  }
}
