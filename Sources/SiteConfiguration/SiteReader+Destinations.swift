internal import Delivery
internal import DetectionCore

// The section `destinations`: brokers, and how to speak to them.

struct DestinationKeys: Keys {
  let id = Key("id", .reference)
  let broker = BrokerKeys()
  let fallbacks = Key(optional: "fallbacks", .list(of: .section(BrokerKeys.self), 1...3))
  let username = Key(optional: "username", .text)
  let passwordFile = Key(optional: "passwordFile", .path)
  let format = Key(
    optional: "format",
    .later(.either([.words(SiteReader.formatWords), .section(FormatKeys.self)])))
  let liveValues = Key("liveValues", .truth, default: true)
  let observations = Key(
    optional: "observations", .list(of: .section(ObservationKeys.self), 1...CoreLimits.points))
  let commands = Key(optional: "commands", .section(CommandKeys.self))
  let topicRoot = Key("topicRoot", .topicRoot, default: "nomori/v1")
  let idSeparator = Key("idSeparator", .choice(IDSeparator.self), default: .dot)
  let keepAlive = Key("keepAlive", .duration(atLeast: .seconds(5)), default: .seconds(30))
}

struct BrokerKeys: Keys {
  let host = Key("host", .text)
  let security = Key(
    "security", .later(.either([.words(["none", "tls"]), .section(SecurityKeys.self)])))
  /// By default that of the protocol, 1883, or 8883 with TLS.
  let port = Key(optional: "port", .port)
}

struct SecurityKeys: Keys {
  let tls = Key("tls", .section(TLSKeys.self))
}

struct TLSKeys: Keys {
  let authorityFile = Key(optional: "authorityFile", .path)
  let certificateFile = Key(optional: "certificateFile", .path)
  let keyFile = Key(optional: "keyFile", .path)
}

struct CommandKeys: Keys {
  let operators = Key("operators", .list(of: .text, 1...32))
}

extension SiteReader {
  mutating func readDestinations(_ root: Section<SiteFileKeys>) {
    for section in root.destinations ?? [] { readDestination(section) }
  }

  private mutating func readDestination(_ section: Section<DestinationKeys>) {
    let id = destinationNames.declare(section.id)
    let first = readBroker(section.broker)
    let fallbacks = (section.fallbacks ?? []).map(readBroker)
    let username = section.username
    let passwordFile = section.passwordFile
    let topicRoot = section.topicRoot
    let idSeparator = section.idSeparator
    checkTopics(section, idSeparator)
    let keepAlive = section.keepAlive
    let operators = section.commands?.operators
    let format = section.format.map(readFormat) ?? .native
    let liveValues = section.liveValues
    let observations = readObservations(section.observations ?? [])
    checkPrimaryHost(section, format)
    guard let id, let first, let format else { return }
    let plan =
      DestinationPlan(
        id: id, host: first.host, port: first.port, security: first.security,
        fallbacks: fallbacks.compactMap(\.self), username: username, passwordFile: passwordFile,
        topicRoot: topicRoot, idSeparator: idSeparator,
        keepAliveSeconds: UInt16(min(keepAlive.nanoseconds / 1_000_000_000, 65_535)),
        operators: operators ?? [], format: format, hasLiveValues: liveValues,
        observations: observations)
    checkSameTopics(section, plan)
    destinations.append(plan)
  }

  /// Two destinations at one broker must not say the same topics: whoever subscribes gets everything twice,
  /// and for Sparkplug one edge node would be two, each with births and numbers of its own.
  private func checkSameTopics(_ section: Section<DestinationKeys>, _ plan: DestinationPlan) {
    for other in destinations where other.sharesBroker(with: plan) {
      switch (plan.format, other.format) {
      case (.sparkplug(let own), .sparkplug(let others)) where own.group == others.group:
        section.node(\.format)?.report(
          expected: both(
            "another group than that of \(other.id): at one broker both would be the same edge node",
            "\(other.id) と異なる group (同じブローカーで同じエッジノードになる)"))
      case (.sparkplug, _), (_, .sparkplug): break
      case _ where plan.topicRoot == other.topicRoot:
        section.node.report(
          .warning,
          expected: both(
            "another topicRoot than that of \(other.id), as both speak to one broker: everything on "
              + "\(plan.topicRoot) comes there twice",
            "\(other.id) と異なる topicRoot (同じブローカーの \(plan.topicRoot) に同じ内容が 2 回届く)"))
      default: break
      }
    }
  }

