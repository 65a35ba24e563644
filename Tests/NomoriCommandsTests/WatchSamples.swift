import Delivery
import DetectionCore
import Foundation

@testable import NomoriCommands

/// Payloads of boxes as `watch` gets them, with the keys that it reads and some of those that it does not.
enum WatchSamples {
  /// 2026-11-30 08:30:00 UTC.
  static let now = WallTime(nanosecondsSince1970: 1_796_027_400_000_000_000, synchronized: true)
  static let jst: @Sendable (WallTime) -> NamedClock = { _ in
    NamedClock(offsetSeconds: 32_400, name: "JST")
  }
  static let river = (id: "river-nagi", en: "Nagi river", ja: "那岐川")
  static let farm = (id: "wildlife-hinata", en: "Hinata farm", ja: "ひなた農園")

  static func message(
    _ topic: String, _ object: [String: Any], isRetained: Bool = false
  ) throws -> ReceivedMessage {
    ReceivedMessage(
      topic: "nomori/v1/" + topic,
      payload: [UInt8](try JSONSerialization.data(withJSONObject: object)),
      isRetained: isRetained)
  }

  static func text(_ english: String, _ japanese: String) -> [String: String] {
    ["en": english, "ja": japanese]
  }

  /// The stages of the river's alarm.
  static func stage(_ level: Int) -> [String: Any] {
    let names = [
      ("Normal", "平常"), ("Flood watch", "水防団待機水位"), ("Flood caution", "氾濫注意水位"),
      ("Evacuation decision level", "避難判断水位"),
    ]
    return [
      "id": "s\(level)", "level": level, "name": text(names[level].0, names[level].1),
    ]
  }

  static func event(
    _ number: Int, _ kind: String, site: (id: String, en: String, ja: String) = river,
    alarm: (id: String, en: String, ja: String)? = ("river.stage", "River level", "那岐川の水位"),
    stage level: Int = 0, from previous: Int = 0, incident: Int? = nil, seconds: Double? = nil,
    command: (name: String, comment: String)? = nil, silenced: Bool = false,
    time: String = "2026-11-30T08:20:00.000Z", local: String = "2026-11-30T17:20:00+09:00",
    sentence: (en: String, ja: String) = (
      "River level 3.95 m reached stage", "那岐川の水位 3.95 m になりました"
    ),
    instruction: (en: String, ja: String)? = nil
  ) throws -> ReceivedMessage {
    var object: [String: Any] = [
      "schema": "nomori/event/4", "id": "\(site.id)-5f0c9a1e-1-\(number)", "site": site.id,
      "siteName": text(site.en, site.ja), "mode": "actual", "kind": kind, "history": [],
      "marks": ["flood": false, "silenced": silenced], "time": time, "synchronized": true,
      "localTime": local, "text": text(sentence.en, sentence.ja), "command": NSNull(),
      "seconds": seconds as Any? ?? NSNull(), "priority": "high",
      "point": ["id": "river.level", "name": text("River level", "那岐川の水位")],
      "incident": incident.map { "\(site.id)-5f0c9a1e-1-\($0)" } as Any? ?? NSNull(),
      "instruction": instruction.map { text($0.en, $0.ja) } as Any? ?? NSNull(),
    ]
    if let alarm {
      object["alarm"] = ["id": alarm.id, "name": text(alarm.en, alarm.ja)]
      object["stage"] = stage(level)
      object["previousStage"] = stage(previous)
    }
    if let command {
      object["command"] = ["id": "c", "operator": command.name, "comment": command.comment]
    }
    return try message("\(site.id)/event", object)
  }

  static func state(
    _ state: String, site: (id: String, en: String, ja: String) = river,
    alarm: (id: String, en: String, ja: String) = ("river.stage", "River level", "那岐川の水位"),
    stage level: Int, shelved: Bool = false, outOfService: Bool = false, event: Int? = 1,
    incident: Int? = 1, since: String = "2026-11-30T08:20:00.000Z", mode: String = "actual",
    isRetained: Bool = true
  ) throws -> ReceivedMessage {
    try message(
      "\(site.id)/alarm/\(alarm.id)",
      [
        "schema": "nomori/alarm/3", "site": site.id, "mode": mode, "state": state,
        "alarm": ["id": alarm.id, "name": text(alarm.en, alarm.ja)],
        "silence": ["shelved": shelved, "suppressed": false, "outOfService": outOfService],
        "stage": stage(level), "since": since, "synchronized": true,
        "lastEvent": event.map { "\(site.id)-5f0c9a1e-1-\($0)" } as Any? ?? NSNull(),
        "incident": incident.map { "\(site.id)-5f0c9a1e-1-\($0)" } as Any? ?? NSNull(),
      ], isRetained: isRetained)
  }

  static func status(
    _ state: String, reason: String? = nil, site: (id: String, en: String, ja: String) = river
  ) throws -> ReceivedMessage {
    try message(
      "\(site.id)/status",
      [
        "schema": "nomori/status/2", "site": site.id, "name": text(site.en, site.ja),
        "mode": "actual", "state": state, "reason": reason as Any? ?? NSNull(),
      ], isRetained: true)
  }
}
