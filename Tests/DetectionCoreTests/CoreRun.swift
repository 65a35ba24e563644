import Testing

@testable import DetectionCore

/// A detector that is fed by a test, and everything that came out of it so far.
final class CoreRun {
  private var detector: Detector
  private var outcome: Outcome
  private(set) var readings: [AssessedReading] = []
  private(set) var events: [DetectionEvent] = []
  /// What the last input caused.
  private(set) var lastReadings: [AssessedReading] = []
  private(set) var lastEvents: [DetectionEvent] = []
  /// The last state after an event of each thing, rules before sensors before outputs.
  private var states: [Int: SubjectState] = [:]
  /// When they were like that.
  private var stateTimes: [Int: Instant] = [:]

  init(_ plan: DetectionPlan) throws(PlanError) {
    detector = try Detector(plan: plan)
    outcome = Outcome(capacity: detector.outcomeCapacity)
  }

  func accept(_ input: DetectionInput) {
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    lastReadings = (0..<outcome.readingCount).map { outcome.reading(at: $0) }
    lastEvents = (0..<outcome.eventCount).map { outcome.event(at: $0) }
    for event in lastEvents {
      guard let state = detector.state(after: event) else { continue }
      let kind =
        switch state {
        case .rule: 0
        case .sensor: 1
        case .output: 2
        case .deterrent: 3
        case .flood: 4
        }
      states[kind * 65_536 + Int(event.subject)] = state
      stateTimes[kind * 65_536 + Int(event.subject)] = detector.now
    }
    readings += lastReadings
    events += lastEvents
  }

  /// A reading of `point`, `seconds` after the origin of both time lines.
  func read(
    _ value: Double, at seconds: Double, point: UInt16 = 0, flag: QualityFlag = .notEvaluated
  ) {
    accept(
      .reading(
        Reading(
          point: PointIndex(rawValue: point), value: value, flag: flag, time: instant(seconds),
          wallTime: wall(seconds))))
  }

  func tick(at seconds: Double) {
    accept(.tick(at: instant(seconds), wallTime: wall(seconds)))
  }

  var nextDeadline: Double? { detector.nextDeadline.map { Double($0.nanoseconds) / 1e9 } }
  func condition(_ rule: Int = 0) -> AlarmCondition { detector.condition(ofRule: rule) }

  /// Goes on where `other` stands: its last state of everything that it had an event about.
  func restore(from other: CoreRun, at seconds: Double) {
    for (key, state) in other.states.sorted(by: { $0.key < $1.key }) {
      detector.restore(state, of: UInt16(key % 65_536), at: instant(seconds))
      states[key] = state
    }
  }

  /// The detector's state as bytes.
  var checkpoint: [UInt8] { detector.checkpoint() }
  /// The latest time of all inputs.
  var latest: Instant { detector.now }
  /// How many things have a state that is newer than what was forgotten.
  var stateCount: Int { states.count }
  /// Forgets the states so far, as a checkpoint holds them.
  func forgetStates() { states.removeAll() }

  /// Goes on from `checkpoint`, and from the states that `newer` has since.
  func resume(
    from checkpoint: [UInt8], and newer: CoreRun? = nil, at moment: Instant,
    isOutageKnown: Bool = true
  ) throws {
    try detector.restore(fromCheckpoint: checkpoint.span)
    for (key, kept) in newer?.states.sorted(by: { $0.key < $1.key }) ?? [] {
      var state = kept
      if case .output(var output) = kept, let time = newer?.stateTimes[key] {
        output.onTimeLeft.nanoseconds -= (moment - time).nanoseconds
        state = .output(output)
      }
      detector.restore(state, of: UInt16(key % 65_536), at: moment)
    }
    detector.resume(
      at: moment, WallTime(nanosecondsSince1970: 0, synchronized: false),
      isOutageKnown: isOutageKnown,
      firstSequence: newer?.detector.nextSequence ?? detector.nextSequence)
  }

  /// Takes an input, after which no promise may be broken.
  func accept(_ input: DetectionInput, _ invariants: inout Invariants, seed: UInt64) {
    accept(input)
    if let promise = invariants.broken(by: outcome, after: input, of: detector) {
      Issue.record("seed \(seed): not kept: \(promise)")
    }
  }

  func stage(_ rule: Int = 0) -> UInt8 { detector.stage(ofRule: rule) }
  func isOn(_ output: Int = 0) -> Bool { detector.isOn(output: output) }
  func flag(_ point: UInt16 = 0) -> QualityFlag {
    detector.flag(of: PointIndex(rawValue: point))
  }
  func hasSensorFault(_ point: UInt16 = 0) -> Bool {
    detector.hasSensorFault(PointIndex(rawValue: point))
  }
  func isAcquired(_ point: UInt16) -> Bool {
    detector.isAcquired(PointIndex(rawValue: point))
  }
  /// The events of rules so far, in short.
  var stageEvents: [String] {
    events.filter { $0.kind == .stageRaised || $0.kind == .stageCleared }.map(\.short)
  }
  var capacity: OutcomeCapacity { detector.outcomeCapacity }
}

func instant(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }
func wall(_ seconds: Double) -> WallTime {
  WallTime(nanosecondsSince1970: Int64(seconds * 1e9), synchronized: true)
}

/// Spans that every value of the tests passes.
let wideRange = GrossRange(
  fail: ClosedSpan(lower: -1e6, upper: 1e6), suspect: ClosedSpan(lower: -1e6, upper: 1e6))

/// A stage without deadband and delays, unless told otherwise.
func stage(
  _ limit: Double, deadband: Double = 0, on: Int64 = 0, off: Int64 = 0
) -> StagePlan {
  StagePlan(limit: limit, deadband: deadband, onDelay: .seconds(on), offDelay: .seconds(off))
}

/// A plan of one point with a wide gross range, and one rule on it.
func oneRule(
  _ stages: [StagePlan], direction: RulePlan.Direction = .rising, outputs: [OutputPlan] = [],
  tests: QualityTests = QualityTests(grossRange: wideRange), maximumAge: TimeSpan? = nil
) -> DetectionPlan {
  DetectionPlan(
    points: [PointPlan(tests: tests, maximumAge: maximumAge)],
    rules: [
      RulePlan(
        point: PointIndex(rawValue: 0), direction: direction, firstStage: 0,
        stageCount: UInt8(stages.count))
    ],
    stages: stages, outputs: outputs)
}

extension DetectionEvent {
  /// The event in short, for tables of expectations.
  var short: String {
    switch kind {
    case .stageRaised: "rule \(subject) raised \(previousStage)>\(stage) at \(seconds)"
    case .stageCleared: "rule \(subject) cleared \(previousStage)>\(stage) at \(seconds)"
    case .sensorFaultRaised: "sensor \(subject) bad at \(seconds)"
    case .sensorFaultCleared: "sensor \(subject) good at \(seconds)"
    case .outputOn: "output \(subject) on at \(seconds)"
    case .outputOff: "output \(subject) off at \(seconds)"
    case .inputsLost: "lost \(Int(value)) at \(seconds)"
    default: "\(kind) \(subject) at \(seconds)"
    }
  }
  private var seconds: Int64 { time.nanoseconds / 1_000_000_000 }
}
