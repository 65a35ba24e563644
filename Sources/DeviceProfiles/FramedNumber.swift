/// A decimal number in ASCII: a sign, digits, and a point among them, no more than fifteen digits
/// in all; nil for anything else.
///
/// With so few digits the number without its point and the power of ten are exact, so that their
/// quotient is the double next to the number as written (IEEE 754 division rounds correctly).
func decimalNumber(_ text: ArraySlice<UInt8>) -> Double? {
  var digits: Int64 = 0
  var count = 0
  var decimals: Int?
  var rest = text
  let sign = rest.first
  if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
  for byte in rest {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      count += 1
      guard count <= 15 else { return nil }
      digits = digits * 10 + Int64(byte - UInt8(ascii: "0"))
      if let places = decimals { decimals = places + 1 }
    case UInt8(ascii: ".") where decimals == nil: decimals = 0
    default: return nil
    }
  }
  guard count > 0 else { return nil }
  var power: Int64 = 1
  for _ in 0..<(decimals ?? 0) { power *= 10 }
  let value = Double(digits) / Double(power)
  return sign == UInt8(ascii: "-") ? -value : value
}

/// A whole number of one to eight hexadecimal digits.
func hexadecimalNumber(_ text: ArraySlice<UInt8>) -> Double? {
  guard (1...8).contains(text.count) else { return nil }
  var value: UInt32 = 0
  for byte in text {
    guard let digit = hexadecimalDigit(byte) else { return nil }
    value = value << 4 | UInt32(digit)
  }
  return Double(value)
}

/// Degrees of an angle written as degrees and minutes without a space, two digits before the point
/// being whole minutes, as NMEA 0183 writes positions: `3515.50` is 35 + 15.50/60.
func degreesMinutes(_ text: ArraySlice<UInt8>) -> Double? {
  let whole = text.prefix { $0 != UInt8(ascii: ".") }
  guard (3...5).contains(whole.count), whole.allSatisfy({ hexadecimalDigit($0) != nil }),
    let degrees = decimalNumber(whole.dropLast(2)),
    let minutes = decimalNumber(text.dropFirst(whole.count - 2)), minutes < 60
  else { return nil }
  return degrees + minutes / 60
}
