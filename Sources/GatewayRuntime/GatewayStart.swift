internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import OutboxStore
internal import Recording
internal import SiteConfiguration

/// What a start of a gateway finds of the one before, and what its own facts are called by. A disk that fails
/// or does not answer keeps no gateway from starting: then it has a name of its own, and no states.
struct GatewayStart {
  private let site: Site
  /// The outbox, which may open later.
  let opening: OutboxOpening
  private let store: Outbox?
  /// What the facts of this start are called by.
  let identity: SessionIdentity
  /// Makes them.
  let source: FactSource
  /// How they are written.
  let format: any PayloadFormat
  /// What the rules, sensors and outputs go on from.
  let restoration: RestoredStates
  /// What became of the last commands.
  let commands: [StoredState]
  /// Where the alarms stand.
  let alarms: [AlarmState]
  /// When it began.
  let wallTime: WallTime

  /// Opens the outbox of `site` and counts this start.
  ///
  /// - Throws: `FactStoreError` where a person has to change something first, or `HostError`.
  init(of site: Site, clock: HostClock) throws {
    self.site = site
    let start = clock.now
    wallTime = clock.wallTime
    opening = OutboxOpening(
      settings: site.outbox, destinations: site.destinations.map(\.id))
    store = try opening.open(within: RuntimeLimits.openingTime)
    let recorded = highestRecordedSession(in: site.recording.folder, of: site.description.id)
    var identity = SessionIdentity(epoch: SessionIdentity.randomEpoch(), number: recorded + 1)
    var states: [StoredState] = []
    if let store {
      do throws(FactStoreError) {
        states = try store.states()
        identity = try store.beginSession(above: recorded)
      } catch {
        if error.recovery == .refuseStart { throw error }
      }
    }
    self.identity = identity
    source = FactSource(site: site.description, session: identity, boot: machineBoot)
    format = NativeFormat(
      site: site.description, session: identity, version: nomoriVersion)
    commands = states.filter { $0.kind == StoredState.command }
    restoration = RestoredStates(states, site: site.description, at: start, wallTime)
    alarms = restoration.alarms(
      of: site.description, states,
      since: FactTime(
        boot: machineBoot, monotonicNs: start.nanoseconds,
        wallNs: wallTime.nanosecondsSince1970, synchronized: wallTime.synchronized))
  }

  /// The queue that goes on where the outbox ends.
  func makeQueue() throws(HostError) -> FactQueue {
    try FactQueue(
      last: store?.lastPosition ?? WriteBehindQueue.withoutStore(session: identity.number),
      backlog: store?.backlog ?? site.destinations.map { _ in 0 })
  }

  /// The status, with what of an earlier run is to be known.
  func makeBoard(keepsTraces: Bool) -> SharedStatus {
    let board = SharedStatus(site: site, keepsTraces: keepsTraces)
    board.update { status in
      status.begin(with: restoration.states)
      if let damaged = store?.damagedFile {
        status.problems["outbox file"] =
          GatewayProblem(
            "outboxBegunAnew", detail: damaged,
            "was damaged and is begun anew; the old one: \(damaged)")
      }
      for forgotten in store?.forgotten ?? [] {
        status.problems["outbox of \(forgotten.destination)"] =
          GatewayProblem(
            "outboxForgotten", detail: "\(forgotten.destination): \(forgotten.count)",
            "the site file no longer names this destination: \(forgotten.count) events for it were dropped"
          )
      }
    }
    return board
  }
}
