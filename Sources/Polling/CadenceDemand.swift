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

  /// Samples that must be complete in `[0, span]`.
  func samples(completeWithin span: TimeSpan) -> Int64 {
    guard span >= .zero else { return 0 }
    let rest = span.nanoseconds % period.nanoseconds
    return span.nanoseconds / period.nanoseconds * count + min(rest / spacing.nanoseconds, count)
  }

  /// Calls `body` with the time by which each sample must be complete, from `first` to `last`.
  func forEachDeadline(
    from first: TimeSpan, through last: TimeSpan, _ body: (TimeSpan) -> Void
  ) {
    var round = max(0, first.nanoseconds / period.nanoseconds - 1) * period.nanoseconds
    while round + spacing.nanoseconds <= last.nanoseconds {
      for place in 1...count {
        let deadline = TimeSpan(nanoseconds: round + place * spacing.nanoseconds)
        if deadline >= first, deadline <= last { body(deadline) }
      }
      round += period.nanoseconds
    }
  }
}
