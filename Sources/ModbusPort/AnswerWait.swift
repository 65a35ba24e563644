import DetectionCore

/// How long an answer is waited for: it must begin within one time, may not be interrupted for longer
/// than another, and must be complete within a third, however slowly it comes.
struct AnswerWait {
  /// The answer must have begun by then.
  private let answerBy: Instant
  /// How long an answer that has begun may pause.
  private let gap: TimeSpan
  /// The answer must be complete by then.
  private let completeBy: Instant
  private var heardAt: Instant?
  /// True once the line has been idle for `gap` behind something.
  private var isIdle = false
  /// True once the wait is over.
  private(set) var isOver = false
  /// A copy of the request that may be its answer.
  var ambiguous: Range<Int>?

  /// - Parameter completion: How long behind `answerBy` an answer may be complete.
  init(answerBy: Instant, gap: TimeSpan, completion: TimeSpan) {
    self.answerBy = answerBy
    self.gap = gap
    completeBy = answerBy + completion
  }

  /// Until when to wait for the next byte.
  var next: Instant {
    guard let heardAt, !isIdle else { return answerBy }
    return min(heardAt + gap, completeBy)
  }

  /// Something came.
  mutating func heard(at now: Instant) {
    heardAt = now
    isIdle = false
    isOver = now >= completeBy
  }

  /// Nothing came until `next`.
  mutating func lineIsIdle() {
    let end = next
    if heardAt != nil, !isIdle { isIdle = true }
    isOver = end >= answerBy
  }
}
