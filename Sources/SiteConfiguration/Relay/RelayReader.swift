internal import Alerting
internal import Delivery
internal import DetectionCore

/// Reads a relay's file; sections come in the order in which they refer to each other.
struct RelayReader {
  /// Periods, zones and brokers are written as in a site file.
  private let site: SiteReader
  var brokerNames = Names("broker", "ブローカー")
  /// People, webhooks, announcements and groups are named in the same places.
  var recipientNames = Names("recipient", "宛先")
  /// Who is meant by such a name.
  var recipients: [String: [String]] = [:]
  /// The ids of announcements.
  var announcements: Set<String> = []
  private var areaNames = Names("area", "地区")
  private var areas: [String: [String]] = [:]
  private var routeNames = Names("route", "経路")

  init(log: DiagnosticLog) { site = SiteReader(log: log) }

  mutating func read(_ root: Section<RelayFileKeys>) -> RelaySetup? {
    let header = root.relay
    let brokers = (root.brokers ?? []).compactMap { readBroker($0) }
    let mail = root.mail.flatMap(readMail)
    let acknowledgement = root.acknowledgement.flatMap(readAcknowledgement)
    let people = (root.people ?? []).compactMap { readPerson($0) }
    if !people.isEmpty, !root.has(\.mail) { root.reportMissing(\.mail) }
    let webhooks = (root.webhooks ?? []).compactMap { readWebhook($0) }
    let announcements = (root.announcements ?? []).compactMap { readAnnouncement($0) }
    for section in root.groups ?? [] { readGroup(section) }
    for section in root.areas ?? [] { readArea(section) }
    let routes = (root.routes ?? []).compactMap { readRoute($0) }
    guard let header else { return nil }
    var names = Names("relay", "中継")
    let id = names.declare(header.id)
    let name = header.name
    let mode = header.mode
    let zone = header.timeZone.flatMap(readZone) ?? .utc
    let store = header.store
    let capFolder = header.capFolder
    guard let id, let name, let store else { return nil }
    return RelaySetup(
      brokers: brokers, mail: mail, acknowledgement: acknowledgement,
      plan: AlertingPlan(
        id: id, name: name, mode: mode, zone: zone,
        recipients: people + webhooks + announcements, routes: routes),
      store: store, capFolder: capFolder)
  }

  private func readZone(_ node: YAMLNode) -> LocalZone? {
    guard let rule = site.readZone(node), let text = node.scalarText else { return nil }
    let names = TimeZoneText(text).names
    return LocalZone(
      rule: rule, name: names.first ?? text, summerName: names.count > 1 ? names[1] : nil)
  }

  private mutating func readBroker(_ section: Section<RelayBrokerKeys>) -> DestinationPlan? {
    let id = brokerNames.declare(section.id)
    let address = site.readBroker(section.broker)
    let username = section.username
    let passwordFile = section.passwordFile
    let topicRoot = section.topicRoot
    let idSeparator = section.idSeparator
    let keepAlive = section.keepAlive
    guard let id, let address else { return nil }
    return DestinationPlan(
      id: id, host: address.host, port: address.port, security: address.security,
      username: username, passwordFile: passwordFile, topicRoot: topicRoot,
      idSeparator: idSeparator,
      keepAliveSeconds: UInt16(min(keepAlive.nanoseconds / 1_000_000_000, 65_535)))
  }

  private func readMail(_ section: Section<MailKeys>) -> MailServer? {
    let host = section.host
    let security = section.security
    let port = section.port
    let authorityFile = section.authorityFile
    let username = section.username
    let passwordFile = section.passwordFile
    let sender = section.from
    if section.has(\.username) != section.has(\.passwordFile) {
      section.node.report(
        expected: both("username and passwordFile together", "username と passwordFile の両方"))
    }
    guard let host, let sender else { return nil }
    if security == .none, !["localhost", "127.0.0.1", "::1"].contains(host) {
      section.node(\.security)?.report(
        expected: both(
          "startTLS or tls; \(host) is not this machine, and mails hold addresses",
          "startTLS または tls (\(host) はこの機器の外にあり、メールには宛先が含まれる)"))
    }
    let usual =
      switch security {
      case .startTLS: 587
      case .tls: 465
      case .none: 25
      }
    return MailServer(
      host: host, port: UInt16(port ?? usual), security: security, authorityFile: authorityFile,
      username: username, passwordFile: passwordFile, sender: sender)
  }

