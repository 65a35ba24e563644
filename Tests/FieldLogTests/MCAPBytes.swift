/// MCAP pieces made byte by byte, apart from the code under test.
enum MCAPBytes {
  static let magic: [UInt8] = [0x89] + Array("MCAP0\r\n".utf8)

  static func number(_ value: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  static func record(_ opcode: UInt8, _ content: [UInt8]) -> [UInt8] {
    [opcode] + number(UInt64(content.count), 8) + content
  }

  /// A chunk without checksum.
  static func chunk(compression: String, expandedBytes: UInt64, records: [UInt8]) -> [UInt8] {
    let times = [UInt8](repeating: 0, count: 16)
    let name = number(UInt64(compression.utf8.count), 4) + Array(compression.utf8)
    let content = times + number(expandedBytes, 8) + number(0, 4) + name
    return record(0x06, content + number(UInt64(records.count), 8) + records)
  }
}

/// Where records stand in a sound file.
enum Layout {
  static func chunks(in bytes: [UInt8]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var offset = MCAPBytes.magic.count
    while offset + 9 <= bytes.count {
      let length = (0..<8).reduce(0) { $0 | Int(bytes[offset + 1 + $1]) << (8 * $1) }
      if bytes[offset] == 0x06 { chunks.append(offset..<offset + 9 + length) }
      offset += 9 + length
    }
    return chunks
  }
}
