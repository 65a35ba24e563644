@testable import DetectionCore
import Testing

@Suite struct AlarmSuppressionTests {
  enum Kind: CaseIterable {
    case shelved, shelvedOnce, byDesign, outOfService

    /// What begins and what ends it, by its transitions.
    var words: (begin: String, end: String) {
      switch self {
      case .shelved, .shelvedOnce: ("shelved", "unshelved")
      case .byDesign: ("suppressed", "resumed")
      case .outOfService: ("outOfService", "inService")
      }
    }

    func begin(_ run: inout AlarmRun, at seconds: Double) -> [String] {
      switch self {
      case .shelved: run.command(.shelve, for: 1_000, at: seconds)
      case .shelvedOnce: run.command(.shelveOnce, for: 1_000, at: seconds)
      case .byDesign: run.suppress(true, at: seconds)
      case .outOfService: run.command(.takeOutOfService, at: seconds)
      }
    }

    func end(_ run: inout AlarmRun, at seconds: Double) -> [String] {
      switch self {
      case .shelved, .shelvedOnce: run.command(.unshelve, at: seconds)
      case .byDesign: run.suppress(false, at: seconds)
      case .outOfService: run.command(.returnToService, at: seconds)
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func anActiveAlarmIsSilentAndThenAnnouncedAgain(kind: Kind) {
    var run = AlarmRun(plan: AlarmPlan(reAlarm: .seconds(100)))
    _ = run.stage(2, at: 0)
    _ = run.command(.acknowledge, at: 1)
    #expect(run.machine.isStanding && run.machine.announcedStage == 2)
    #expect(kind.begin(&run, at: 2) == ["\(kind.words.begin) 2>2 acknowledged silent"])
    #expect(!run.machine.isStanding && run.machine.announcedStage == 0)
    #expect(run.stage(3, at: 3) == ["raised 2>3 unacknowledged silent"])
    #expect(run.command(.acknowledge, at: 4) == ["acknowledged 3>3 acknowledged silent"])
    #expect(run.pass(to: 500) == [], "nobody is reminded of it")
    #expect(
      kind.end(&run, at: 600)
        == ["\(kind.words.end) 3>3 unacknowledged", "reminded 3>3 unacknowledged"])
    #expect(run.machine.isStanding && run.machine.announcedStage == 3)
    #expect(run.deadline == 700)
  }

  @Test(arguments: [Kind.shelved, .byDesign, .outOfService])
  func anAlarmThatReturnsMeanwhileNeedsNoAcknowledgement(kind: Kind) {
    for isLatching in [false, true] {
      let rest = isLatching ? "latched" : "normal"
      var run = AlarmRun(plan: AlarmPlan(isLatching: isLatching))
      _ = kind.begin(&run, at: 0)
      #expect(run.stage(1, at: 1) == ["raised 0>1 unacknowledged silent"])
      #expect(run.stage(0, at: 2) == ["cleared 1>0 \(rest) silent"])
      #expect(kind.end(&run, at: 3) == ["\(kind.words.end) 0>0 \(rest)"])
    }
  }

  @Test(arguments: Kind.allCases)
  func anAlarmThatHadReturnedBeforeIsAtRestAfterwards(kind: Kind) {
    for isLatching in [false, true] {
      let rest = isLatching ? "latched" : "normal"
      var run = AlarmRun(plan: AlarmPlan(isLatching: isLatching))
      _ = run.stage(1, at: 0)
      _ = run.stage(0, at: 1)
      #expect(kind.begin(&run, at: 2) == ["\(kind.words.begin) 0>0 returned silent"])
      #expect(kind.end(&run, at: 3) == ["\(kind.words.end) 0>0 \(rest)"])
    }
  }

  @Test func timedShelvingLastsHoweverOftenTheAlarmComes() {
    var run = AlarmRun()
    _ = run.command(.shelve, for: 100, at: 0)
    for second in stride(from: 1.0, to: 99, by: 2) {
      #expect(run.stage(1, at: second) == ["raised 0>1 unacknowledged silent"])
      #expect(run.stage(0, at: second + 1) == ["cleared 1>0 normal silent"])
    }
    #expect(run.deadline == 100)
    #expect(run.pass(to: 100) == ["unshelved 0>0 normal"])
    #expect(run.deadline == nil)
  }

  @Test func oneShotShelvingEndsWhenTheAlarmReturns() {
    var run = AlarmRun()
    #expect(run.command(.shelveOnce, for: 100, at: 0) == ["shelved 0>0 normal silent"])
    #expect(run.stage(2, at: 1) == ["raised 0>2 unacknowledged silent"])
    #expect(run.stage(1, at: 2) == ["cleared 2>1 unacknowledged silent"])
    #expect(run.stage(0, at: 3) == ["cleared 1>0 normal silent", "unshelved 0>0 normal"])
    #expect(run.stage(1, at: 4) == ["raised 0>1 unacknowledged"])
  }

  @Test func oneShotShelvingEndsByItsTimeToo() {
    var run = AlarmRun(plan: AlarmPlan(longestShelving: .seconds(50)))
    _ = run.stage(1, at: 0)
    _ = run.command(.shelveOnce, at: 10)
    #expect(run.deadline == 60, "without a time: the longest")
    #expect(
      run.pass(to: 60) == ["unshelved 1>1 unacknowledged", "reminded 1>1 unacknowledged"])
  }

