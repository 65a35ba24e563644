import DetectionCore
import Foundation

/// A random plan, and random inputs for it as a list.
struct RandomCase {
  /// Printed by the tests that use it; `NOMORI_SEED` runs the same cases again.
  static let seed: UInt64 = {
    let text = ProcessInfo.processInfo.environment["NOMORI_SEED"]
    return text.flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  }()

  let seed: UInt64
  var plan: FixedPlan
  private(set) var inputs: [DetectionInput] = []

  /// The case of this number, with `count` inputs, after `adjust` has changed its plan.
  init(
    _ number: Int, count: Int = 100, isBoundless: Bool = false,
    adjust: (inout FixedPlan) -> Void = { _ in }
  ) throws(PlanError) {
    seed = Self.seed &+ UInt64(number)
    var dice = Dice(seed: seed)
    plan = FixedPlan(random: &dice)
    adjust(&plan)
    var stream = RandomInputs(isBoundless: isBoundless, &dice)
    var detector = try Detector(plan: DetectionPlan(plan))
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    for _ in 0..<count {
      let input = stream.next(for: plan, deadline: detector.nextDeadline, &dice)
      inputs.append(input)
      outcome.removeAll()
      detector.accept(input, into: &outcome)
    }
  }

  /// What comes out when all inputs, each changed by `change`, go in.
  func run(_ change: (DetectionInput) -> [DetectionInput] = { [$0] }) throws(PlanError) -> CoreRun {
    let run = try CoreRun(DetectionPlan(plan))
    for input in inputs { for changed in change(input) { run.accept(changed) } }
    return run
  }
}

extension DetectionInput {
  /// The same input at another time.
  func at(_ time: Instant, _ wallTime: WallTime) -> DetectionInput {
    switch self {
    case .reading(var reading):
      reading.time = time
      reading.wallTime = wallTime
      return .reading(reading)
    case .tick: return .tick(at: time, wallTime: wallTime)
    case .lost(_, _, let count): return .lost(at: time, wallTime: wallTime, count: count)
    case .command(_, _, let command): return .command(at: time, wallTime: wallTime, command)
    }
  }

  /// True when a person wants something done.
  var isCommand: Bool { if case .command = self { true } else { false } }

  /// The wall time that came with it.
  var wallTime: WallTime {
    switch self {
    case .reading(let reading): reading.wallTime
    case .tick(_, let wallTime), .lost(_, let wallTime, _), .command(_, let wallTime, _): wallTime
    }
  }
}

extension CoreRun {
  /// A digest of the readings and events that `select` lets pass, each changed as it says.
  func digest(
    readings change: (AssessedReading) -> AssessedReading? = { $0 },
    events select: (DetectionEvent) -> DetectionEvent? = { $0 }
  ) -> OutcomeDigest {
    var digest = OutcomeDigest()
    for reading in readings { if let reading = change(reading) { digest.mix(reading) } }
    for event in events { if let event = select(event) { digest.mix(event) } }
    return digest
  }
}
