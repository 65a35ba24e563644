import Delivery
import DetectionCore
import FieldLog
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import Recording

/// The one time line that all starts of a gateway share, and what is moved along it.
@Suite struct RestartMomentTests {
  private let clock = HostClock()

  private func mark(
    boot: String = "this", lead: TimeSpan = .zero, secondsAgo: Int64, synchronized: Bool = true
  ) -> TimeLineMark {
    TimeLineMark(
      boot: boot, leadNs: lead.nanoseconds,
      timeNs: (clock.now + lead).nanoseconds - secondsAgo * 1_000_000_000,
      wallNs: clock.wallTime.nanosecondsSince1970 - secondsAgo * 1_000_000_000,
      synchronized: synchronized)
  }

  private func start(after mark: TimeLineMark?, newest: Instant? = nil, isSynchronized: Bool = true)
    -> RestartMoment
  {
    RestartMoment(
      after: mark, newest: newest, sinceBoot: clock.now,
      wallTime: WallTime(
        nanosecondsSince1970: clock.wallTime.nanosecondsSince1970, synchronized: isSynchronized),
      boot: "this")
  }

  @Test func theSameStartOfTheMachineGoesOnToTheNanosecond() {
    let start = start(after: mark(lead: .seconds(500), secondsAgo: 30), isSynchronized: false)
    #expect(start.lead == .seconds(500))
    #expect(start.isOutageKnown)
  }

  @Test func anotherStartGoesOnByTheWallClockWhereBothCouldBeTrusted() {
    let last = mark(boot: "other", lead: .seconds(9_000), secondsAgo: 30)
    let start = start(after: last)
    #expect(start.isOutageKnown)
    let outage = (start.instant - Instant(nanoseconds: last.timeNs)).seconds
    #expect(abs(outage - 30) < 1)
  }

  @Test(arguments: [(false, true, 30), (true, false, 30), (true, true, -30)])
  func elseNothingIsAddedAndThatIsSaid(before: Bool, now: Bool, secondsAgo: Int64) {
    let last = mark(boot: "other", secondsAgo: secondsAgo, synchronized: before)
    let start = start(after: last, isSynchronized: now)
    #expect(start.instant == Instant(nanoseconds: last.timeNs))
    #expect(!start.isOutageKnown)
  }

  @Test func itNeverGoesBack() {
    let newest = clock.now + .seconds(700)
    for last in [mark(secondsAgo: 3), mark(boot: "other", secondsAgo: 3), nil] {
      #expect(start(after: last, newest: newest).instant == newest)
    }
    #expect(start(after: nil).lead == .zero)
  }

  @Test func anOutputsTimeIsUsedUpWhereTheOutageIsNotKnown() throws {
    let site = try River.site()
    let lamp = try #require(site.description.outputs.first?.id)
    let on = SubjectState.output(OutputSnapshot(isOn: true, onTimeLeft: .seconds(100)))
    for (isKnown, left) in [(true, 70), (false, 0)] {
      let last = mark(boot: isKnown ? "this" : "other", secondsAgo: 30, synchronized: false)
      let message = StateMessage(
        on, of: 0, at: Instant(nanoseconds: last.timeNs),
        WallTime(nanosecondsSince1970: 0, synchronized: false))
      let restored = RestoredStates(
        [StoredState(kind: "output", id: lamp, value: message.encoded()), StoredState(last)],
        site: site, clock: clock, boot: "this")
      guard case .output(let snapshot)? = restored.states.first?.state else {
        Issue.record("the output was forgotten")
        continue
      }
      #expect(abs(snapshot.onTimeLeft.seconds - Double(left)) < 1, "\(isKnown)")
    }
  }
}
