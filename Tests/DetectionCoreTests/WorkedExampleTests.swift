import Testing

@testable import DetectionCore

/// The worked examples of docs/detection.md, under the names that it gives them.
@Suite struct WorkedExampleTests {
  private func flags(_ values: [Double], every seconds: Double = 60, _ tests: QualityTests) throws
    -> [QualityFlag]
  {
    let run = try CoreRun(DetectionPlan(points: [PointPlan(tests: tests)]))
    for (index, value) in values.enumerated() { run.read(value, at: Double(index) * seconds) }
    return run.readings.map(\.reading.flag)
  }

  private func window(_ seconds: Int64, minimum: UInt16 = 1) -> Window {
    Window(length: .seconds(seconds), minimumCount: minimum, capacity: 64)
  }

  /// What a program of these instructions over `points` acquired points leaves, after `feed`.
  private func computed(
    _ instructions: [Instruction], points: Int = 1, windows: [PointWindow] = [],
    cells: [CellPlan] = [], curves: [CurvePoint] = [], _ feed: (CoreRun) -> Void
  ) throws -> Reading? {
    var plan = DetectionPlan(
      points: (0..<points).map { _ in
        PointPlan(tests: QualityTests(grossRange: wideRange))
      })
    plan.points.append(PointPlan(source: .computed(program: 0)))
    plan.programs = [
      ProgramPlan(firstInstruction: 0, instructionCount: UInt16(instructions.count))
    ]
    plan.instructions = instructions
    plan.windows = windows
    plan.cells = cells
    if !curves.isEmpty {
      plan.curves = [CurvePlan(firstPoint: 0, pointCount: UInt16(curves.count))]
      plan.curvePoints = curves
    }
    let run = try CoreRun(plan)
    feed(run)
    return run.readings.last { $0.reading.point.rawValue == UInt16(points) }?.reading
  }

