public import DetectionCore

/// How long answers took lately, in 64 classes from 0.25 ms to 16.8 s: four to each doubling, so
/// that a percentile is at most a quarter too long. Takes no memory beyond its own.
///
/// Every 1024 answers all counts are halved: what was an hour ago fades.
public struct ResponseHistogram: Sendable {
  private static var classes: Int { 64 }
  /// The first class ends at this many microseconds; 2^8.
  private static var firstExponent: Int { 8 }
  private static var fadingAfter: UInt32 { 1024 }

  private var counts = InlineArray<64, UInt16>(repeating: 0)
  /// The sum of the counts.
  private var total: UInt32 = 0

  /// Makes a histogram without answers.
  public init() {}

  /// True before the first answer.
  public var isEmpty: Bool { total == 0 }

  /// Counts one answer.
  mutating func count(_ span: TimeSpan) {
    if total >= Self.fadingAfter {
      total = 0
      for index in 0..<Self.classes {
        counts[index] /= 2
        total += UInt32(counts[index])
      }
    }
    counts[Self.index(of: span)] += 1
    total += 1
  }

  /// The time in which the share `share` (0 to 1) of the answers came, rounded up to the end of its
  /// class; nil before the first answer.
  public func percentile(_ share: Double) -> TimeSpan? {
    guard total > 0 else { return nil }
    let wanted = max(1, (min(max(share, 0), 1) * Double(total)).rounded(.up))
    var sum: UInt32 = 0
    for index in 0..<Self.classes {
      sum += UInt32(counts[index])
      if Double(sum) >= wanted { return Self.end(of: index) }
    }
    return Self.end(of: Self.classes - 1)
  }

  private static func index(of span: TimeSpan) -> Int {
    let microseconds = max(0, span.nanoseconds) / 1000
    guard microseconds >= 1 << firstExponent else { return 0 }
    let exponent = Int64.bitWidth - 1 - microseconds.leadingZeroBitCount
    let quarter = Int(microseconds >> Int64(exponent - 2)) & 3
    return min(classes - 1, 4 * (exponent - firstExponent) + quarter)
  }

  private static func end(of index: Int) -> TimeSpan {
    let quarters = Int64(5 + index % 4)
    return TimeSpan(nanoseconds: (quarters << Int64(index / 4 + firstExponent - 2)) * 1000)
  }
}

extension ResponseHistogram: Hashable {
  /// True where both have counted the same.
  public static func == (left: ResponseHistogram, right: ResponseHistogram) -> Bool {
    (0..<classes).allSatisfy { left.counts[$0] == right.counts[$0] }
  }

  /// Feeds the counts to `hasher`.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<Self.classes { hasher.combine(counts[index]) }
  }
}
