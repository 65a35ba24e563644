import Testing

@testable import DetectionCore

/// What a restart keeps: nothing is raised twice, and nothing forgotten.
@Suite struct RestartTests {
  /// A detector that goes on where `run` stands.
  private func restarted(_ run: CoreRun, _ plan: DetectionPlan, at seconds: Double) throws
    -> CoreRun
  {
    let next = try CoreRun(plan)
    next.restore(from: run, at: seconds)
    return next
  }

  @Test func aRaisedAlarmIsNeitherRaisedAgainNorForgotten() throws {
    let plan = oneRule(
      [stage(2), stage(3)],
      outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(100))])
    let run = try CoreRun(plan)
    run.read(3.5, at: 0)
    #expect(run.events.map(\.short) == ["rule 0 raised 0>2 at 0", "output 0 on at 0"])
    let next = try restarted(run, plan, at: 10)
    #expect(next.stage() == 2 && next.isOn())
    next.read(3.5, at: 11)
    #expect(next.events.isEmpty)
    next.read(2.5, at: 12)
    next.read(1, at: 13)
    #expect(
      next.events.map(\.short) == [
        "rule 0 cleared 2>1 at 12", "rule 0 cleared 1>0 at 13", "output 0 off at 13",
      ])
  }

  @Test func theOnTimeOfAnOutputGoesOn() throws {
    let plan = oneRule(
      [stage(2)], outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(100))])
    let run = try CoreRun(plan)
    run.read(3, at: 0)
    let next = try restarted(run, plan, at: 1_000)
    #expect(next.nextDeadline == 1_100)
    next.tick(at: 1_100)
    #expect(next.events.map(\.short) == ["output 0 off at 1100"])
  }

  @Test func aDeadSensorIsNotReportedAgain() throws {
    let plan = oneRule([stage(2)], maximumAge: .seconds(5))
    let run = try CoreRun(plan)
    run.read(1, at: 0)
    run.tick(at: 5)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 5"])
    let next = try restarted(run, plan, at: 100)
    next.tick(at: 105)
    next.tick(at: 110)
    #expect(next.events.isEmpty && next.hasSensorFault())
    next.read(1, at: 111)
    #expect(next.events.map(\.short) == ["sensor 0 good at 111"])
  }

  @Test func shelvingGoesOnWithTheTimeLeft() throws {
    let plan = oneRule([stage(2)])
    let run = try CoreRun(plan)
    run.read(3, at: 0)
    run.accept(
      .command(
        at: instant(10), wallTime: wall(10),
        DetectionCommand(number: 7, kind: .shelve, subject: 0, duration: .seconds(60))))
    #expect(run.lastEvents.map(\.kind) == [.shelved] && run.lastEvents[0].cause == 7)
    let next = try restarted(run, plan, at: 500)
    #expect(next.nextDeadline == 560)
    next.tick(at: 560)
    #expect(next.events.map(\.kind) == [.unshelved, .reminded])
  }

  /// The end of the time line stands for what never comes, also where a restart begins there.
  @Test func theEndOfTheTimeLineIsNotReached() throws {
    var plan = oneRule([stage(2)])
    plan.rules[0].alarm.reAlarm = .seconds(3_600)
    var detector = try Detector(plan: plan)
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var snapshot = AlarmSnapshot()
    snapshot.condition = .acknowledged
    snapshot.stage = 1
    snapshot.ruleStage = 1
    snapshot.suppression = .shelved
    snapshot.shelvingLeft = .seconds(60)
    snapshot.isChattering = true
    let end = Instant(nanoseconds: .max)
    detector.restore(.rule(snapshot), of: 0, at: end)
    detector.accept(.tick(at: end, wallTime: wall(0)), into: &outcome)
    #expect(outcome.eventCount == 1 && outcome.event(at: 0).kind == .chatterEnded)
    #expect(detector.nextDeadline == nil)
  }

  @Test func fewerStagesThanBeforeAreNoHarm() throws {
    let run = try CoreRun(oneRule([stage(2), stage(3), stage(4)]))
    run.read(5, at: 0)
    let plan = oneRule([stage(2)])
    let next = try CoreRun(plan)
    next.restore(from: run, at: 0)
    #expect(next.stage() == 1)
    next.read(1, at: 1)
    #expect(next.events.map(\.short) == ["rule 0 cleared 1>0 at 1"])
  }

  /// Without delays and tests that remember, a restart at any point changes no later event.
  @Test func aRestartAnywhereChangesNothing() throws {
    print("restart test: NOMORI_SEED=\(DifferentialTests.seed)")
    var numbers = SplitMix64(seed: DifferentialTests.seed)
    var events = 0
    for round in 0..<300 {
      var plan = oneRule(
        [stage(2, deadband: 0.5), stage(4, deadband: 0.5), stage(6)],
        outputs: [OutputPlan(rule: 0, fromStage: 2, maximumOnTime: .seconds(1_000_000))])
      plan.rules[0].alarm = AlarmPlan(
        acknowledgement: Bool.random(using: &numbers) ? .byPerson : .onReturn,
        isLatching: Bool.random(using: &numbers))
      let whole = try CoreRun(plan)
      var broken = try CoreRun(plan)
      var brokenEvents: [String] = []
      for second in 0..<60 {
        let seconds = Double(second)
        if Int.random(in: 0..<8, using: &numbers) == 0 {
          brokenEvents += broken.events.map(\.short)
          broken = try restarted(broken, plan, at: seconds)
        }
        let kinds: [DetectionCommand.Kind] = [
          .acknowledge, .reset, .takeOutOfService, .returnToService,
        ]
        if Int.random(in: 0..<4, using: &numbers) == 0 {
          let command = DetectionCommand(
            number: 1, kind: kinds[Int.random(in: 0..<4, using: &numbers)], subject: 0)
          for run in [whole, broken] {
            run.accept(.command(at: instant(seconds), wallTime: wall(seconds), command))
          }
        } else {
          let value = Double(Int.random(in: 0...16, using: &numbers)) / 2
          for run in [whole, broken] { run.read(value, at: seconds) }
        }
        #expect(whole.condition() == broken.condition(), "round \(round), second \(second)")
      }
      brokenEvents += broken.events.map(\.short)
      // A flood is counted anew after a restart.
      let isKept = { (event: String) in !event.hasPrefix("flood") }
      #expect(
        whole.events.map(\.short).filter(isKept) == brokenEvents.filter(isKept),
        "seed \(DifferentialTests.seed), round \(round)")
      events += brokenEvents.count
    }
    #expect(events > 3_000)
  }
}
