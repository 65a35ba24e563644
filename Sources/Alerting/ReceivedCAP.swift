/// An alert of the Common Alerting Protocol as a box writes it. Its box alone knows who it is from, for where and how
/// grave it is, and what it refers to; so it is passed on as it came.
public struct ReceivedCAP: Hashable, Sendable {
  /// Its name, which no other alert has.
  public var identifier: String
  /// The whole document.
  public var document: [UInt8]

  /// The alert that a message of `site` holds; nil where it is none of that site in the form in which boxes write
  /// them.
  public init?(_ payload: [UInt8], of site: Substring) {
    let begin =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"\(Self.namespace)\"><identifier>"
    guard let text = String(validating: payload, as: UTF8.self), text.hasPrefix(begin),
      text.hasSuffix("</alert>\n")
    else { return nil }
    let rest = text.dropFirst(begin.count)
    let name = String(rest.prefix { $0 != "<" })
    // A broker that takes no dots has dashes in the topic.
    let owner = site.replacing(".", with: "-") + "-"
    guard rest.dropFirst(name.count).hasPrefix("</identifier>"),
      name.replacing(".", with: "-").hasPrefix(owner),
      name.utf8.count <= Self.mostInName, name.utf8.allSatisfy(Self.isPlain)
    else { return nil }
    identifier = name
    document = payload
  }

  /// What a name of a file may have, and its ending.
  private static let mostInName = 240
  private static let namespace = "urn:oasis:names:tc:emergency:cap:1.2"

  /// A name of a file, that leads to no other folder.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_".utf8.contains(byte)
  }
}
