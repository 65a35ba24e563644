// On 32-bit targets the library's own conversions to a wider integer bring along code that
// allocates, which Embedded Swift without allocations refuses to compile (Swift 6.3). There the
// number takes the way over a `Double`, which holds it exactly.

extension Int64 {
  /// The number `value`, which has at most 53 bits.
  @inline(__always) init(widening value: Int) {
    #if _pointerBitWidth(_32)
      self = Int64(Double(value))
    #else
      self = Int64(value)
    #endif
  }

  /// The number `value`.
  @inline(__always) init(widening value: UInt32) {
    let half = Int64(widening: Int(truncatingIfNeeded: value >> 1))
    self = half * 2 + (value % 2 == 0 ? 0 : 1)
  }
}
