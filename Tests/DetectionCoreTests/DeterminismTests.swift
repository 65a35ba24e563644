import DetectionCore
import Testing

/// The core's promises about any input at all, on random plans and random inputs.
@Suite struct DeterminismTests {
  /// Everything that came out, as bits.
  private func digest(_ run: CoreRun) -> [UInt64] {
    let readings = run.readings.flatMap { entry -> [UInt64] in
      let flags = [
        entry.reading.flag, entry.tests.gap, entry.tests.syntax, entry.tests.grossRange,
        entry.tests.climatology, entry.tests.spike, entry.tests.rateOfChange,
        entry.tests.flatLine, entry.tests.multivariate, entry.tests.attenuatedSignal,
        entry.tests.neighbour,
      ]
      return [
        UInt64(entry.reading.point.rawValue), entry.reading.value.bitPattern,
        UInt64(bitPattern: entry.reading.time.nanoseconds),
      ] + flags.map { UInt64($0.rawValue) }
    }
    let events = run.events.flatMap { event -> [UInt64] in
      [
        event.sequence, UInt64(event.kind.rawValue), UInt64(event.subject),
        UInt64(event.stage), UInt64(event.previousStage), event.value.bitPattern,
        event.limit.bitPattern, UInt64(event.flag.rawValue),
        UInt64(bitPattern: event.time.nanoseconds),
      ]
    }
    return readings + events
  }

  @Test func sameInputsGiveSameBits() throws {
    print("determinism test: NOMORI_SEED=\(DifferentialTests.seed)")
    var numbers = SplitMix64(seed: DifferentialTests.seed)
    var outcomes = 0
    for _ in 0..<300 {
      let plan = randomPlan(&numbers)
      let inputs = randomInputs(plan, &numbers)
      let first = try CoreRun(plan)
      let second = try CoreRun(plan)
      for input in inputs { first.accept(input) }
      for input in inputs { second.accept(input) }
      #expect(digest(first) == digest(second))
      outcomes += first.readings.count + first.events.count
    }
    #expect(outcomes > 10_000)
  }

  /// Sequence numbers have no gap, outputs are never on for too long, a rule's events follow from
  /// one another, and what the views say is what the events said. No outcome ever overflows: that
  /// would stop the test.
  @Test func invariantsHold() throws {
    var numbers = SplitMix64(seed: DifferentialTests.seed &+ 1)
    for _ in 0..<300 {
      var plan = randomPlan(&numbers)
      plan.firstSequence = UInt64.random(in: 0...1_000_000, using: &numbers)
      let run = try CoreRun(plan)
      var stages = plan.rules.map { _ in UInt8(0) }
      var onSince: [Instant?] = plan.outputs.map { _ in nil }
      var latest = Instant(nanoseconds: .min)
      for input in randomInputs(plan, &numbers) {
        run.accept(input)
        latest = max(latest, time(of: input))
        for event in run.lastEvents {
          let subject = Int(event.subject)
          switch event.kind {
          case .stageRaised, .stageCleared:
            #expect(event.previousStage == stages[subject] && event.stage != stages[subject])
            #expect((event.kind == .stageRaised) == (event.stage > event.previousStage))
            #expect(event.flag.isUsable && event.value.isFinite)
            stages[subject] = event.stage
          case .outputOn:
            #expect(onSince[subject] == nil)
            onSince[subject] = latest
          case .outputOff:
            #expect(onSince[subject] != nil)
            onSince[subject] = nil
          default: break
          }
        }
        for (index, since) in onSince.enumerated() {
          #expect(run.isOn(index) == (since != nil))
          guard let since else { continue }
          #expect(latest - since < plan.outputs[index].maximumOnTime)
          #expect(run.stage(Int(plan.outputs[index].rule)) >= plan.outputs[index].fromStage)
        }
        #expect(stages.indices.allSatisfy { run.stage($0) == stages[$0] })
      }
      let first = plan.firstSequence
      #expect(run.events.map(\.sequence) == Array(first..<first + UInt64(run.events.count)))
    }
  }

