/// Writes the wire format of Protocol Buffers: each field is its number with the kind of its content, then the
/// content; numbers as varints, whatever has a length behind its length. Fields may come in any order.
///
/// Source: Protocol Buffers, Encoding (protobuf.dev/programming-guides/encoding).
struct ProtobufWriter {
  /// How the content of a field is written.
  enum Wire: UInt64 {
    /// Seven bits a byte, the lowest first, the eighth bit set where more follow.
    case varint = 0
    /// Eight bytes, the lowest first.
    case fixed64 = 1
    /// A length as a varint, then so many bytes.
    case delimited = 2
  }

  /// What has been written.
  private(set) var bytes: [UInt8] = []

  /// Writes an unsigned number, or the bits of a signed one.
  mutating func field(_ number: UInt64, _ value: UInt64) {
    key(number, .varint)
    varint(value)
  }

  /// Writes a truth value.
  mutating func field(_ number: UInt64, _ value: Bool) { field(number, UInt64(value ? 1 : 0)) }

  /// Writes a double.
  mutating func field(_ number: UInt64, _ value: Double) {
    key(number, .fixed64)
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  /// Writes a text.
  mutating func field(_ number: UInt64, _ value: String) {
    key(number, .delimited)
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Writes a message within this one.
  mutating func field(_ number: UInt64, _ body: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    body(&inner)
    key(number, .delimited)
    varint(UInt64(inner.bytes.count))
    bytes.append(contentsOf: inner.bytes)
  }

  private mutating func key(_ number: UInt64, _ wire: Wire) { varint(number << 3 | wire.rawValue) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
