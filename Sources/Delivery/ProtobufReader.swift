/// Reads the wire format of Protocol Buffers field by field, out of bytes that may be anything.
struct ProtobufReader {
  /// What stands in a field.
  enum Content {
    /// A number or a truth value.
    case number(UInt64)
    /// A text, bytes, a message, or the four or eight bytes of a number of fixed width.
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>
  /// True where the bytes were no message.
  private(set) var isBroken = false

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next field; nil at the end, and where nothing sensible follows.
  mutating func next() -> (number: UInt64, content: Content)? {
    guard !rest.isEmpty, !isBroken else { return nil }
    guard let key = varint(), key >> 3 > 0, let content = content(as: key & 7) else {
      isBroken = true
      return nil
    }
    return (key >> 3, content)
  }

  private mutating func content(as wire: UInt64) -> Content? {
    switch wire {
    case 0: varint().map(Content.number)
    case 1: take(8).map(Content.bytes)
    case 2: varint().flatMap { take($0) }.map(Content.bytes)
    case 5: take(4).map(Content.bytes)
    default: nil
    }
  }

  private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
    guard count <= UInt64(rest.count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    // Ten bytes hold 64 bits.
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