  private func time(of input: DetectionInput) -> Instant {
    switch input {
    case .reading(let reading): reading.time
    case .tick(let time, _), .lost(_, let time, _), .command(_, let time, _): time
    }
  }

  private func randomPlan(_ numbers: inout SplitMix64) -> DetectionPlan {
    let acquired = Int.random(in: 1...3, using: &numbers)
    let derived = Int.random(in: 0...4, using: &numbers)
    var plan = DetectionPlan(
      points: (0..<acquired).map { _ in
        PointPlan(
          tests: QualityTests(
            grossRange: GrossRange(
              fail: ClosedSpan(lower: -8, upper: 8), suspect: ClosedSpan(lower: -6, upper: 6)),
            spike: TwoLimits(suspect: 2, fail: 4),
            flatLine: FlatLine(tolerance: 0.1, suspectCount: 3, failCount: 5)),
          maximumAge: .seconds(Int64.random(in: 2...20, using: &numbers)),
          sensorFaultDelay: .seconds(Int64.random(in: 0...5, using: &numbers)))
      })
    for _ in 0..<derived where plan.points.count < 5 {
      let source = UInt16.random(in: 0..<UInt16(plan.points.count), using: &numbers)
      plan.points.append(
        PointPlan(
          source: .derived(from: PointIndex(rawValue: source), gain: -1, offset: 1),
          tests: QualityTests(spike: TwoLimits(suspect: 3, fail: 5)),
          maximumAge: .seconds(Int64.random(in: 2...20, using: &numbers))))
    }
    for point in plan.points.indices {
      let direction: RulePlan.Direction = Bool.random(using: &numbers) ? .rising : .falling
      plan.rules.append(
        RulePlan(
          point: PointIndex(rawValue: UInt16(point)), direction: direction,
          firstStage: UInt16(plan.stages.count), stageCount: 3))
      for limit in direction == .rising ? [0.0, 2, 4] : [0.0, -2, -4] {
        plan.stages.append(
          stage(
            limit, deadband: 0.5, on: Int64.random(in: 0...3, using: &numbers),
            off: Int64.random(in: 0...3, using: &numbers)))
      }
      plan.outputs.append(
        OutputPlan(
          rule: UInt16(point), fromStage: UInt8.random(in: 1...3, using: &numbers),
          maximumOnTime: .seconds(Int64.random(in: 1...10, using: &numbers))))
    }
    return plan
  }

  /// Inputs of several buses: nearly in order of time, with silences, ticks and losses.
  private func randomInputs(
    _ plan: DetectionPlan, _ numbers: inout SplitMix64
  ) -> [DetectionInput] {
    let acquired = plan.points.indices.filter {
      if case .acquired = plan.points[$0].source { true } else { false }
    }
    var seconds = 100.0
    return (0..<80).map { _ in
      seconds += [0, 0.5, 1, 1, 2, 15].randomElement(using: &numbers) ?? 1
      let late = seconds - ([0, 0, 0, 0.5, 3].randomElement(using: &numbers) ?? 0)
      switch Int.random(in: 0..<12, using: &numbers) {
      case 0: return .tick(at: instant(seconds), wallTime: wall(seconds))
      case 1:
        return .lost(
          count: UInt32.random(in: 1...9, using: &numbers), at: instant(late),
          wallTime: wall(late))
      default:
        return .reading(
          Reading(
            point: PointIndex(rawValue: UInt16(acquired.randomElement(using: &numbers) ?? 0)),
            value: Double(Int.random(in: -36...36, using: &numbers)) * 0.25,
            flag: Int.random(in: 0..<9, using: &numbers) == 0 ? .missing : .notEvaluated,
            time: instant(late), wallTime: wall(late)))
      }
    }
  }
}
