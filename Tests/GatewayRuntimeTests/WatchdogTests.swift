import DetectionCore
import GatewayStatus
import LinuxHost
import SimulatedSite
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

@Suite struct WatchdogTests {
  private func seen(_ turns: [Int], waiting: Set<Int> = []) -> [WatchedThread] {
    zip(["lane", "events", "recorder", "bus field"], turns).enumerated().map { index, thread in
      WatchedThread(name: thread.0, turns: thread.1, mayStand: waiting.contains(index))
    }
  }

  @Test func whoTakesNoTurnFromOneLookToTheNextStandsStill() {
    var watchdog = Watchdog()
    let first = watchdog.look(at: seen([0, 0, 0, 0]))
    #expect(first == [])
    let allGoOn = watchdog.look(at: seen([1, 5, 1, 2]))
    #expect(allGoOn == [])
    let two = watchdog.look(at: seen([1, 6, 2, 2]))
    #expect(two == ["lane", "bus field"])
    let oneOfThem = watchdog.look(at: seen([1, 7, 3, 3]))
    #expect(oneOfThem == ["lane"])
    let wellAgain = watchdog.look(at: seen([2, 8, 4, 4]))
    #expect(wellAgain == [])
  }

  @Test func whoWaitsForADiskOrAnAnswerMayStand() {
    var watchdog = Watchdog()
    _ = watchdog.look(at: seen([3, 3, 3, 3]))
    for turns in 4...9 {
      let found = watchdog.look(at: seen([turns, turns, 3, 3], waiting: [2, 3]))
      #expect(found == [])
    }
    let later = watchdog.look(at: seen([10, 10, 3, 4]))
    #expect(later == ["recorder"])
  }

  @Test func aThreadMayStandUntilWhatItWaitsForIsDue() {
    let progress = ThreadProgress()
    let due = Instant(nanoseconds: 1_000)
    let before = Instant(nanoseconds: 999)
    #expect(!progress.sight("bus", at: before).mayStand)
    progress.standing(until: due) {
      #expect(progress.sight("bus", at: before).mayStand)
      #expect(!progress.sight("bus", at: due).mayStand)
    }
    #expect(!progress.sight("bus", at: before).mayStand)
    progress.takeTurn()
    #expect(progress.sight("bus", at: before).turns == 1)
  }

  /// Whoever is woken comes by; one that is held up is found, and nobody else.
  @Test func aGatewaysThreadsComeByExceptTheOneThatIsHeldUp() throws {
    var box = try RiverBox(River.site())
    let field = try box.connectField(level: River.wave())
    defer { field.end() }
    let hold = try WakeSignal()
    let (held, released) = (StopFlag(), StopFlag())
    let gateway = try Gateway(site: box.site, clock: box.clock) { _, _ in
      held.raise()
      while !released.isRaised { hold.wait(timeout: .seconds(60)) }
    }
    defer {
      released.raise()
      hold.raise()
      _ = gateway.stop()
    }
    #expect(waitUntil(60) { held.isRaised })
    let before = gateway.lookAtThreads()
    #expect(before.map(\.name).starts(with: ["lane", "events", "recorder", "bus field"]))
    var watchdog = Watchdog()
    _ = watchdog.look(at: before)
    // Each look asks all of them to come by until the next one.
    #expect(
      waitUntil(60) {
        var watchdog = watchdog
        return watchdog.look(at: gateway.lookAtThreads()) == ["events"]
      })
  }
}
