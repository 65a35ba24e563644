package import DetectionCore

/// A time zone as it is written: an offset of ISO 8601 (`Z`, `+09:00`), or the value of the variable
/// `TZ` as POSIX.1-2017 defines it, with `Mm.w.d` rules (`CET-1CEST,M3.5.0,M10.5.0/3`).
package struct TimeZoneText {
  /// The rule; nil when the text is neither.
  package let rule: TimeZoneRule?
  /// What the text calls the zone, and in summer: of an offset, that from UTC.
  let names: [String]

  /// Reads a zone.
  package init(_ text: String) {
    var reader = Reader(text)
    if let rule = Self.offset(text) {
      self.rule = rule
      names = [text == "Z" ? "UTC" : "UTC" + text]
    } else {
      rule = reader.posix()
      names = reader.names
    }
  }

  /// `Z`, or a sign, two digits, a colon and two digits.
  private static func offset(_ text: String) -> TimeZoneRule? {
    if text == "Z" { return .utc }
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
      let hours = Int32(text.dropFirst().prefix(2)), let minutes = Int32(text.suffix(2)),
      hours >= 0, hours < 24, minutes >= 0, minutes < 60
    else { return nil }
    let seconds = hours * 3_600 + minutes * 60
    return TimeZoneRule(offsetSeconds: bytes[0] == UInt8(ascii: "-") ? -seconds : seconds)
  }

  private struct Reader {
    private var rest: Substring.UTF8View
    private(set) var names: [String] = []

    init(_ text: String) { rest = Substring(text).utf8 }

    /// `std offset [dst [offset] , start [/time] , end [/time]]`.
    mutating func posix() -> TimeZoneRule? {
      guard name(), let west = time(hours: 24) else { return nil }
      var zone = TimeZoneRule(offsetSeconds: -west)
      if rest.isEmpty { return zone }
      guard name() else { return nil }
      var summer = -west + 3_600
      if rest.first != UInt8(ascii: ",") {
        guard let west = time(hours: 24) else { return nil }
        summer = -west
      }
      guard let start = moment(), let end = moment(), rest.isEmpty else { return nil }
      zone.summer = TimeZoneRule.Summer(offsetSeconds: summer, start: start, end: end)
      return zone
    }

    /// Three letters or more, or anything but `>` between `<` and `>`.
    private mutating func name() -> Bool {
      if take("<") {
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
        names.append(String(decoding: rest[..<end], as: UTF8.self))
        rest = rest[rest.index(after: end)...]
        return true
      }
      let letters = rest.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
      names.append(String(decoding: letters, as: UTF8.self))
      rest = rest[letters.endIndex...]
      return letters.count >= 3
    }

    /// `[+|-]hh[:mm[:ss]]` in seconds.
    private mutating func time(hours most: Int32) -> Int32? {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      guard let hours = number(), hours <= most else { return nil }
      var seconds = hours * 3_600
      if take(":") {
        guard let minutes = number(), minutes < 60 else { return nil }
        seconds += minutes * 60
        if take(":") {
          guard let last = number(), last < 60 else { return nil }
          seconds += last
        }
      }
      return isNegative ? -seconds : seconds
    }

    /// `,Mm.w.d[/time]`; POSIX counts days of the week from Sunday.
    private mutating func moment() -> YearlyMoment? {
      guard take(","), take("M"), let month = number(), month >= 1, month <= 12, take("."),
        let week = number(), week >= 1, week <= 5, take("."), let day = number(), day <= 6
      else { return nil }
      var second: Int32 = 7_200
      if take("/") {
        guard let time = time(hours: 167) else { return nil }
        second = time
      }
      return YearlyMoment(
        month: UInt8(month), week: UInt8(week), dayOfWeek: UInt8((day + 6) % 7),
        secondOfDay: second)
    }

    private mutating func number() -> Int32? {
      let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
      rest = rest[digits.endIndex...]
      return digits.count <= 3 ? Int32(String(Substring(digits))) : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }
  }
}
