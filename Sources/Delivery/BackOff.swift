public import DetectionCore

/// Doubling waits between attempts, with jitter so that many boxes do not come back at once.
public struct BackOff: Sendable {
  /// The first wait, before jitter.
  static let first = TimeSpan.seconds(1)
  /// No wait is longer.
  static let longest = TimeSpan.seconds(60)

  private var next = BackOff.first
  private var generator: SplitMix64

  /// Begins with the first wait; boxes with different seeds do not wait alike.
  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// The next wait: between half of the doubling span and all of it.
  public mutating func wait() -> TimeSpan {
    let half = next.nanoseconds / 2
    let jitter = Int64(generator.next() % UInt64(half + 1))
    next = min(TimeSpan(nanoseconds: next.nanoseconds * 2), Self.longest)
    return TimeSpan(nanoseconds: half + jitter)
  }

  /// Begins again with the first wait.
  public mutating func reset() { next = Self.first }
}
