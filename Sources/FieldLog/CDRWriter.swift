/// Encodes values as ROS 2 does: OMG CDR (XCDR1, "plain"), little-endian, after the four-byte
/// encapsulation header `00 01 00 00`.
///
/// Every primitive is aligned to its own size, counted from the end of the header; padding is zero.
public struct CDRWriter: Sendable {
  /// The message so far, header included.
  public private(set) var bytes: [UInt8]

  /// Starts a message.
  public init() { bytes = CDREncapsulation.littleEndian }

  /// Starts the next message in the same memory.
  public mutating func restart() {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: CDREncapsulation.littleEndian)
  }

  /// Appends `value`.
  public mutating func append(_ value: some CDRValue) { value.write(to: &self) }

  mutating func append<Bits: FixedWidthInteger & UnsignedInteger>(bits: Bits) {
    let size = Bits.bitWidth / 8
    while (bytes.count - CDREncapsulation.byteCount) % size != 0 { bytes.append(0) }
    bytes.append(littleEndian: bits)
  }

  mutating func append(string: String) {
    append(bits: UInt32(string.utf8.count + 1))
    bytes.append(contentsOf: string.utf8)
    bytes.append(0)
  }

  mutating func append(sequence: [some CDRPrimitive]) {
    append(bits: UInt32(sequence.count))
    for element in sequence { append(bits: element.cdrBits) }
  }
}

/// The four bytes in front of every CDR message.
enum CDREncapsulation {
  static let littleEndian: [UInt8] = [0, 1, 0, 0]
  static let byteCount = 4
}
