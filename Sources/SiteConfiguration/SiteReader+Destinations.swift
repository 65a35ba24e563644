internal import Delivery
internal import DetectionCore

// The section `destinations`: brokers, and how to speak to them.
extension SiteReader {
  /// Every destination costs a session and a place in each event's list of acknowledgements.
  private static let maximumDestinations = 8

  mutating func readDestinations(_ root: YAMLNode) {
    let nodes = root.optional("destinations")?.list(counts: 0...Self.maximumDestinations)
    for node in nodes ?? [] { readDestination(node) }
  }

  private mutating func readDestination(_ node: YAMLNode) {
    let id = destinationNames.declare(node)
    let host = node.string("host")
    let securityNode = node.required("security")
    let security = securityNode.flatMap(readSecurity)
    let port = node.optional("port")?.integer(in: 1...65_535)
    let username = node.optional("username")?.string()
    let passwordFile = node.optional("passwordFile")?.absolutePath()
    let topicRoot = node.optional("topicRoot").map(readTopicRoot) ?? "nomori/v1"
    let keepAlive = node.optional("keepAlive")?.duration(atLeast: .seconds(5)) ?? .seconds(30)
    let operators = node.optional("commands").flatMap { commands in
      defer { commands.finish() }
      return commands.list("operators", counts: 1...32)?.compactMap { $0.string() }
    }
    refuseSecret(node)
    node.finish()
    guard let id, let host, let security, let topicRoot else { return }
    if security == .none, !isLoopback(host), let securityNode {
      securityNode.report(
        .warning,
        expected: both(
          "tls; \(host) is not this machine, and anyone on the way can read and forge alerts",
          "tls (\(host) はこの機器の外にあり、途中で読まれ改ざんされうる)"))
    }
    destinations.append(
      DestinationPlan(
        id: id, host: host, port: UInt16(port ?? (security == .none ? 1883 : 8883)),
        security: security, username: username, passwordFile: passwordFile,
        topicRoot: topicRoot,
        keepAliveSeconds: UInt16(min(keepAlive.nanoseconds / 1_000_000_000, 65_535)),
        operators: operators ?? []))
  }

  private func readSecurity(_ node: YAMLNode) -> DestinationPlan.Security? {
    guard node.isMappingNode else {
      guard let word = node.choice(["none", "tls"]) else { return nil }
      return word == "none"
        ? DestinationPlan.Security.none
        : .tls(authorityFile: nil, certificateFile: nil, keyFile: nil)
    }
    guard let tls = node.required("tls") else { return nil }
    node.finish()
    let authority = tls.optional("authorityFile")?.absolutePath()
    let certificate = tls.optional("certificateFile")
    let key = tls.optional("keyFile")
    tls.finish()
    if (certificate == nil) != (key == nil) {
      tls.report(
        expected: both(
          "certificateFile and keyFile together", "certificateFile と keyFile の両方"))
    }
    return .tls(
      authorityFile: authority, certificateFile: certificate?.absolutePath(),
      keyFile: key?.absolutePath())
  }

  /// A site file is copied into every recording; a secret in it would leave the box.
  private func refuseSecret(_ node: YAMLNode) {
    node.optional("password")?.report(
      found: .value("…"),
      expected: both(
        "no secret in this file; put it into a file of mode 0600 and name that as passwordFile",
        "秘密をこのファイルに書かないこと (モード 0600 の別ファイルに置き passwordFile で指定)"))
  }

  private func readTopicRoot(_ node: YAMLNode) -> String? {
    guard let root = node.string() else { return nil }
    let levels = root.split(separator: "/", omittingEmptySubsequences: false)
    guard levels.allSatisfy({ !$0.isEmpty }), !root.contains("+"), !root.contains("#"),
      !root.hasPrefix("$")
    else {
      node.report(
        expected: both(
          "topic levels without +, #, a leading $ or empty levels, such as nomori/v1",
          "+・#・先頭の $・空の階層を含まないトピック (例: nomori/v1)"))
      return nil
    }
    return root
  }

  private func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
