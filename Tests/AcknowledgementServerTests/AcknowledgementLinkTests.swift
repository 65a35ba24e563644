import AcknowledgementServer
import Testing

@Suite("The links of mails")
struct AcknowledgementLinkTests {
  private let link = AcknowledgementLink(incident: "s-1-1", event: "s-1-2", person: "abe")

  private func key(_ byte: UInt8) throws -> SigningKey {
    try #require(SigningKey([UInt8](repeating: byte, count: 32)))
  }

  /// The link that the parts of a path are.
  private func read(_ path: String, _ key: SigningKey) -> AcknowledgementLink? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count == 5 else { return nil }
    return AcknowledgementLink(
      incident: parts[1], event: parts[2], person: parts[3], signature: parts[4], key: key)
  }

  @Test("A link reads back with its key, and with no other")
  func keys() throws {
    let path = link.path(key: try key(7))
    #expect(read(path, try key(7)) == link)
    #expect(read(path, try key(8)) == nil)
  }

  @Test("No byte of a link can be changed, and nothing moves from one part to another")
  func tampering() throws {
    let key = try key(7)
    let path = link.path(key: key)
    for place in path.indices
    where path[place] != "/" && place > path.index(path.startIndex, offsetBy: 12) {
      var changed = path
      changed.replaceSubrange(place...place, with: path[place] == "0" ? "1" : "0")
      #expect(read(changed, key) == nil, "\(changed)")
    }
    let signature = String(path.split(separator: "/")[4])
    let moved = AcknowledgementLink(
      incident: "s-1-1s", event: "-1-2", person: "abe", signature: signature, key: key)
    #expect(moved == nil)
    let cut = AcknowledgementLink(
      incident: "s-1-1", event: "s-1-2", person: "abe", signature: "", key: key)
    #expect(cut == nil)
  }

  @Test("A signature is HMAC-SHA256 of the parts, as others compute it")
  func vector() throws {
    // python3 -c 'import hmac; print(hmac.new(b"\7"*32, b"s-1-1\0s-1-2\0abe\0", "sha256").hexdigest()[:32])'
    #expect(link.path(key: try key(7)).hasSuffix("/0be2fe6d480e99be152dab0c18c8e3ad"))
  }

  @Test("A short key is none")
  func shortKey() { #expect(SigningKey([UInt8](repeating: 1, count: 31)) == nil) }
}
