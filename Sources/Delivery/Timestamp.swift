public import DetectionCore

extension CivilTime {
  /// The moment as RFC 3339 text in UTC with milliseconds, cut and not rounded, such as
  /// `2015-12-26T14:45:00.000Z`.
  public var timestamp: String {
    var bytes: [UInt8] = []
    bytes.append(timestamp: self)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Appends `CivilTime.timestamp`.
  mutating func append(timestamp time: CivilTime) {
    append(padded: time.year, 4)
    append(UInt8(ascii: "-"))
    append(padded: time.month, 2)
    append(UInt8(ascii: "-"))
    append(padded: time.day, 2)
    append(UInt8(ascii: "T"))
    append(padded: time.hour, 2)
    append(UInt8(ascii: ":"))
    append(padded: time.minute, 2)
    append(UInt8(ascii: ":"))
    append(padded: time.second, 2)
    append(UInt8(ascii: "."))
    append(padded: time.nanosecond / 1_000_000, 3)
    append(UInt8(ascii: "Z"))
  }

  /// Appends a number of 0 or more in decimal digits, `width` of them.
  private mutating func append(padded number: Int, _ width: Int) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  /// Appends a number in decimal digits.
  mutating func append(digits number: Int64) {
    guard number >= 10 || number < 0 else { return append(UInt8(ascii: "0") + UInt8(number)) }
    append(contentsOf: String(number).utf8)
  }
}