  private func readAcknowledgement(
    _ section: Section<AcknowledgementKeys>
  ) -> AcknowledgementSettings? {
    let url = section.url
    let port = section.port
    let keyFile = section.keyFile
    guard var url, let keyFile else { return nil }
    while url.hasSuffix("/") { url.removeLast() }
    let isWeb = url.hasPrefix("https://") || url.hasPrefix("http://")
    guard isWeb, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      section.node(\.url)?.report(
        expected: both(
          "an address such as https://relay.town.example", "https://relay.town.example の形のアドレス"))
      return nil
    }
    return AcknowledgementSettings(url: url, port: UInt16(port), keyFile: keyFile)
  }

  private mutating func readPerson(_ section: Section<PersonKeys>) -> Recipient? {
    let id = recipientNames.declare(section.id)
    let name = section.name
    let language = section.language
    let mail = section.mail
    guard let id else { return nil }
    recipients[id] = [id]
    return mail.map { Recipient(id: id, name: name, language: language, channel: .mail($0)) }
  }

  private mutating func readGroup(_ section: Section<GroupKeys>) {
    let members = readRecipients(section.people)
    guard let id = recipientNames.declare(section.id) else { return }
    recipients[id] = members
  }

  private mutating func readArea(_ section: Section<AreaKeys>) {
    let sites = section.sites
    guard let id = areaNames.declare(section.id) else { return }
    areas[id] = sites ?? []
  }

  /// The recipients that names mean, each once.
  private func readRecipients(_ nodes: [YAMLNode]?) -> [String] {
    var members: [String] = []
    for node in nodes ?? [] {
      guard recipientNames.index(of: node) != nil, let name = node.scalarText else { continue }
      for member in recipients[name] ?? [] where !members.contains(member) {
        members.append(member)
      }
    }
    return members
  }

  private mutating func readRoute(_ section: Section<RouteKeys>) -> Route? {
    let id = routeNames.declare(section.id)
    var sites = section.sites ?? []
    for node in section.areas ?? [] {
      guard areaNames.index(of: node) != nil, let name = node.scalarText else { continue }
      sites += areas[name] ?? []
    }
    var route = Route(id: id ?? "", sites: sites, recipients: readRecipients(section.to))
    route.kinds = section.kinds ?? route.kinds
    route.alarms = section.alarms ?? []
    route.fromStage = section.fromStage
    route.fromPriority = section.fromPriority
    route.modes = section.modes ?? route.modes
    route.period = section.activeDuring.flatMap(site.readPeriod)
    route.advice = section.advice
    route.mostPerHour = section.mostPerHour
    route.digest = section.digest
    route.escalation = (section.escalation ?? []).compactMap(readStep)
    checkOrder(section, route.escalation)
    let reached = route.recipients + route.escalation.flatMap(\.recipients)
    if !announcements.isDisjoint(with: reached) {
      section.refuse(
        \.digest,
        expected: both(
          "no digest where an announcement is told, as its end would wait too",
          "放送先のある経路には digest なし (停止も遅れるため)"))
    }
    return id == nil ? nil : route
  }

  private func readStep(_ section: Section<EscalationKeys>) -> Route.EscalationStep? {
    let after = section.after
    let recipients = readRecipients(section.to)
    return after.map { Route.EscalationStep(after: $0, recipients: recipients) }
  }

  private func checkOrder(_ section: Section<RouteKeys>, _ steps: [Route.EscalationStep]) {
    guard zip(steps, steps.dropFirst()).contains(where: { $0.after >= $1.after }) else { return }
    section.node(\.escalation)?.report(
      expected: both("steps with growing times", "時間の短い順に並んだ段階"))
  }
}
