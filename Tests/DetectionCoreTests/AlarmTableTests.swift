@testable import DetectionCore
import Testing

/// Every cell of the table at `AlarmCondition`, and what the cells that are not in it answer.
@Suite struct AlarmTableTests {
  enum Input: CaseIterable { case rise, fall, normal, acknowledge, reset, time }

  /// An alarm that stands in `condition`, at stage 2 of 3 if it is active.
  private func alarm(_ condition: AlarmCondition, latching: Bool) -> AlarmRun {
    var run = AlarmRun(plan: AlarmPlan(isLatching: latching))
    guard condition != .normal else { return run }
    _ = run.stage(2, at: 0)
    switch condition {
    case .acknowledged, .latched: _ = run.command(.acknowledge, at: 1)
    default: break
    }
    if !condition.isActive { _ = run.stage(0, at: 2) }
    #expect(run.machine.condition == condition)
    return run
  }

  private func outcome(of input: Input, in run: inout AlarmRun) -> String {
    let transitions =
      switch input {
      case .rise: run.stage(3, at: 10)
      case .fall: run.stage(1, at: 10)
      case .normal: run.stage(0, at: 10)
      case .acknowledge: run.command(.acknowledge, at: 10)
      case .reset: run.command(.reset, at: 10)
      case .time: run.pass(to: 1e6)
      }
    return transitions.isEmpty ? "-" : transitions.joined(separator: ", ")
  }

  private func check(_ table: [AlarmCondition: [Input: String]], latching: Bool) {
    for (condition, row) in table {
      #expect(row.count == Input.allCases.count)
      for (input, expected) in row {
        var run = alarm(condition, latching: latching)
        #expect(outcome(of: input, in: &run) == expected, "\(input) while \(condition)")
        let isActive = run.machine.condition.isActive
        #expect(isActive == (run.machine.stage > 0), "\(input) while \(condition)")
      }
    }
  }

  @Test func alarmWithoutLatch() {
    check(
      [
        .normal: [
          .rise: "raised 0>3 unacknowledged", .fall: "raised 0>1 unacknowledged", .normal: "-",
          .acknowledge: "refused nothingToAcknowledge", .reset: "refused nothingToReset",
          .time: "-",
        ],
        .unacknowledged: [
          .rise: "raised 2>3 unacknowledged", .fall: "cleared 2>1 unacknowledged",
          .normal: "cleared 2>0 returned", .acknowledge: "acknowledged 2>2 acknowledged",
          .reset: "refused nothingToReset", .time: "-",
        ],
        .acknowledged: [
          .rise: "raised 2>3 unacknowledged", .fall: "cleared 2>1 acknowledged",
          .normal: "cleared 2>0 normal", .acknowledge: "refused nothingToAcknowledge",
          .reset: "refused nothingToReset", .time: "-",
        ],
        .returned: [
          .rise: "raised 0>3 unacknowledged", .fall: "raised 0>1 unacknowledged", .normal: "-",
          .acknowledge: "acknowledged 0>0 normal", .reset: "refused nothingToReset", .time: "-",
        ],
      ], latching: false)
  }

  @Test func alarmWithLatch() {
    check(
      [
        .normal: [
          .rise: "raised 0>3 unacknowledged", .fall: "raised 0>1 unacknowledged", .normal: "-",
          .acknowledge: "refused nothingToAcknowledge", .reset: "refused nothingToReset",
          .time: "-",
        ],
        .unacknowledged: [
          .rise: "raised 2>3 unacknowledged", .fall: "cleared 2>1 unacknowledged",
          .normal: "cleared 2>0 returned", .acknowledge: "acknowledged 2>2 acknowledged",
          .reset: "refused stillActive", .time: "-",
        ],
        .acknowledged: [
          .rise: "raised 2>3 unacknowledged", .fall: "cleared 2>1 acknowledged",
          .normal: "cleared 2>0 latched", .acknowledge: "refused nothingToAcknowledge",
          .reset: "refused stillActive", .time: "-",
        ],
        .returned: [
          .rise: "raised 0>3 unacknowledged", .fall: "raised 0>1 unacknowledged", .normal: "-",
          .acknowledge: "acknowledged 0>0 latched", .reset: "refused notAcknowledged",
          .time: "-",
        ],
        .latched: [
          .rise: "raised 0>3 unacknowledged", .fall: "raised 0>1 unacknowledged", .normal: "-",
          .acknowledge: "refused nothingToAcknowledge", .reset: "reset 0>0 normal", .time: "-",
        ],
      ], latching: true)
  }

  @Test(arguments: [(false, "normal"), (true, "latched")])
  func alarmsThatAcknowledgeThemselvesOnReturn(isLatching: Bool, condition: String) {
    var run = AlarmRun(plan: AlarmPlan(acknowledgement: .onReturn, isLatching: isLatching))
    #expect(run.stage(1, at: 0) == ["raised 0>1 unacknowledged"])
    #expect(run.stage(0, at: 1) == ["cleared 1>0 \(condition)"])
    _ = run.stage(1, at: 2)
    #expect(run.command(.acknowledge, at: 3) == ["acknowledged 1>1 acknowledged"])
    #expect(run.stage(0, at: 4) == ["cleared 1>0 \(condition)"])
  }

  @Test func anAlarmThatIsStillActiveIsAnnouncedAgain() {
    var run = AlarmRun(plan: AlarmPlan(reAlarm: .seconds(600)))
    _ = run.stage(2, at: 0)
    _ = run.command(.acknowledge, at: 100)
    #expect(run.deadline == 600)
    #expect(run.pass(to: 599.9) == [])
    #expect(run.pass(to: 600) == ["reminded 2>2 unacknowledged"])
    #expect(run.stage(3, at: 700) == ["raised 2>3 unacknowledged"])
    #expect(run.deadline == 1_300, "a higher stage was an announcement")
    _ = run.stage(1, at: 800)
    #expect(run.deadline == 1_300, "a lower one was none")
    #expect(run.pass(to: 10_000) == ["reminded 1>1 unacknowledged"], "once, however late")
    #expect(run.deadline == 10_600)
    #expect(run.stage(0, at: 10_100) == ["cleared 1>0 returned"])
    #expect(run.deadline == nil)
  }

  /// The example at `AlarmMachine`.
  @Test func workedExample() {
    var run = AlarmRun(plan: AlarmPlan(isLatching: true, reAlarm: .seconds(600)))
    #expect(run.stage(1, at: 0) == ["raised 0>1 unacknowledged"])
    #expect(run.command(.acknowledge, at: 100) == ["acknowledged 1>1 acknowledged"])
    #expect(run.pass(to: 600) == ["reminded 1>1 unacknowledged"])
    #expect(run.command(.shelve, for: 300, at: 700) == ["shelved 1>1 unacknowledged silent"])
    #expect(run.stage(0, at: 800) == ["cleared 1>0 latched silent"])
    #expect(run.pass(to: 1_000) == ["unshelved 0>0 latched"])
    #expect(run.command(.reset, at: 1_100) == ["reset 0>0 normal"])
  }

  @Test(arguments: [DetectionCommand.Kind.stopOutput, .releaseOutput])
  func anAlarmIsNoOutput(kind: DetectionCommand.Kind) {
    var run = AlarmRun()
    #expect(run.command(kind, at: 0) == ["refused wrongSubject"])
  }
}
