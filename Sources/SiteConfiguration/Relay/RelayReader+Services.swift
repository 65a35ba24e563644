internal import Alerting
internal import Delivery

// Recipients that are no people.

extension RelayReader {
  mutating func readWebhook(_ section: Section<WebhookKeys>) -> Recipient? {
    let id = recipientNames.declare(section.id)
    let name = section.name
    let language = section.language
    let template = section.template
    let url = section.url
    let webhook = template.flatMap { readWebhook(section, template: $0, url: url) }
    guard let id else { return nil }
    recipients[id] = [id]
    return webhook.map { Recipient(id: id, name: name, language: language, channel: .webhook($0)) }
  }

  private func readWebhook(
    _ section: Section<WebhookKeys>, template: Webhook.Template, url: String?
  ) -> Webhook? {
    let authorityFile = section.authorityFile
    let isSecret = template == .line || template == .json
    let secretFile = isSecret ? section.needed(\.secretFile) : section.secretFile
    if template == .slack || template == .teams {
      section.refuse(
        \.secretFile,
        expected: both("no secretFile: the url is the secret", "secretFile なし (url 自体が秘密)"))
    }
    if template != .line {
      section.refuse(
        \.to, expected: both("to with the template line only", "to は template: line のときだけ"))
    }
    var webhook = Webhook(
      url: url ?? "", template: template, authorityFile: authorityFile, secretFile: secretFile)
    if template != .line, !section.has(\.url) { section.reportMissing(\.url) }
    switch template {
    case .line:
      guard let to = section.needed(\.to) else { return nil }
      webhook.target = to
      if url == nil { webhook.url = "https://api.line.me/v2/bot/message/push" }
    case .ntfy:
      guard let url else { return nil }
      guard let (server, topic) = Self.topic(of: url) else {
        section.node(\.url)?.report(
          found: .value("…"),
          expected: both(
            "the address of a topic, such as https://ntfy.sh/TOPIC",
            "https://ntfy.sh/トピック の形のアドレス"))
        return nil
      }
      webhook.url = server
      webhook.target = topic
    case .slack, .teams, .json:
      if url == nil { return nil }
    }
    return webhook
  }

  /// The server and the topic of an address at ntfy.
  private static func topic(of url: String) -> (server: String, topic: String)? {
    guard let slash = url.lastIndex(of: "/") else { return nil }
    let (server, topic) = (String(url[...slash]), String(url[url.index(after: slash)...]))
    guard !server.hasSuffix("//"), (1...64).contains(topic.utf8.count),
      topic.utf8.allSatisfy({ byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_".utf8.contains(byte)
      })
    else { return nil }
    return (server, topic)
  }

  mutating func readAnnouncement(_ section: Section<AnnouncementKeys>) -> Recipient? {
    let id = recipientNames.declare(section.id)
    let name = section.name
    let language = section.language
    let broker = section.broker
    let topic = section.topic
    let validity = section.validFor
    let knows = broker.map { brokerNames.index(of: $0) != nil } ?? false
    guard let id else { return nil }
    recipients[id] = [id]
    announcements.insert(id)
    guard knows, let broker = broker?.scalarText, let topic else { return nil }
    return Recipient(
      id: id, name: name, language: language,
      channel: .announcement(Announcement(broker: broker, topic: topic, validity: validity)))
  }
}
