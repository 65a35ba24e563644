@testable import DetectionCore
import Testing

@Suite struct AlarmChatterTests {
  private func chattering() -> AlarmRun {
    var run = AlarmRun(plan: AlarmPlan(chatter: ChatterPlan()))
    for second in [0.0, 20, 40] {
      _ = run.stage(1, at: second)
      if second < 40 { _ = run.stage(0, at: second + 10) }
    }
    #expect(run.machine.isChattering)
    return run
  }

  /// The example at `ChatterWatch`.
  @Test func workedExample() {
    var run = AlarmRun(plan: AlarmPlan(chatter: ChatterPlan()))
    #expect(run.stage(1, at: 0) == ["raised 0>1 unacknowledged"])
    #expect(run.stage(0, at: 10) == ["cleared 1>0 returned"])
    #expect(run.stage(1, at: 20) == ["raised 0>1 unacknowledged"])
    #expect(run.stage(0, at: 30) == ["cleared 1>0 returned"])
    #expect(
      run.stage(1, at: 40)
        == ["raised 0>1 unacknowledged", "chatterBegan 1>1 unacknowledged"])
    #expect(run.stage(0, at: 50) == [])
    #expect(run.deadline == 110)
    var steady = run
    #expect(
      run.pass(to: 110) == ["cleared 1>0 returned", "chatterEnded 0>0 returned (0)"])
    #expect(steady.stage(1, at: 70) == [])
    #expect(steady.pass(to: 129.9) == [])
    #expect(steady.pass(to: 130) == ["chatterEnded 1>1 unacknowledged (1)"])
    #expect(steady.stage(0, at: 131) == ["cleared 1>0 returned"], "no longer held back")
  }

  @Test func raisesAMinuteApartAreNoChatter() {
    var run = AlarmRun(plan: AlarmPlan(chatter: ChatterPlan()))
    for second in [0.0, 30, 60, 90, 120] {
      #expect(run.stage(1, at: second) == ["raised 0>1 unacknowledged"])
      #expect(run.stage(0, at: second + 1) == ["cleared 1>0 returned"])
    }
    #expect(run.stage(1, at: 149.9).count == 2, "a little less than a minute is")
  }

  @Test func changesAboveNormalAreNoChatter() {
    var run = AlarmRun(plan: AlarmPlan(chatter: ChatterPlan()))
    for second in 0..<20 { _ = run.stage(second % 2 == 0 ? 1 : 2, at: Double(second)) }
    #expect(!run.machine.isChattering)
  }

  @Test func whatRisesIsNeverHeldBack() {
    var run = chattering()
    _ = run.command(.acknowledge, at: 41)
    _ = run.stage(0, at: 45)
    #expect(run.stage(2, at: 50) == ["raised 1>2 unacknowledged"])
    _ = run.command(.acknowledge, at: 51)
    _ = run.stage(0, at: 52)
    #expect(run.stage(1, at: 53) == ["cleared 2>1 acknowledged"], "a lower stage is no return")
    #expect(run.stage(2, at: 54) == ["raised 1>2 unacknowledged"])
    _ = run.stage(0, at: 60)
    #expect(
      run.pass(to: 120) == ["cleared 2>0 returned", "chatterEnded 0>0 returned (2)"])
    #expect(run.stage(1, at: 121) == ["raised 0>1 unacknowledged"])
  }

  @Test func whoHasAcknowledgedHearsNothingOfChatter() {
    var run = chattering()
    _ = run.command(.acknowledge, at: 41)
    for second in stride(from: 45.0, to: 400, by: 20) {
      #expect(run.stage(0, at: second) == [])
      #expect(run.stage(1, at: second + 10) == [])
    }
    _ = run.stage(0, at: 400)
    #expect(run.pass(to: 460) == ["cleared 1>0 normal", "chatterEnded 0>0 normal (18)"])
  }

  @Test func oneShotShelvingOutlastsReturnsThatAreHeldBack() {
    var run = chattering()
    _ = run.command(.shelveOnce, for: 1_000, at: 41)
    _ = run.stage(0, at: 50)
    #expect(run.machine.suppression == .shelvedOnce)
    #expect(
      run.pass(to: 110)
        == ["cleared 1>0 normal silent", "unshelved 0>0 normal", "chatterEnded 0>0 normal (0)"])
  }

  @Test func theSameStageOnceMoreChangesNothing() {
    var run = chattering()
    #expect(run.stage(1, at: 45) == [])
    _ = run.stage(0, at: 50)
    for second in [60.0, 90, 109] { #expect(run.stage(0, at: second) == []) }
    #expect(run.deadline == 110, "the hold does not begin anew")
  }

  @Test func aReminderComesWhileAReturnIsHeldBack() {
    var run = chattering()
    run.plan.reAlarm = .seconds(30)
    _ = run.stage(0, at: 65)
    #expect(run.deadline == 70)
    #expect(run.pass(to: 70) == ["reminded 1>1 unacknowledged"])
  }

  @Test func aPlanWithoutChatterEndsIt() {
    var run = chattering()
    _ = run.stage(0, at: 50)
    run.plan.chatter = nil
    #expect(
      run.pass(to: 51) == ["cleared 1>0 returned", "chatterEnded 0>0 returned (0)"])
  }

  @Test(arguments: [2, 5, 16] as [UInt8])
  func asManyRaisesAsThePlanAsksFor(raises: UInt8) {
    var run = AlarmRun(plan: AlarmPlan(chatter: ChatterPlan(raises: raises)))
    for number in 1...raises {
      let isLast = number == raises
      #expect(run.stage(1, at: Double(number) * 2).count == (isLast ? 2 : 1), "raise \(number)")
      _ = run.stage(0, at: Double(number) * 2 + 1)
    }
  }
}
