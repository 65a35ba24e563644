import Testing

@testable import DetectionCore

/// Incidents, active periods, deterrents and signs of life, through the whole detector.
@Suite struct FieldTests {
  /// Three sensors, an incident of two of them within a minute, and what else `change` adds.
  private func farm(_ change: (inout DetectionPlan) -> Void = { _ in }) -> DetectionPlan {
    var incident = IncidentPlan(
      triggers: 2, sensors: 2, within: .seconds(60), quietGap: .seconds(300))
    for point in UInt16(0)..<3 { incident.add(PointIndex(rawValue: point)) }
    var plan = DetectionPlan(
      points: (0..<3).map { _ in PointPlan(tests: QualityTests(grossRange: wideRange)) },
      rules: [
        RulePlan(
          point: PointIndex(rawValue: 0), direction: .rising, firstStage: 0, stageCount: 1,
          incident: incident)
      ],
      stages: [stage(1)])
    change(&plan)
    return plan
  }

  /// Two sirens against what the incident is.
  private func deterred(
    mostPerNight: UInt16 = 100, quiet: ActivePeriod? = nil, repeatAfter: TimeSpan? = nil,
    delay: Int64 = 0, seed: UInt32 = 7
  ) -> DetectionPlan {
    farm { plan in
      var deterrent = DeterrentPlan(
        rule: 0, fromStage: 1,
        delay: TimeRange(shortest: .zero, longest: .seconds(delay)),
        length: TimeRange(shortest: .seconds(5), longest: .seconds(20)), coolDown: .seconds(30),
        repeatAfter: repeatAfter, mostPerNight: mostPerNight, quietHours: quiet, seed: seed)
      for output in UInt16(0)..<3 {
        deterrent.add(output: output)
        plan.outputs.append(
          OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(20), deterrent: 0))
      }
      plan.deterrents = [deterrent]
    }
  }

  /// Opens the incident at `time`.
  private func open(_ run: CoreRun, at time: Double) {
    run.read(1, at: time)
    run.read(1, at: time, point: 1)
  }

  /// Lets all be quiet, and closes the incident.
  private func close(_ run: CoreRun, at time: Double) {
    run.read(0, at: time)
    run.read(0, at: time, point: 1)
    run.read(0, at: time + 300)
  }

  /// Lets the core see each of its deadlines, as the lane does.
  private func advance(_ run: CoreRun, to end: Double) {
    // A microsecond more, since a deadline in seconds may lie a nanosecond before itself.
    while let deadline = run.nextDeadline, deadline < end { run.tick(at: deadline + 1e-6) }
  }

  @Test func aLoneSensorIsNoIncident() throws {
    let run = try CoreRun(farm())
    for second in stride(from: 0.0, to: 50, by: 10) {
      run.read(1, at: second)
      run.read(0, at: second + 5)
    }
    #expect(run.events.isEmpty)
  }

  @Test func theWorkedExampleOfIncidents() throws {
    let run = try CoreRun(farm())
    for (time, point) in [(0.0, UInt16(0)), (50, 0), (70, 1), (200, 2)] {
      run.read(1, at: time, point: point)
      run.read(0, at: time + 1, point: point)
    }
    #expect(run.events.map(\.short) == ["rule 0 raised 0>1 at 70"])
    #expect(run.events[0].value == 2 && run.events[0].limit == 2)
    run.read(0, at: 499)
    run.tick(at: 10_000)
    #expect(run.stage() == 1, "silence closes nothing")
    run.read(0, at: 10_001)
    #expect(run.events.last?.short == "rule 0 cleared 1>0 at 10001")
    #expect(run.events.last?.value == 3)
  }

  @Test func badReadingsNeitherTriggerNorClose() throws {
    let run = try CoreRun(farm())
    run.read(1, at: 0)
    run.read(1, at: 1, point: 1, flag: .fail)
    #expect(run.stage() == 0)
    run.read(1, at: 2, point: 1)
    close(run, at: 3)
    #expect(run.stage() == 0)
  }

  @Test func aSensorThatStaysOnKeepsTheIncidentOpen() throws {
    let run = try CoreRun(farm())
    open(run, at: 0)
    run.read(0, at: 1, point: 1)
    run.read(1, at: 1_000)
    run.read(0, at: 1_001, point: 1)
    #expect(run.stage() == 1)
    close(run, at: 1_002)
    #expect(run.stage() == 0)
  }

  @Test func outsideOfItsPeriodAnAlarmIsSuppressed() throws {
    var plan = oneRule([stage(2)])
    plan.rules[0].activePeriod = ActivePeriod(fromMinute: 18 * 60, toMinute: 6 * 60)
    plan.site.zone = TimeZoneRule(offsetSeconds: 9 * 3_600)
    let run = try CoreRun(plan)
    // 08:59 UTC is 17:59 in Japan, 21:00 UTC 06:00.
    run.read(3, at: 8 * 3_600 + 59 * 60)
    #expect(run.events.map(\.kind) == [.suppressed, .stageRaised])
    #expect(run.events[1].marks.isSilenced)
    run.tick(at: 9 * 3_600)
    #expect(run.lastEvents.map(\.kind) == [.resumed, .reminded])
    run.tick(at: 21 * 3_600)
    #expect(run.lastEvents.map(\.kind) == [.suppressed])
  }

  @Test func withoutTheTimeAPeriodCountsAsActive() throws {
    var plan = oneRule([stage(2)])
    plan.rules[0].activePeriod = ActivePeriod(fromMinute: 18 * 60, toMinute: 6 * 60)
    let run = try CoreRun(plan)
    run.accept(
      .reading(
        Reading(
          point: PointIndex(rawValue: 0), value: 3, flag: .notEvaluated, time: instant(0),
          wallTime: WallTime(nanosecondsSince1970: 43_200_000_000_000, synchronized: false))))
    #expect(run.events.map(\.kind) == [.stageRaised] && !run.events[0].marks.isSilenced)
  }

  @Test func aSilentBoxSaysThatItIsThere() throws {
    var plan = oneRule([stage(2)])
    plan.site.signOfLife = .seconds(86_400)
    let run = try CoreRun(plan)
    run.read(3, at: 0)
    #expect(run.nextDeadline == 86_400)
    run.tick(at: 86_400)
    run.tick(at: 100_000)
    run.tick(at: 172_800)
    #expect(run.events.map(\.kind) == [.stageRaised, .signOfLife, .signOfLife])
  }

  /// Wild nights with every seed: what a deterrent must never do.
  @Test(arguments: UInt32(1)...20) func aDeterrentKeepsItsPromises(seed: UInt32) throws {
    var numbers = SplitMix64(seed: UInt64(seed))
    let run = try CoreRun(
      deterred(
        mostPerNight: 6, quiet: ActivePeriod(fromMinute: 5 * 60, toMinute: 9 * 60),
        repeatAfter: .seconds(40), delay: 10, seed: seed))
    var time = 0.0
    while time < 4 * 86_400 {
      open(run, at: time)
      let end = time + Double(Int.random(in: 1...1_200, using: &numbers))
      advance(run, to: end)
      run.read(0, at: end)
      run.read(0, at: end, point: 1)
      advance(run, to: end + 300)
      run.read(0, at: end + 300)
      time = end + 300 + Double(Int.random(in: 0...3_000, using: &numbers))
    }
    var lastOn: (output: UInt16, time: Double)?
    var lastOff = -1e9
    var choices: [UInt16] = []
    var perNight: [Int: Int] = [:]
    for event in run.events where event.kind == .outputOn || event.kind == .outputOff {
      let seconds = Double(event.time.nanoseconds) / 1e9
      if event.kind == .outputOn {
        #expect(lastOn == nil, "two outputs at once")
        #expect(seconds - lastOff >= 30, "no rest")
        #expect(choices.last != event.subject, "the same choice again")
        let minute = Int(seconds / 60) % 1_440
        #expect(minute < 300 || minute >= 540, "in quiet hours")
        choices.append(event.subject)
        perNight[Int((seconds - 43_200) / 86_400 + 1), default: 0] += 1
        lastOn = (event.subject, seconds)
      } else {
        let on = try #require(lastOn)
        #expect(on.output == event.subject && seconds - on.time < 20.001)
        lastOff = seconds
        lastOn = nil
      }
    }
    #expect(perNight.values.allSatisfy { $0 <= 6 } && choices.count > 12)
    #expect(Set(choices).count == 3)
    #expect(run.events.contains { $0.kind == .deterrentHeld })
  }

  @Test func peopleStopAndReleaseIt() throws {
    let run = try CoreRun(deterred(repeatAfter: .seconds(40)))
    open(run, at: 43_200)
    run.tick(at: 43_200)
    let output = try #require(run.events.first { $0.kind == .outputOn }).subject
    let command = { (kind: DetectionCommand.Kind, time: Double) in
      run.accept(
        .command(
          at: instant(time), wallTime: wall(time),
          DetectionCommand(number: 3, kind: kind, subject: output)))
    }
    command(.stopOutput, 43_201)
    #expect(run.lastEvents.map(\.kind) == [.outputOff, .outputStopped])
    close(run, at: 43_202)
    open(run, at: 44_000)
    #expect(run.lastEvents.contains { $0.kind == .deterrentHeld && $0.value == 1 })
    close(run, at: 44_001)
    command(.releaseOutput, 45_000)
    #expect(run.lastEvents.map(\.kind) == [.outputReleased])
    open(run, at: 45_001)
    run.tick(at: 45_001)
    #expect(run.events.last?.kind == .outputOn)
  }

  @Test func withoutTheTimeQuietHoursHold() throws {
    let run = try CoreRun(deterred(quiet: ActivePeriod(fromMinute: 300, toMinute: 540)))
    for point in UInt16(0)..<2 {
      run.accept(
        .reading(
          Reading(
            point: PointIndex(rawValue: point), value: 1, flag: .notEvaluated, time: instant(0),
            wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false))))
    }
    #expect(run.events.map(\.kind) == [.stageRaised, .deterrentHeld])
    #expect(run.events.last?.value == 2)
  }

  @Test func aRestartKeepsTheNight() throws {
    let plan = deterred(mostPerNight: 1)
    let run = try CoreRun(plan)
    open(run, at: 50_000)
    run.tick(at: 50_000)
    run.tick(at: 50_020)
    #expect(run.events.count { $0.kind == .outputOn } == 1)
    close(run, at: 50_030)
    let next = try CoreRun(plan)
    next.restore(from: run, at: 50_400)
    open(next, at: 50_500)
    #expect(next.events.map(\.kind) == [.stageRaised, .deterrentHeld])
  }
}
