internal import Alerting
internal import Delivery
internal import Foundation

/// What a box has published, as far as `watch` tells it.
enum WatchedMessage {
  case event(WatchedEvent)
  case alarm(ReceivedAlarm)
  case status(ReceivedStatus)
  case gap(WatchedGap)
  case answer(OrderAnswer)

  private struct Heading: Decodable { var schema: String }

  /// Reads a payload; nil where it is none of these.
  init?(_ payload: [UInt8]) {
    let data = Data(payload)
    let decoder = JSONDecoder()
    do {
      let schema = try decoder.decode(Heading.self, from: data).schema
      switch schema.split(separator: "/").dropFirst().first {
      case "event": self = .event(try decoder.decode(WatchedEvent.self, from: data))
      case "alarm": self = .alarm(try decoder.decode(ReceivedAlarm.self, from: data))
      case "status": self = .status(try decoder.decode(ReceivedStatus.self, from: data))
      case "gap": self = .gap(try decoder.decode(WatchedGap.self, from: data))
      case "answer": self = .answer(try decoder.decode(OrderAnswer.self, from: data))
      default: return nil
      }
    } catch {
      return nil
    }
  }

  /// The site that says it; nil for answers, which only the sender of a command waits for.
  var site: String? {
    switch self {
    case .event(let event): event.received.site
    case .alarm(let alarm): alarm.site
    case .status(let status): status.site
    case .gap(let gap): gap.site
    case .answer: nil
    }
  }
}

/// An event with what `watch` tells of it beyond what the relay does.
struct WatchedEvent: Decodable {
  var received: ReceivedEvent
  /// The stage before it; nil where it is about no alarm.
  var previousStage: ReceivedEvent.Stage?
  /// For how long an alarm is shelved.
  var seconds: Double?
  /// What the sender of the command that caused it says about it.
  var comment: String?
  /// Its time by the clock where the box stands.
  var localTime: String?

  private enum CodingKeys: CodingKey { case previousStage, seconds, command, localTime }
  private enum CommandKeys: CodingKey { case comment }

  init(from decoder: any Decoder) throws {
    received = try ReceivedEvent(from: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    previousStage = try values.decodeIfPresent(ReceivedEvent.Stage.self, forKey: .previousStage)
    seconds = try values.decodeIfPresent(Double.self, forKey: .seconds)
    localTime = try values.decodeIfPresent(String.self, forKey: .localTime)
    if received.command != nil {
      let command = try values.nestedContainer(keyedBy: CommandKeys.self, forKey: .command)
      comment = try command.decodeIfPresent(String.self, forKey: .comment)
    }
  }

  /// Whose command caused it, and what they say about it.
  var giver: CommandGiver? {
    received.command.map { CommandGiver(name: $0.operator, comment: comment ?? "") }
  }

  /// True where an alarm began to stand or became worse.
  var isWorse: Bool {
    received.kind == "raised" && (received.stage?.level ?? 0) > (previousStage?.level ?? 0)
  }
}

/// Who has given a command, and what they say about it; empty for nothing.
struct CommandGiver: Equatable {
  var name: String
  var comment: String
}

/// What a receiver was never told, and why (`nomori/gap/1`).
struct WatchedGap: Decodable {
  struct Missing: Decodable {
    var alarms: Int
    var others: Int
  }
  var site: String
  var reason: String
  var missing: Missing
  var time: String
}
