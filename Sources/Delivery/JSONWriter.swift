internal import DetectionCore

/// Writes one JSON text (RFC 8259) in UTF-8, keys in the order of the calls.
///
/// Numbers are the shortest text that reads back to the same bits; numbers that JSON cannot
/// hold are `null`. Strings keep their characters, except those that must be escaped.
public struct JSONWriter {
  /// What has been written.
  private(set) var bytes: [UInt8] = []
  /// True when the next key or element needs a comma before it.
  private var needsComma = false

  /// Writes one object whose members `body` writes, and returns its bytes.
  public static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.bytes.reserveCapacity(1024)
    writer.braces(body)
    return writer.bytes
  }

  /// Writes a member; nil as `null`.
  public mutating func member(_ key: String, _ value: String?) {
    name(key)
    if let value { string(value) } else { raw("null") }
  }

  /// Writes a member; what is no finite number as `null`.
  public mutating func member(_ key: String, _ value: Double) {
    name(key)
    raw(value.isFinite ? value.description : "null")
  }

  /// Writes a member.
  public mutating func member(_ key: String, _ value: some BinaryInteger) {
    name(key)
    if let number = Int64(exactly: value) {
      bytes.append(digits: number)
    } else {
      raw(String(value))
    }
  }

  /// Writes a member: the moment as `CivilTime.timestamp` has it.
  mutating func member(_ key: String, _ time: CivilTime) {
    name(key)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(timestamp: time)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a member.
  public mutating func member(_ key: String, _ value: Bool) {
    name(key)
    raw(value ? "true" : "false")
  }

  /// Writes a member: the text in all languages; nil as `null`.
  public mutating func member(_ key: String, _ value: LocalizedText?) {
    guard let value else { return null(key) }
    member(key) { text in
      text.member("en", value.english)
      text.member("ja", value.japanese)
    }
  }

  /// Writes an object, whose members `body` writes.
  public mutating func member(_ key: String, _ body: (inout JSONWriter) -> Void) {
    name(key)
    braces(body)
  }

  /// Writes a list of objects, whose members `body` writes.
  public mutating func member<Elements: Sequence>(
    _ key: String, each elements: Elements,
    _ body: (inout JSONWriter, Elements.Element) -> Void
  ) {
    name(key)
    bytes.append(UInt8(ascii: "["))
    needsComma = false
    for element in elements {
      if needsComma { bytes.append(UInt8(ascii: ",")) }
      braces { body(&$0, element) }
    }
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  /// Writes a list of texts.
  public mutating func member(_ key: String, texts: [String]) {
    list(key, texts) { $0.string($1) }
  }

  /// Writes a list of numbers; what is no finite number as `null`.
  mutating func member(_ key: String, numbers: [Double]) {
    list(key, numbers) { $0.raw($1.isFinite ? $1.description : "null") }
  }

  private mutating func list<Element>(
    _ key: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    name(key)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Writes a member that is `null`.
  public mutating func null(_ key: String) {
    name(key)
    raw("null")
  }

  private mutating func braces(_ body: (inout JSONWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
    body(&self)
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  private mutating func name(_ key: String) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    string(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = true
  }

  private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.contains(where: Self.mustBeEscaped) {
      for byte in text.utf8 { escaped(byte) }
    } else {
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
  }

  private mutating func escaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case 0x08: raw("\\b")
    case 0x09: raw("\\t")
    case 0x0A: raw("\\n")
    case 0x0C: raw("\\f")
    case 0x0D: raw("\\r")
    case 0x00...0x1F, 0x7F:
      raw("\\u00")
      raw(byte < 0x10 ? "0" : "")
      raw(String(byte, radix: 16))
    default: bytes.append(byte)
    }
  }
}
