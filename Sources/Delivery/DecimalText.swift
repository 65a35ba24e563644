extension Double {
  /// The number with a fixed count of decimal places (0 to 9), halves away from zero; numbers too
  /// large for that, and those that are none, in their shortest form.
  public func text(decimals: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<min(max(decimals, 0), 9) { scale *= 10 }
    // Above 2^53 a Double holds no fraction to round; the shortest form is as exact.
    let scaled = (self * Double(scale)).rounded(.toNearestOrAwayFromZero)
    guard scaled.magnitude < 9_007_199_254_740_992 else { return description }
    let whole = Int64(scaled.magnitude)
    let sign = self < 0 && whole != 0 ? "-" : ""
    guard scale > 1 else { return sign + String(whole) }
    let fraction = String(whole % scale)
    let width = String(scale).count - 1
    let zeros = String(repeating: "0", count: width - fraction.count)
    return sign + String(whole / scale) + "." + zeros + fraction
  }
}
