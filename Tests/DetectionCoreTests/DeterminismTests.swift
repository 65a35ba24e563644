import DetectionCore
import Testing

/// What the core makes of an input depends on its plan and on the inputs before it, and on nothing
/// else: over random plans and inputs.
@Suite struct DeterminismTests {
  private let cases = 0..<300

  init() { print("determinism test: NOMORI_SEED=\(RandomCase.seed)") }

  @Test func sameInputsGiveSameBits() throws {
    var outcomes = 0
    for number in cases {
      let one = try RandomCase(number, isBoundless: number % 4 == 0)
      let first = try one.run()
      #expect(try first.digest() == one.run().digest(), "seed \(one.seed)")
      outcomes += first.readings.count + first.events.count
    }
    #expect(outcomes > 30_000)
  }

  /// What the core's memory held before does not matter.
  @Test func memoryMayHoldAnything() throws {
    for number in cases {
      let one = try RandomCase(number)
      let digests = try [UInt8(0), 0xff, 0xa5].map { try one.digest(inMemoryFilledWith: $0) }
      #expect(digests.allSatisfy { $0 == digests[0] }, "seed \(one.seed)")
    }
  }

  /// Where no age is asked for, time alone decides nothing: ticks and losses between the readings
  /// change neither an assessed reading nor a stage.
  @Test func ticksChangeNoValue() throws {
    for number in cases {
      let one = try RandomCase(number) { plan in
        for index in 0..<plan.points.count { plan.points[index].maximumAge = nil }
        for index in 0..<plan.rules.count {
          plan.rules[index].alarm = AlarmPlan(longestShelving: .zero)
          plan.rules[index].activePeriod = nil
        }
      }
      let plain = try one.run { input in input.isCommand ? [] : [input] }
      let ticked = try one.run { input in
        guard !input.isCommand else { return [] }
        let (time, wallTime) = (input.time, input.wallTime)
        return [
          .tick(at: time, wallTime: wallTime), .lost(at: time, wallTime: wallTime, count: 1), input,
          .tick(at: time + .seconds(1_000), wallTime: wallTime),
        ]
      }
      let digests = [plain, ticked].map { (run: CoreRun) in run.digest(events: \.stageChange) }
      #expect(digests[0] == digests[1], "seed \(one.seed)")
    }
  }

  /// The wall clock moves no delay, loses nothing and repeats nothing: without seasons and
  /// hours, only the wall times themselves are different.
  @Test func wallClockDecidesNothing() throws {
    for number in cases {
      let one = try RandomCase(number) { $0.forgetTheCalendar() }
      var dice = Dice(seed: one.seed)
      let plain = try one.run()
      let jumping = try one.run { input in
        let wallTime = WallTime(
          nanosecondsSince1970: dice.oddTime(), synchronized: dice.isOne(in: 2))
        return [input.at(input.time, wallTime)]
      }
      #expect(plain.withoutWallTimes == jumping.withoutWallTimes, "seed \(one.seed)")
    }
  }

  /// Only durations count: the same inputs a year later are decided alike, a year later.
  @Test func originOfTimeDecidesNothing() throws {
    let year = TimeSpan.seconds(31_556_952)
    for number in cases {
      let one = try RandomCase(number)
      let plain = try one.run()
      let later = try one.run { input in [input.at(input.time + year, input.wallTime)] }
      let back = TimeSpan(nanoseconds: -year.nanoseconds)
      let digest = later.digest { reading in
        var reading = reading
        reading.reading.time = reading.reading.time + back
        return reading
      } events: { event in
        var event = event
        event.time = event.time + back
        return event
      }
      #expect(plain.digest() == digest, "seed \(one.seed)")
    }
  }
}

