/// Where a person gets mail. Personal data: its description does not tell it, so that it gets into no log
/// by accident.
public struct MailAddress: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The address, as RFC 5321 has it in an envelope.
  public let text: String

  /// An address; nil where `text` is none that goes into an envelope and a header as it is: one `@` with something
  /// before and after it, and neither spaces nor control, quoting or non-ASCII characters.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let isPlain = text.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && !#"<>()[]\,;:""#.utf8.contains(byte)
    }
    // RFC 5321, 4.5.3.1: 64 octets, and 255 for the domain.
    guard isPlain, parts.count == 2, (1...64).contains(parts[0].count),
      (1...255).contains(parts[1].count)
    else { return nil }
    self.text = text
  }

  /// Not the address.
  public var description: String { "a mail address" }
  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
