@testable import DetectionCore
import Foundation
import Testing

/// The Swift side of `Tests/Oracles/alarms.check`, which names the folder: writes down what alarms
/// and floods did in random sequences. What the lines say stands at the head of `alarms.py`.
@Suite struct AlarmOracleTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let folder = environment["NOMORI_ORACLE_FOLDER"]
    .map { URL(fileURLWithPath: $0, isDirectory: true) }
  private static let skipped: Comment =
    "skipped: NOMORI_ORACLE_FOLDER names no folder; `Tests/run-checks Tests/Oracles alarms` sets it"

  @Test(.enabled(if: folder != nil, skipped))
  func randomSequencesAreWrittenDown() throws {
    let folder = try #require(Self.folder)
    let seed =
      Self.environment["NOMORI_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
    var script = AlarmScript(numbers: SplitMix64(seed: seed))
    var text = "seed \(seed)\n"
    for _ in 0..<600 {
      var site = OracleSite(&script)
      text += site.header
      for _ in 0..<300 { text += site.step(&script) }
    }
    try Data(text.utf8).write(to: folder.appendingPathComponent("alarms.txt"))
  }
}

/// A few alarms and their flood, played as the detector plays them.
private struct OracleSite {
  private let plans: [AlarmPlan]
  private let floodPlan: FloodPlan
  private var alarms: [AlarmMachine]
  private var flood = AlarmFlood()
  private var now = instant(0)

  init(_ script: inout AlarmScript) {
    let count = Int.random(in: 1...4, using: &script.numbers)
    plans = (0..<count).map { _ in script.plan() }
    alarms = Array(repeating: AlarmMachine(), count: count)
    let above = UInt8.random(in: 2...6, using: &script.numbers)
    floodPlan = FloodPlan(
      above: above, below: UInt8.random(in: 1...above, using: &script.numbers),
      window: script.seconds(5...120))
  }

  var header: String {
    let rows = plans.map { plan in
      let chatter = plan.chatter.map { "\($0.raises) \($0.within.whole) \($0.hold.whole)" }
      return "alarm \(plan.acknowledgement) \(plan.isLatching) \(plan.reAlarm?.whole ?? 0) "
        + "\(plan.longestShelving.whole) \(plan.highestShelvedStage) \(chatter ?? "0 0 0")\n"
    }
    return "site \(floodPlan.above) \(floodPlan.below) \(floodPlan.window.whole)\n"
      + rows.joined()
  }

  mutating func step(_ script: inout AlarmScript) -> String {
    now = now + .seconds(script.pause())
    let index = Int.random(in: 0..<alarms.count, using: &script.numbers)
    let input = script.input()
    var answers: [String] = []
    for alarm in alarms.indices {
      guard let deadline = alarms[alarm].deadline(plan: plans[alarm]), deadline <= now
      else { continue }
      answers += play(alarm) { $0.letTimePass(to: $2, plan: $1) }
    }
    if let deadline = flood.deadline(plan: floodPlan), deadline <= now {
      answers.append("floodEnded:\(flood.end())")
    }
    switch input {
    case .stage(let stage): answers += play(index) { $0.take(stage: stage, at: $2, plan: $1) }
    case .command(let command): answers += play(index) { $0.take(command, at: $2, plan: $1) }
    case .suppressedByDesign(let isSuppressed):
      answers += play(index) { $0.suppressByDesign(isSuppressed, at: $2, plan: $1) }
    case .time: break
    }
    let states = zip(alarms, plans).map { alarm, plan in
      "\(alarm.condition):\(alarm.stage):\(alarm.suppression.rawValue)"
        + ":\(alarm.deadline(plan: plan)?.whole ?? -1)"
    }
    let site = "\(flood.standing):\(flood.deadline(plan: floodPlan)?.whole ?? -1)"
    return
      ([now.whole.description, "\(index)", input.line, "|"] + answers + ["|"] + states + [site])
      .joined(separator: " ") + "\n"
  }

  private mutating func play(
    _ index: Int, _ action: (inout AlarmMachine, AlarmPlan, Instant) -> AlarmTransitions
  ) -> [String] {
    let wasStanding = alarms[index].isStanding
    let transitions = action(&alarms[index], plans[index], now)
    let verdict = flood.take(
      transitions, wasStanding: wasStanding, isStanding: alarms[index].isStanding, at: now,
      plan: floodPlan)
    return transitions.all.map { transition in
      "\(index):\(transition.kind):\(transition.previousStage):\(transition.stage)"
        + ":\(transition.condition):\(transition.isSuppressed ? "silent" : "announced")"
        + ":\(transition.refusal.map { "\($0)" } ?? "\(transition.count)")"
    } + (verdict.isFirstOut ? ["firstOut"] : []) + (verdict.beginsFlood ? ["floodBegan"] : [])
  }
}

extension AlarmScript.Input {
  fileprivate var line: String {
    switch self {
    case .stage(let stage): "stage \(stage)"
    case .command(let command): "\(command.kind) \(command.duration.whole)"
    case .suppressedByDesign(let isSuppressed): "byDesign \(isSuppressed ? 1 : 0)"
    case .time: "time 0"
    }
  }
}

extension TimeSpan {
  fileprivate var whole: Int64 { nanoseconds / 1_000_000_000 }
}

extension Instant {
  fileprivate var whole: Int64 { nanoseconds / 1_000_000_000 }
}
