@testable import DetectionCore

/// An alarm that a test plays with, and what it did, in short.
struct AlarmRun {
  var machine = AlarmMachine()
  var plan = AlarmPlan()
  var now = instant(0)

  /// The rule reaches `stage`, `seconds` after the origin.
  mutating func stage(_ stage: UInt8, at seconds: Double) -> [String] {
    pass(to: seconds) + machine.take(stage: stage, at: now, plan: plan).short
  }

  /// A command, with a duration in seconds.
  mutating func command(
    _ kind: DetectionCommand.Kind, for duration: Int64 = 0, at seconds: Double
  ) -> [String] {
    let command = DetectionCommand(
      number: 1, kind: kind, subject: 0, duration: .seconds(duration))
    return pass(to: seconds) + machine.take(command, at: now, plan: plan).short
  }

  /// The site's logic suppresses it, or no longer.
  mutating func suppress(_ isSuppressed: Bool, at seconds: Double) -> [String] {
    pass(to: seconds) + machine.suppressByDesign(isSuppressed, at: now, plan: plan).short
  }

  /// Nothing happens until `seconds` after the origin.
  mutating func pass(to seconds: Double) -> [String] {
    now = instant(seconds)
    guard let deadline = machine.deadline(plan: plan), deadline <= now else { return [] }
    return machine.letTimePass(to: now, plan: plan).short
  }

  /// When it next changes by itself, in seconds.
  var deadline: Double? {
    machine.deadline(plan: plan).map { Double($0.nanoseconds) / 1e9 }
  }
}

extension AlarmTransitions {
  var all: [AlarmTransition] { (0..<count).map { self[$0] } }
  var short: [String] { all.map(\.short) }
}

extension AlarmTransition {
  /// For example "raised 0>2 unacknowledged", with what else there is to say.
  var short: String {
    if let refusal { return "refused \(refusal)" }
    let number = kind == .chatterEnded ? " (\(count))" : ""
    return "\(kind) \(previousStage)>\(stage) \(condition)\(number)"
      + (isSuppressed ? " silent" : "")
  }
}
