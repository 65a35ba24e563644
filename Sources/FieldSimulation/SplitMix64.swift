/// A small seeded generator of random numbers: the same seed gives the same field, everywhere.
///
/// The algorithm is SplitMix64 by Sebastiano Vigna (public domain, prng.di.unimi.it/splitmix64.c),
/// after Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts the sequence that belongs to `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, but not including, 1; a multiple of 2⁻⁵³.
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Approximately normal noise with mean 0 and the given standard deviation, never further out
  /// than 3.46 of them: the sum of four uniform numbers, so that no library function is needed.
  public mutating func nextNoise(deviation: Double) -> Double {
    let sum = nextUnit() + nextUnit() + nextUnit() + nextUnit()
    // Four uniform numbers have the mean 2 and the variance 4/12; 1.732… = √3 scales that to 1.
    return (sum - 2) * 1.732_050_807_568_877_2 * deviation
  }
}
