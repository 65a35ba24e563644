import DetectionCore

/// A fixed stream of readings through a fixed plan: what the core's cost is measured on.
///
/// The plan is a river gauge: distance to the water with four quality tests and staleness, the
/// level derived from it, a rule of four stages on the level, and a lamp. With `stations` above 1
/// the same gauge stands there as often, and the readings go around. With a trend each station also
/// has the least-squares slope of its level over the last 10 minutes, which is computed anew from 60
/// values at every reading.
struct Workload: ~Copyable {
  private var detector: Detector
  private var outcome: Outcome
  private let stations: Int
  private let pointsPerStation: Int
  private let values: [Double]
  private var station = 0
  private var round = 0
  private var place = 0
  private var inputs: [DetectionInput] = []

  /// How many assessed readings and events came out, and a digest of their bits.
  private(set) var assessed = 0
  private(set) var events = 0
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Between two readings of a station.
  static let interval = TimeSpan.seconds(10)
  private static let mount = 8.0

  init(stations: Int, hasTrend: Bool = false) throws(PlanError) {
    var plan = DetectionPlan(points: [])
    for station in 0..<stations {
      Self.add(station: UInt16(station), to: &plan)
      if hasTrend { Self.addTrend(to: &plan) }
    }
    pointsPerStation = plan.points.count / stations
    detector = try Detector(plan: plan)
    outcome = Outcome(capacity: detector.outcomeCapacity)
    self.stations = stations
    values = Self.flood()
  }

  private static func add(station: UInt16, to plan: inout DetectionPlan) {
    let distance = PointIndex(rawValue: UInt16(plan.points.count))
    let level = PointIndex(rawValue: UInt16(plan.points.count) + 1)
    plan.points.append(
      PointPlan(
        tests: QualityTests(
          grossRange: GrossRange(
            fail: ClosedSpan(lower: 0.2, upper: 10), suspect: ClosedSpan(lower: 1, upper: 8)),
          spike: TwoLimits(suspect: 0.1, fail: 0.5),
          rateOfChange: TwoLimits(suspect: 0.05, fail: 0.2),
          flatLine: FlatLine(tolerance: 0.0005, suspectCount: 30, failCount: 60)),
        maximumAge: .seconds(60), sensorFaultDelay: .seconds(120)))
    plan.points.append(
      PointPlan(source: .derived(from: distance, gain: -1, offset: mount)))
    plan.rules.append(
      RulePlan(
        point: level, direction: .rising, firstStage: UInt16(plan.stages.count), stageCount: 4))
    for limit in [2.75, 3.4, 4.0, 4.5] {
      plan.stages.append(
        StagePlan(
          limit: limit, deadband: 0.05, onDelay: .seconds(20), offDelay: .seconds(300)))
    }
    plan.outputs.append(
      OutputPlan(rule: station, fromStage: 2, maximumOnTime: .seconds(1_800)))
  }

  /// The slope of the point that was added last.
  private static func addTrend(to plan: inout DetectionPlan) {
    let level = PointIndex(rawValue: UInt16(plan.points.count - 1))
    let program = UInt16(plan.programs.count)
    plan.windows.append(
      PointWindow(
        point: level, window: Window(length: .seconds(600), minimumCount: 2, capacity: 61)))
    plan.programs.append(
      ProgramPlan(firstInstruction: UInt16(plan.instructions.count), instructionCount: 1))
    plan.instructions.append(Instruction(.slope, index: UInt16(plan.windows.count - 1)))
    plan.points.append(PointPlan(source: .computed(program: program)))
  }

  /// Distances over one flood, 8,192 readings: a calm river, a rise to 5 m and a fall, with a
  /// millimetre of noise, a spike every 1,024 readings and a missing value every 2,048. Integers
  /// and the four basic operations only, so that it is the same everywhere.
  static func flood() -> [Double] {
    var noise: UInt32 = 1
    return (0..<8_192).map { index in
      noise = noise &* 1_664_525 &+ 1_013_904_223
      let phase = Double(index) / 8_192
      let shape = max(0, (phase - 0.2) * (0.8 - phase)) / 0.09
      let level = 0.5 + 4.5 * shape + (Double(noise >> 24) - 127.5) * 0.00001
      if index % 2_048 == 700 { return .nan }
      return mount - level - (index % 1_024 == 500 ? 0.7 : 0)
    }
  }

  /// The next reading's input.
  private mutating func next() -> DetectionInput {
    let time = Int64(round) * Self.interval.nanoseconds + Int64(station) * 1_000_000
    let value = values[place]
    let point = PointIndex(rawValue: UInt16(truncatingIfNeeded: station * pointsPerStation))
    station += 1
    if station == stations {
      station = 0
      round += 1
      place = place + 1 < values.count ? place + 1 : 0
    }
    return .reading(
      Reading(
        point: point, value: value,
        flag: .notEvaluated, time: Instant(nanoseconds: time),
        wallTime: WallTime(
          nanosecondsSince1970: 1_700_000_000_000_000_000 + time, synchronized: true)))
  }

  /// Makes the next `count` readings, which `run` will take: what they cost to make is not the core's.
  mutating func prepare(readings count: Int) {
    inputs.removeAll(keepingCapacity: true)
    for _ in 0..<count { inputs.append(next()) }
  }

  /// Takes the prepared readings and looks at all that comes out, as the lane does.
  mutating func run() {
    for place in inputs.indices { take(inputs[place]) }
  }

  private mutating func take(_ input: DetectionInput) {
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    for place in 0..<outcome.readingCount {
      let entry = outcome.reading(at: place).reading
      mix(entry.value.bitPattern ^ UInt64(entry.flag.rawValue))
    }
    for place in 0..<outcome.eventCount {
      let event = outcome.event(at: place)
      mix(event.sequence ^ UInt64(event.kind.rawValue) << 56 ^ UInt64(event.stage) << 48)
      mix(UInt64(bitPattern: event.time.nanoseconds))
    }
    assessed += outcome.readingCount
    events += outcome.eventCount
  }

  private mutating func mix(_ bits: UInt64) {
    digest = (digest ^ bits) &* 0x0000_0100_0000_01B3
  }
}
