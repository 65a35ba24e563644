internal import Alerting
internal import Delivery
internal import Foundation

/// What a message of a box says; payloads come from outside, and may be anything.
enum ReceivedPayload {
  case event(ReceivedEvent)
  case alarm(ReceivedAlarm)
  case status(ReceivedStatus)
  case alert(ReceivedCAP)
  /// Something was lost before it could be sent.
  case gap(site: String)
  /// A retained message was emptied, or a kind of topic that is none of the relay's.
  case nothing
  /// It is not what its topic says.
  case unreadable

  /// Reads a message of a topic below `root`.
  init(_ message: ReceivedMessage, root: String) {
    let levels = message.topic.dropFirst(root.count + 1).split(
      separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard message.topic.hasPrefix(root + "/"), levels.count >= 2 else {
      self = .nothing
      return
    }
    guard !message.payload.isEmpty else {
      self = .nothing
      return
    }
    guard message.payload.count <= AlertingLimits.payloadBytes else {
      self = .unreadable
      return
    }
    let data = Data(message.payload)
    let payload: Self? =
      switch levels[1] {
      case "event": Self.read(ReceivedEvent.self, data).flatMap(Self.event(checked:))
      case "alarm": Self.read(ReceivedAlarm.self, data).flatMap(Self.alarm(checked:))
      case "status": Self.read(ReceivedStatus.self, data).map(Self.status)
      case "cap": ReceivedCAP(message.payload, of: levels[0]).map(Self.alert)
      case "gap": .gap(site: String(levels[0]))
      default: .nothing
      }
    // A box that may publish in its own name only shall not speak for another.
    self = payload.flatMap { $0.isOf(site: levels[0]) ? $0 : nil } ?? .unreadable
  }

  private static func read<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
    try? JSONDecoder().decode(type, from: data)
  }

  private static func event(checked event: ReceivedEvent) -> ReceivedPayload? {
    areIDs([event.id, event.incident], of: event.site) ? .event(event) : nil
  }

  private static func alarm(checked alarm: ReceivedAlarm) -> ReceivedPayload? {
    areIDs([alarm.lastEvent, alarm.incident], of: alarm.site) ? .alarm(alarm) : nil
  }

  /// True where each is missing or the id of an event of the site: they name incidents and mails.
  private static func areIDs(_ ids: [String?], of site: String) -> Bool {
    ids.allSatisfy { id in id.map { EventIdentifier($0, of: site) != nil } ?? true }
  }

  /// True where the payload's site is the topic's, which may have dashes for its dots.
  private func isOf(site level: Substring) -> Bool {
    let site: String
    switch self {
    case .event(let event): site = event.site
    case .alarm(let alarm): site = alarm.site
    case .status(let status): site = status.site
    case .alert, .gap, .nothing, .unreadable: return true
    }
    let isPlain = site.utf8.count <= 64 && site.utf8.allSatisfy(Self.isPlain)
    return isPlain && (site == level || site.replacing(".", with: "-") == level)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_".utf8.contains(byte)
  }
}
