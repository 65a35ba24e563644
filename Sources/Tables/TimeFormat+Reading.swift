public import DetectionCore

extension TimeFormat {
  /// Nanoseconds since 1970-01-01T00:00:00Z, or since midnight or the unknown start where the
  /// format has no date; nil when `text` is not a time of this format, or lies outside the years
  /// 1900 to 2150, which keeps every difference of two times within a `TimeSpan`.
  ///
  /// A time without an offset from UTC is taken as being `utcOffset` ahead of UTC.
  public func nanoseconds(_ text: [UInt8], utcOffset: TimeSpan = .zero) -> Int64? {
    var fields = TimeFields()
    guard fields.take(text.span, kind) else { return nil }
    guard let time = fields.nanoseconds(hasDate: hasDate) else { return nil }
    let offset = fields.offset ?? (hasDate && !hasZone ? utcOffset.nanoseconds : 0)
    let (utc, overflow) = time.subtractingReportingOverflow(offset)
    return overflow ? nil : utc
  }
}

/// The fields of a time while its text is read from left to right; a date and a clock may come from
/// two texts.
struct TimeFields {
  private var year = 1970
  private var month = 1
  private var day = 1
  private var hour = 0
  private var minute = 0
  private var second = 0
  private var nanosecond = 0
  /// True where the hour counts from 1 to 12, and in its second half.
  private var isHalfDay = false
  private var isAfternoon = false
  /// A number of some unit, in nanoseconds, where that is all there is.
  private var whole: Int64?
  /// How far the clock was ahead of UTC, in nanoseconds; nil where the text does not say it.
  private(set) var offset: Int64?

  /// Takes a whole text; false when it is not of the kind.
  mutating func take(_ text: Span<UInt8>, _ kind: TimeFormat.Kind) -> Bool {
    switch kind {
    case .pattern(let pieces):
      var at = 0
      for index in pieces.indices {
        guard take(pieces[index], text, &at) else { return false }
      }
      return at == text.count
    case .epochSeconds, .elapsedSeconds:
      whole = TimeFields.scaled(text, by: 1_000_000_000)
    case .epochMilliseconds: whole = TimeFields.scaled(text, by: 1_000_000)
    case .elapsedDays: whole = TimeFields.days(text, from: 0)
    case .excelDays: whole = TimeFields.days(text, from: 25_569)
    }
    return whole != nil
  }

