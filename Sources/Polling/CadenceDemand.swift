import DetectionCore

// How many samples of a cadence fall into an interval that begins with a round: no other interval
// of the same length holds more.
extension Cadence {
  /// The time in which a sample should be complete: until the next one may be due.
  var relativeDeadline: TimeSpan { spacing }

  /// Samples that are due in `[0, span]`.
  func samples(dueWithin span: TimeSpan) -> Int64 {
    guard span >= .zero else { return 0 }
    let rest = span.nanoseconds % period.nanoseconds
    return span.nanoseconds / period.nanoseconds * count
      + min(rest / spacing.nanoseconds + 1, count)
  }

  /// Calls `body` with the time at which each sample is due, from `first` to `last`.
  func forEachSample(from first: TimeSpan, through last: TimeSpan, _ body: (TimeSpan) -> Void) {
    var round = max(0, first.nanoseconds / period.nanoseconds) * period.nanoseconds
    while round <= last.nanoseconds {
      for index in 0..<count {
        let due = TimeSpan(nanoseconds: round + index * spacing.nanoseconds)
        if due >= first, due <= last { body(due) }
      }
      round += period.nanoseconds
    }
  }
}
