/// The CRC-32 of IEEE 802.3 (polynomial 0x04C11DB7 reflected, initial value and final inversion
/// all ones), as MCAP, zip and gzip use it.
///
/// Eight bytes are folded in a step ("slicing by 8": Kounavis and Berry, 2005).
public struct CRC32: Equatable, Sendable {
  private var register: UInt32 = .max

  /// The checksum of no bytes at all.
  public init() {}

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~register }

  /// The checksum of `bytes`.
  public static func checksum(of bytes: [UInt8]) -> UInt32 { checksum(of: bytes[...]) }

  /// The checksum of `bytes`.
  public static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    var checksum = CRC32()
    checksum.update(bytes)
    return checksum.value
  }

  /// Takes in the next `slice`.
  public mutating func update(_ slice: ArraySlice<UInt8>) {
    let bytes = slice.span
    let table = Self.table
    var state = register
    var index = 0
    while index + 8 <= bytes.count {
      state ^= UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
      state ^= UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
      var folded = table[0x700 + Int(state & 0xFF)]
      folded ^= table[0x600 + Int(state >> 8 & 0xFF)]
      folded ^= table[0x500 + Int(state >> 16 & 0xFF)]
      folded ^= table[0x400 + Int(state >> 24)]
      folded ^= table[0x300 + Int(bytes[index + 4])]
      folded ^= table[0x200 + Int(bytes[index + 5])]
      folded ^= table[0x100 + Int(bytes[index + 6])]
      folded ^= table[Int(bytes[index + 7])]
      state = folded
      index += 8
    }
    while index < bytes.count {
      state = state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ bytes[index])]
      index += 1
    }
    register = state
  }

  /// Entry `256 * zeros + byte`: what `byte` followed by `zeros` zero bytes contributes.
  private static let table: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var entry = UInt32(byte)
      for _ in 0..<8 { entry = entry & 1 == 1 ? entry >> 1 ^ 0xEDB8_8320 : entry >> 1 }
      table[byte] = entry
    }
    for entry in 256..<2048 {
      let shorter = table[entry - 256]
      table[entry] = shorter >> 8 ^ table[Int(shorter & 0xFF)]
    }
    return table
  }()
}
