import DetectionCore
import Testing

@Suite struct SensorAndOutputTests {
  private func onePoint(maximumAge: Int64? = nil, delay: Int64) -> DetectionPlan {
    DetectionPlan(points: [
      PointPlan(
        tests: QualityTests(grossRange: wideRange), maximumAge: maximumAge.map { .seconds($0) },
        sensorFaultDelay: .seconds(delay))
    ])
  }

  @Test func badReadingsRaiseAndGoodOnesClear() throws {
    let run = try CoreRun(onePoint(delay: 10))
    run.read(1, at: 0)
    run.read(1, at: 5, flag: .fail)
    run.read(.nan, at: 10)
    #expect(run.nextDeadline == 15)
    run.read(.nan, at: 15)
    #expect(run.hasSensorFault())
    run.read(1, at: 20)
    run.read(1, at: 29)
    #expect(run.hasSensorFault())
    run.read(1, at: 30)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 15", "sensor 0 good at 30"])
    #expect(!run.hasSensorFault())
  }

  @Test func aGoodReadingInBetweenBeginsTheDelayAnew() throws {
    let run = try CoreRun(onePoint(delay: 10))
    run.read(.nan, at: 0)
    run.read(1, at: 9)
    run.read(.nan, at: 10)
    run.tick(at: 19)
    #expect(run.events.isEmpty)
    run.tick(at: 20)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 20"])
  }

  @Test func silenceBecomesAMissingReadingAndThenAnAlarm() throws {
    let run = try CoreRun(onePoint(maximumAge: 30, delay: 10))
    run.read(1, at: 0)
    run.read(1, at: 20)
    run.tick(at: 49.9)
    #expect(run.readings.count == 2)
    run.tick(at: 50)
    #expect(run.lastReadings.map(\.reading.flag) == [.missing])
    #expect(run.lastReadings[0].reading.value.isNaN)
    #expect(run.lastReadings[0].reading.time == instant(50))
    #expect(run.lastReadings[0].reading.wallTime == wall(50))
    #expect(run.nextDeadline == 60)
    run.tick(at: 60)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 60"])
    #expect(run.nextDeadline == nil, "a missing point does not become missing again")
    run.tick(at: 1_000)
    #expect(run.readings.count == 3)
    run.read(1, at: 1_001)
    run.tick(at: 1_020)
    #expect(run.hasSensorFault(), "time alone does not clear")
    run.read(1, at: 1_025)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 60", "sensor 0 good at 1025"])
  }

  @Test func aPointThatNeverAnswersIsNoticed() throws {
    let run = try CoreRun(onePoint(maximumAge: 30, delay: 0))
    run.tick(at: 100)
    #expect(run.nextDeadline == 130)
    run.tick(at: 130)
    #expect(run.readings.map(\.reading.flag) == [.missing])
    #expect(run.events.map(\.short) == ["sensor 0 bad at 130"])
  }

  @Test func readingsOfOtherPointsLetTimePass() throws {
    var plan = onePoint(maximumAge: 30, delay: 0)
    plan.points.append(PointPlan())
    let run = try CoreRun(plan)
    run.read(1, at: 0)
    run.read(1, at: 40, point: 1)
    #expect(run.lastReadings.map(\.reading.point.rawValue) == [0, 1])
    #expect(run.lastEvents.map(\.short) == ["sensor 0 bad at 40"])
  }

  @Test func silenceReachesDerivedPoints() throws {
    var plan = onePoint(maximumAge: 30, delay: 0)
    plan.points.append(
      PointPlan(source: .derived(from: PointIndex(rawValue: 0), gain: 1, offset: 2)))
    let run = try CoreRun(plan)
    run.read(1, at: 0)
    run.tick(at: 30)
    #expect(run.readings.map(\.reading.flag) == [.pass, .pass, .missing, .missing])
    #expect(run.flag(1) == .missing)
  }

