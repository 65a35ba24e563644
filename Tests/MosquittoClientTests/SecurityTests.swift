import Delivery
import Foundation
import LinuxHost
import MosquittoClient
import Testing

@Suite(
  "Passwords and TLS with a real mosquitto", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct SecurityTests {
  @Test("The right password is let in; a wrong one, and none, are not")
  func passwords() throws {
    let broker = try PrivateBroker(settings: ["password_file FOLDER/users"]) { folder in
      _ = try outputOf(["mosquitto_passwd", "-b", "-c", folder + "/users", "box", "right secret"])
    }
    var plan = DestinationPlan.local(broker)
    plan.username = "box"
    plan.passwordFile = try Self.password("right secret\n", in: broker.folder)
    var welcome = try DrivenSession(plan, "s")
    #expect(try welcome.failureOfConnecting() == nil)

    plan.passwordFile = try Self.password("wrong secret\n", in: broker.folder)
    var stranger = try DrivenSession(plan, "s")
    let error = try stranger.failureOfConnecting()
    guard case .notAuthorized = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.recovery == .holdOutput)
    #expect(error?.description.contains("secret") == false)

    var nobody = try DrivenSession(.local(broker), "s")
    guard case .notAuthorized = try nobody.failureOfConnecting() else {
      Issue.record("a client without a password was let in")
      return
    }
  }

  @Test("A password file that others may read, or that makes no sense, is refused by name")
  func passwordFiles() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-password")
    defer { removeFolder(folder) }
    let open = try Self.password("secret", in: folder, permissions: 0o640)
    let empty = try Self.password("\n", in: folder)
    let long = try Self.password(String(repeating: "x", count: 2_000), in: folder)
    let binary = try Self.password("a\u{0}b", in: folder)
    for path in [open, empty, long, binary, folder + "/absent"] {
      let plan = DestinationPlan(
        id: "d", host: "localhost", port: 1, username: "box", passwordFile: path)
      let error = #expect(throws: BrokerError.self) {
        _ = try MQTTSession(plan: plan, clientID: "s", will: nil)
      }
      guard case .badFile(path, let reason) = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
      #expect(error?.recovery == .refuseStart)
      #expect(!reason.contains("secret"))
    }
  }

  @Test("TLS: the right authority is trusted; a wrong one, the system's and a wrong name are not")
  func tls() throws {
    let broker = try PrivateBroker(settings: Self.tlsSettings) { folder in
      try Self.makeAuthority("ca", in: folder)
      try Self.makeAuthority("other", in: folder)
      try Self.makeServer(signedBy: "ca", in: folder)
    }
    func plan(_ authority: String?, host: String = "localhost") -> DestinationPlan {
      var plan = DestinationPlan.local(broker)
      plan.host = host
      plan.security = .tls(authorityFile: authority, certificateFile: nil, keyFile: nil)
      return plan
    }

    var trusting = try DrivenSession(plan(broker.folder + "/ca.crt"), "s")
    try trusting.connect()
    try trusting.subscribe(to: "many")
    let big = String(repeating: "水", count: 5_000)
    for number in 1...10 { _ = try trusting.session.publish(.sample("many", "\(number)" + big)) }
    for number in 1...10 { #expect(try trusting.message().text == "\(number)" + big) }

    let elsewhere = plan(broker.folder + "/ca.crt", host: "127.0.0.1")
    let wrong: [(plan: DestinationPlan, failure: TrustFailure)] = [
      (plan(broker.folder + "/other.crt"), .unknownAuthority), (plan(nil), .unknownAuthority),
      (elsewhere, .wrongName(host: "127.0.0.1")),
    ]
    for (plan, failure) in wrong {
      var session = try DrivenSession(plan, "s")
      #expect(try session.failureOfConnecting() == .notTrusted(failure), "\(plan.security)")
    }
  }

  @Test(
    "TLS: a certificate whose time is over, or has not begun, is named as such",
    arguments: [
      ("20200101000000Z", "20210101000000Z", TrustFailure.expired),
      ("20900101000000Z", "20910101000000Z", TrustFailure.notYetValid),
    ])
  func wrongTime(begin: String, end: String, failure: TrustFailure) throws {
    let broker = try PrivateBroker(settings: Self.tlsSettings) { folder in
      try Self.makeAuthority("ca", in: folder)
      try Self.makeServer(signedBy: "ca", from: begin, to: end, in: folder)
    }
    var plan = DestinationPlan.local(broker)
    plan.host = "localhost"
    plan.security = .tls(
      authorityFile: broker.folder + "/ca.crt", certificateFile: nil, keyFile: nil)
    var session = try DrivenSession(plan, "s")
    #expect(try session.failureOfConnecting() == .notTrusted(failure))
    #expect("\(TrustFailure.notYetValid)".contains("clock of this machine may be wrong"))
  }

  @Test(
    "TLS: a broker that wants a certificate of ours refuses us by name, and is not called silent")
  func clientCertificate() throws {
    let broker = try PrivateBroker(
      settings: Self.tlsSettings + ["require_certificate true"]
    ) { folder in
      try Self.makeAuthority("ca", in: folder)
      try Self.makeServer(signedBy: "ca", in: folder)
    }
    var plan = DestinationPlan.local(broker)
    plan.host = "localhost"
    plan.security = .tls(
      authorityFile: broker.folder + "/ca.crt", certificateFile: nil, keyFile: nil)
    // The broker closes with our CONNECT unread, which may cost its last words: not each time.
    var isNamed = false
    for _ in 0..<50 where !isNamed {
      var session = try DrivenSession(plan, "s")
      switch try session.failureOfConnecting() {
      case .notTrusted(.other(let reason))?: isNamed = reason.contains("alert")
      case .closedUnanswered?: break
      case let error: Issue.record("\(String(describing: error))")
      }
    }
    #expect(isNamed)
  }

  private static let tlsSettings = [
    "allow_anonymous true", "cafile FOLDER/ca.crt", "certfile FOLDER/server.crt",
    "keyfile FOLDER/server.key",
  ]

  @Test("A certificate file that is absent is refused by name")
  func absentCertificate() throws {
    let plan = DestinationPlan(
      id: "d", host: "localhost", port: 1,
      security: .tls(authorityFile: "/nowhere/ca.crt", certificateFile: nil, keyFile: nil))
    let error = #expect(throws: BrokerError.self) {
      _ = try MQTTSession(plan: plan, clientID: "s", will: nil)
    }
    guard case .badFile("/nowhere/ca.crt", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  private static func password(
    _ text: String, in folder: String, permissions: Int = 0o600
  ) throws -> String {
    let path = folder + "/password-\(UUID())"
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    return path
  }

  private static func makeAuthority(_ name: String, in folder: String) throws {
    _ = try outputOf([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-days", "2", "-subj", "/CN=Test authority \(name)", "-keyout",
      "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt",
    ])
  }

  private static func makeServer(
    signedBy authority: String, from begin: String? = nil, to end: String? = nil, in folder: String
  ) throws {
    let server = folder + "/server"
    _ = try outputOf([
      "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
      server + ".key", "-out", server + ".csr",
    ])
    if let begin, let end {
      // Only `openssl ca` (3.0) takes a first day.
      let settings = """
        [ca]
        default_ca = authority
        [authority]
        database = \(folder)/index
        new_certs_dir = \(folder)
        rand_serial = yes
        default_md = sha256
        policy = names
        copy_extensions = copy
        [names]
        commonName = supplied

        """
      try settings.write(toFile: folder + "/ca.conf", atomically: true, encoding: .utf8)
      try "".write(toFile: folder + "/index", atomically: true, encoding: .utf8)
      _ = try outputOf([
        "openssl", "ca", "-batch", "-notext", "-config", folder + "/ca.conf", "-cert",
        "\(folder)/\(authority).crt", "-keyfile", "\(folder)/\(authority).key", "-in",
        server + ".csr", "-out", server + ".crt", "-startdate", begin, "-enddate", end,
      ])
    } else {
      _ = try outputOf([
        "openssl", "x509", "-req", "-in", server + ".csr", "-CA", "\(folder)/\(authority).crt",
        "-CAkey", "\(folder)/\(authority).key", "-CAcreateserial", "-days", "2",
        "-copy_extensions", "copy", "-out", server + ".crt",
      ])
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: server + ".key")
  }
}
