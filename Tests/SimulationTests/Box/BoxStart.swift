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
  let clock: BoxFieldClock
  let edit: SiteEdit
  let alarms: [AlarmState]
  let commands: [StoredState]
  private(set) var states: [StoredState] = []

  init(of site: Site, world: BoxWorld) {
    backlog = site.destinations.map { _ in 0 }
    let recorded = world.log.highestSession
    var identity = SessionIdentity(epoch: world.randomEpoch(), number: recorded + 1)
    last = WriteBehindQueue.withoutStore(session: identity.number)
    if world.diskHangsUntil == nil, let opened = try? world.store.open() {
      isStoreOpen = true
      (last, backlog) = opened
      states = (try? world.store.states()) ?? []
      if let counted = try? world.store.beginSession(above: recorded) { identity = counted }
    }
    restoration = RestoredStates(states, site: site, clock: world.clock, boot: world.boot)
    let start = restoration.start
    clock = BoxFieldClock(machine: world.clock, lead: start.lead)
    source = FactSource(
      site: site.description, session: identity, boot: world.boot, lead: start.lead)
    edit = SiteEdit(from: states, for: source, at: start)
    commands = states.filter { $0.kind == StoredState.command }
    alarms = restoration.alarms(
      of: site.description, states, since: source.time(start.instant, start.wallTime))
  }
}
