/// A counter's readings as increments: rain gauges, flow meters, contacts.
///
/// Of a reading x after the reading L, with B the one before L:
///
///     x ≥ L               it advanced by x - L; where that is more than its highest reading so far, it waits
///     B ≤ x < L           L was an outlier: its increment is taken back, and x - B counts
///     L - x ≤ least step  rounded or corrected: nothing, and L stays until it is passed
///     else                it waits
///
/// A reading that waits counts for nothing yet. The next one that has not returned from it confirms it:
/// a step up then counts; a fall is a wrap where the way through the modulus is shorter than a quarter of
/// it, and that way counts; any other fall begins a new series at the reading it fell to, restart or
/// exchange, of which nothing counts. One that has returned shows that it was an outlier.
///
/// An increment is never negative. What no counter shows (a number below 0 or none at all) counts for
/// nothing and is not remembered. Across a gap the whole increment counts when the counter is read
/// again. Worked example: a 16-bit counter that shows 65,530, 4 and 6 has advanced by 12 when the 6 comes;
/// one that shows 45, 0 and 45 has not advanced.
struct PulseCounter: BitwiseCopyable {
  /// What a reading adds to the counter's advance.
  struct Step: BitwiseCopyable, Equatable {
    /// How much.
    var increment: Double
    /// True where the increment of the reading before was an outlier's.
    var takesBackLast = false
  }

  /// The last reading that is believed.
  private var last = Double.nan
  /// The one before it, where the last reading was a plain step up from it.
  private var before = Double.nan
  /// A reading that waits for the next one.
  private var waiting = Double.nan
  /// The highest reading that was believed: all that the counter has counted, and so more than any
  /// single step.
  private var highest = 0.0
  /// The smallest step that it has made and not taken back; 0 before the first.
  private var leastStep = 0.0

  /// How much the counter advanced; nil at its first reading. Infinite is the `modulus` of a counter
  /// that does not wrap.
  mutating func take(_ value: Double, modulus: Double) -> Step? {
    guard value >= 0 && value.isFinite else { return nil }
    if last.isNaN {
      begin(at: value)
      return nil
    }
    guard !waiting.isNaN else { return step(to: value) }
    let held = waiting
    waiting = .nan
    guard hasStayed(value, at: held) else { return step(to: value) }
    let wrapped = held - last + modulus
    let confirmed =
      held > last ? held - last : wrapped >= 0 && wrapped < modulus / 4 ? wrapped : 0
    begin(at: held)
    var step = step(to: value)
    step.increment += confirmed
    before = .nan
    return step
  }

  private mutating func begin(at value: Double) {
    last = value
    before = .nan
    highest = max(highest, value)
  }

  /// True where the reading after one that waited goes on from it, rather than from the one before.
  private func hasStayed(_ value: Double, at held: Double) -> Bool {
    guard value >= held else { return false }
    return held > last || value - held < last - value
  }

  private mutating func step(to value: Double) -> Step {
    let rise = value - last
    if rise >= 0 {
      guard rise <= highest else { return wait(value) }
      if last > before { leastStep = leastStep > 0 ? min(leastStep, last - before) : last - before }
      before = last
      last = value
      highest = max(highest, value)
      return Step(increment: rise)
    }
    if value >= before && before < last {
      let increment = value - before
      last = value
      before = .nan
      return Step(increment: increment, takesBackLast: true)
    }
    guard -rise <= leastStep else { return wait(value) }
    before = .nan
    return Step(increment: 0)
  }

  private mutating func wait(_ value: Double) -> Step {
    waiting = value
    before = .nan
    return Step(increment: 0)
  }
}