  /// Nanoseconds since 1970, or since midnight, not regarding the offset; nil where there is no
  /// such time.
  func nanoseconds(hasDate: Bool) -> Int64? {
    if let whole { return whole }
    var hour = hour
    if isHalfDay {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    let isMidnight = hour == 24 && minute == 0 && second == 0 && nanosecond == 0
    guard
      let civil = CivilTime(
        year: year, month: month, day: day, hour: isMidnight ? 0 : hour, minute: minute,
        second: second, nanosecond: nanosecond)
    else { return nil }
    let time = civil.nanosecondsSince1970 + (isMidnight ? 86_400_000_000_000 : 0)
    return TimeFields.range.contains(time) ? time : nil
  }

  /// 1900-01-01 and 2151-01-01 in nanoseconds since 1970.
  static let range: Range<Int64> =
    -2_208_988_800_000_000_000..<5_711_817_600_000_000_000

  /// A number with either decimal mark; nobody separates thousands of a time.
  private static func number(_ text: Span<UInt8>) -> Double? {
    (NumberText.scan(text, mark: NumberText.point) ?? NumberText.scan(text, mark: NumberText.comma))?
      .value
  }

  /// A number of units of `unit` nanoseconds, to the microsecond: a `Double` of today's seconds
  /// holds no more.
  private static func scaled(_ text: Span<UInt8>, by unit: Int64) -> Int64? {
    guard let number = number(text) else { return nil }
    let whole = number.rounded(.down)
    let microseconds = Double(unit / 1_000)
    guard let units = Int64(exactly: whole),
      units >= range.lowerBound / unit, units < range.upperBound / unit
    else { return nil }
    return units * unit + Int64(((number - whole) * microseconds).rounded()) * 1_000
  }

  /// A number of days: to the second where it is as near as six decimals come to one, else to the
  /// millisecond.
  private static func days(_ text: Span<UInt8>, from first: Double) -> Int64? {
    guard let number = number(text), abs(number) < 100_000 else {
      return nil
    }
    let seconds = (number - first) * 86_400
    let isWhole = abs(seconds - seconds.rounded()) <= 0.05
    return isWhole
      ? Int64(seconds.rounded()) * 1_000_000_000 : Int64((seconds * 1_000).rounded()) * 1_000_000
  }

  /// Takes one piece from the front of `text`; false when it does not stand there.
  private mutating func take(
    _ piece: TimeFormat.Piece, _ text: Span<UInt8>, _ at: inout Int
  ) -> Bool {
    let fewest = piece.digits
    switch piece.part {
    case .literal(let byte):
      guard at < text.count, text[at] == byte else { return false }
      at += 1
      return true
    case .year: return TimeFields.number(4, 4, text, &at, &year)
    case .shortYear:
      guard TimeFields.number(2, 2, text, &at, &year) else { return false }
      year += year < 70 ? 2000 : 1900
      return true
    case .month: return TimeFields.number(fewest, 2, text, &at, &month)
    case .monthName: return takeMonth(text, &at)
    case .day: return TimeFields.number(fewest, 2, text, &at, &day)
    case .hour: return TimeFields.number(fewest, 2, text, &at, &hour)
    case .halfDayHour:
      isHalfDay = true
      return TimeFields.number(fewest, 2, text, &at, &hour)
    case .halfDay: return takeHalf(text, &at)
    case .minute: return TimeFields.number(fewest, 2, text, &at, &minute)
    case .second:
      return TimeFields.number(fewest, 2, text, &at, &second) && takeFraction(text, &at)
    case .millisecond:
      guard TimeFields.number(fewest, 3, text, &at, &nanosecond) else { return false }
      nanosecond *= 1_000_000
      return true
    case .zone: return takeZone(text, &at)
    }
  }

  /// A decimal fraction of a second, where one stands; digits after the ninth are dropped.
  private mutating func takeFraction(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
    guard at < text.count, text[at] == UInt8(ascii: ".") else { return true }
    at += 1
    var weight = 100_000_000
    let begin = at
    while at < text.count, text[at].isDigit {
      nanosecond += Int(text[at] - UInt8(ascii: "0")) * weight
      weight /= 10
      at += 1
    }
    return at > begin
  }

  private mutating func takeHalf(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
    guard at + 2 <= text.count, text[at + 1] | 0x20 == UInt8(ascii: "m") else { return false }
    isAfternoon = text[at] | 0x20 == UInt8(ascii: "p")
    guard isAfternoon || text[at] | 0x20 == UInt8(ascii: "a") else { return false }
    at += 2
    return true
  }

  /// An English name of a month, whole or its first three letters.
  private mutating func takeMonth(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
    var end = at
    while end < text.count, (0x61...0x7a).contains(text[end] | 0x20) { end += 1 }
    let word = (at..<end).map { text[$0] | 0x20 }
    guard word.count >= 3,
      let index = TimeFields.months.firstIndex(where: { name in
        name.starts(with: word) && (word.count == 3 || word.count == name.count)
      })
    else { return false }
    month = index + 1
    at = end
    return true
  }

  private static let months: [[UInt8]] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ].map { Array($0.utf8) }

  private mutating func takeZone(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
    guard at < text.count else { return false }
    let sign = text[at]
    at += 1
    if sign | 0x20 == UInt8(ascii: "z") {
      offset = 0
      return true
    }
    var hours = 0
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      TimeFields.number(2, 2, text, &at, &hours), hours <= 23
    else { return false }
    var minutes = 0
    if at < text.count, text[at] == UInt8(ascii: ":") { at += 1 }
    if at < text.count, text[at].isDigit {
      guard TimeFields.number(2, 2, text, &at, &minutes), minutes <= 59 else { return false }
    }
    let ahead = Int64(hours * 60 + minutes) * 60_000_000_000
    offset = sign == UInt8(ascii: "-") ? -ahead : ahead
    return true
  }

  private static func number(
    _ fewest: Int, _ most: Int, _ text: Span<UInt8>, _ at: inout Int, _ field: inout Int
  ) -> Bool {
    var number = 0
    let begin = at
    while at < text.count, at - begin < most, text[at].isDigit {
      number = number * 10 + Int(text[at] - UInt8(ascii: "0"))
      at += 1
    }
    field = number
    return at - begin >= fewest
  }
}

extension UInt8 {
  /// True for an ASCII digit.
  package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
