/// Logarithm and exponential of the core's own: the mathematics library of each system rounds them
/// in its own way, and the core is to decide alike everywhere. Both stay below one unit of the last
/// place (tests hold them against the system's).
enum Elementary {
  // ln 2 in two parts; the first has 21 zeros at its end, so that a whole exponent times it is exact.
  private static var ln2High: Double { 0x1.62e42feep-1 }
  private static var ln2Low: Double { 0x1.a39ef35793c76p-33 }

  /// The natural logarithm; negative infinity at 0, NaN below.
  ///
  ///     x = 2ᵏ (1 + f), 1 + f in [√½, √2)      s = f / (2 + f)
  ///     ln(1 + f) = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …)
  ///               = f - (f²/2 - s (f²/2 + r)),  r = 2/3 s² + 2/5 s⁴ + …
  ///
  /// |s| is at most 0.1716, so that eleven terms of r reach below the last place; the second form
  /// keeps the exact f apart from the small rest.
  static func logarithm(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x.isFinite else { return x }
    // Numbers below the normal ones are made normal first.
    let isSubnormal = x < Double.leastNormalMagnitude
    let normal = isSubnormal ? x * 18_014_398_509_481_984 : x
    var exponent = Int(normal.exponentBitPattern) - 1_023 - (isSubnormal ? 54 : 0)
    var fraction = Double(
      sign: .plus, exponentBitPattern: 1_023, significandBitPattern: normal.significandBitPattern)
    if fraction > 1.414_213_562_373_095_1 {
      fraction /= 2
      exponent += 1
    }
    let f = fraction - 1
    let s = f / (2 + f)
    let square = s * s
    var r = 2.0 / 23
    r = r * square + 2.0 / 21
    r = r * square + 2.0 / 19
    r = r * square + 2.0 / 17
    r = r * square + 2.0 / 15
    r = r * square + 2.0 / 13
    r = r * square + 2.0 / 11
    r = r * square + 2.0 / 9
    r = r * square + 2.0 / 7
    r = r * square + 2.0 / 5
    r = (r * square + 2.0 / 3) * square
    let half = 0.5 * f * f
    let k = Double(Int64(widening: exponent))
    return k * ln2High - ((half - (s * (half + r) + k * ln2Low)) - f)
  }

  /// e to the power of x.
  ///
  ///     x = k ln 2 + r, |r| ≤ ln 2 / 2      eˣ = 2ᵏ (1 + (r + r²/2! + r³/3! + …))
  ///
  /// Fourteen terms of the series reach below the last place.
  static func exponential(_ x: Double) -> Double {
    guard !x.isNaN else { return x }
    if x > 709.782_712_893_384 { return .infinity }
    if x < -745.133_219_101_941_2 { return 0 }
    // Adding and taking away 1.5 × 2⁵² rounds to a whole number.
    let k = (x * 1.442_695_040_888_963_4 + 6_755_399_441_055_744) - 6_755_399_441_055_744
    let high = x - k * ln2High
    let low = k * ln2Low
    let r = high - low
    var tail = 1.0 / 87_178_291_200
    tail = tail * r + 1.0 / 6_227_020_800
    tail = tail * r + 1.0 / 479_001_600
    tail = tail * r + 1.0 / 39_916_800
    tail = tail * r + 1.0 / 3_628_800
    tail = tail * r + 1.0 / 362_880
    tail = tail * r + 1.0 / 40_320
    tail = tail * r + 1.0 / 5_040
    tail = tail * r + 1.0 / 720
    tail = tail * r + 1.0 / 120
    tail = tail * r + 1.0 / 24
    tail = tail * r + 1.0 / 6
    tail = tail * r + 0.5
    // What was lost when r was rounded comes back here.
    let rounding = (high - r) - low
    let mantissa = 1 + (r + (tail * r * r + rounding))
    // 2ᵏ in two factors: k reaches from -1,075 to 1,024.
    let whole = Int(Int32(k))
    let first = whole / 2
    return mantissa * power(first) * power(whole - first)
  }

  private static func power(_ exponent: Int) -> Double {
    Double(sign: .plus, exponentBitPattern: UInt(exponent + 1_023), significandBitPattern: 0)
  }
}
