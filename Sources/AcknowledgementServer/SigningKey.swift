internal import COpenSSL

/// What something is signed with: a secret of the relay, or one that it shares with a receiver.
public struct SigningKey: Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// The key that `bytes` are; nil where they are fewer than `count`.
  public init?(_ bytes: [UInt8], atLeast count: Int = 32) {
    guard bytes.count >= count else { return nil }
    self.bytes = bytes
  }

  private init(public text: StaticString) {
    bytes = text.withUTF8Buffer { unsafe Array($0) }
  }

  /// No secret: names what has a name of another form already.
  public static let naming = SigningKey(public: "nomori")

  /// HMAC-SHA256 (RFC 2104) of `message`: 32 bytes.
  public func authenticationCode(of message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    let isMade = unsafe HMAC(
      EVP_sha256(), bytes, Int32(clamping: bytes.count), message, message.count, &code, &count)
    precondition(unsafe isMade != nil && count == 32, "OpenSSL knows SHA-256")
    return code
  }

  /// Not the key.
  public var description: String { "a key" }
}
