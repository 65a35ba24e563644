extension Double {
  /// The square root, correctly rounded; NaN below 0.
  ///
  /// The standard library's gives the same bits, but is a call that the compiler cannot look into,
  /// so that its proof that the core takes no lock would refuse it.
  ///
  /// Heron's method finds the root of a number in [1, 4) to within a few units of the last place;
  /// whole numbers decide then. With Y = root × 2⁵², the remainder number × 2¹⁰⁴ - Y² is far smaller
  /// than 2⁶³, so that arithmetic modulo 2⁶⁴ gives it exactly.
  func root() -> Double {
    guard self > 0, isFinite else { return self == 0 || self > 0 || isNaN ? self : .nan }
    // Numbers below the normal ones are made normal first; 2⁵⁴ has the root 2²⁷.
    let isSubnormal = self < Double.leastNormalMagnitude
    let normal = isSubnormal ? self * 18_014_398_509_481_984 : self
    let exponent = Int(normal.exponentBitPattern) - 1_023
    let isOdd = exponent & 1 != 0
    let number = Double(
      sign: .plus, exponentBitPattern: isOdd ? 1_024 : 1_023,
      significandBitPattern: normal.significandBitPattern)
    var near = 0.5 + 0.5 * number
    near = 0.5 * (near + number / near)
    near = 0.5 * (near + number / near)
    near = 0.5 * (near + number / near)
    near = 0.5 * (near + number / near)
    near = 0.5 * (near + number / near)
    let one = UInt64(1) &<< 52
    let fraction = near.significandBitPattern
    var root = near < 2 ? fraction | one : 2 &* one &- 1
    let scaled = (normal.significandBitPattern | one) &<< (isOdd ? 1 : 0)
    var remainder = Int64(bitPattern: (scaled &<< 52) &- root &* root)
    while remainder < 0 {
      root &-= 1
      remainder &+= Int64(bitPattern: 2 &* root &+ 1)
    }
    while remainder > Int64(bitPattern: 2 &* root) {
      remainder &-= Int64(bitPattern: 2 &* root &+ 1)
      root &+= 1
    }
    if remainder > Int64(bitPattern: root) { root &+= 1 }
    let half = (exponent - (isOdd ? 1 : 0)) / 2 - (isSubnormal ? 27 : 0)
    return Double(
      sign: .plus, exponentBitPattern: UInt(half + 1_023),
      significandBitPattern: root &- one)
  }
}
