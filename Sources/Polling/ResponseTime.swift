import DetectionCore

/// How long a device takes to answer, and for how long it is therefore worth waiting.
///
/// With each measured time R the mean S and the mean deviation V move on, and the wait is
///
///     V ← 3/4 · V + 1/4 · |S − R|      S ← 7/8 · S + 1/8 · R      wait = S + max(margin, 4 · V)
///
/// after S = R and V = R/2 from the first. A device that answers in 20, 20 and 60 ms has
/// S = 25 ms and V = 15.625 ms, and is waited for during 25 + 62.5 = 87.5 ms where the margin is
/// less. Source: RFC 6298, section 2. A time that was measured behind a time-out is left
/// out, because nobody knows to which request the answer belonged (Karn's rule, section 3).
struct ResponseTime: Hashable, Sendable {
  /// S in nanoseconds; nil before the first answer.
  private(set) var mean: Int64?
  /// V in nanoseconds.
  private(set) var deviation: Int64 = 0

  /// Takes in one measured time; a negative one, from an answer that came faster than the line
  /// can carry it, counts as zero.
  mutating func take(_ span: TimeSpan) {
    let measured = max(0, span.nanoseconds)
    guard let before = mean else {
      mean = measured
      deviation = measured / 2
      return
    }
    deviation += (abs(before - measured) - deviation) / 4
    mean = before + (measured - before) / 8
  }

  /// How long to wait for the first byte of an answer, up to `longest`; nil before the first.
  func wait(margin: TimeSpan, longest: TimeSpan) -> TimeSpan? {
    mean.map {
      min(longest, TimeSpan(nanoseconds: $0 + max(margin.nanoseconds, 4 * deviation)))
    }
  }
}
