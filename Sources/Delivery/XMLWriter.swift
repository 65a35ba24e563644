/// Writes one XML 1.0 document in UTF-8, elements in the order of the calls, without white space between
/// them.
struct XMLWriter {
  private(set) var bytes: [UInt8] = []

  /// Writes one document whose root element `name` has the default namespace `namespace`.
  static func document(
    _ name: String, namespace: String, _ body: (inout XMLWriter) -> Void
  ) -> [UInt8] {
    var writer = XMLWriter()
    writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<\(name) xmlns=\"\(namespace)\">")
    body(&writer)
    writer.raw("</\(name)>\n")
    return writer.bytes
  }

  /// An element that holds a text; none for nil.
  mutating func element(_ name: String, _ text: String?) {
    guard let text else { return }
    raw("<\(name)>")
    for scalar in text.unicodeScalars { write(scalar) }
    raw("</\(name)>")
  }

  /// An element that holds others.
  mutating func element(_ name: String, _ body: (inout XMLWriter) -> Void) {
    raw("<\(name)>")
    body(&self)
    raw("</\(name)>")
  }

  private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Characters that XML 1.0 cannot hold become the replacement character.
  private mutating func write(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x26: raw("&amp;")
    case 0x3C: raw("&lt;")
    case 0x3E: raw("&gt;")
    case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF:
      bytes.append(
        contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
    default: bytes.append(contentsOf: Unicode.UTF8.encodedReplacementCharacter)
    }
  }
}
