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
  /// How often the wait has been doubled since the last measured answer, or since the device was
  /// lost.
  private(set) var doublings = 0

  /// Takes in one measured time; a negative one, from an answer that came faster than the line
  /// can carry it, counts as zero. Waits are as long as that suggests from now on. (RFC 6298,
  /// section 5.7: not before.)
  mutating func take(_ span: TimeSpan) {
    doublings = 0
    let measured = max(0, span.nanoseconds)
    guard let before = mean else {
      mean = measured
      deviation = measured / 2
      return
    }
    deviation += (abs(before - measured) - deviation) / 4
    mean = before + (measured - before) / 8
  }

  /// Doubles the wait: no answer came in time. (RFC 6298, section 5.5)
  mutating func double() { doublings += 1 }

  /// Begins with the usual wait again: the device was lost.
  mutating func forgetDoublings() { doublings = 0 }

  /// How long to wait for the first byte of an answer: the usual time with a margin, doubled with
  /// each time-out, and never longer than `longest`.
  func timeout(margin: TimeSpan, longest: TimeSpan, isLost: Bool) -> TimeSpan {
    // A lost device that was never heard is not worth its whole time-out at once.
    var wait =
      self.wait(margin: margin, longest: longest) ?? (isLost ? min(longest, margin) : longest)
    for _ in 0..<doublings where wait < longest { wait = wait.doubled(atMost: longest) }
    return wait
  }

  /// How long to wait for the first byte of an answer, up to `longest`; nil before the first.
  func wait(margin: TimeSpan, longest: TimeSpan) -> TimeSpan? {
    mean.map {
      min(longest, TimeSpan(nanoseconds: $0 + max(margin.nanoseconds, 4 * deviation)))
    }
  }
}

extension TimeSpan {
  func doubled(atMost limit: TimeSpan) -> TimeSpan {
    self.nanoseconds >= limit.nanoseconds / 2
      ? limit : TimeSpan(nanoseconds: self.nanoseconds * 2)
  }
}
