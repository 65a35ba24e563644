import DetectionCore

/// Doubling waits between attempts, with jitter so that many boxes do not come back at once.
struct BackOff {
  /// The first wait, before jitter.
  static let first = TimeSpan.seconds(1)
  /// No wait is longer.
  static let longest = TimeSpan.seconds(60)

  private var next = BackOff.first
  private var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(state: seed) }

  /// The next wait: between half of the doubling span and all of it.
  mutating func wait() -> TimeSpan {
    let half = next.nanoseconds / 2
    let jitter = Int64(generator.next() % UInt64(half + 1))
    next = min(TimeSpan(nanoseconds: next.nanoseconds * 2), Self.longest)
    return TimeSpan(nanoseconds: half + jitter)
  }

  /// Begins again with the first wait.
  mutating func reset() { next = Self.first }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
