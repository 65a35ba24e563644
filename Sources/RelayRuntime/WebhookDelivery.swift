internal import AcknowledgementServer
internal import Alerting
internal import DetectionCore
internal import struct Foundation.Data
internal import LinuxHost
internal import MessageSender

/// Hands notifications to a service of the web.
struct WebhookDelivery: NotificationSender {
  private let template: Webhook.Template
  private let secret: WebhookSecret?
  private let writer: WebhookWriter
  private let sender: WebSender

  /// Nil where the library does not start, or the address is none.
  init?(_ webhook: Webhook, secret: WebhookSecret?, writer: WebhookWriter) {
    guard let sender = WebSender(url: webhook.url, authorityFile: webhook.authorityFile) else {
      return nil
    }
    self.sender = sender
    self.secret = secret
    self.writer = writer
    template = webhook.template
  }

  func send(_ notification: Notification) -> SendOutcome? {
    let key = Self.key(of: notification.id)
    return writer.body(of: notification, key: key).map { body in
      let answer = sender.send(body, headers: headers(key, body))
      // LINE's word for a message that it has taken before.
      if template == .line, case .answered(409, _) = answer { return .sent }
      return answer.outcome
    }
  }

  private func headers(_ key: String, _ body: [UInt8]) -> [String] {
    var headers: [String] = []
    switch secret {
    case .token(let token): headers.append("Authorization: Bearer \(token)")
    case .signing(let secret):
      let seconds = EventIntake.now.nanoseconds / 1_000_000_000
      headers += secret.headers(id: key, seconds: seconds, body: body)
    case nil: break
    }
    if template == .line { headers.append("X-Line-Retry-Key: \(key)") }
    return headers
  }

  /// A UUID made from a notification's id, always the same (RFC 9562, version 8).
  static func key(of id: String) -> String {
    let code = SigningKey.naming.authenticationCode(of: Array(id.utf8))
    var bytes = (0..<16).map { code[$0] }
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }
}

/// What a service knows the relay by.
enum WebhookSecret: Sendable {
  /// The service's own token.
  case token(String)
  /// What payloads are signed with.
  case signing(WebhookSignature)

  /// Reads the secret of a webhook; nil where it has none.
  init?(_ webhook: Webhook) throws {
    guard let file = webhook.secretFile else { return nil }
    let text = try readSecret(file)
    if webhook.template == .json {
      guard let signature = WebhookSignature(text) else { throw Unusable(path: file, isKey: true) }
      self = .signing(signature)
    } else {
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw Unusable(path: file, isKey: false)
      }
      self = .token(text)
    }
  }

  /// What is wrong with a file; its content is not told.
  struct Unusable: Error, CustomStringConvertible {
    var path: String
    var isKey: Bool
    var description: String {
      isKey
        ? "\(path): expected whsec_ and the Base64 of 24 to 64 random bytes (echo whsec_$(openssl rand -base64 32))"
        : "\(path): expected a token in the first line"
    }
  }
}

/// Signs payloads as Standard Webhooks has it: the same id for each repeat, a time that bounds replays, and a code of
/// both and the body.
struct WebhookSignature: Sendable {
  private let key: SigningKey

  /// The secret that a text is; nil where it is none.
  init?(_ secret: String) {
    let prefix = "whsec_"
    guard secret.hasPrefix(prefix),
      let bytes = Data(base64Encoded: String(secret.dropFirst(prefix.count))),
      bytes.count <= 64, let key = SigningKey(Array(bytes), atLeast: 24)
    else { return nil }
    self.key = key
  }

  /// The three headers.
  ///
  /// - Parameter seconds: the time of the attempt, since 1970.
  func headers(id: String, seconds: Int64, body: [UInt8]) -> [String] {
    let code = key.authenticationCode(of: Array("\(id).\(seconds).".utf8) + body)
    return [
      "webhook-id: \(id)", "webhook-timestamp: \(seconds)",
      "webhook-signature: v1,\(Data(code).base64EncodedString())",
    ]
  }
}
