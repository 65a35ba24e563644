import Testing

@testable import DetectionCore

/// What goes on where the plan was edited: all that is still there.
@Suite struct TakeOverTests {
  init() { print("take-over test: NOMORI_SEED=\(RandomCase.seed)") }

  /// By a match of everything with itself, the detector of the same plan decides what the other one would.
  @Test func allOfAPlanGoesOn() throws {
    var outcomes: UInt32 = 0
    for number in 0..<300 {
      let one = try RandomCase(number, count: 120)
      var dice = Dice(seed: one.seed)
      let plan = DetectionPlan(one.plan)
      let cut = dice.below(one.inputs.count)
      var first = try Detector(plan: plan)
      _ = first.digest(of: one.inputs[..<cut])
      var second = try Detector(plan: plan)
      second.takeOver(from: first, PlanMatch(allOf: plan))
      second.nextSequence = first.nextSequence
      #expect(second.nextDeadline != nil || first.nextDeadline == nil)
      let digest = first.digest(of: one.inputs[cut...])
      #expect(digest == second.digest(of: one.inputs[cut...]), "seed \(one.seed), cut \(cut)")
      outcomes += digest.readings + digest.events
    }
    #expect(outcomes > 15_000)
  }

  /// Whatever is matched with whatever, nothing traps, and every input is decided.
  @Test func noMatchTraps() throws {
    var events = 0
    for number in 0..<300 {
      let one = try RandomCase(number, count: 80)
      let other = try RandomCase(number + 1, count: 80)
      var dice = Dice(seed: one.seed)
      let first = try CoreRun(DetectionPlan(one.plan))
      for input in one.inputs { first.accept(input) }
      let second = try CoreRun(DetectionPlan(other.plan))
      second.takeOver(
        from: first,
        PlanMatch(from: DetectionPlan(one.plan), to: DetectionPlan(other.plan), by: &dice))
      for input in other.inputs { second.accept(input) }
      events += second.events.count
    }
    #expect(events > 1_000)
  }

  /// Rain of ten minutes in millimetres, held against a limit.
  private static func rain(limit: Double, points: [PointPlan] = []) -> DetectionPlan {
    var plan = ResumeTests.cloudburst
    plan.stages[0].limit = limit
    plan.points += points
    return plan
  }

  @Test func windowsGoOnUnderAnotherLimit() throws {
    let first = try CoreRun(Self.rain(limit: 30))
    for minute in 0..<8 { first.read(5, at: Double(minute) * 60) }
    #expect(first.stage() == 1)
    let plan = Self.rain(limit: 45)
    let second = try CoreRun(plan)
    second.takeOver(from: first, PlanMatch(allOf: plan))
    // 45 mm in ten minutes are reached with the first reading; what was raised before is so still.
    second.read(5, at: 480)
    #expect(second.stage() == 1 && second.events.isEmpty)
    let third = try CoreRun(Self.rain(limit: 60))
    third.takeOver(from: second, PlanMatch(allOf: plan))
    third.read(5, at: 540)
    #expect(third.events.map(\.short) == ["rule 0 cleared 1>0 at 540"])
  }

  @Test func aStageKeepsItsAlarmWhereOthersComeAndGo() throws {
    let first = try CoreRun(oneRule([stage(1), stage(2), stage(3)]))
    first.read(2.5, at: 0)
    #expect(first.stage() == 2)
    // The mildest stage is gone, and a new one stands between the others.
    let second = try CoreRun(oneRule([stage(2), stage(2.8), stage(3)]))
    second.takeOver(
      from: first,
      PlanMatch(
        points: [0], rules: [PlanMatch.Rule(index: 0, stages: [1, nil, 2])], outputs: [],
        deterrents: []))
    #expect(second.stage() == 1)
    second.read(2.5, at: 60)
    #expect(second.events.isEmpty)
    let rule = PlanMatch.Rule(index: 0, stages: [nil, nil])
    #expect([0, 1, 2, 3].map { rule.level($0) } == [0, 1, 2, 2])
  }

  @Test func aNewRuleOnAnOldPointDecidesFromItsNextReadingOn() throws {
    let plan = oneRule([stage(2)], maximumAge: .seconds(90))
    let first = try CoreRun(plan)
    first.read(3, at: 0)
    let second = try CoreRun(plan)
    second.takeOver(
      from: first, PlanMatch(points: [0], rules: [nil], outputs: [], deterrents: []))
    #expect(second.stage() == 0)
    second.read(3, at: 60)
    #expect(second.events.map(\.short) == ["rule 0 raised 0>1 at 60"])
  }

  @Test(arguments: [true, false])
  func anOutputStaysOnForTheSameRuleOnly(isSameRule: Bool) throws {
    let plan = oneRule(
      [stage(2)], outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(100))])
    let first = try CoreRun(plan)
    first.read(3, at: 0)
    #expect(first.isOn())
    let second = try CoreRun(plan)
    let rule = PlanMatch.Rule(index: 0, stages: [0])
    second.takeOver(
      from: first,
      PlanMatch(points: [0], rules: [isSameRule ? rule : nil], outputs: [0], deterrents: []))
    second.tick(at: 10)
    #expect(second.events.map(\.short) == (isSameRule ? [] : ["output 0 off at 10"]))
  }

  @Test(arguments: [true, false])
  func anAlarmIsAnnouncedOnceNothingSuppressesItAnyMore(hasSuppressor: Bool) throws {
    var plan = oneRule([stage(2)])
    plan.points.append(PointPlan(tests: QualityTests(grossRange: wideRange)))
    plan.rules[0].suppressor = PointIndex(rawValue: 1)
    let first = try CoreRun(plan)
    first.read(3, at: 0)
    first.read(1, at: 1, point: 1)
    #expect(first.events.map(\.kind) == [.stageRaised, .suppressed])
    var edited = plan
    if !hasSuppressor { edited.rules[0].suppressor = nil }
    let second = try CoreRun(edited)
    second.takeOver(from: first, PlanMatch(allOf: plan))
    second.read(0, at: 60, point: 1)
    #expect(second.events.map(\.kind) == [.resumed, .reminded])
  }
}

extension PlanMatch {
  /// Everything is what it was.
  init(allOf plan: DetectionPlan) {
    self.init(
      points: plan.points.indices.map { $0 },
      rules: plan.rules.enumerated().map { index, rule in
        Rule(index: index, stages: (0..<Int(rule.stageCount)).map { $0 })
      }, outputs: plan.outputs.indices.map { $0 }, deterrents: plan.deterrents.indices.map { $0 })
  }
}

extension PlanMatch {
  /// Anything with anything.
  init(from old: DetectionPlan, to new: DetectionPlan, by dice: inout Dice) {
    func index(of count: Int) -> Int? {
      count == 0 || dice.isOne(in: 4) ? nil : dice.below(count)
    }
    self.init(
      points: new.points.map { _ in index(of: old.points.count) },
      rules: new.rules.map { rule in
        index(of: old.rules.count).map { before in
          Rule(
            index: before,
            stages: (0..<Int(rule.stageCount)).map { _ in
              index(of: Int(old.rules[before].stageCount))
            })
        }
      }, outputs: new.outputs.map { _ in index(of: old.outputs.count) },
      deterrents: new.deterrents.map { _ in index(of: old.deterrents.count) })
  }
}
