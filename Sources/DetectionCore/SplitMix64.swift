// The detector draws no numbers; those around it do, all from this one generator.

/// A small seeded generator of random numbers: the same seed gives the same numbers, everywhere.
///
/// The algorithm is SplitMix64 by Sebastiano Vigna (public domain, prng.di.unimi.it/splitmix64.c),
/// after Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct SplitMix64: Sendable {
  private var state: UInt64

  /// Starts the sequence that belongs to `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    // Masking shifts: for a 32-bit processor, Embedded Swift makes the others allocate.
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed &>> 31)
  }
}

#if !hasFeature(Embedded)
  extension SplitMix64: RandomNumberGenerator {}
#endif
