public import DetectionCore

/// What an event's number means where it is no value of a point.
public enum EventDetail: Hashable, Codable, Sendable {
  /// A value of the point, in its unit.
  case value(Double)
  /// How many: inputs lost, alarms of a flood, returns held back.
  case count(Double)
  /// For how long an alarm is shelved.
  case seconds(Double)
  /// Why something is not done.
  case reason(name: String, text: LocalizedText)

  init(_ event: DetectionEvent) {
    switch event.kind.valueMeaning {
    case .measured: self = .value(event.value)
    case .count: self = .count(event.value)
    case .seconds: self = .seconds(event.value)
    case .refusal:
      let refusal = UInt8(exactly: event.value).flatMap(CommandRefusal.init(rawValue:))
      self = .reason(name: refusal.map { "\($0)" } ?? "?", text: refusal?.text ?? .unknown)
    case .hold:
      let hold = UInt8(exactly: event.value).flatMap(DeterrentHold.init(rawValue:))
      self = .reason(name: hold.map { "\($0)" } ?? "?", text: hold?.text ?? .unknown)
    }
  }

  /// The reason in words; a question mark where there is none.
  var reason: LocalizedText { if case .reason(_, let text) = self { text } else { .unknown } }

  /// The members of a payload that say it; those that do not apply are null.
  func write(to json: inout JSONWriter) {
    if case .value(let value) = self { json.member("value", value) } else { json.null("value") }
    if case .count(let count) = self { json.member("count", count) } else { json.null("count") }
    if case .seconds(let time) = self {
      json.member("seconds", time)
    } else {
      json.null("seconds")
    }
    if case .reason(let name, _) = self {
      json.member("reason", name)
    } else {
      json.null("reason")
    }
  }
}

extension LocalizedText {
  fileprivate static var unknown: LocalizedText { LocalizedText(english: "?", japanese: "？") }
}

extension CommandRefusal {
  /// The refusal that payloads call so; nil where there is none.
  public static func named(_ name: String) -> CommandRefusal? {
    allCases.first { "\($0)" == name }
  }

  /// It in words.
  public var text: LocalizedText {
    let words: (english: String, japanese: String) =
      switch self {
      case .nothingToAcknowledge: ("there is nothing to acknowledge", "確認すべき警報がありません")
      case .nothingToReset: ("there is nothing to reset", "リセットすべき警報がありません")
      case .stillActive: ("the alarm is still active", "警報が続いています")
      case .notAcknowledged: ("the alarm has to be acknowledged first", "先に警報の確認が必要です")
      case .durationOutOfRange: ("the time is not allowed", "一時停止の時間が許容範囲外です")
      case .stageTooHigh: ("the stage is too high to be shelved", "この段階の警報は一時停止できません")
      case .notShelved: ("the alarm is not shelved", "警報は一時停止されていません")
      case .alreadyOutOfService: ("the alarm is out of service already", "警報はすでに休止中です")
      case .notOutOfService: ("the alarm is in service", "警報は休止していません")
      case .wrongSubject: ("it makes no sense for its subject", "対象に合わない操作です")
      case .newerEvent: ("the alarm has turned since that event", "そのイベントの後に警報が変化しています")
      }
    return LocalizedText(english: words.english, japanese: words.japanese)
  }
}

extension DeterrentHold {
  fileprivate var text: LocalizedText {
    let words: (english: String, japanese: String) =
      switch self {
      case .stopped: ("it was stopped by command", "操作により停止中")
      case .quietHours: ("quiet hours", "静穏時間帯")
      case .nightlyMaximum: ("it was on often enough this night", "今夜の上限に到達")
      }
    return LocalizedText(english: words.english, japanese: words.japanese)
  }
}
