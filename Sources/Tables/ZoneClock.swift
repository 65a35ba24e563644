import DetectionCore

/// From what a local clock shows to UTC.
///
/// A time that the clock shows twice in autumn is the earlier one unless the row before it was
/// later already: rows tell by their order. A time that it skips in spring counts as standard time.
struct ZoneClock {
  private let rule: TimeZoneRule
  /// The last row's time, in nanoseconds since 1970.
  private var previous: Int64?
  /// The last step between two different times.
  private var step: Int64 = 0
  /// A day of local time, in days since 1970, on which nothing changes, and its offset.
  private var quietDay: (day: Int64, offset: Int64)?

  /// Times that the clock skips.
  private(set) var skippedCount = 0
  /// Times that the clock shows twice, by which of the two they were taken for.
  private(set) var doubledCount = (earlier: 0, later: 0)

  init(_ rule: TimeZoneRule) { self.rule = rule }

  /// UTC in nanoseconds since 1970 of what the clock shows, written as if it were UTC.
  mutating func utc(_ local: Int64) -> Int64 {
    let time = resolved(local)
    if let previous, time != previous { step = time - previous }
    previous = time
    return time
  }

  private mutating func resolved(_ local: Int64) -> Int64 {
    let standard = Int64(rule.offsetSeconds) * Self.second
    guard let summer = rule.summer.map({ Int64($0.offsetSeconds) * Self.second }) else {
      return local - standard
    }
    let day = local >= 0 ? local / Self.day : (local + 1) / Self.day - 1
    if let quietDay, quietDay.day == day { return local - quietDay.offset }
    let begin = offset(at: (day - 1) * Self.day)
    if begin == offset(at: (day + 2) * Self.day) {
      quietDay = (day, begin)
      return local - begin
    }
    let times = [summer, standard].map { local - $0 }
    let shown = zip(times, [summer, standard]).filter { offset(at: $0.0) == $0.1 }.map(\.0)
    guard let earlier = shown.min(), let later = shown.max() else {
      skippedCount += 1
      return local - standard
    }
    guard earlier != later else { return earlier }
    // Where rows are an hour or more apart, the same time again is the second hour.
    let isSecond =
      previous.map { $0 > earlier || ($0 == earlier && abs(step) >= Self.hour) } ?? false
    if isSecond { doubledCount.later += 1 } else { doubledCount.earlier += 1 }
    return isSecond ? later : earlier
  }

  private func offset(at utc: Int64) -> Int64 {
    rule.local(WallTime(nanosecondsSince1970: utc, synchronized: true)).nanosecondsSince1970 - utc
  }

  private static let second: Int64 = 1_000_000_000
  private static let hour: Int64 = 3_600 * second
  private static let day: Int64 = 24 * hour
}

/// Names of zones as tables write them beside their times.
enum ZoneName {
  /// The zone that a text names as one of its words (`Date Time, GMT-07:00`, `time_utc`, `EDT`);
  /// nil where it names none.
  static func zone(in text: String) -> (name: String, rule: TimeZoneRule)? {
    let words = text.uppercased().split { !$0.isLetter && !$0.isNumber && !"+-:".contains($0) }
    for word in words {
      if let hours = names.first(where: { $0.name == word })?.hours {
        return (String(word), TimeZoneRule(offsetSeconds: Int32(hours * 3_600)))
      }
      for prefix in ["GMT", "UTC"] where word.hasPrefix(prefix) {
        guard let seconds = offset(word.dropFirst(3)) else { continue }
        return (String(word), TimeZoneRule(offsetSeconds: seconds))
      }
    }
    return nil
  }

  /// Seconds east of UTC of `+9`, `+09:00` or `-0700`; nil for anything else.
  static func offset(_ text: some StringProtocol) -> Int32? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 2, let hours = Int32(first), hours >= 0
    else { return nil }
    let minutes: Int32
    var whole = hours
    if parts.count == 2 {
      guard let given = Int32(parts[1]) else { return nil }
      minutes = given
    } else if first.count == 4 {
      (whole, minutes) = (hours / 100, hours % 100)
    } else {
      minutes = 0
    }
    guard whole <= 14, (0..<60).contains(minutes) else { return nil }
    let seconds = whole * 3_600 + minutes * 60
    return sign == "-" ? -seconds : seconds
  }

  /// Abbreviations that mean one zone in tables of measurements.
  private static let names: [(name: String, hours: Int)] = [
    ("UTC", 0), ("GMT", 0), ("Z", 0), ("JST", 9), ("CET", 1), ("CEST", 2), ("MEZ", 1), ("MESZ", 2),
    ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8),
    ("PDT", -7), ("AKST", -9), ("AKDT", -8), ("HST", -10),
  ]
}