/// What random runs have found.
@Suite struct FoundTests {
  /// The sign of a NaN that arithmetic makes is another one on x86-64 than on arm64.
  @Test func thereIsOneNaN() throws {
    let derived = PointPlan(
      source: .derived(from: PointIndex(rawValue: 0), gain: 0, offset: 0))
    let run = try CoreRun(DetectionPlan(points: [PointPlan(), derived]))
    run.read(.infinity, at: 0, flag: .fail)
    run.read(-.nan, at: 1, flag: .fail)
    #expect(run.readings.map(\.reading.flag) == [.fail, .fail, .fail, .fail])
    #expect(run.readings[0].reading.value == .infinity)
    let values = run.readings.dropFirst().map(\.reading.value.bitPattern)
    #expect(values == [Double.nan.bitPattern, Double.nan.bitPattern, Double.nan.bitPattern])
  }

  /// A chattering alarm stands above its rule: when it falls to the rule's stage, the limit is that
  /// of the stage which it fell below, not that of the one which the rule rose to.
  @Test func aHeldAlarmFallsBelowItsOwnLimit() throws {
    var plan = oneRule([stage(1), stage(2)])
    plan.rules[0].alarm.chatter = ChatterPlan(raises: 2)
    let run = try CoreRun(plan)
    for (second, value) in [0, 2.5, 0, 2.5, 0, 1.5].enumerated() {
      run.read(value, at: Double(second))
    }
    let last = try #require(run.lastEvents.first { $0.kind == .stageCleared })
    #expect([last.previousStage, last.stage] == [2, 1])
    #expect(last.value == 1.5 && last.limit == 2)
  }

  /// The end of the time line stands for "never": an input from then meets no such deadline.
  @Test func neverDoesNotCome() throws {
    let run = try CoreRun(
      oneRule(
        [stage(1)], outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(5))],
        maximumAge: .seconds(10)))
    run.read(0, at: 0)
    for _ in 0..<3 { run.accept(.tick(at: Instant(nanoseconds: .max), wallTime: wall(0))) }
    #expect(run.readings.map(\.reading.flag) == [.pass, .missing])
    #expect(run.events.map(\.kind) == [.sensorFaultRaised])
  }
}

extension CoreRun {
  fileprivate var withoutWallTimes: OutcomeDigest {
    let none = WallTime(nanosecondsSince1970: 0, synchronized: false)
    return digest { reading in
      var reading = reading
      reading.reading.wallTime = none
      return reading
    } events: { event in
      var event = event
      event.wallTime = none
      return event
    }
  }
}

extension DetectionEvent {
  /// The event without its number, if it is a rule's.
  fileprivate var stageChange: DetectionEvent? {
    guard kind == .stageRaised || kind == .stageCleared else { return nil }
    var event = self
    event.sequence = 0
    // A flood is over after some time.
    event.marks.isFlood = false
    return event
  }
}

extension RandomCase {
  fileprivate func digest(inMemoryFilledWith filling: UInt8) throws -> OutcomeDigest {
    let laidOut = plan.laidOut(in: .allocate(byteCount: plan.byteCount))
    try laidOut.check()
    let byteCount = Detector.byteCount(for: laidOut)
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    defer { unsafe block.deallocate() }
    unsafe block.initializeMemory(as: UInt8.self, repeating: filling, count: byteCount)
    var detector = try unsafe Detector(
      plan: laidOut, firstSequence: plan.firstSequence,
      memory: CoreMemory(borrowing: block, byteCount: byteCount))
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var digest = OutcomeDigest()
    for input in inputs {
      outcome.removeAll()
      detector.accept(input, into: &outcome)
      digest.mix(outcome)
    }
    return digest
  }
}

extension FixedPlan {
  fileprivate mutating func forgetTheCalendar() {
    for index in 0..<points.count where points[index].tests.climatology != nil {
      points[index].tests.climatology = nil
      // A rule asks for a test.
      points[index].tests.grossRange = wideRange
    }
    seasons.removeAll()
    for index in 0..<rules.count { rules[index].activePeriod = nil }
    for index in 0..<deterrents.count {
      deterrents[index].quietHours = nil
      deterrents[index].mostPerNight = .max
    }
  }
}
