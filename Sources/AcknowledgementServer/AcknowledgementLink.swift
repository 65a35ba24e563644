/// What a link of a mail says: which person acknowledges which event of which incident. Whoever has the link may, and
/// nobody can make one without the key.
public struct AcknowledgementLink: Hashable, Sendable {
  /// The incident's id.
  public var incident: String
  /// The id of the last event that the mail told of; what came later is not acknowledged by it.
  public var event: String
  /// The person's id.
  public var person: String

  /// Makes a link.
  public init(incident: String, event: String, person: String) {
    self.incident = incident
    self.event = event
    self.person = person
  }

  /// The signature's first bytes: 128 bits, which nobody guesses.
  private static let signatureBytes = 16

  /// The path below the server's root.
  public func path(key: SigningKey) -> String {
    "/acknowledge/\(incident)/\(event)/\(person)/\(signature(key))"
  }

  /// The link that a path's parts are; nil where its signature is none of `key`.
  public init?(
    incident: String, event: String, person: String, signature: String,
    key: SigningKey
  ) {
    self.init(incident: incident, event: event, person: person)
    // Compared without telling by the time how much of it was right.
    let (mine, theirs) = (Array(self.signature(key).utf8), Array(signature.utf8))
    let difference = zip(mine, theirs).reduce(0) { $0 | ($1.0 ^ $1.1) }
    guard mine.count == theirs.count, difference == 0 else { return nil }
  }

  /// HMAC-SHA256 of the parts, each ended by a byte that no id holds, in hexadecimal.
  private func signature(_ key: SigningKey) -> String {
    var parts: [UInt8] = []
    for part in [incident, event, person] { parts += Array(part.utf8) + [0] }
    let digits = Array("0123456789abcdef")
    var text = ""
    for byte in key.authenticationCode(of: parts).prefix(Self.signatureBytes) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}
