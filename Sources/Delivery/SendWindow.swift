import DetectionCore

/// What was sent and is not acknowledged, in the order of sending: at most `DeliveryLimits.window` messages.
struct SendWindow {
  private struct Sent {
    var packet: PacketNumber
    var item: OutgoingQueue.Item
    var deadline: Instant
  }

  private var sent: [Sent] = []

  var hasRoom: Bool { sent.count < DeliveryLimits.window }
  /// When the oldest has to be acknowledged.
  var deadline: Instant? { sent.first?.deadline }

  /// True while a status is not acknowledged.
  var holdsStatus: Bool {
    sent.contains { if case .status = $0.item { true } else { false } }
  }

  /// True while something that was announced is not acknowledged.
  var holdsAnnouncement: Bool {
    sent.contains { if case .announcement = $0.item { true } else { false } }
  }

  /// True while an observation is not acknowledged.
  var holdsObservation: Bool {
    sent.contains {
      if case .fact(let fact) = $0.item { fact.entry.fact.isObservation } else { false }
    }
  }

  /// True while a message of the fact at `position` is not acknowledged.
  func holds(_ position: OutboxPosition) -> Bool {
    sent.contains {
      if case .fact(let fact) = $0.item { fact.entry.position == position } else { false }
    }
  }

  mutating func add(_ item: OutgoingQueue.Item, as packet: PacketNumber, at now: Instant) {
    sent.append(
      Sent(packet: packet, item: item, deadline: now + DeliveryLimits.acknowledgeTimeout))
  }

  /// Takes out what was sent as `packet`; nil where nothing was.
  mutating func remove(_ packet: PacketNumber) -> OutgoingQueue.Item? {
    sent.firstIndex { $0.packet == packet }.map { sent.remove(at: $0).item }
  }

  /// What is acknowledged of the fact at `position` means nothing any more.
  mutating func forget(_ position: OutboxPosition) {
    sent.removeAll {
      if case .fact(let fact) = $0.item { fact.entry.position == position } else { false }
    }
  }

  /// Takes everything out.
  mutating func removeAll() -> [OutgoingQueue.Item] {
    defer { sent.removeAll(keepingCapacity: true) }
    return sent.map(\.item)
  }
}