  /// Where its primary host is gone, an edge node would have to look for it at its other brokers.
  private func checkPrimaryHost(_ section: Section<DestinationKeys>, _ format: FormatPlan?) {
    guard case .sparkplug(let plan)? = format, plan.primaryHost != nil else { return }
    section.node(\.fallbacks)?.report(
      expected: both(
        "no further brokers beside a primaryHost", "primaryHost を使うときは予備のブローカーなし"))
  }

  func readBroker(_ section: Section<BrokerKeys>) -> BrokerAddress? {
    let host = section.host
    let securityNode = section.security
    let security = securityNode.flatMap(readSecurity)
    let port = section.port
    guard let host, let security else { return nil }
    if security == .none, !isLoopback(host), let securityNode {
      securityNode.report(
        .warning,
        expected: both(
          "tls; \(host) is not this machine, and anyone on the way can read and forge alerts",
          "tls (\(host) はこの機器の外にあり、途中で読まれ改ざんされうる)"))
    }
    return BrokerAddress(
      host: host, port: UInt16(port ?? (security == .none ? 1883 : 8883)), security: security)
  }

  /// Two ids must not become one topic: with a dash, `a.b` and `a-b` would.
  private func checkTopics(_ section: Section<DestinationKeys>, _ separator: IDSeparator) {
    guard let node = section.node(\.idSeparator) else { return }
    for names in [pointNames, ruleNames] {
      var topics: [String: String] = [:]
      for id in names.declared {
        let topic = "site/" + id
        let styled = separator.styled(topic)
        if let other = topics.updateValue(id, forKey: styled) {
          node.report(
            expected: both(
              "another value: the topics of \(other) and \(id) would be the same",
              "別の値 (\(other) と \(id) のトピックが同じになる)"))
        }
      }
    }
  }

  private func readSecurity(_ node: YAMLNode) -> DestinationPlan.Security? {
    guard node.isMappingNode else {
      guard let word = node.choice(["none", "tls"]) else { return nil }
      return word == "none"
        ? DestinationPlan.Security.none
        : .tls(authorityFile: nil, certificateFile: nil, keyFile: nil)
    }
    guard let section = Section<SecurityKeys>(node).tls else { return nil }
    if section.has(\.certificateFile) != section.has(\.keyFile) {
      section.node.report(
        expected: both(
          "certificateFile and keyFile together", "certificateFile と keyFile の両方"))
    }
    return .tls(
      authorityFile: section.authorityFile, certificateFile: section.certificateFile,
      keyFile: section.keyFile)
  }

  private func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}

extension DestinationPlan {
  /// True where both may speak to the same broker.
  fileprivate func sharesBroker(with other: DestinationPlan) -> Bool {
    brokers.contains { own in
      other.brokers.contains { $0.host == own.host && $0.port == own.port }
    }
  }
}

extension Kind where Value == String {
  /// Levels of a topic.
  static var topicRoot: Kind { Kind(shape: .text) { $0.topicRoot() } }
}

extension YAMLNode {
  fileprivate func topicRoot() -> String? {
    guard let root = string() else { return nil }
    let levels = root.split(separator: "/", omittingEmptySubsequences: false)
    guard levels.allSatisfy({ !$0.isEmpty }), !root.contains("+"), !root.contains("#"),
      !root.hasPrefix("$")
    else {
      report(
        expected: both(
          "topic levels without +, #, a leading $ or empty levels, such as nomori/v1",
          "+・#・先頭の $・空の階層を含まないトピック (例: nomori/v1)"))
      return nil
    }
    return root
  }
}
