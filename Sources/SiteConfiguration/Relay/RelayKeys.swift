internal import Alerting
internal import Delivery
internal import DetectionCore

// The keys of a relay's file.

struct RelayFileKeys: Keys {
  let relay = Key("relay", .section(RelayHeaderKeys.self))
  let brokers = Key("brokers", .list(of: .section(RelayBrokerKeys.self), 1...16))
  let mail = Key(optional: "mail", .section(MailKeys.self))
  let acknowledgement = Key(optional: "acknowledgement", .section(AcknowledgementKeys.self))
  let people = Key(optional: "people", .list(of: .section(PersonKeys.self), 0...1000))
  let webhooks = Key(optional: "webhooks", .list(of: .section(WebhookKeys.self), 0...100))
  let announcements = Key(
    optional: "announcements", .list(of: .section(AnnouncementKeys.self), 0...100))
  let groups = Key(optional: "groups", .list(of: .section(GroupKeys.self), 0...200))
  let areas = Key(optional: "areas", .list(of: .section(AreaKeys.self), 0...200))
  let routes = Key(optional: "routes", .list(of: .section(RouteKeys.self), 0...200))
}

struct RelayHeaderKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let mode = Key("mode", .choice(SiteMode.self), default: .actual)
  /// UTC where it is not given.
  let timeZone = Key(optional: "timeZone", .later(.text))
  let store = Key("store", .path)
  let capFolder = Key(optional: "capFolder", .path)
}

struct RelayBrokerKeys: Keys {
  let id = Key("id", .reference)
  let broker = BrokerKeys()
  let username = Key(optional: "username", .text)
  let passwordFile = Key(optional: "passwordFile", .path)
  let topicRoot = Key("topicRoot", .topicRoot, default: "nomori/v1")
  let idSeparator = Key("idSeparator", .choice(IDSeparator.self), default: .dot)
  let keepAlive = Key("keepAlive", .duration(atLeast: .seconds(5)), default: .seconds(30))
}

struct MailKeys: Keys {
  let host = Key("host", .text)
  let security = Key("security", .choice(MailServer.Security.self), default: .startTLS)
  /// By default 587 with STARTTLS, 465 with TLS, and 25 without.
  let port = Key(optional: "port", .port)
  let authorityFile = Key(optional: "authorityFile", .path)
  let username = Key(optional: "username", .text)
  let passwordFile = Key(optional: "passwordFile", .path)
  let from = Key("from", .mailAddress)
}

struct AcknowledgementKeys: Keys {
  let url = Key("url", .text)
  let port = Key("port", .port, default: 8087)
  let keyFile = Key("keyFile", .path)
}

struct PersonKeys: Keys {
  let id = Key("id", .reference)
  let name = Key(optional: "name", .text)
  let language = Key("language", .choice(MessageLanguage.self), default: .japanese)
  let mail = Key("mail", .mailAddress)
}

struct WebhookKeys: Keys {
  let id = Key("id", .reference)
  let name = Key(optional: "name", .text)
  let language = Key("language", .choice(MessageLanguage.self), default: .japanese)
  let template = Key("template", .choice(Webhook.Template.self))
  /// By default the one of the service, where it has one for all.
  let url = Key(optional: "url", .webAddress)
  let authorityFile = Key(optional: "authorityFile", .path)
  let secretFile = Key(optional: "secretFile", .path)
  let to = Key(optional: "to", .text)
}

struct AnnouncementKeys: Keys {
  let id = Key("id", .reference)
  let name = Key(optional: "name", .text)
  let language = Key("language", .choice(MessageLanguage.self), default: .japanese)
  let broker = Key("broker", .reference)
  let topic = Key("topic", .topicRoot)
  let validFor = Key("validFor", .duration(atLeast: .seconds(10)), default: .seconds(900))
}

struct GroupKeys: Keys {
  let id = Key("id", .reference)
  let people = Key("people", .list(of: .reference, 1...1000))
}

struct AreaKeys: Keys {
  let id = Key("id", .reference)
  let sites = Key("sites", .list(of: .text, 1...2000))
}

struct RouteKeys: Keys {
  let id = Key("id", .reference)
  let areas = Key(optional: "areas", .list(of: .reference, 1...200))
  let sites = Key(optional: "sites", .list(of: .text, 1...2000))
  let kinds = Key(optional: "kinds", .list(of: .choice(SubjectKind.self), 1...3))
  let alarms = Key(optional: "alarms", .list(of: .text, 1...200))
  let fromStage = Key("fromStage", .integer(1...16), default: 1)
  let fromPriority = Key("fromPriority", .choice(AlarmPriority.self), default: .low)
  let modes = Key(optional: "modes", .list(of: .choice(SiteMode.self), 1...3))
  let activeDuring = Key(optional: "activeDuring", .section(PeriodKeys.self))
  let to = Key("to", .list(of: .reference, 1...1000))
  let advice = Key(optional: "advice", .localizedText)
  let mostPerHour = Key("mostPerHour", .integer(1...1000), default: 20)
  let digest = Key(optional: "digest", .duration(atLeast: .seconds(60)))
  let escalation = Key(optional: "escalation", .list(of: .section(EscalationKeys.self), 1...10))
}

struct EscalationKeys: Keys {
  let after = Key("after", .duration(atLeast: .seconds(1)))
  let to = Key("to", .list(of: .reference, 1...1000))
}

extension Kind where Value == MailAddress {
  /// Where somebody gets mail; what is wrong with it is said without it.
  static var mailAddress: Kind {
    Kind(shape: .text) { node in
      if let text = node.scalarText, let address = MailAddress(text) { return address }
      node.report(
        found: .value("…"),
        expected: both("a mail address such as name@example.jp", "name@example.jp の形のメールアドレス"))
      return nil
    }
  }
}

extension Kind where Value == String {
  /// Where requests go. It may be a secret by itself, so what is wrong with it is said without it.
  static var webAddress: Kind {
    Kind(shape: .text) { node in
      if let text = node.scalarText, isWebAddress(text) { return text }
      node.report(
        found: .value("…"),
        expected: both(
          "an address that begins with https:// (http:// only for this machine)",
          "https:// で始まるアドレス (http:// はこの機器の中に限る)"))
      return nil
    }
  }

  private static func isWebAddress(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
      return false
    }
    let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[1].isEmpty, !parts[2].isEmpty else { return false }
    if parts[0] == "https:" { return true }
    // A name before @ could look like this machine and lead to another.
    let host =
      parts[2].hasPrefix("[") ? parts[2].prefix { $0 != "]" } : parts[2].prefix { $0 != ":" }
    return parts[0] == "http:" && !parts[2].contains("@")
      && ["localhost", "127.0.0.1", "[::1"].contains(host)
  }
}
