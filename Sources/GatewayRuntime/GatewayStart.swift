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
  /// What an edit of the site file ended since the last start.
  let edit: SiteEdit
  /// What the core goes on from.
  let restoration: RestoredStates
  /// What the outbox holds of states.
  let states: [StoredState]
  /// The gateway's clock: the machine's, on the time line that all starts share.
  let clock: HostClock
  /// Where the alarms stand.
  let alarms: [AlarmState]
  /// When it began.
  let wallTime: WallTime

  /// Opens the outbox of `site` and counts this start.
  ///
  /// - Throws: `FactStoreError` where a person has to change something first, or `HostError`.
  init(of site: Site, clock: HostClock) throws {
    self.site = site
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
    restoration = RestoredStates(states, site: site, clock: clock, boot: machineBoot)
    let start = restoration.start
    self.clock = clock.ahead(by: start.lead)
    wallTime = start.wallTime
    source = FactSource(
      site: site.description, session: identity, boot: machineBoot, lead: start.lead)
    edit = SiteEdit(from: states, for: source, at: start)
    self.states = states
    alarms = restoration.alarms(
      of: site.description, states, since: source.time(start.instant, start.wallTime))
  }

  /// How facts are written for the destination of `plan`.
  func format(of plan: DestinationPlan) -> any PayloadFormat {
    plan.format.format(
      for: Speaker(
        site: site.description, session: identity, version: nomoriVersion,
        topics: plan.topics(of: site.description.id), operators: plan.operators,
        memory: plan.memory(in: states), observations: plan.observations))
  }

  /// What destinations are given of values for keeping, going on from where an earlier start has left it.
  var observations: ObservationWriter {
    ObservationWriter(
      site.destinations, source: source, states: states,
      isOutageKnown: restoration.start.isOutageKnown,
      start: source.time(restoration.start.instant, restoration.start.wallTime))
  }

  /// The site's texts, where the outbox does not keep them as they are now.
  var newTexts: SiteTexts? { restoration.isEdited ? SiteTexts(of: site) : nil }

  /// The core's plan, its events counted on from what was told already.
  var detection: DetectionPlan {
    var plan = site.detection
    plan.firstSequence += UInt64(edit.facts.count)
    return plan
  }

  /// What the recording says of itself. It begins with a checkpoint where the site file and the states alone
  /// would not give the same core.
  var recordingOrigin: RecordingOrigin {
    RecordingOrigin(
      site: site, version: nomoriVersion, session: identity, states: restoration.messages,
      beginsWithCheckpoint: restoration.isContinuation || !edit.facts.isEmpty)
  }

  /// The queue that goes on where the outbox ends.
  func makeQueue() throws(HostError) -> FactQueue {
    try FactQueue(
      last: store?.lastPosition ?? WriteBehindQueue.withoutStore(session: identity.number),
      backlog: store?.backlog ?? site.destinations.map { _ in 0 }, states: states)
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
