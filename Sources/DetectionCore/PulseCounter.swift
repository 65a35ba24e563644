/// A counter's readings as increments: rain gauges, flow meters, contacts.
///
///     x[n] ≥ x[n-1]   x[n] - x[n-1]
///     x[n] < x[n-1]   x[n] - x[n-1] + modulus   where that is less than half the modulus: it wrapped
///                     x[n]                      else: it began anew at 0
///
/// An increment is never negative. What no counter shows (a number below 0 or none at all) counts for
/// nothing and is not remembered. Across a gap the whole increment counts when the counter is read
/// again. Worked example: a 16-bit counter that shows 65,530, 4 and 2 has advanced by 10, and then by
/// 2.
struct PulseCounter: BitwiseCopyable {
  private var last = Double.nan

  /// How much the counter advanced; nil at its first reading. Infinite is the `modulus` of a counter
  /// that does not wrap.
  mutating func take(_ value: Double, modulus: Double) -> Double? {
    guard value >= 0 && value.isFinite else { return nil }
    let increment = value - last
    last = value
    if increment.isNaN { return nil }
    if increment >= 0 { return increment }
    let wrapped = increment + modulus
    return wrapped >= 0 && wrapped < modulus / 2 ? wrapped : value
  }
}
