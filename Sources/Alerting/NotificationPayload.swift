internal import Delivery
internal import DetectionCore

/// A notification for programs: our own payload, `nomori/notification/1`.
struct NotificationPayload {
  let page: NotificationPage
  let notification: Notification
  /// The relay's id.
  let relay: String

  var json: [UInt8] {
    JSONWriter.object { json in
      json.member("type", "notification")
      json.member("schema", "nomori/notification/1")
      json.member("id", notification.id)
      json.member("relay", relay)
      json.member("recipient", notification.recipient)
      json.member("route", notification.route)
      json.member("timestamp", Self.time(notification.made))
      json.member("language", page.language.rawValue)
      json.member("title", page.subject)
      json.member("omitted", page.left)
      json.member("entries", each: page.items) { write($1, into: &$0) }
    }
  }

  private func write(_ item: NotificationText, into json: inout JSONWriter) {
    let (entry, event) = (item.entry, item.entry.event)
    json.member("incident", entry.incident)
    json.member("reason", entry.reason.rawValue)
    json.member("mode", entry.mode.rawValue)
    json.member("event", event.id)
    json.member("kind", event.kind)
    json.member("site", event.site)
    json.member("siteName", entry.siteName)
    json.member("alarm", named: event.alarm)
    json.member("point", named: event.point)
    json.member("priority", event.priority?.rawValue)
    json.member("level", event.level)
    json.member("stage", event.stage?.name)
    json.member("value", optional: event.value)
    json.member("unit", event.unit)
    json.member("datum", event.datum)
    json.member("limit", optional: event.limit)
    json.member("trend", optional: event.trend)
    json.member("eventTime", event.time)
    json.member("synchronized", event.synchronized)
    json.member("text", item.sentence)
    json.member("advice", texts: item.advice)
    json.member("acknowledgedBy", entry.acknowledgedBy)
    json.member("acknowledge", item.link)
  }

  static func time(_ nanoseconds: Int64) -> String {
    CivilTime(WallTime(nanosecondsSince1970: nanoseconds, synchronized: true)).timestamp
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ key: String, named: ReceivedEvent.Named?) {
    guard let named else { return null(key) }
    member(key) { json in
      json.member("id", named.id)
      json.member("name", named.name)
    }
  }

  fileprivate mutating func member(_ key: String, optional value: Double?) {
    guard let value else { return null(key) }
    member(key, value)
  }
}
