public import DetectionCore

extension TimeZoneRule {
  /// The moment as RFC 3339 text in local time with its offset and without a fraction, such as
  /// `2015-12-26T23:45:00+09:00`. CAP 1.2 takes no other form.
  func timestamp(_ wallTime: WallTime) -> String {
    let local = local(wallTime)
    return local.timestamp.prefix(19) + offset(of: wallTime, local)
  }

  /// The moment for people: local date and time to the minute, with its offset from UTC, such as
  /// `2015-12-26 23:45 (UTC+09:00)`.
  public func stamp(_ wallTime: WallTime) -> String {
    let local = local(wallTime)
    let text = local.timestamp
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
      + " (UTC\(offset(of: wallTime, local)))"
  }

  private func offset(of wallTime: WallTime, _ local: CivilTime) -> String {
    let minutes =
      (local.nanosecondsSince1970 &- wallTime.nanosecondsSince1970) / 60_000_000_000
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return (minutes < 0 ? "-" : "+") + two(minutes.magnitude / 60) + ":"
      + two(minutes.magnitude % 60)
  }
}
