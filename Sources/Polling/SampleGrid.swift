import DetectionCore

/// How often points are read: a round begins each period and has `count` samples, `spacing` apart.
/// A point without a burst has rounds of one sample.
struct Cadence: Hashable, Sendable {
  let period: TimeSpan
  let count: Int64
  let spacing: TimeSpan

  /// From the beginning of a round to its last sample.
  var lastOffset: TimeSpan { TimeSpan(nanoseconds: (count - 1) * spacing.nanoseconds) }

  init(of point: PolledPoint) {
    precondition(point.period > .zero, "a period of \(point.period.nanoseconds) ns")
    period = point.period
    count = Int64(point.burst?.count ?? 1)
    spacing = point.burst?.spacing ?? point.period
    precondition(
      spacing.nanoseconds <= period.nanoseconds / count,
      "\(count) samples \(spacing.nanoseconds) ns apart in a period of \(period.nanoseconds) ns")
  }
}

/// When the samples of a cadence are due: sample k of round n at
/// `start + n * period + k * spacing`, however late the bus gets to them.
struct SampleGrid: Sendable {
  let cadence: Cadence
  /// When the round of the next sample begins, or began.
  private(set) var round: Instant
  /// The next sample's index in its round.
  private(set) var index: Int64 = 0
  /// When the last round began of which a sample was taken; nil before the first.
  private(set) var lastRound: Instant?

  init(_ cadence: Cadence, start: Instant, lastRound: Instant? = nil) {
    self.cadence = cadence
    self.lastRound = lastRound
    round = start
  }

  /// When the next sample is due.
  var next: Instant { round + TimeSpan(nanoseconds: index * cadence.spacing.nanoseconds) }

  /// Takes the latest sample that is due at `now`, which must not lie before `next`; returns when
  /// it was due, and how many before it were passed over.
  mutating func take(at now: Instant) -> (slot: Instant, passed: Int64) {
    let elapsed = (now - round).nanoseconds
    let rounds = elapsed / cadence.period.nanoseconds
    let rest = elapsed % cadence.period.nanoseconds
    let latest = min(rest / cadence.spacing.nanoseconds, cadence.count - 1)
    let passed = rounds * cadence.count + latest - index
    round = round + TimeSpan(nanoseconds: rounds * cadence.period.nanoseconds)
    index = latest
    let slot = next
    lastRound = round
    index += 1
    if index == cadence.count {
      index = 0
      round = round + cadence.period
    }
    return (slot, passed)
  }

  /// The grid of the same points at another cadence, wanted at `now` between two rounds: it begins
  /// a new period after the last round, or at `now` where that has passed, but never later than
  /// the round that was to come.
  func changed(to cadence: Cadence, at now: Instant) -> SampleGrid {
    let start = lastRound.map { min(round, max(now, $0 + cadence.period)) } ?? round
    return SampleGrid(cadence, start: start, lastRound: lastRound)
  }
}

extension SampleGrid {
  /// Lets rounds begin when `clock` shows multiples of their period.
  ///
  /// A round that is due, or that has begun, stays as it is. The next one then comes at the first
  /// multiple that is half a period or more behind the last round, and no nearer to its last
  /// sample than `gap`: one irregular period, of at most one and a half. Where that has passed
  /// already, it is the round after the next.
  ///
  /// Worked example: read each 10 min at 12:03:20 by a clock that is then known, next at 12:10,
  /// not at 12:13:20; read at 12:08 at last, next at 12:20.
  mutating func align(to clock: CivilClock, atLeast gap: TimeSpan, at now: Instant) {
    guard index == 0, round > now, let last = lastRound,
      clock.multiple(of: cadence.period, from: round) != round
    else { return }
    let least = max(
      cadence.period.nanoseconds / 2, cadence.lastOffset.nanoseconds + gap.nanoseconds)
    let next = clock.multiple(
      of: cadence.period, from: last + TimeSpan(nanoseconds: least))
    // A round that were due now would be waited for, as the samples of now have been taken.
    if let next, next > now { round = next }
  }
}
