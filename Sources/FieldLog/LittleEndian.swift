extension [UInt8] {
  mutating func append<Bits: FixedWidthInteger & UnsignedInteger>(littleEndian bits: Bits) {
    for shift in stride(from: 0, to: Bits.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }
}

extension ArraySlice<UInt8> {
  /// The number whose lowest byte stands at `index`; the caller has checked that all of it is here.
  func littleEndian<Bits: FixedWidthInteger & UnsignedInteger>(at index: Int) -> Bits {
    var bits: Bits = 0
    for byte in 0..<Bits.bitWidth / 8 {
      bits |= Bits(truncatingIfNeeded: self[index + byte]) << (8 * byte)
    }
    return bits
  }
}
