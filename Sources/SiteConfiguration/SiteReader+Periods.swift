internal import Delivery
internal import DetectionCore

// Times by the clock on the wall: `activeDuring`, `quietHours`, and the site's time zone.
extension SiteReader {
  private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  /// `{hours: ["18:00", "06:00"], months: [4, 11], weekdays: [mon, sun]}`, each optional.
  func readPeriod(_ node: YAMLNode) -> ActivePeriod? {
    var period = ActivePeriod()
    if let pair = node.optional("hours")?.list(counts: 2...2) {
      guard let from = readMinute(pair[0]), let to = readMinute(pair[1]) else { return nil }
      period.fromMinute = from
      period.toMinute = to
    }
    if let pair = node.optional("months")?.list(counts: 2...2) {
      guard let from = pair[0].integer(in: 1...12), let to = pair[1].integer(in: 1...12) else {
        return nil
      }
      period.fromMonth = UInt8(from)
      period.toMonth = UInt8(to)
    }
    if let list = node.optional("weekdays")?.list(counts: 1...7) {
      let days = list.compactMap { day in
        day.choice(Self.weekdays).flatMap { Self.weekdays.firstIndex(of: $0) }
      }
      period.weekdays = days.reduce(0) { $0 | 1 << UInt8($1) }
    }
    node.finish()
    return period.weekdays > 0 ? period : nil
  }

  private func readMinute(_ node: YAMLNode) -> UInt16? {
    let parts = (node.string() ?? "").split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
      let hour = UInt16(parts[0]), let minute = UInt16(parts[1]), hour < 24, minute < 60
    else {
      node.report(
        expected: both(
          "a time of day in quotes, from \"00:00\" to \"23:59\"",
          "引用符で囲んだ時刻 (\"00:00\" から \"23:59\" まで)"))
      return nil
    }
    return hour * 60 + minute
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
