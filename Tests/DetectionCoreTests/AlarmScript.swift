@testable import DetectionCore

/// Random plans of alarms and random things that happen to them. Times are whole seconds and small,
/// so that several deadlines often fall on one moment, and on that of an input.
struct AlarmScript {
  /// One thing that can happen.
  enum Input {
    case stage(UInt8)
    case command(DetectionCommand)
    case suppressedByDesign(Bool)
    case time
  }

  var numbers: SplitMix64

  /// A plan; most have something special.
  mutating func plan() -> AlarmPlan {
    let chatter = ChatterPlan(
      raises: UInt8.random(in: 2...5, using: &numbers), within: seconds(1...40),
      hold: seconds(1...30))
    return AlarmPlan(
      acknowledgement: one(in: 3) ? .onReturn : .byPerson, isLatching: one(in: 2),
      reAlarm: one(in: 2) ? seconds(1...60) : nil, longestShelving: seconds(0...50),
      highestShelvedStage: one(in: 2) ? UInt8.random(in: 0...3, using: &numbers) : .max,
      chatter: one(in: 3) ? nil : chatter)
  }

  /// The seconds to the next input: mostly few, sometimes none or many.
  mutating func pause() -> Int64 {
    if one(in: 4) { return 0 }
    return Int64.random(in: one(in: 20) ? 1...500 : 1...10, using: &numbers)
  }

  /// The next input.
  mutating func input() -> Input {
    switch Int.random(in: 0..<20, using: &numbers) {
    case 0..<6: return .stage(0)
    case 6..<12: return .stage(UInt8.random(in: 1...4, using: &numbers))
    case 12: return .suppressedByDesign(Bool.random(using: &numbers))
    case 13: return .time
    default:
      let weighted: [DetectionCommand.Kind] =
        [.acknowledge, .acknowledge, .acknowledge, .reset] + DetectionCommand.Kind.allCases
      let kind = weighted[Int.random(in: 0..<weighted.count, using: &numbers)]
      return .command(
        DetectionCommand(
          number: UInt32.random(in: 0...9, using: &numbers), kind: kind, subject: 0,
          duration: seconds(-1...60)))
    }
  }

  mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &numbers) == 0 }

  mutating func seconds(_ range: ClosedRange<Int64>) -> TimeSpan {
    .seconds(Int64.random(in: range, using: &numbers))
  }
}

extension AlarmMachine {
  /// Plays an input, after time has passed up to it.
  mutating func play(
    _ input: AlarmScript.Input, at now: Instant, plan: AlarmPlan
  ) -> [AlarmTransition] {
    var transitions: [AlarmTransition] = []
    if let deadline = deadline(plan: plan), deadline <= now {
      transitions += letTimePass(to: now, plan: plan).all
    }
    switch input {
    case .stage(let stage): transitions += take(stage: stage, at: now, plan: plan).all
    case .command(let command): transitions += take(command, at: now, plan: plan).all
    case .suppressedByDesign(let isSuppressed):
      transitions += suppressByDesign(isSuppressed, at: now, plan: plan).all
    case .time: break
    }
    return transitions
  }
}
