/// One Modbus RTU frame: unit address, function code and data, closed by a CRC.
public struct RTUFrame: Hashable, Sendable {
  /// What is wrong with bytes that were to be a frame.
  public enum Fault: Error, Hashable, Sendable {
    /// Shorter than unit address, function code and CRC, or longer than 256 bytes.
    case length(Int)
    /// The last two bytes are not the CRC of the others; these are.
    case crc(expected: [UInt8])
  }

  /// The unit address.
  public var unit: UInt8
  /// The function code and its data.
  public var pdu: [UInt8]

  /// Makes a frame.
  public init(unit: UInt8, pdu: [UInt8]) {
    self.unit = unit
    self.pdu = pdu
  }

  /// Reads a frame and checks its CRC.
  public init(bytes: [UInt8]) throws(Fault) {
    guard (4...256).contains(bytes.count), let unit = bytes.first else {
      throw .length(bytes.count)
    }
    let expected = Self.crc(of: bytes.dropLast(2))
    guard Array(bytes.suffix(2)) == expected else { throw .crc(expected: expected) }
    self.init(unit: unit, pdu: Array(bytes.dropFirst().dropLast(2)))
  }

  /// The frame as on the wire.
  public var bytes: [UInt8] {
    let body = [unit] + pdu
    return body + Self.crc(of: body[...])
  }

  /// The CRC-16 of the Modbus serial line specification (polynomial 0xA001 reflected, start value
  /// 0xFFFF), low byte first as on the wire.
  static func crc(of bytes: ArraySlice<UInt8>) -> [UInt8] {
    let checksum = checksum(of: bytes)
    return [UInt8(truncatingIfNeeded: checksum), UInt8(truncatingIfNeeded: checksum >> 8)]
  }

  /// The same as a number, whose low byte goes first.
  public static func checksum(of bytes: ArraySlice<UInt8>) -> UInt16 {
    var remainder: UInt16 = 0xFFFF
    for byte in bytes {
      remainder ^= UInt16(byte)
      for _ in 0..<8 {
        remainder = remainder & 1 == 0 ? remainder >> 1 : (remainder >> 1) ^ 0xA001
      }
    }
    return remainder
  }
}

extension RTUFrame {
  /// What a request for one of the four tables reads, or nil for any other request.
  var readSpan: RegisterSpan? {
    guard pdu.count == 5,
      let table = RegisterTable.allCases.first(where: { $0.readFunctionCode == pdu[0] })
    else { return nil }
    let count = Self.word(pdu[3], pdu[4])
    let span = RegisterSpan(table: table, address: Self.word(pdu[1], pdu[2]), count: count)
    return count > 0 && span.end <= 0x1_0000 ? span : nil
  }

  /// The words (of bits: 0 or 1) that the answer to a read of `span` carries, or nil where it is
  /// no such answer.
  func words(answering span: RegisterSpan) -> [UInt16]? {
    let count = Int(span.count)
    let length = span.table.isBits ? (count + 7) / 8 : count * 2
    guard pdu.count == length + 2, pdu[0] == span.table.readFunctionCode,
      Int(pdu[1]) == length
    else { return nil }
    let data = Array(pdu.dropFirst(2))
    return (0..<count).map { index in
      guard span.table.isBits else { return Self.word(data[2 * index], data[2 * index + 1]) }
      return UInt16((data[index / 8] >> UInt8(index % 8)) & 1)
    }
  }

  private static func word(_ high: UInt8, _ low: UInt8) -> UInt16 {
    UInt16(high) << 8 | UInt16(low)
  }
}

extension ProfileQuantity {
  /// The function code and data that write `words`, as `encode` gave them, or nil where the
  /// quantity cannot be written.
  public func writeRequest(words: [UInt16]) -> [UInt8]? {
    guard let function = writeFunction, words.count == Int(span.count) else { return nil }
    let coil: UInt16 = words[0] == 0 ? 0 : 0xFF00
    var data = Self.bytes([span.address])
    switch function {
    case .singleCoil: data += Self.bytes(field.type == .bit ? [coil] : words)
    case .singleRegister: data += Self.bytes(words)
    case .multipleCoils: data += [0, 1, 1, coil == 0 ? 0 : 1]
    case .multipleRegisters:
      data += Self.bytes([span.count])
      data.append(UInt8(words.count * 2))
      data += Self.bytes(words)
    case .maskRegister:
      // The register becomes (what it is AND the first mask) OR the second.
      let mask = field.words(for: lowBits(field.width))[0]
      data += Self.bytes([~mask, words[0] & mask])
    }
    return [function.rawValue] + data
  }

  private static func bytes(_ words: [UInt16]) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
  }
}
