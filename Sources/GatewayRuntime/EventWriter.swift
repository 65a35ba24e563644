internal import Delivery
internal import DetectionCore
internal import LinuxHost

/// The thread between the lane and the outbox: commits every event before anything is sent, and
/// tells the destinations and the views what is new.
///
/// While the store refuses, events wait here and in the lane's ring, in order; none is given up.
final class EventWriter: Sendable {
  private let outlets: LaneOutlets
  private let payloads: PayloadWriter
  private let store: any EventStore
  private let board: StatusBoard
  private let deliveries: [DeliveryThread]
  private let stop: StopFlag
  private let onEvent: @Sendable (DetectionEvent, OutboxEvent) -> Void
  /// Raised when the lane's rings hold something new.
  let wake: WakeSignal

  init(
    outlets: LaneOutlets, payloads: PayloadWriter, store: any EventStore, board: StatusBoard,
    deliveries: [DeliveryThread], stop: StopFlag,
    onEvent: @escaping @Sendable (DetectionEvent, OutboxEvent) -> Void
  ) throws(HostError) {
    self.outlets = outlets
    self.payloads = payloads
    self.store = store
    self.board = board
    self.deliveries = deliveries
    self.stop = stop
    self.onEvent = onEvent
    wake = try WakeSignal()
  }

  /// Works until the gateway stops and everything that the lane decided is committed, or the store
  /// still refuses at the end.
  func run() {
    var waiting: [DetectionEvent] = []
    while true {
      let stopping = stop.isRaised
      passReadings()
      while waiting.count < Self.batchLimit, let event = outlets.events.pop() {
        waiting.append(event)
      }
      if commit(waiting) {
        waiting.removeAll(keepingCapacity: true)
      }
      let isIdle = waiting.isEmpty && outlets.events.count == 0
      if stopping && (isIdle || !waiting.isEmpty) { return }
      if isIdle {
        wake.wait(timeout: .seconds(1))
      } else if !waiting.isEmpty {
        wake.wait(timeout: .milliseconds(200))
      }
    }
  }

  /// As many events as are committed in one transaction.
  private static let batchLimit = 256

  private func passReadings() {
    var readings: [AssessedReading] = []
    while readings.count < RuntimeLimits.readingRing, let reading = outlets.readings.pop() {
      readings.append(reading)
    }
    guard !readings.isEmpty else { return }
    board.update { status in for reading in readings { status.take(reading) } }
    for delivery in deliveries { delivery.offer(readings) }
  }

  private func commit(_ events: [DetectionEvent]) -> Bool {
    guard !events.isEmpty else { return true }
    let outgoing = events.map { payloads.event($0) }
    do {
      try store.append(outgoing)
    } catch {
      board.update { $0.problems["outbox"] = "\(error)" }
      return false
    }
    board.update { status in
      status.problems["outbox"] = nil
      status.committedCount += events.count
      for event in events {
        status.take(
          GatewayStatus.Event(
            event: event, identifier: payloads.identifier(event.sequence),
            sentence: payloads.sentence(for: event)))
      }
    }
    for (event, message) in zip(events, outgoing) { onEvent(event, message) }
    for delivery in deliveries { delivery.offer(events) }
    return true
  }
}
