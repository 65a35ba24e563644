public import Delivery
public import DetectionCore

/// Makes the commands of a notification for what speaks aloud: what is to be said, or that it is to be still.
public struct AnnouncementWriter: Sendable {
  private let plan: AlertingPlan

  /// Makes commands.
  public init(plan: AlertingPlan) { self.plan = plan }

  /// One command for each incident, in the order in which they changed last; none where there is nothing to say
  /// aloud. Nil where it is too late to begin, or the file no longer has the recipient; the end is never too late.
  public func messages(of notification: Notification, at now: Instant) -> [MQTTMessage]? {
    guard let recipient = plan.recipient(notification.recipient),
      let announcement = recipient.announcement,
      // What travels together is spoken by its last words on each incident.
      let page = NotificationPage(
        notification, to: recipient, of: plan, most: .max, link: { _, _, _ in nil })
    else { return nil }
    var last: [NotificationText] = []
    for item in page.items where item.entry.reason != .acknowledged {
      last.removeAll { $0.entry.incident == item.entry.incident }
      last.append(item)
    }
    let until = Instant(nanoseconds: notification.made) + announcement.validity
    let inTime = last.filter { $0.entry.reason == .over || now < until }
    guard last.isEmpty || !inTime.isEmpty else { return nil }
    return inTime.map { item in
      MQTTMessage(
        topic: announcement.topic,
        payload: payload(item, id: notification.id, until: until),
        expirySeconds: item.entry.reason == .over
          ? nil : UInt32(clamping: max(1, (until - now).nanoseconds / 1_000_000_000)),
        label: PayloadLabel(
          schema: Self.schema, site: item.entry.event.site, mode: item.entry.mode))
    }
  }

  private static let schema = "nomori/announcement/1"

  private func payload(_ item: NotificationText, id: String, until: Instant) -> [UInt8] {
    let (entry, event) = (item.entry, item.entry.event)
    let isOver = entry.reason == .over
    return JSONWriter.object { json in
      json.member("schema", Self.schema)
      json.member("id", "\(id).\(entry.incident)")
      json.member("command", isOver ? "stop" : "announce")
      json.member("incident", entry.incident)
      json.member("site", event.site)
      json.member("mode", entry.mode.rawValue)
      json.member("priority", event.priority?.rawValue)
      json.member("level", event.level)
      json.member("stage", event.stage?.name)
      json.member("language", item.language.rawValue)
      json.member("text", item.spoken)
      json.member("time", NotificationPayload.time(item.made))
      json.member("until", isOver ? nil : NotificationPayload.time(until.nanoseconds))
    }
  }
}

extension NotificationText {
  /// What is said aloud: sentences without signs, that an exercise is one first and last.
  fileprivate var spoken: String {
    let isEnglish = language == .english
    let end = isEnglish ? "." : "。"
    let mark: String? =
      switch entry.mode {
      case .actual: nil
      case .exercise: isEnglish ? "This is an exercise" : "これは訓練です"
      case .test: isEnglish ? "This is a test" : "これは試験です"
      }
    let said = title == headline ? [headline] : [subjectName, headline]
    return ([mark, site] + said + advice + [mark])
      .compactMap(\.self)
      .map { $0.hasSuffix(end) ? $0 : $0 + end }
      .joined(separator: isEnglish ? " " : "")
  }
}
