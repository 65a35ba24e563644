internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost

/// The thread between the lane and the outbox: commits every event before anything is sent, and
/// tells the destinations and the views what is new.
///
/// While the store refuses, events wait here and in the lane's ring, in order; none is given up.
final class EventWriter: Sendable {
  private let outlets: LaneOutputs
  private let payloads: PayloadWriter
  private let store: any EventStore
  private let board: SharedStatus
  private let deliveries: [DeliveryThread]
  private let stop: StopFlag
  private let commandReceiver: CommandReceiver
  private let onEvent: @Sendable (DetectionEvent, OutboxEvent) -> Void
  /// Raised when the lane's rings hold something new.
  let wake: GatheringWake

  init(
    outlets: LaneOutputs, payloads: PayloadWriter, store: any EventStore, board: SharedStatus,
    deliveries: [DeliveryThread], commandReceiver: CommandReceiver, stop: StopFlag,
    onEvent: @escaping @Sendable (DetectionEvent, OutboxEvent) -> Void
  ) throws(HostError) {
    self.outlets = outlets
    self.payloads = payloads
    self.store = store
    self.board = board
    self.deliveries = deliveries
    self.commandReceiver = commandReceiver
    self.stop = stop
    self.onEvent = onEvent
    wake = try GatheringWake()
  }

  /// Works until the gateway stops and everything that the lane decided is committed; what the
  /// store still refuses then is lost, and counted.
  func run() {
    var waiting: [DecidedEvent] = []
    var readings: [AssessedReading] = []
    while true {
      let stopping = stop.isRaised
      let hasPassed = passReadings(&readings)
      while waiting.count < Self.batchLimit, let event = outlets.events.pop() {
        waiting.append(event)
      }
      commit(&waiting)
      let isIdle = waiting.isEmpty && outlets.events.count == 0
      if stopping && (isIdle || !waiting.isEmpty) {
        outlets.lostEvents.add(waiting.count + outlets.events.count)
        return
      }
      if !waiting.isEmpty {
        wake.gather(for: .milliseconds(200))
      } else if isIdle {
        if hasPassed { wake.gather(for: RuntimeLimits.gatheringTime) } else { waitForMore() }
      }
    }
  }

  /// Waits until the lane has anything new, having come in vain.
  private func waitForMore() {
    wake.stopGathering()
    guard outlets.readings.count == 0, outlets.events.count == 0 else { return }
    wake.wait(timeout: .seconds(1))
  }

  /// As many events as are committed in one transaction.
  private static let batchLimit = 256

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

  /// Commits the oldest of `waiting`, as many as the store has room for, and takes them out.
  private func commit(_ waiting: inout [DecidedEvent]) {
    guard !waiting.isEmpty else { return }
    var refusal: EventStoreError?
    var count = waiting.count
    while count > 0 {
      let events = Array(waiting.prefix(count))
      let outgoing = events.map {
        payloads.event($0, command: commandReceiver.command($0.event.cause))
      }
      do throws(EventStoreError) {
        try store.append(outgoing, states: states(after: events))
        waiting.removeFirst(count)
        announce(events, outgoing)
        break
      } catch {
        refusal = error
        // A store that is nearly full may have room for fewer.
        guard case .full = error else { break }
        count /= 2
      }
    }
    board.update { $0.problems["outbox"] = refusal.map { GatewayProblem($0) } }
  }

  private func states(after events: [DecidedEvent]) -> [StoredState] {
    let names = SubjectNames(payloads.site)
    return events.compactMap { decided in
      decided.state.flatMap { names.stored($0, after: decided.event) }
    }
  }

  private func announce(_ events: [DecidedEvent], _ outgoing: [OutboxEvent]) {
    board.update { status in
      status.committedCount += events.count
      for event in events.lazy.map(\.event) {
        status.take(
          event, identifier: payloads.identifier(event.sequence),
          sentence: payloads.sentence(for: event))
      }
    }
    for (decided, message) in zip(events, outgoing) { onEvent(decided.event, message) }
    let alarms = events.compactMap(payloads.alarm(after:))
    for delivery in deliveries { delivery.offerEvents(alarms: alarms) }
  }
}
