@testable import DetectionCore
import Foundation
import Testing

/// What holds for every alarm whatever happens to it. The seed is printed; `NOMORI_SEED` runs the
/// same sequences again.
@Suite struct AlarmPropertyTests {
  private static let seed: UInt64 = {
    let text = ProcessInfo.processInfo.environment["NOMORI_SEED"]
    return text.flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  }()

  @Test func whatHoldsAtEveryStep() throws {
    print("alarm properties: NOMORI_SEED=\(Self.seed)")
    var script = AlarmScript(numbers: SplitMix64(seed: Self.seed))
    var kinds: [AlarmTransition.Kind: Int] = [:]
    var refusals: [CommandRefusal: Int] = [:]
    for _ in 0..<600 {
      let plan = script.plan()
      var machine = AlarmMachine()
      var seconds: Int64 = 0
      for _ in 0..<100 {
        seconds += script.pause()
        let now = instant(Double(seconds))
        let input = script.input()
        let before = machine
        let transitions = machine.play(input, at: now, plan: plan)
        try checkJournal(of: transitions, from: before, to: machine)
        try checkState(of: machine, at: now, plan: plan)
        try checkAnswer(to: input, transitions: transitions, machine: machine)
        for transition in transitions {
          kinds[transition.kind, default: 0] += 1
          if let refusal = transition.refusal { refusals[refusal, default: 0] += 1 }
        }
      }
    }
    // The sequences are worth nothing unless everything happens in them.
    for kind in AlarmTransition.Kind.allCases { #expect(kinds[kind, default: 0] > 100, "\(kind)") }
    for refusal in CommandRefusal.allCases {
      #expect(refusals[refusal, default: 0] > 50, "\(refusal)")
    }
  }

  /// The transitions alone tell all that happened: each begins where the one before ended.
  private func checkJournal(
    of transitions: [AlarmTransition], from before: AlarmMachine, to after: AlarmMachine
  ) throws {
    var condition = before.condition
    var stage = before.stage
    var suppression = before.suppression
    for transition in transitions {
      try #require(transition.previousStage == stage)
      switch transition.kind {
      case .raised:
        try #require(transition.stage > stage && transition.condition == .unacknowledged)
      case .cleared:
        try #require(transition.stage < stage)
        if transition.stage > 0 { try #require(transition.condition == condition) }
      case .refused, .chatterBegan, .chatterEnded:
        try #require(transition.stage == stage && transition.condition == condition)
        try #require(transition.suppression == suppression)
      case .reminded:
        try #require(transition.condition == .unacknowledged && suppression.isEmpty)
      case .unshelved, .resumed, .inService:
        // Who silenced the alarm has not acknowledged what comes after.
        try #require(transition.stage == stage)
        try #require(transition.isSuppressed || transition.condition != .acknowledged)
      default: try #require(transition.stage == stage)
      }
      try #require((transition.kind == .refused) == (transition.refusal != nil))
      condition = transition.condition
      stage = transition.stage
      // A return ends one-shot shelving by a transition of its own; nothing else changes the
      // suppression unless it says so.
      suppression = transition.suppression
    }
    try #require(condition == after.condition && stage == after.stage)
    try #require(suppression == after.suppression)
  }

  private func checkState(of machine: AlarmMachine, at now: Instant, plan: AlarmPlan) throws {
    try #require(machine.condition.isActive == (machine.stage > 0))
    try #require(machine.condition != .latched || plan.isLatching)
    try #require(machine.suppression.rawValue & 3 != 3, "shelved in two ways")
    if machine.isShelved {
      try #require(machine.shelvedUntil > now)
      try #require(machine.shelvedUntil - now <= plan.longestShelving)
      try #require(machine.stage <= plan.highestShelvedStage)
    }
    if machine.isChattering {
      try #require(machine.stage > 0 && machine.deadline(plan: plan) != nil)
    }
    if let deadline = machine.deadline(plan: plan) { try #require(deadline > now) }
  }

  private func checkAnswer(
    to input: AlarmScript.Input, transitions: [AlarmTransition], machine: AlarmMachine
  ) throws {
    switch input {
    case .stage(let stage):
      // Nothing that rises is held back; a return is, while the alarm chatters and only then.
      try #require(machine.decided == stage)
      try #require(machine.stage == stage || (stage == 0 && machine.isChattering))
    case .command: try #require(!transitions.isEmpty)
    case .suppressedByDesign(let isSuppressed):
      try #require(machine.suppression.contains(.byDesign) == isSuppressed)
    case .time: break
    }
  }

  /// An alarm that is restored from its snapshot goes on as if nothing had been, on another time
  /// line.
  @Test func aRestartChangesNothing() throws {
    print("alarm restarts: NOMORI_SEED=\(Self.seed)")
    var script = AlarmScript(numbers: SplitMix64(seed: Self.seed))
    var restarts = 0
    for _ in 0..<400 {
      let plan = script.plan()
      var machine = AlarmMachine()
      var restored = AlarmMachine()
      var shift = TimeSpan.zero
      var seconds: Int64 = 0
      for _ in 0..<100 {
        if script.one(in: 8) {
          let snapshot = restored.snapshot(at: instant(Double(seconds)) + shift)
          shift = script.seconds(-10_000...10_000)
          restored = AlarmMachine(
            restoring: snapshot, at: instant(Double(seconds)) + shift)
          restarts += 1
        }
        seconds += script.pause()
        let now = instant(Double(seconds))
        let input = script.input()
        let expected = machine.play(input, at: now, plan: plan)
        let actual = restored.play(input, at: now + shift, plan: plan)
        try #require(actual == expected)
        let deadline = machine.deadline(plan: plan)
        try #require(restored.deadline(plan: plan) == deadline.map { $0 + shift })
      }
    }
    #expect(restarts > 1_000)
  }

  /// Whatever a damaged file holds, an alarm comes out of it that stands to reason and can be
  /// silent no longer than any other.
  @Test func aDamagedSnapshotMakesAnAlarmAllTheSame() throws {
    print("damaged snapshots: NOMORI_SEED=\(Self.seed)")
    var script = AlarmScript(numbers: SplitMix64(seed: Self.seed))
    for _ in 0..<20_000 {
      var snapshot = AlarmSnapshot()
      let conditions = AlarmCondition.allCases
      snapshot.condition = conditions[Int.random(in: 0..<5, using: &script.numbers)]
      snapshot.stage = UInt8.random(in: 0...4, using: &script.numbers)
      snapshot.ruleStage = UInt8.random(in: 0...4, using: &script.numbers)
      snapshot.suppression = AlarmSuppression(
        rawValue: UInt8.random(in: 0...255, using: &script.numbers))
      snapshot.isChattering = script.one(in: 2)
      snapshot.swallowedReturns = script.one(in: 2) ? .max : 0
      snapshot.shelvingLeft = anySpan(&script)
      snapshot.sinceAnnounced = anySpan(&script)
      snapshot.sinceTurned = anySpan(&script)
      snapshot.raises.count = UInt8.random(in: 0...255, using: &script.numbers)
      for index in 0..<16 { snapshot.raises.nanoseconds[index] = anySpan(&script).nanoseconds }

      let plan = script.plan()
      let start = instant(Double(Int64.random(in: 0...1_000, using: &script.numbers)))
      var machine = AlarmMachine(restoring: snapshot, at: start)
      try #require(machine.condition.isActive == (machine.stage > 0))
      try #require(machine.decided == machine.stage || machine.isChattering)
      try #require(machine.stage > 0 || !machine.isChattering)
      try #require(machine.suppression.rawValue & 3 != 3)
      for step in 1...3 {
        _ = machine.play(script.input(), at: start + .seconds(Int64(step)), plan: plan)
      }
      _ = machine.play(.time, at: start + CoreLimits.longestTime, plan: plan)
      try #require(!machine.isShelved)
      try #require(!machine.isChattering)
    }
  }

  private func anySpan(_ script: inout AlarmScript) -> TimeSpan {
    switch Int.random(in: 0..<4, using: &script.numbers) {
    case 0: TimeSpan(nanoseconds: .min)
    case 1: TimeSpan(nanoseconds: .max)
    case 2: script.seconds(-100...100)
    default: TimeSpan(nanoseconds: Int64.random(in: .min ... .max, using: &script.numbers))
    }
  }
}
