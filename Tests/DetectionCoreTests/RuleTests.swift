import DetectionCore
import Testing

@Suite struct RuleTests {
  private func events(
    _ plan: DetectionPlan, _ samples: [(seconds: Double, value: Double)]
  ) throws -> [String] {
    let run = try CoreRun(plan)
    for sample in samples { run.read(sample.value, at: sample.seconds) }
    return run.events.map(\.short)
  }

  @Test func limitIsIncludedAndDeadbandHolds() throws {
    let plan = oneRule([stage(4, deadband: 0.5)])
    let values = [3.99, 4, 3.9, 3.5, 3.49, 3.9, 4]
    #expect(
      try events(plan, values.enumerated().map { (Double($0), $1) }) == [
        "rule 0 raised 0>1 at 1", "rule 0 cleared 1>0 at 4", "rule 0 raised 0>1 at 6",
      ])
  }

  @Test func fallingRuleIsTheMirrorImage() throws {
    let plan = oneRule([stage(4, deadband: 0.5), stage(2)], direction: .falling)
    let values = [4.01, 4, 4.1, 4.5, 4.51, 1.5, 3]
    #expect(
      try events(plan, values.enumerated().map { (Double($0), $1) }) == [
        "rule 0 raised 0>1 at 1", "rule 0 cleared 1>0 at 4", "rule 0 raised 0>2 at 5",
        "rule 0 cleared 2>1 at 6",
      ])
  }

  @Test func severalStagesAtOnceAreOneEvent() throws {
    let run = try CoreRun(oneRule([stage(2), stage(3), stage(4)]))
    for (index, value) in [1, 3.5, 5, 1.0].enumerated() { run.read(value, at: Double(index)) }
    #expect(
      run.events.map(\.short) == [
        "rule 0 raised 0>2 at 1", "rule 0 raised 2>3 at 2", "rule 0 cleared 3>0 at 3",
      ])
    // The limit is the one of the stage risen to, or fallen from.
    #expect(run.events.map(\.limit) == [3, 4, 4])
    #expect(run.events.map(\.value) == [3.5, 5, 1])
    #expect(run.events.map(\.sequence) == [1, 2, 3])
    #expect(run.stage() == 0)
  }

  @Test func delaysAreConfirmedByReadings() throws {
    let plan = oneRule([stage(4, on: 10, off: 20)])
    #expect(
      try events(
        plan,
        [
          (0, 4), (9.9, 4), (10, 4),  // raised by the first reading 10 s after the first above
          (11, 3), (20, 4), (21, 3), (40, 3), (41, 3),  // a moment above begins the delay anew
        ]) == ["rule 0 raised 0>1 at 10", "rule 0 cleared 1>0 at 41"])
    let run = try CoreRun(plan)
    run.read(4, at: 0)
    run.tick(at: 1_000)
    #expect(run.events.isEmpty, "time alone does not confirm")
    run.read(4, at: 1_001)
    #expect(run.events.map(\.short) == ["rule 0 raised 0>1 at 1001"])
  }

  @Test(arguments: [QualityFlag.fail, .missing])
  func unusableReadingsNeitherRaiseNorClearNorRestart(flag: QualityFlag) throws {
    let run = try CoreRun(oneRule([stage(4, on: 10, off: 10)]))
    run.read(9, at: 0, flag: flag)
    run.read(9, at: 20, flag: flag)
    #expect(run.stage() == 0)
    run.read(9, at: 30)
    run.read(0, at: 35, flag: flag)
    run.read(9, at: 40)
    #expect(run.stage() == 1, "the bad reading between did not restart the delay")
    run.read(0, at: 50, flag: flag)
    run.read(0, at: 70, flag: flag)
    #expect(run.stage() == 1)
    run.read(0, at: 80)
    run.read(9, at: 85, flag: flag)
    run.read(0, at: 90)
    #expect(run.stage() == 0)
    #expect(run.events.filter { $0.kind == .stageRaised }.map(\.short).count == 1)
  }

  @Test func suspectValuesAlarmAndAreLabelled() throws {
    let range = GrossRange(
      fail: ClosedSpan(lower: 0, upper: 20), suspect: ClosedSpan(lower: 0, upper: 8))
    let run = try CoreRun(oneRule([stage(4)], tests: QualityTests(grossRange: range)))
    run.read(9, at: 0)
    run.read(30, at: 1)
    #expect(run.stageEvents == ["rule 0 raised 0>1 at 0"])
    #expect(run.events.first?.flag == .suspect)
  }

  @Test func derivedPointsCarryTheirSourcesQuality() throws {
    let plan = DetectionPlan(
      points: [
        PointPlan(tests: QualityTests(grossRange: wideRange)),
        PointPlan(
          source: .derived(from: PointIndex(rawValue: 0), gain: -1, offset: 10),
          tests: QualityTests(
            grossRange: GrossRange(
              fail: ClosedSpan(lower: 0, upper: 100), suspect: ClosedSpan(lower: 1, upper: 50)))),
        PointPlan(source: .derived(from: PointIndex(rawValue: 1), gain: 2, offset: 1)),
      ],
      rules: [
        RulePlan(
          point: PointIndex(rawValue: 2), direction: .rising, firstStage: 0, stageCount: 1)
      ], stages: [stage(15)])
    let run = try CoreRun(plan)
    run.read(2, at: 0)
    #expect(run.lastReadings.map(\.reading.value) == [2, 8, 17])
    #expect(run.lastReadings.map(\.reading.flag) == [.pass, .pass, .pass])
    #expect(run.lastReadings.map(\.reading.point.rawValue) == [0, 1, 2])
    #expect(run.lastEvents.map(\.short) == ["rule 0 raised 0>1 at 0"])
    run.read(9.5, at: 1)
    #expect(run.lastReadings.map(\.reading.flag) == [.pass, .suspect, .suspect])
    run.read(11, at: 2)
    #expect(run.lastReadings.map(\.reading.flag) == [.pass, .fail, .fail])
    run.read(2, at: 3, flag: .fail)
    #expect(run.lastReadings.map(\.reading.flag) == [.fail, .fail, .fail])
    run.read(.nan, at: 4)
    #expect(run.lastReadings.map(\.reading.flag) == [.missing, .missing, .missing])
    #expect(run.isAcquired(0) && !run.isAcquired(1) && !run.isAcquired(3))
  }

  /// The state machine against its definition over the whole past, on random series.
  @Test func stagesAgreeWithTheirDefinition() throws {
    print("rule test: NOMORI_SEED=\(DifferentialTests.seed)")
    var numbers = SplitMix64(seed: DifferentialTests.seed)
    var changes = 0
    for round in 0..<1_500 {
      let direction: RulePlan.Direction = Bool.random(using: &numbers) ? .rising : .falling
      let plan = oneRule(randomStages(&numbers, direction), direction: direction)
      let run = try CoreRun(plan)
      var usable: [(Double, Double)] = []
      var seconds = 0.0
      var level = 4.0
      for _ in 0..<60 {
        seconds += Double(Int.random(in: 0...4, using: &numbers))
        level += Double(Int.random(in: -4...4, using: &numbers)) * 0.25
        let isBad = Int.random(in: 0..<6, using: &numbers) == 0
        run.read(level, at: seconds, flag: isBad ? .fail : .notEvaluated)
        if !isBad { usable.append((seconds, level)) }
        let expected = ReferenceRule(plan: plan, usable: usable).stage
        guard run.stage() == expected else {
          Issue.record("seed \(DifferentialTests.seed), round \(round): \(plan) \(usable)")
          return
        }
      }
      let turns = run.events.filter { $0.kind == .stageRaised || $0.kind == .stageCleared }
      #expect(zip(turns, turns.dropFirst()).allSatisfy { $0.stage == $1.previousStage })
      #expect(run.events.map(\.sequence) == Array(1..<(1 + UInt64(run.events.count))))
      changes += turns.count
    }
    #expect(changes > 1_500)
  }

  private func randomStages(
    _ numbers: inout SplitMix64, _ direction: RulePlan.Direction
  ) -> [StagePlan] {
    let limits = direction == .rising ? [2.0, 4, 6] : [6.0, 4, 2]
    return limits.prefix(Int.random(in: 1...3, using: &numbers)).map {
      stage(
        $0, deadband: Double(Int.random(in: 0...7, using: &numbers)) * 0.25,
        on: Int64.random(in: 0...6, using: &numbers),
        off: Int64.random(in: 0...6, using: &numbers))
    }
  }
}

/// A rule's stage, found from all its usable readings so far.
private struct ReferenceRule {
  let plan: DetectionPlan
  let usable: [(seconds: Double, value: Double)]

  var stage: UInt8 {
    let active = plan.stages.indices.filter { isActive(plan.stages[$0]) }
    return UInt8((active.max() ?? -1) + 1)
  }

  private func isActive(_ stage: StagePlan) -> Bool {
    let sign: Double = plan.rules[0].direction == .rising ? 1 : -1
    var conditions: [Bool] = []
    for sample in usable {
      let excess = sign * (sample.value - stage.limit)
      conditions.append(excess >= 0 || (conditions.last == true && excess >= -stage.deadband))
    }
    var active = false
    for end in conditions.indices {
      // The run of equal conditions that ends here, and how long it has lasted.
      let run = conditions[...end].reversed().prefix { $0 == conditions[end] }
      let lasted = usable[end].seconds - usable[end + 1 - run.count].seconds
      let delay = conditions[end] ? stage.onDelay : stage.offDelay
      if conditions[end] != active && lasted >= delay.seconds { active = conditions[end] }
    }
    return active
  }
}
