public import DetectionCore

extension TimeFormat {
  /// Nanoseconds since 1970-01-01T00:00:00Z, or since midnight or the unknown start where the
  /// format has no date; nil when `text` is not a time of this format, or lies outside the years
  /// 1900 to 2150, which keeps every difference of two times within a `TimeSpan`.
  ///
  /// A time without an offset from UTC is taken as being `utcOffset` ahead of UTC.
  public func nanoseconds(_ text: [UInt8], utcOffset: TimeSpan = .zero) -> Int64? {
    nanoseconds(text[...], decimalComma: false, utcOffset: utcOffset)
  }

  func nanoseconds(_ text: ArraySlice<UInt8>, decimalComma: Bool, utcOffset: TimeSpan) -> Int64? {
    switch kind {
    case .pattern(let parts):
      return TimeFormat.read(text, parts, hasDate: hasDate, utcOffset: utcOffset)
    case .epochSeconds, .elapsedSeconds:
      return TimeFormat.scaled(text, decimalComma: decimalComma, by: 1_000_000_000)
    case .epochMilliseconds:
      return TimeFormat.scaled(text, decimalComma: decimalComma, by: 1_000_000)
    }
  }

  /// The format of `text`: the first recognised pattern that reads it, or, for a number, what its
  /// size says: from 10¹¹ epoch milliseconds, from 10⁸ epoch seconds, below that elapsed seconds.
  static func recognize(_ text: ArraySlice<UInt8>, decimalComma: Bool) -> TimeFormat? {
    let pattern = recognized.first {
      $0.nanoseconds(text, decimalComma: decimalComma, utcOffset: .zero) != nil
    }
    if let pattern { return pattern }
    guard let number = NumberText.value(text, decimalComma: decimalComma), number >= 0 else {
      return nil
    }
    return number >= 1e11 ? .epochMilliseconds : number >= 1e8 ? .epoch : .elapsed
  }

  /// 1900-01-01 and 2151-01-01 in nanoseconds since 1970.
  private static let range: Range<Int64> =
    -2_208_988_800_000_000_000..<5_711_817_600_000_000_000

  /// A number of units of `unit` nanoseconds, to the microsecond: a `Double` of today's seconds
  /// holds no more.
  private static func scaled(
    _ text: ArraySlice<UInt8>, decimalComma: Bool, by unit: Int64
  ) -> Int64? {
    guard let number = NumberText.value(text, decimalComma: decimalComma) else { return nil }
    let whole = number.rounded(.down)
    let microseconds = Double(unit / 1_000)
    guard let units = Int64(exactly: whole),
      units >= range.lowerBound / unit, units < range.upperBound / unit
    else { return nil }
    return units * unit + Int64(((number - whole) * microseconds).rounded()) * 1_000
  }

  private static func read(
    _ text: ArraySlice<UInt8>, _ parts: [Part], hasDate: Bool, utcOffset: TimeSpan
  ) -> Int64? {
    var rest = text
    var fields = Fields(offset: utcOffset.nanoseconds)
    for part in parts {
      guard fields.take(part, from: &rest) else { return nil }
    }
    guard rest.isEmpty else { return nil }
    guard
      let civil = CivilTime(
        year: hasDate ? fields.year : 1970, month: hasDate ? fields.month : 1,
        day: hasDate ? fields.day : 1, hour: fields.hour, minute: fields.minute,
        second: fields.second, nanosecond: fields.nanosecond)
    else { return nil }
    guard range.contains(civil.nanosecondsSince1970) else { return nil }
    guard hasDate else { return civil.nanosecondsSince1970 }
    let (time, overflow) =
      civil.nanosecondsSince1970.subtractingReportingOverflow(fields.offset)
    return overflow ? nil : time
  }
}

/// The fields of a time while its text is read from left to right.
private struct Fields {
  var year = 0
  var month = 0
  var day = 0
  var hour = 0
  var minute = 0
  var second = 0
  var nanosecond = 0
  /// How far the clock was ahead of UTC, in nanoseconds.
  var offset: Int64

  init(offset: Int64) { self.offset = offset }

  /// Takes one part from the front of `text`; false when it does not stand there.
  mutating func take(_ part: TimeFormat.Part, from text: inout ArraySlice<UInt8>) -> Bool {
    switch part {
    case .literal(let byte):
      guard text.first == byte else { return false }
      text.removeFirst()
      return true
    case .year: return take(digits: 4...4, into: \.year, from: &text)
    case .month: return take(digits: 1...2, into: \.month, from: &text)
    case .day: return take(digits: 1...2, into: \.day, from: &text)
    case .hour: return take(digits: 1...2, into: \.hour, from: &text)
    case .minute: return take(digits: 1...2, into: \.minute, from: &text)
    case .second:
      return take(digits: 1...2, into: \.second, from: &text) && takeFraction(from: &text)
    case .millisecond:
      guard take(digits: 1...3, into: \.nanosecond, from: &text) else { return false }
      nanosecond *= 1_000_000
      return true
    case .zone: return takeZone(from: &text)
    }
  }

  private mutating func take(
    digits: ClosedRange<Int>, into field: WritableKeyPath<Fields, Int>,
    from text: inout ArraySlice<UInt8>
  ) -> Bool {
    guard let number = Fields.number(digits, from: &text) else { return false }
    self[keyPath: field] = number
    return true
  }

  /// A decimal fraction of a second, where one stands; digits after the ninth are dropped.
  private mutating func takeFraction(from text: inout ArraySlice<UInt8>) -> Bool {
    guard text.first == UInt8(ascii: ".") else { return true }
    text.removeFirst()
    var weight = 100_000_000
    var digits = 0
    while let digit = text.first, digit.isDigit {
      nanosecond += Int(digit - UInt8(ascii: "0")) * weight
      weight /= 10
      digits += 1
      text.removeFirst()
    }
    return digits > 0
  }

  private mutating func takeZone(from text: inout ArraySlice<UInt8>) -> Bool {
    guard let sign = text.popFirst() else { return false }
    if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") {
      offset = 0
      return true
    }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let hours = Fields.number(2...2, from: &text), hours <= 23
    else { return false }
    var minutes = 0
    if text.first == UInt8(ascii: ":") { text.removeFirst() }
    if let first = text.first, first.isDigit {
      guard let number = Fields.number(2...2, from: &text), number <= 59 else { return false }
      minutes = number
    }
    let ahead = Int64(hours * 60 + minutes) * 60_000_000_000
    offset = sign == UInt8(ascii: "-") ? -ahead : ahead
    return true
  }

  private static func number(
    _ digits: ClosedRange<Int>, from text: inout ArraySlice<UInt8>
  ) -> Int? {
    var number = 0
    var count = 0
    while count < digits.upperBound, let digit = text.first, digit.isDigit {
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
      count += 1
      text.removeFirst()
    }
    return digits.contains(count) ? number : nil
  }
}

extension UInt8 {
  /// True for an ASCII digit.
  package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
