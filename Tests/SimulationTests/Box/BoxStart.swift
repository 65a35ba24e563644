import Delivery
import DetectionCore
import FieldSimulation
import LinuxHost
import SiteConfiguration

@testable import GatewayRuntime

/// What a start finds of the one before: `GatewayStart` on a simulated outbox.
struct BoxStart {
  var isStoreOpen = false
  var last: OutboxPosition
  var backlog: [Int]
  let source: FactSource
  let restoration: RestoredStates
  let alarms: [AlarmState]
  let commands: [StoredState]

  init(of site: Site, world: BoxWorld) throws {
    let clock = world.clock
    let start = clock.now
    let wallTime = clock.wallTime
    backlog = site.destinations.map { _ in 0 }
    let recorded = world.log.highestSession
    var identity = SessionIdentity(epoch: world.randomEpoch(), number: recorded + 1)
    last = WriteBehindQueue.withoutStore(session: identity.number)
    var states: [StoredState] = []
    if world.diskHangsUntil == nil, let opened = try? world.store.open() {
      isStoreOpen = true
      (last, backlog) = opened
      states = (try? world.store.states()) ?? []
      if let counted = try? world.store.beginSession(above: recorded) { identity = counted }
    }
    source = FactSource(site: site.description, session: identity, boot: world.boot)
    commands = states.filter { $0.kind == StoredState.command }
    restoration = RestoredStates(states, site: site.description, at: start, wallTime)
    alarms = restoration.alarms(
      of: site.description, states,
      since: FactTime(
        boot: world.boot, monotonicNs: start.nanoseconds, wallNs: wallTime.nanosecondsSince1970,
        synchronized: wallTime.synchronized))
  }
}