  private func near(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - expected) <= tolerance } ?? false
  }

  // MARK: Flags and quality tests

  @Test func worstTestDecides() throws {
    let tests = QualityTests(
      grossRange: GrossRange(
        fail: ClosedSpan(lower: -1, upper: 10), suspect: ClosedSpan(lower: 0, upper: 7.5)),
      rateOfChange: TwoLimits(suspect: 1, fail: 2))
    #expect(try flags([7.4, 7.8, 12], tests) == [.pass, .suspect, .fail])
  }

  @Test func seasonDecides() throws {
    let span = { (low: Double, high: Double) in ClosedSpan(lower: low, upper: high) }
    let plan = DetectionPlan(
      points: [
        PointPlan(tests: QualityTests(climatology: Climatology(firstSeason: 0, seasonCount: 2)))
      ],
      seasons: [
        Season(.month, from: 11, to: 2, suspect: span(-2, 4)),
        Season(.month, from: 3, to: 10, suspect: span(-1, 3)),
      ])
    let run = try CoreRun(plan)
    run.read(3.5, at: 1_767_182_400)  // 2025-12-31T12:00:00Z
    run.read(3.5, at: 1_772_366_400)  // 2026-03-01T12:00:00Z
    #expect(run.readings.map(\.reading.flag) == [.pass, .suspect])
  }

  private let spiky = [10, 12, 999.99, 13, 15]

  @Test func onlyTheSpikeFails() throws {
    let tests = QualityTests(spike: TwoLimits(suspect: 25, fail: 50))
    #expect(
      try flags(spiky, tests) == [.notEvaluated, .pass, .fail, .pass, .pass])
  }

  @Test func theAverageFlagsNeighboursToo() throws {
    let tests = QualityTests(spike: TwoLimits(suspect: 25, fail: 50), spikeMethod: .average)
    // The last value still waits for the one after it.
    #expect(try flags(spiky, tests) == [.notEvaluated, .fail, .fail, .fail])
  }

  @Test func rateIsPerSecond() throws {
    let tests = QualityTests(rateOfChange: TwoLimits(suspect: 3.0 / 3600, fail: 12.0 / 3600))
    #expect(try flags([1, 1.5], every: 300, tests) == [.pass, .suspect])
  }

  @Test func aFaultIsNoMeasure() throws {
    var tests = QualityTests(rateOfChange: TwoLimits(suspect: 3.0 / 3600, fail: 12.0 / 3600))
    #expect(try flags([1, 9, 1.05], tests) == [.pass, .fail, .pass])
    tests.changeReference = .previous
    #expect(try flags([1, 9, 1.05], tests) == [.pass, .fail, .fail])
    tests.changeReference = .lastUsable
    // Where the last usable one is too long ago, a value is like the first of all.
    #expect(try flags([1, 9, 9, 2], tests) == [.pass, .fail, .fail, .fail])
    tests.changeReference = .lastUsable(longestGap: .seconds(179))
    #expect(try flags([1, 9, 9, 2], tests) == [.pass, .fail, .fail, .pass])
  }

  @Test func aFaultIsNoMeasureForDeviationsEither() throws {
    let tests = QualityTests(
      grossRange: GrossRange(
        fail: ClosedSpan(lower: 0, upper: 5), suspect: ClosedSpan(lower: 0, upper: 5)),
      deviation: Deviation(factor: 3, window: window(600, minimum: 2)))
    #expect(try flags([1, 2, 1, 9, 2, 1], tests).suffix(3) == [.fail, .pass, .pass])
  }

  @Test func changeAgainstTheRecentPast() throws {
    for (change, flag) in [(1.5, QualityFlag.pass), (1.6, .suspect)] {
      let tests = QualityTests(deviation: Deviation(factor: 3, window: window(600, minimum: 4)))
      #expect(try flags([0, 1, 0, 1, 1 + change], tests).last == flag)
    }
  }

  @Test func threeEqualValuesAreNotYetFive() throws {
    let tests = QualityTests(flatLine: FlatLine(tolerance: 0.001, suspectCount: 2, failCount: 4))
    #expect(try flags([1, 1, 1, 1, 1], tests) == [.pass, .pass, .suspect, .suspect, .fail])
  }

  @Test func aSecondPointShouldHaveMoved() throws {
    let rate = QualityTests(rateOfChange: TwoLimits(suspect: 0.01, fail: 1))
    for (flow, flag) in [(5.0, QualityFlag.suspect), (9, .pass)] {
      var level = rate
      level.multivariate = Multivariate(
        point: PointIndex(rawValue: 0), maximumAge: .seconds(120))
      let run = try CoreRun(
        DetectionPlan(points: [PointPlan(tests: rate), PointPlan(tests: level)]))
      run.read(5, at: 0)
      run.read(1, at: 0, point: 1)
      run.read(flow, at: 60)
      run.read(2, at: 60, point: 1)
      #expect(run.lastReadings[0].tests.multivariate == flag)
    }
  }

  @Test func aSignalThatMovesTooLittle() throws {
    for (limit, flag) in [(0.5, QualityFlag.pass), (0.6, .suspect)] {
      let tests = QualityTests(
        attenuatedSignal: AttenuatedSignal(
          .deviation, suspect: limit, fail: 0, window: window(600, minimum: 4)))
      #expect(try flags([0, 1, 0, 1], tests).last == flag)
    }
  }

  @Test func twoGaugesShouldAgree() throws {
    for (other, flag) in [(2.04, QualityFlag.suspect), (2.06, .fail)] {
      let tests = QualityTests(
        neighbour: Neighbour(
          point: PointIndex(rawValue: 0), limits: TwoLimits(suspect: 0.03, fail: 0.05),
          maximumAge: .seconds(60)))
      let run = try CoreRun(
        DetectionPlan(points: [
          PointPlan(tests: QualityTests(grossRange: wideRange)), PointPlan(tests: tests),
        ]))
      run.read(other, at: 0)
      run.read(2, at: 1, point: 1)
      #expect(run.lastReadings[0].tests.neighbour == flag)
    }
  }

  // MARK: Computed points

  @Test func flagsTravel() throws {
    let sum = [Instruction(.value, index: 0), Instruction(.value, index: 1), Instruction(.add)]
    for (value, flag) in [(3.0, QualityFlag.suspect), (300, .fail)] {
      var plan = DetectionPlan(points: [
        PointPlan(tests: QualityTests(grossRange: wideRange)),
        PointPlan(
          tests: QualityTests(
            grossRange: GrossRange(
              fail: ClosedSpan(lower: 0, upper: 100), suspect: ClosedSpan(lower: 0, upper: 2)))),
        PointPlan(source: .computed(program: 0)),
      ])
      plan.programs = [ProgramPlan(firstInstruction: 0, instructionCount: 3)]
      plan.instructions = sum
      let run = try CoreRun(plan)
      run.read(2, at: 0)
      #expect(run.readings.allSatisfy { $0.reading.point.rawValue != 2 })
      run.read(value, at: 1, point: 1)
      let result = run.lastReadings.last?.reading
      #expect(result?.value == 2 + value && result?.flag == flag)
    }
  }

  @Test func oneSideCanDecide() throws {
    let either = [Instruction(.value, index: 0), Instruction(.value, index: 1), Instruction(.or)]
    let result = try computed(either, points: 2) { run in
      run.read(0, at: 0, point: 1, flag: .fail)
      run.read(1, at: 1)
    }
    #expect(result?.value == 1 && result?.flag == .pass)
  }

  @Test func statisticsOfAWindow() throws {
    let kept = [PointWindow(point: PointIndex(rawValue: 0), window: window(600))]
    for (operation, expected) in [
      (Operation.mean, 3.0), (.median, 2), (.sum, 9), (.count, 3), (.lowest, 1), (.highest, 6),
      (.rootMeanSquare, 3.697), (.deviation, 2.160), (.slope, 0.041_67),
    ] {
      let result = try computed([Instruction(operation)], windows: kept) { run in
        for (index, value) in [1.0, 2, 6].enumerated() { run.read(value, at: Double(index) * 60) }
      }
      #expect(near(result?.value, expected, 0.000_5), "\(operation)")
    }
  }

  @Test func oneLiarDoesNotBendTheTrend() throws {
    let kept = [PointWindow(point: PointIndex(rawValue: 0), window: window(600))]
    for (operation, expected) in [(Operation.robustSlope, 1.0), (.slope, 1.6)] {
      let result = try computed([Instruction(operation)], windows: kept) { run in
        for (index, value) in [0.0, 1, 2, 9, 4].enumerated() { run.read(value, at: Double(index)) }
      }
      #expect(near(result?.value, expected, 1e-12), "\(operation)")
    }
  }

  @Test func counterThatWraps() throws {
    let kept = [
      PointWindow(
        point: PointIndex(rawValue: 0), window: window(600),
        content: .increments(modulus: 65_536))
    ]
    let series: [([Double], Double)] = [
      ([65_530, 4], 0), ([65_530, 4, 6], 12), ([45, 0, 45], 0), ([500, 545, 500], 0),
    ]
    for (readings, expected) in series {
      let result = try computed([Instruction(.sum)], windows: kept) { run in
        for (index, value) in readings.enumerated() { run.read(value, at: Double(index)) }
      }
      #expect(result?.value == expected)
    }
  }

  @Test func exponentialMeanOfAStep() throws {
    let cell = CellPlan.exponentialMean(PointIndex(rawValue: 0), timeConstant: .seconds(60))
    let result = try computed([Instruction(.exponentialMean)], cells: [cell]) { run in
      run.read(0, at: 0)
      run.read(1, at: 60)
    }
    #expect(near(result?.value, 0.632, 0.000_5))
  }

  // MARK: Formulas

  @Test func levelFromPressure() throws {
    let plan = DetectionPlan(points: [
      PointPlan(tests: QualityTests(grossRange: wideRange)),
      PointPlan(
        source: .derived(
          from: PointIndex(rawValue: 0), gain: 100_000 / (1_000 * 9.80665), offset: -0.4)),
    ])
    let run = try CoreRun(plan)
    run.read(0.2, at: 0)
    #expect(near(run.lastReadings.last?.reading.value, 1.639, 0.000_5))
  }

  @Test func curveBetweenItsPoints() throws {
    let curve = [CurvePoint(x: 0, y: 0), CurvePoint(x: 0.5, y: 1.2), CurvePoint(x: 1, y: 4.9)]
    let discharge = [Instruction(.value), Instruction(.interpolate)]
    let inside = try computed(discharge, curves: curve) { $0.read(0.75, at: 0) }
    #expect(near(inside?.value, 3.05, 1e-12))
    let outside = try computed(discharge, curves: curve) { $0.read(1.1, at: 0) }
    #expect(outside?.flag == .missing)
  }

  @Test func dewPointOfARoom() throws {
    let formula = [Instruction(.value), Instruction(.value, index: 1), Instruction(.dewPoint)]
    let result = try computed(formula, points: 2) { run in
      run.read(20, at: 0)
      run.read(50, at: 0, point: 1)
    }
    #expect(near(result?.value, 9.26, 0.005))
  }

  @Test func salinityOfStandardSeawater() {
    let salinity = Formulas.salinity(
      conductivity: 42.914, temperature: 15 / 1.00024, pressure: 0)
    #expect(near(salinity, 35, 1e-6))
  }

  @Test func oxygenInFreshWater() {
    #expect(near(Formulas.oxygenSolubility(temperature: 20, salinity: 0), 9.09, 0.005))
  }

  @Test func timeToTheLimit() {
    let seconds = Formulas.timeToLimit(rest: 0.6, rate: 0.3 / 3600, horizon: 86_400)
    #expect(near(seconds, 7_200, 1e-9))
    #expect(Formulas.timeToLimit(rest: 0.6, rate: -1, horizon: 86_400) == 86_400)
    #expect(Formulas.timeToLimit(rest: -0.1, rate: 1, horizon: 86_400) == 0)
  }

  // MARK: States and delays

  @Test func aStageNeedsItsDelay() throws {
    let run = try CoreRun(oneRule([stage(3, deadband: 0.05, on: 300, off: 600)]))
    for minute in 0...5 { run.read(3 + Double(minute) * 0.02, at: Double(minute) * 60) }
    #expect(run.stageEvents == ["rule 0 raised 0>1 at 300"])
    run.read(2.96, at: 3_600)
    for minute in 0...10 { run.read(2.94, at: 4_800 + Double(minute) * 60) }
    #expect(run.stageEvents.last == "rule 0 cleared 1>0 at 5400")
  }

  @Test func aSilentSensorIsReported() throws {
    var plan = oneRule([stage(3)], maximumAge: .seconds(300))
    plan.points[0].sensorFaultDelay = .seconds(600)
    let run = try CoreRun(plan)
    run.read(1, at: 0)
    run.tick(at: 299)
    #expect(run.flag() == .pass)
    run.tick(at: 300)
    #expect(run.flag() == .missing && run.events.isEmpty)
    run.tick(at: 900)
    #expect(run.events.map(\.short) == ["sensor 0 bad at 900"])
  }

  @Test func hysteresisKeepsItsState() throws {
    let program = [
      Instruction(.value), Instruction(.constant, number: 2), Instruction(.constant, number: 1),
      Instruction(.hysteresis),
    ]
    for (values, expected) in [([1.5], 0.0), ([2, 1.5], 1), ([2, 1, 1.5], 0)] {
      let result = try computed(program, cells: [.hysteresis]) { run in
        for (index, value) in values.enumerated() { run.read(value, at: Double(index)) }
      }
      #expect(result?.value == expected, "\(values)")
    }
  }

  @Test func sinceItWasWet() throws {
    let program = [Instruction(.value), Instruction(.since)]
    let never = try computed(program, cells: [.since]) { $0.read(0, at: 5) }
    #expect(never == nil || never?.flag == .missing)
    let after = try computed(program, cells: [.since]) { run in
      run.read(1, at: 10)
      run.read(0, at: 70)
    }
    #expect(after?.value == 60)
  }

  @Test func theLampHasALongestTime() throws {
    let run = try CoreRun(
      oneRule(
        [stage(3), stage(4)],
        outputs: [OutputPlan(rule: 0, fromStage: 1, maximumOnTime: .seconds(100))]))
    run.read(3.5, at: 0)
    run.tick(at: 100)
    run.read(3.6, at: 110)
    run.read(4.5, at: 120)
    #expect(
      run.events.filter { $0.kind == .outputOn || $0.kind == .outputOff }.map(\.short) == [
        "output 0 on at 0", "output 0 off at 100", "output 0 on at 120",
      ])
  }
}
