/// Thrown when a record cannot be used.
struct UnusableRecord: Error {
  var reason: RecordingDamage.Reason
}

/// Takes MCAP's field types from a record's content, one after another; never past its end.
struct ByteCursor {
  /// The kind of record, to name in an error.
  let opcode: UInt8
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  init(_ bytes: ArraySlice<UInt8>, opcode: UInt8) {
    self.bytes = bytes
    self.opcode = opcode
    index = bytes.startIndex
  }

  var malformed: UnusableRecord { UnusableRecord(reason: .malformed(opcode: opcode)) }

  var remaining: Int { bytes.endIndex - index }

  mutating func number<Bits: FixedWidthInteger & UnsignedInteger>(
    _ type: Bits.Type = Bits.self
  ) throws(UnusableRecord) -> Bits {
    let size = Bits.bitWidth / 8
    guard size <= remaining else { throw malformed }
    defer { index += size }
    return bytes.littleEndian(at: index)
  }

  mutating func slice(_ count: some UnsignedInteger) throws(UnusableRecord) -> ArraySlice<UInt8> {
    guard count <= remaining else { throw malformed }
    let count = Int(count)
    defer { index += count }
    return bytes[index..<index + count]
  }

  /// Bytes behind a length of 32 bits.
  mutating func prefixedBytes() throws(UnusableRecord) -> ArraySlice<UInt8> {
    try slice(try number(UInt32.self))
  }

  mutating func string() throws(UnusableRecord) -> String {
    guard let string = String(validating: try prefixedBytes(), as: UTF8.self) else {
      throw malformed
    }
    return string
  }

  mutating func map() throws(UnusableRecord) -> [(key: String, value: String)] {
    var inner = ByteCursor(try prefixedBytes(), opcode: opcode)
    var entries: [(key: String, value: String)] = []
    while inner.remaining > 0 { entries.append((try inner.string(), try inner.string())) }
    return entries
  }

  /// All that is left.
  mutating func rest() -> ArraySlice<UInt8> {
    defer { index = bytes.endIndex }
    return bytes[index...]
  }
}

// The records, field by field in the order of the specification. Fields that a later version may
// add at the end of a record are passed over.

extension MCAPHeader {
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    profile = try cursor.string()
    library = try cursor.string()
  }
}

extension MCAPSchema {
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    id = SchemaID(rawValue: try cursor.number())
    name = try cursor.string()
    encoding = try cursor.string()
    data = try cursor.prefixedBytes()
  }
}

extension MCAPChannel {
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    id = ChannelID(rawValue: try cursor.number())
    schema = SchemaID(rawValue: try cursor.number())
    topic = try cursor.string()
    messageEncoding = try cursor.string()
    metadata = try cursor.map()
  }
}

extension MCAPMessage {
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    channel = ChannelID(rawValue: try cursor.number())
    sequence = try cursor.number()
    logTime = try cursor.number()
    publishTime = try cursor.number()
    data = cursor.rest()
  }
}

extension MCAPAttachment {
  /// The attachment without its checksum, which follows.
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    logTime = try cursor.number()
    createTime = try cursor.number()
    name = try cursor.string()
    mediaType = try cursor.string()
    data = try cursor.slice(try cursor.number(UInt64.self))
  }
}

extension MCAPMetadata {
  init(from cursor: inout ByteCursor) throws(UnusableRecord) {
    name = try cursor.string()
    entries = try cursor.map()
  }
}
