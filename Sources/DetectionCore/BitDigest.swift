/// A digest of 64-bit words: equal on every processor, and another one whichever word changes.
///
/// FNV-1a a word at a time (Fowler, Noll, Vo, draft-eastlake-fnv). Its upper half is folded in after
/// each word: multiplied alone, the highest bits of two damaged words would cancel each other.
struct BitDigest: BitwiseCopyable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  /// How many words it covers.
  private(set) var count: UInt32 = 0

  mutating func mix(_ bits: UInt64) {
    value = (value ^ bits) &* 0x0000_0100_0000_01b3
    value ^= value &>> 32
    count &+= 1
  }

  /// Takes a number of at most 53 bits.
  mutating func mix(_ number: Int) { mix(UInt64(bitPattern: Int64(widening: number))) }

  /// The digest of the first `byteCount` bytes, a multiple of 8.
  static func value(of bytes: borrowing RawSpan, byteCount: Int) -> UInt64 {
    var digest = BitDigest()
    var offset = 0
    while offset < byteCount {
      // Safe: every bit pattern is a number, and the call checks the bounds.
      digest.mix(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    return digest.value
  }

  /// The same of bytes that are being written.
  static func value(of bytes: borrowing MutableRawSpan, byteCount: Int) -> UInt64 {
    var digest = BitDigest()
    var offset = 0
    while offset < byteCount {
      digest.mix(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    return digest.value
  }
}
