internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import SiteConfiguration

/// The thread between the lane and the outbox: makes facts of what was decided, queues them for the store and
/// the destinations, and tells the views what is new. It never waits for a disk.
final class EventWriter: Sendable {
  private let outlets: LaneOutputs
  private let source: FactSource
  private let queue: FactQueue
  private let board: SharedStatus
  private let deliveries: [DeliveryThread]
  private let stop: StopFlag
  private let commandReceiver: CommandReceiver
  private let clock: any GatewayClock
  private let machineClock: any GatewayClock
  private let siteTexts: SiteTexts?
  /// Where the alarms stand in the beginning.
  private let alarms: [AlarmState]
  /// The values that destinations are given for keeping, as they stand in the beginning.
  private let observations: ObservationWriter
  private let onEvent: @Sendable (DetectionEvent, Fact) -> Void
  /// Raised when the lane's rings hold something new.
  let wake: GatheringWake

  init(
    outlets: LaneOutputs, source: FactSource, queue: FactQueue, board: SharedStatus,
    deliveries: [DeliveryThread], commandReceiver: CommandReceiver, clock: any GatewayClock,
    siteTexts: SiteTexts?, alarms: [AlarmState], observations: ObservationWriter, stop: StopFlag,
    machineClock: any GatewayClock = HostClock(),
    onEvent: @escaping @Sendable (DetectionEvent, Fact) -> Void
  ) throws(HostError) {
    self.outlets = outlets
    self.source = source
    self.queue = queue
    self.board = board
    self.deliveries = deliveries
    self.commandReceiver = commandReceiver
    self.clock = clock
    self.siteTexts = siteTexts
    self.alarms = alarms
    self.observations = observations
    self.stop = stop
    self.machineClock = machineClock
    self.onEvent = onEvent
    wake = try GatheringWake()
    outlets.lastCheckpoint.request()
  }

  /// The core's state on its way to the outbox: after the events that it knows of, and before the next one.
  fileprivate struct Checkpoint {
    /// The first event that it does not know of.
    var nextSequence: UInt64
    /// What is stored.
    var states: [StoredState]
  }

  /// What the writer works with from turn to turn.
  struct Workspace {
    fileprivate var readings: [AssessedReading] = []
    fileprivate var checkpoint: Checkpoint?
    /// When the next checkpoint is asked for.
    fileprivate var checkpointAt = Instant(nanoseconds: .min)
    /// The texts of the site, until they are stored.
    fileprivate var newTexts: SiteTexts?
    fileprivate var incidents: StandingIncidents
    fileprivate var observations: ObservationWriter
  }

  /// Works until the gateway stops and everything that the lane decided is queued.
  func run() {
    var space = makeWorkspace()
    while true {
      let stopping = stop.isRaised
      let next = turn(&space)
      if case .workOn = next { continue }
      if stopping {
        queueObservations(from: &space.observations, isEnd: true)
        queue.append(
          [], states: take(outlets.lastCheckpoint, with: &space.newTexts)?.states ?? [],
          at: machineClock.now)
        return
      }
      switch next {
      case .gather: wake.gather(for: RuntimeLimits.gatheringTime)
      case .workOn, .wait: waitForMore()
      }
    }
  }

  /// What the writer works with.
  func makeWorkspace() -> Workspace {
    Workspace(
      newTexts: siteTexts, incidents: StandingIncidents(alarms), observations: observations)
  }

  /// What the writer does after a turn.
  enum NextTurn {
    /// It takes another one at once.
    case workOn
    /// It takes one soon.
    case gather
    /// It takes one when the lane has something new.
    case wait
  }

  /// Passes on what the lane has left.
  func turn(_ space: inout Workspace) -> NextTurn {
    if machineClock.now >= space.checkpointAt {
      outlets.restartCheckpoint.request()
      space.checkpointAt = machineClock.now + RuntimeLimits.checkpointInterval
    }
    if space.checkpoint == nil {
      space.checkpoint = take(outlets.restartCheckpoint, with: &space.newTexts)
    }
    // First, so that the disk is at work while the rest is done.
    let hasQueued = queueEvents(at: machineClock.now, in: &space)
    let hasPassed = passReadings(&space.readings)
    if hasPassed { space.observations.take(space.readings) }
    queueObservations(from: &space.observations)
    let store = queue.watch(at: machineClock.now)
    if case .hung = store { noteHung() }
    if hasQueued { return .workOn }
    if case .busy = store { return .gather }
    return hasPassed ? .gather : .wait
  }

