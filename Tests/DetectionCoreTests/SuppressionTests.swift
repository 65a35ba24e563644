import DetectionCore
import Testing

/// Commands and suppression by design, through the whole detector.
@Suite struct SuppressionTests {
  /// Point 0 has the rule, point 1 suppresses it.
  private func plan() -> DetectionPlan {
    var plan = oneRule(
      [stage(2)], outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(1_000))])
    plan.points.append(PointPlan(tests: QualityTests(grossRange: wideRange)))
    plan.rules[0].suppressor = PointIndex(rawValue: 1)
    return plan
  }

  private func command(
    _ run: CoreRun, _ kind: DetectionCommand.Kind, subject: UInt16 = 0, for seconds: Int64 = 0,
    at time: Double
  ) {
    let command = DetectionCommand(
      number: 9, kind: kind, subject: subject, duration: .seconds(seconds))
    run.accept(.command(at: instant(time), wallTime: wall(time), command))
  }

  @Test func aPointSuppressesAnAlarmAndItsOutput() throws {
    let run = try CoreRun(plan())
    run.read(3, at: 0)
    #expect(run.isOn())
    run.read(1, at: 1, point: 1)
    #expect(run.lastEvents.map(\.kind) == [.suppressed, .outputOff] && !run.isOn())
    run.read(1, at: 2)
    #expect(run.lastEvents.map(\.kind) == [.stageCleared] && run.lastEvents[0].marks.isSilenced)
    run.read(3, at: 3)
    #expect(run.lastEvents.map(\.kind) == [.stageRaised] && run.lastEvents[0].marks.isSilenced)
    run.read(0, at: 4, point: 1)
    #expect(run.lastEvents.map(\.kind) == [.resumed, .reminded, .outputOn] && run.isOn())
  }

  @Test func aDeadSwitchNeitherSilencesNorWakes() throws {
    let run = try CoreRun(plan())
    run.read(3, at: 0)
    run.read(1, at: 1, point: 1, flag: .fail)
    #expect(run.isOn())
    run.read(1, at: 2, point: 1)
    #expect(!run.isOn())
    run.read(.nan, at: 3, point: 1)
    run.read(0, at: 4, point: 1, flag: .fail)
    #expect(!run.isOn())
  }

  @Test func shelvingSilencesTheLampAndItsEndWakesIt() throws {
    let run = try CoreRun(plan())
    run.read(3, at: 0)
    command(run, .shelve, for: 60, at: 1)
    #expect(run.lastEvents.map(\.kind) == [.shelved, .outputOff])
    #expect(run.lastEvents.allSatisfy { $0.cause == 9 } && run.lastEvents[0].value == 60)
    #expect(run.nextDeadline == 61)
    run.tick(at: 61)
    #expect(run.lastEvents.map(\.kind) == [.unshelved, .reminded, .outputOn])
  }

  @Test func aCommandForAllIsRefusedOnlyWhenNoneCanFollow() throws {
    let run = try CoreRun(plan())
    command(run, .acknowledge, subject: DetectionCommand.everything, at: 0)
    #expect(run.lastEvents.map(\.kind) == [.commandRefused])
    run.read(3, at: 1)
    command(run, .acknowledge, subject: DetectionCommand.everything, at: 2)
    #expect(run.lastEvents.map(\.kind) == [.acknowledged] && run.condition() == .acknowledged)
    command(run, .acknowledge, at: 3)
    #expect(run.lastEvents.map(\.kind) == [.commandRefused] && run.lastEvents[0].cause == 9)
    command(run, .reset, subject: 7, at: 4)
    #expect(run.lastEvents.map(\.kind) == [.commandRefused])
  }

  @Test func theFirstAlarmIsMarkedAndAFloodIsTold() throws {
    var plan = DetectionPlan(points: [])
    for index in UInt16(0)..<12 {
      plan.points.append(PointPlan(tests: QualityTests(grossRange: wideRange)))
      plan.rules.append(
        RulePlan(
          point: PointIndex(rawValue: index), direction: .rising, firstStage: index, stageCount: 1))
      plan.stages.append(stage(1))
    }
    let run = try CoreRun(plan)
    for index in UInt16(0)..<12 { run.read(2, at: Double(index), point: index) }
    let raised = run.events.filter { $0.kind == .stageRaised }
    #expect(raised.map(\.marks.isFirstOut) == [true] + Array(repeating: false, count: 11))
    #expect(run.events.filter { $0.kind == .floodStarted }.map(\.value) == [11])
    run.tick(at: 2_000)
    #expect(run.lastEvents.map(\.kind) == [.floodEnded])
  }
}
