internal import Delivery
internal import DetectionCore
internal import Foundation

/// A command that is given to a box, and what it is sent as.
struct Order {
  /// Its own name, by which the box answers.
  let id = "\(UUID())"
  var kind: CommandKind
  var site: String
  /// The alarm or output; nil for all.
  var subject: String?
  var operatorName: String
  var comment: String?
  /// For how long to shelve.
  var minutes: Double?
  /// True to shelve until the alarm ends.
  var once = false
  /// The last event of the alarm that has been seen.
  var event: String?
  /// For how long the broker keeps it for a box that is away (MQTT 5).
  var expirySeconds: UInt32 = 60

  /// It as it travels to the broker of `plan`.
  func message(by plan: DestinationPlan) throws -> MQTTMessage {
    let payload = try JSONEncoder().encode(
      CommandPayload(
        id: id, operator: operatorName, alarm: kind.concernsOutput ? nil : subject,
        output: kind.concernsOutput ? subject : nil, comment: comment,
        seconds: minutes.map { $0 * 60 }, once: once, event: event))
    return MQTTMessage(
      topic: plan.topics(of: site).command(kind.rawValue),
      payload: [UInt8](payload), expirySeconds: expirySeconds,
      label: PayloadLabel(schema: "nomori/command/2", site: site, mode: .actual))
  }

  /// Why it was refused, in words; the box's own word where it is a newer one.
  func words(for reason: String?, in language: Language) -> String {
    if let refusal = reason.flatMap(CommandRefusal.named) {
      return language.pick(refusal.text.english, refusal.text.japanese)
    }
    return switch reason.flatMap(CommandAnswer.Reason.init(rawValue:)) {
    case .retained:
      language.pick("the broker had kept it from before", "ブローカーに保持されていた古い操作です")
    case .malformed: language.pick("it could not be read", "操作を読み取れません")
    case .incomplete:
      language.pick(
        "it has to name the alarm, and shelving takes --minutes or --once",
        "対象の警報が必要です。一時停止には --minutes または --once も必要です")
    case .unknownOperator:
      language.pick(
        "the site file does not list \(operatorName) under commands: operators",
        "観測所ファイルの commands: operators に \(operatorName) がありません")
    case .expired:
      language.pick(
        "its time is over, or the broker had kept it while the box was away",
        "有効期限を過ぎているか、接続が切れている間ブローカーに保管されていた操作です")
    case .clockUnknown:
      language.pick("the box does not know the time yet", "観測所の時計がまだ合っていません")
    case .unknownKind: language.pick("there is no such command", "その操作はありません")
    case .unknownSubject:
      language.pick(
        "the site has no \(subject ?? "?") that it could be meant for",
        "対象 \(subject ?? "?") が観測所にありません")
    case .unknownEvent:
      language.pick("the box knows no such event of it", "そのイベントは観測所にありません")
    case .newerEvent:
      language.pick("the alarm has turned since that event", "そのイベントの後に警報が変化しています")
    case .busy: language.pick("too many commands came at once", "操作が集中しています")
    case nil: TerminalText.harmless(reason ?? "?")
    }
  }
}

/// What a box says of a command (`nomori/answer/3`, or `1`, which tells no outcome).
struct OrderAnswer: Decodable {
  var schema: String
  /// The command's id; `?` where it could not be read.
  var command: String
  var accepted: Bool
  var reason: String?
  var outcome: String?

  var isRefused: Bool { !accepted || outcome == "refused" }
  /// True where nothing more is said of the command.
  var isFinal: Bool { !accepted || outcome != nil || schema == "nomori/answer/1" }
}