  /// What the lane left in `room`, with where the time line stands by now and, once, the texts of its site
  /// where the outbox does not keep them.
  private func take(_ room: CheckpointRoom, with newTexts: inout SiteTexts?) -> Checkpoint? {
    var bytes: [UInt8] = []
    guard let sequence = room.take(into: &bytes) else { return nil }
    var states = [
      StoredState(checkpoint: bytes), StoredState(TimeLineMark(clock, boot: source.boot)),
    ]
    if let texts = newTexts { states.append(StoredState(texts)) }
    newTexts = nil
    return Checkpoint(nextSequence: sequence, states: states)
  }

  private func noteHung() {
    let path = board.site.outbox.path
    board.update { $0.problems["outbox"] = GatewayProblem(FactStoreError.hung(path: path)) }
  }

  /// Waits until the lane has anything new, having come in vain.
  private func waitForMore() {
    wake.stopGathering()
    guard outlets.readings.count == 0, outlets.events.count == 0 else { return }
    wake.wait(timeout: .seconds(1))
  }

  /// Hands on all readings that wait; false where there is none.
  private func passReadings(_ readings: inout [AssessedReading]) -> Bool {
    readings.removeAll(keepingCapacity: true)
    while readings.count < RuntimeLimits.readingRing, let reading = outlets.readings.pop() {
      readings.append(reading)
    }
    guard !readings.isEmpty else { return false }
    board.update { status in for reading in readings { status.take(reading) } }
    for delivery in deliveries { delivery.offer(readings) }
    return true
  }

  /// Queues the values that destinations are given for keeping and that are due.
  private func queueObservations(from writer: inout ObservationWriter, isEnd: Bool = false) {
    for due in writer.takeDue(at: clock.now, clock.wallTime, isEnd: isEnd) {
      queue.append(
        due.facts, for: due.destination, state: due.state, at: machineClock.now)
    }
  }

  /// Queues the events that wait, with the states that they lead to, and the checkpoint at its place between
  /// them; false where there is nothing.
  private func queueEvents(at now: Instant, in space: inout Workspace) -> Bool {
    var events: [DecidedEvent] = []
    while events.count < WriteBehindQueue.batchLimit, let event = outlets.events.pop() {
      events.append(event)
    }
    guard let known = space.checkpoint else {
      return queue(events[...], of: &space.incidents, at: now)
    }
    let end = events.firstIndex { $0.event.sequence >= known.nextSequence } ?? events.count
    _ = queue(events[..<end], of: &space.incidents, at: now)
    if end < events.count || events.count < WriteBehindQueue.batchLimit {
      queue.append([], states: known.states, at: now)
      space.checkpoint = nil
    }
    _ = queue(events[end...], of: &space.incidents, at: now)
    return true
  }

  /// Queues `events`, with the states that they lead to; false where there is none.
  private func queue(
    _ events: ArraySlice<DecidedEvent>, of incidents: inout StandingIncidents, at now: Instant
  ) -> Bool {
    guard !events.isEmpty else { return false }
    var facts: [FactQueue.NewFact] = []
    var outcomes: [StoredState] = []
    for decided in events {
      let command = commandReceiver.command(decided.event.cause)
      let incident = incidents.take(decided.event, of: source)
      let fact = source.fact(decided, command: command, incident: incident)
      let alarm = source.alarm(after: decided, incident: incident)
      let outcome = commandReceiver.decide(by: decided.event, fact)
      facts.append(
        FactQueue.NewFact(
          fact: fact, alarm: alarm,
          command: outcome == nil ? nil : decided.event.cause))
      if let outcome { outcomes.append(outcome) }
    }
    // In one transaction with its event, so that a command that comes again after a power cut is done again
    // only where nothing of it is left.
    queue.append(
      facts, states: states(after: events, facts.compactMap(\.alarm)) + outcomes, at: now)
    board.update { status in
      for decided in events {
        let event = decided.event
        status.take(
          event, identifier: source.identifier(event.sequence),
          sentence: source.sentence(for: decided))
      }
    }
    for (decided, fact) in zip(events, facts) { onEvent(decided.event, fact.fact) }
    return true
  }

  private func states(after events: ArraySlice<DecidedEvent>, _ alarms: [AlarmState])
    -> [StoredState]
  {
    let names = SubjectNames(source.site)
    return events.compactMap { decided in
      decided.state.flatMap { names.stored($0, after: decided.event) }
    } + alarms.map(StoredState.init(originOf:))
  }
}
