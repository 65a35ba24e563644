public import DetectionCore

/// What a broker of MQTT 3.1.1 has kept and cannot forget by itself: MQTT 5 gives a retained message
/// its time, here an empty message in its place has to end it.
///
/// Holds one entry for each topic that was published with a time, so it is bounded by the points.
public struct RetainedExpiry: Sendable {
  private struct Entry {
    var topic: String
    var label: PayloadLabel
    var deadline: Instant
  }

  private var entries: [Entry] = []
  /// No entry is due before; later than that once entries were renewed.
  private var earliest = Instant(nanoseconds: .max)

  /// Makes a table of nothing.
  public init() {}

  /// True while nothing is kept that has a time.
  public var isEmpty: Bool { entries.isEmpty }

  /// The broker may still keep what an earlier run has published on the topics of `messages`: it has their time
  /// from now on.
  public mutating func mayKeep(_ messages: [MQTTMessage], at now: Instant) {
    for message in messages where !entries.contains(where: { $0.topic == message.topic }) {
      published(message, isForgotten: false, at: now)
    }
  }

  /// `message`, with its whole topic, was handed over; `isForgotten` where the broker will forget it by
  /// itself.
  public mutating func published(_ message: MQTTMessage, isForgotten: Bool, at now: Instant) {
    guard message.isRetained else { return }
    let place = entries.firstIndex { $0.topic == message.topic }
    guard let seconds = message.expirySeconds, !isForgotten, !message.payload.isEmpty else {
      if let place { entries.remove(at: place) }
      return
    }
    let deadline = now + .seconds(Int64(seconds))
    earliest = min(earliest, deadline)
    if let place {
      entries[place].deadline = deadline
    } else {
      entries.append(Entry(topic: message.topic, label: message.label, deadline: deadline))
    }
  }

  /// A message that empties a topic whose time has passed; nil while there is none. Once it has been
  /// handed over, `published` forgets the topic.
  public mutating func emptied(at now: Instant) -> MQTTMessage? {
    guard now >= earliest else { return nil }
    if let entry = entries.first(where: { $0.deadline <= now }) { return Self.empty(entry) }
    earliest = entries.map(\.deadline).min() ?? Instant(nanoseconds: .max)
    return nil
  }

  /// A message that empties any topic that has a time; nil when there is none left.
  public func emptiedAtOnce() -> MQTTMessage? { entries.first.map(Self.empty) }

  private static func empty(_ entry: Entry) -> MQTTMessage {
    MQTTMessage(
      topic: entry.topic, payload: [], quality: .atMostOnce, isRetained: true, label: entry.label)
  }
}