  @Test func onlyTheLastSuppressionsEndAnnounces() {
    var run = AlarmRun()
    _ = run.stage(1, at: 0)
    for (second, kind) in [Kind.shelved, .byDesign, .outOfService].enumerated() {
      _ = kind.begin(&run, at: Double(second))
    }
    #expect(run.machine.suppression.rawValue == 13)
    #expect(Kind.shelved.end(&run, at: 10) == ["unshelved 1>1 unacknowledged silent"])
    #expect(Kind.outOfService.end(&run, at: 11) == ["inService 1>1 unacknowledged silent"])
    #expect(
      Kind.byDesign.end(&run, at: 12)
        == ["resumed 1>1 unacknowledged", "reminded 1>1 unacknowledged"])
  }

  @Test func shelvingAnewReplacesTheOldShelving() {
    var run = AlarmRun()
    _ = run.command(.shelveOnce, for: 1_000, at: 0)
    #expect(run.command(.shelve, for: 60, at: 10) == ["shelved 0>0 normal silent"])
    #expect(run.machine.suppression == .shelved && run.deadline == 70)
    _ = run.stage(1, at: 20)
    #expect(run.stage(0, at: 30) == ["cleared 1>0 normal silent"], "no one-shot any more")
  }

  @Test func aStageThatMayNotBeShelvedComesThrough() {
    var run = AlarmRun(plan: AlarmPlan(highestShelvedStage: 2))
    _ = run.stage(1, at: 0)
    _ = run.command(.shelve, for: 1_000, at: 1)
    #expect(run.stage(2, at: 2) == ["raised 1>2 unacknowledged silent"])
    #expect(
      run.stage(3, at: 3) == ["unshelved 2>2 unacknowledged", "raised 2>3 unacknowledged"])
    #expect(run.command(.shelve, for: 10, at: 4) == ["refused stageTooHigh"])
    #expect(run.command(.shelveOnce, at: 5) == ["refused stageTooHigh"])
    _ = run.suppress(true, at: 6)
    #expect(run.stage(4, at: 7) == ["raised 3>4 unacknowledged silent"], "not shelving alone")
  }

  @Test func whatMakesNoSenseIsRefused() {
    var run = AlarmRun(plan: AlarmPlan(longestShelving: .seconds(100)))
    #expect(run.command(.shelve, for: 101, at: 0) == ["refused durationOutOfRange"])
    #expect(run.command(.shelve, for: 0, at: 0) == ["refused durationOutOfRange"])
    #expect(run.command(.shelve, for: -1, at: 0) == ["refused durationOutOfRange"])
    #expect(run.command(.shelveOnce, for: 101, at: 0) == ["refused durationOutOfRange"])
    #expect(run.command(.unshelve, at: 0) == ["refused notShelved"])
    #expect(run.command(.returnToService, at: 0) == ["refused notOutOfService"])
    #expect(run.command(.shelve, for: 100, at: 0) == ["shelved 0>0 normal silent"])
    #expect(run.command(.takeOutOfService, at: 0) == ["outOfService 0>0 normal silent"])
    #expect(run.command(.takeOutOfService, at: 0) == ["refused alreadyOutOfService"])
    let answer = run.machine.take(
      DetectionCommand(number: 7, kind: .reset, subject: 0), at: run.now, plan: run.plan)
    #expect(!answer[0].isSuppressed, "answers are heard while the alarm is silent")
    #expect(run.suppress(false, at: 0) == [], "it was not suppressed")
    var never = AlarmRun(plan: AlarmPlan(longestShelving: .zero))
    #expect(never.command(.shelveOnce, at: 0) == ["refused durationOutOfRange"])
  }
}
