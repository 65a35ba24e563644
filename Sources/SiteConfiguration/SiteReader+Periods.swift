internal import Delivery
internal import DetectionCore

// Times by the clock on the wall: `activeDuring`, `quietHours`, and the site's time zone.

/// Times by the clock on the wall; all that is given must hold.
struct PeriodKeys: Keys {
  static let weekdayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  let hours = Key(optional: "hours", .pair(of: .timeOfDay))
  let months = Key(optional: "months", .pair(of: .integer(1...12)))
  let weekdays = Key(optional: "weekdays", .list(of: .word(weekdayNames), 1...7))
}

extension SiteReader {
  /// `{hours: ["18:00", "06:00"], months: [4, 11], weekdays: [mon, sun]}`, each optional.
  func readPeriod(_ section: Section<PeriodKeys>) -> ActivePeriod? {
    var period = ActivePeriod()
    let hours = section.hours
    let months = section.months
    let weekdays = section.weekdays
    guard !section.has(\.hours) || hours != nil, !section.has(\.months) || months != nil else {
      return nil
    }
    if let hours { (period.fromMinute, period.toMinute) = hours }
    if let months { (period.fromMonth, period.toMonth) = (UInt8(months.first), UInt8(months.last)) }
    if let weekdays {
      let days = weekdays.compactMap { PeriodKeys.weekdayNames.firstIndex(of: $0) }
      period.weekdays = days.reduce(0) { $0 | 1 << UInt8($1) }
    }
    return period.weekdays > 0 ? period : nil
  }

  func readZone(_ node: YAMLNode) -> TimeZoneRule? {
    guard let text = node.string() else { return nil }
    guard let zone = TimeZoneText(text).rule else {
      node.report(
        expected: both(
          "an offset such as \"+09:00\" or \"Z\", or a POSIX rule such as "
            + "\"CET-1CEST,M3.5.0,M10.5.0/3\"",
          "\"+09:00\" や \"Z\" などの時差、または \"CET-1CEST,M3.5.0,M10.5.0/3\" などの POSIX 規則"))
      return nil
    }
    return zone
  }
}

extension Kind where Value == UInt16 {
  /// A time of day, in minutes from midnight.
  static var timeOfDay: Kind { Kind(shape: .text) { $0.timeOfDay() } }
}

extension YAMLNode {
  fileprivate func timeOfDay() -> UInt16? {
    let parts = (string() ?? "").split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
      let hour = UInt16(parts[0]), let minute = UInt16(parts[1]), hour < 24, minute < 60
    else {
      report(
        expected: both(
          "a time of day in quotes, from \"00:00\" to \"23:59\"",
          "引用符で囲んだ時刻 (\"00:00\" から \"23:59\" まで)"))
      return nil
    }
    return hour * 60 + minute
  }
}