  @Test func aSourcesAlarmSpeaksForThePointsDerivedFromIt() throws {
    var plan = onePoint(delay: 0)
    let narrow = QualityTests(
      grossRange: GrossRange(
        fail: ClosedSpan(lower: 0, upper: 10), suspect: ClosedSpan(lower: 0, upper: 10)))
    plan.points.append(
      PointPlan(
        source: .derived(from: PointIndex(rawValue: 0), gain: 1, offset: 2), tests: narrow))
    let run = try CoreRun(plan)
    run.read(.nan, at: 0)
    #expect(run.flag(1) == .missing)
    run.read(1, at: 10)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 0", "sensor 0 good at 10"])
    run.read(9, at: 20)
    #expect(run.lastEvents.map(\.short) == ["sensor 1 bad at 20"], "its own test failed")
  }

  private func lamp(maximumOnTime: Int64) throws -> CoreRun {
    try CoreRun(
      oneRule(
        [stage(2), stage(3), stage(4)],
        outputs: [
          OutputPlan(rule: 0, fromStage: 2, maximumOnTime: .seconds(maximumOnTime)),
          OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(10_000)),
        ]))
  }

  @Test func outputFollowsItsStage() throws {
    let run = try lamp(maximumOnTime: 10_000)
    for (index, value) in [1, 2, 3, 4, 3, 2, 1.0].enumerated() {
      run.read(value, at: Double(index))
    }
    let switches = run.events.filter { $0.kind == .outputOn || $0.kind == .outputOff }
    #expect(
      switches.map(\.short) == [
        "output 1 on at 1", "output 0 on at 2", "output 0 off at 5", "output 1 off at 6",
      ])
    #expect(switches.map(\.stage) == [1, 2, 1, 0])
    #expect(run.events.map(\.sequence) == Array(1...UInt64(run.events.count)))
    // The deadlines of the switches may still stand; when they come, nothing is left of them.
    run.tick(at: 20_000)
    #expect(run.lastEvents.isEmpty && run.nextDeadline == nil)
  }

  @Test func maximumOnTimeHoldsWithoutReadings() throws {
    let run = try lamp(maximumOnTime: 60)
    run.read(3, at: 0)
    #expect(run.isOn())
    #expect(run.nextDeadline == 60)
    run.read(4, at: 50)
    #expect(run.isOn(), "a further rise does not prolong")
    run.tick(at: 59.9)
    #expect(run.isOn())
    run.tick(at: 60)
    #expect(!run.isOn() && run.isOn(1))
    #expect(run.lastEvents.map(\.short) == ["output 0 off at 60"])
    #expect(run.lastEvents.map(\.stage) == [3])
    run.read(4, at: 70)
    run.read(3, at: 80)
    #expect(!run.isOn(), "it stays off until the rule rises again")
    run.read(4, at: 90)
    #expect(run.isOn())
    run.read(1, at: 95)
    #expect(!run.isOn() && !run.isOn(1))
  }

  @Test func maximumOnTimeHoldsWhateverComesFirst() throws {
    let run = try lamp(maximumOnTime: 60)
    run.read(3, at: 0)
    run.read(3, at: 61)
    #expect(run.lastEvents.map(\.short) == ["output 0 off at 61"])
    let lost = try lamp(maximumOnTime: 60)
    lost.read(3, at: 0)
    lost.accept(.lost(at: instant(61), wallTime: wall(61), count: 7))
    #expect(lost.lastEvents.map(\.short) == ["output 0 off at 61", "lost 7 at 61"])
  }

  @Test func lostInputsAreAnEventWithTheirNumber() throws {
    let run = try CoreRun(onePoint(delay: 0))
    run.accept(.lost(at: instant(3), wallTime: wall(3), count: .max))
    #expect(run.events.map(\.value) == [4_294_967_295])
    #expect(run.events.map(\.kind) == [.inputsLost])
  }
}
