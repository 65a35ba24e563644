import Testing

@testable import DetectionCore

/// What becomes of a detector whose box was off for a while: it goes on from its checkpoint and from the
/// states of what events were about since.
@Suite struct ResumeTests {
  init() { print("resume test: NOMORI_SEED=\(RandomCase.seed)") }

  /// The site's one rule, which the sum of ten minutes' rain decides.
  private static var cloudburst: DetectionPlan {
    var plan = oneRule([stage(30)], maximumAge: .seconds(90))
    plan.points.append(PointPlan(source: .computed(program: 0), tests: QualityTests()))
    plan.windows = [
      PointWindow(
        point: PointIndex(rawValue: 0),
        window: Window(length: .seconds(600), minimumCount: 1, capacity: 16))
    ]
    plan.instructions = [Instruction(.sum, index: 0)]
    plan.programs = [ProgramPlan(firstInstruction: 0, instructionCount: 1)]
    plan.rules[0].point = PointIndex(rawValue: 1)
    return plan
  }

  @Test func aRestartInACloudburstNeitherClearsNorRaises() throws {
    let plan = Self.cloudburst
    let whole = try CoreRun(plan)
    let first = try CoreRun(plan)
    for minute in 0..<8 {
      whole.read(5, at: Double(minute) * 60)
      first.read(5, at: Double(minute) * 60)
    }
    #expect(first.stage() == 1)
    let second = try CoreRun(plan)
    try second.resume(from: first.checkpoint, at: instant(450))
    second.tick(at: 450)
    for minute in 8..<40 {
      let rain = minute < 12 ? 5.0 : 0
      whole.read(rain, at: Double(minute) * 60)
      second.read(rain, at: Double(minute) * 60)
    }
    #expect(second.events.map(\.short) == Array(whole.events.map(\.short).dropFirst()))
    #expect(second.events.map(\.kind) == [.stageCleared])
  }

  @Test func sensorsHaveTheirTimeAnewAndDelaysTheirs() throws {
    var plan = oneRule([stage(2, on: 60)], maximumAge: .seconds(30))
    plan.points[0].sensorFaultDelay = .seconds(20)
    let first = try CoreRun(plan)
    first.read(3, at: 0)
    let second = try CoreRun(plan)
    try second.resume(from: first.checkpoint, at: instant(1_000))
    second.tick(at: 1_000)
    #expect(second.events.isEmpty && second.lastReadings.isEmpty)
    // The condition has been true for long enough; a reading confirms it.
    second.read(3, at: 1_010)
    #expect(second.events.map(\.short) == ["rule 0 raised 0>1 at 1010"])
    second.tick(at: 1_040)
    #expect(second.lastReadings.map(\.reading.flag) == [.missing])
    let third = try CoreRun(plan)
    try third.resume(from: second.checkpoint, at: instant(2_000))
    third.tick(at: 2_000)
    #expect(third.events.isEmpty)
    third.tick(at: 2_020)
    #expect(third.events.map(\.short) == ["sensor 0 bad at 2020"])
  }

  @Test(arguments: [true, false])
  func anOnTimeCountsAllThatMayHaveGoneBy(isOutageKnown: Bool) throws {
    let plan = oneRule(
      [stage(2)], outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(100))])
    let first = try CoreRun(plan)
    first.read(3, at: 0)
    let second = try CoreRun(plan)
    try second.resume(from: first.checkpoint, at: instant(40), isOutageKnown: isOutageKnown)
    second.tick(at: 40)
    #expect(second.isOn() == isOutageKnown)
    second.read(3, at: 60)
    second.tick(at: 100)
    #expect(
      second.events.map(\.short) == ["output 0 off at \(isOutageKnown ? 100 : 40)"])
  }

  /// Cut at any two moments: from the checkpoint of the first and the states after it, a detector goes on so
  /// that no promise is broken, whatever was decided before.
  @Test func noRestartBreaksAPromise() throws {
    var newer = 0
    for number in 0..<400 {
      let one = try RandomCase(number, count: 160)
      var dice = Dice(seed: one.seed)
      let cut = dice.below(one.inputs.count)
      let end = cut + dice.below(min(20, one.inputs.count - cut))
      let outage = dice.span(from: 0)
      var invariants = Invariants(of: one.plan, isBoundless: false)
      let first = try CoreRun(DetectionPlan(one.plan))
      for input in one.inputs[..<cut] { first.accept(input, &invariants, seed: one.seed) }
      let checkpoint = first.checkpoint
      first.forgetStates()
      for input in one.inputs[cut..<end] { first.accept(input, &invariants, seed: one.seed) }
      newer += first.stateCount
      let second = try CoreRun(DetectionPlan(one.plan))
      let start = (end > 0 ? first.latest : instant(0)) + outage
      try second.resume(
        from: checkpoint, and: first, at: start, isOutageKnown: dice.isOne(in: 2))
      second.accept(
        .tick(at: start, wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false)),
        &invariants, seed: one.seed)
      for input in one.inputs[end...] {
        second.accept(input.later(by: outage), &invariants, seed: one.seed)
      }
    }
    #expect(newer > 100, "the states after checkpoints are tested by none")
  }
}

extension DetectionInput {
  /// The same input at a later time.
  fileprivate func later(by span: TimeSpan) -> DetectionInput {
    switch self {
    case .reading(var reading):
      reading.time = reading.time + span
      return .reading(reading)
    case .tick(let time, let wallTime): return .tick(at: time + span, wallTime: wallTime)
    case .command(let time, let wallTime, let command):
      return .command(at: time + span, wallTime: wallTime, command)
    case .lost(let time, let wallTime, let count):
      return .lost(at: time + span, wallTime: wallTime, count: count)
    }
  }
}
