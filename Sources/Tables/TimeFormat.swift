import DetectionCore

/// How a table writes its times.
///
/// A pattern takes literal characters and these fields, each as in `strptime`: `%Y` year (4
/// digits), `%y` year (2 digits: 1970 to 2069), `%m` month, `%d` day, `%H` hour, `%M` minute (1 or
/// 2 digits each), `%S` second, with a decimal fraction where there is one, `%L` milliseconds, `%b`
/// name of a month, `%I` hour from 1 to 12 with `%p` AM or PM, `%z` offset from UTC (`Z`, `±hh`,
/// `±hhmm` or `±hh:mm`), `%%` a percent sign. Fields that follow one another without a letter
/// between them have all their digits. 24:00 is the end of a day.
public struct TimeFormat: Hashable, Sendable, CustomStringConvertible {
  /// One piece of a pattern.
  enum Part: Hashable, Sendable {
    case year, shortYear, month, monthName, day, hour, halfDayHour, halfDay
    case minute, second, millisecond, zone
    case literal(UInt8)
  }

  /// A piece, and the fewest digits that it has.
  struct Piece: Hashable, Sendable {
    var part: Part
    var digits: Int
  }

  /// What a time counts from.
  enum Kind: Hashable, Sendable {
    case pattern([Piece])
    case epochSeconds
    case epochMilliseconds
    case elapsedSeconds
    case elapsedDays
    case excelDays
  }

  let kind: Kind
  /// The text that `init(_:)` reads as the same format.
  public let description: String
  /// True when a time of this format says its day, and not only the time of some day.
  public let hasDate: Bool
  /// True when a time of this format says how far its clock is from UTC.
  public let hasZone: Bool

  /// Seconds since 1970-01-01T00:00:00Z, written `epoch`.
  public static let epoch = TimeFormat(.epochSeconds, "epoch")
  /// Milliseconds since 1970-01-01T00:00:00Z, written `epoch-ms`.
  public static let epochMilliseconds = TimeFormat(.epochMilliseconds, "epoch-ms")
  /// Seconds since some start, written `elapsed`.
  public static let elapsed = TimeFormat(.elapsedSeconds, "elapsed")
  /// Days since some start, written `elapsed-days`.
  public static let elapsedDays = TimeFormat(.elapsedDays, "elapsed-days")
  /// Days since 1899-12-30 by the local clock, as spreadsheets count them, written `excel`.
  public static let excel = TimeFormat(.excelDays, "excel")

  private static let named = [epoch, epochMilliseconds, elapsed, elapsedDays, excel]

  /// Reads `epoch`, `epoch-ms`, `elapsed`, `elapsed-days`, `excel` or a pattern; nil when a `%`
  /// field is unknown, appears twice, when there is no field at all, or when a date is not complete
  /// (year, month and day).
  public init?(_ text: String) {
    if let format = TimeFormat.named.first(where: { $0.description == text }) {
      self = format
      return
    }
    guard let pieces = TimeFormat.pieces(of: text) else { return nil }
    self.init(.pattern(pieces), text)
  }

  private init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
    switch kind {
    case .pattern(let pieces):
      hasDate = pieces.contains { $0.part == .day }
      hasZone = pieces.contains { $0.part == .zone }
    case .epochSeconds, .epochMilliseconds:
      hasDate = true
      hasZone = true
    case .excelDays:
      hasDate = true
      hasZone = false
    case .elapsedSeconds, .elapsedDays:
      hasDate = false
      hasZone = true
    }
  }

  /// True where times count on over midnight by themselves, or have a date.
  var runsOn: Bool {
    if case .pattern = kind { hasDate } else { true }
  }

  private static func pieces(of text: String) -> [Piece]? {
    var parts: [Part] = []
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
      guard byte == UInt8(ascii: "%") else {
        parts.append(.literal(byte))
        continue
      }
      guard let letter = bytes.next(), let part = part(letter) else { return nil }
      if case .literal = part {
        parts.append(part)
        continue
      }
      guard !parts.contains(part) else { return nil }
      parts.append(part)
    }
    guard isComplete(parts) else { return nil }
    return parts.indices.map { index in
      let isAlone =
        (index == 0 || !parts[index - 1].isNumber)
        && (index + 1 == parts.count || !parts[index + 1].isNumber)
      return Piece(part: parts[index], digits: isAlone ? 1 : 2)
    }
  }

  /// True where a date has its three fields or none, a half of the day goes with an hour of it, and
  /// there is a field.
  private static func isComplete(_ parts: [Part]) -> Bool {
    func count(_ choice: Part...) -> Int { choice.count { parts.contains($0) } }
    let date = [count(.year, .shortYear), count(.month, .monthName), count(.day)]
    let hours = count(.hour, .halfDayHour)
    guard date == [0, 0, 0] || date == [1, 1, 1], hours <= 1,
      count(.halfDayHour) == count(.halfDay)
    else { return false }
    return date != [0, 0, 0] || hours + count(.minute, .second, .millisecond) > 0
  }

  private static func part(_ letter: UInt8) -> Part? {
    switch letter {
    case UInt8(ascii: "Y"): .year
    case UInt8(ascii: "y"): .shortYear
    case UInt8(ascii: "m"): .month
    case UInt8(ascii: "b"): .monthName
    case UInt8(ascii: "d"): .day
    case UInt8(ascii: "H"): .hour
    case UInt8(ascii: "I"): .halfDayHour
    case UInt8(ascii: "p"): .halfDay
    case UInt8(ascii: "M"): .minute
    case UInt8(ascii: "S"): .second
    case UInt8(ascii: "L"): .millisecond
    case UInt8(ascii: "z"): .zone
    case UInt8(ascii: "%"): .literal(letter)
    default: nil
    }
  }
}

extension TimeFormat.Part {
  /// True where it is written in digits.
  fileprivate var isNumber: Bool {
    switch self {
    case .literal, .monthName, .halfDay, .zone: false
    default: true
    }
  }
}
