/// How a site's wall clock follows from UTC: an offset, and summer time by a yearly rule.
///
/// The rule is part of the site file, so that a recording replays the same whatever the time zone
/// tables of its machine say. Source: POSIX.1-2017, the `TZ` variable with `Mm.w.d` rules.
public struct TimeZoneRule: BitwiseCopyable, Equatable, Sendable {
  /// Summer time.
  public struct Summer: BitwiseCopyable, Equatable, Sendable {
    /// Seconds east of UTC while it lasts.
    public var offsetSeconds: Int32
    /// When it begins, in standard time.
    public var start: YearlyMoment
    /// When it ends, in summer time.
    public var end: YearlyMoment
    /// Makes a rule.
    public init(offsetSeconds: Int32, start: YearlyMoment, end: YearlyMoment) {
      self.offsetSeconds = offsetSeconds
      self.start = start
      self.end = end
    }
  }

  /// Seconds east of UTC, outside of summer time.
  public var offsetSeconds: Int32
  /// Summer time; nil where there is none.
  public var summer: Summer?

  /// Coordinated universal time.
  public static var utc: TimeZoneRule { TimeZoneRule(offsetSeconds: 0) }

  /// Makes a rule.
  public init(offsetSeconds: Int32, summer: Summer? = nil) {
    self.offsetSeconds = offsetSeconds
    self.summer = summer
  }
}

/// The `week`-th weekday of a month, such as the last Sunday of March, at a time of day.
public struct YearlyMoment: BitwiseCopyable, Equatable, Sendable {
  /// 1 to 12.
  public var month: UInt8
  /// 1 to 4, or 5 for the last one.
  public var week: UInt8
  /// 0 for Monday to 6 for Sunday.
  public var dayOfWeek: UInt8
  /// Seconds from midnight; may be negative or above a day.
  public var secondOfDay: Int32
  /// Makes a moment.
  public init(month: UInt8, week: UInt8, dayOfWeek: UInt8, secondOfDay: Int32) {
    self.month = month
    self.week = week
    self.dayOfWeek = dayOfWeek
    self.secondOfDay = secondOfDay
  }

  /// Nanoseconds since 1970 of the moment in `year`, as a clock of this offset shows it; nil outside
  /// of the years that a wall time can have.
  fileprivate func nanoseconds(inYear year: Int, offsetSeconds: Int32) -> Int64? {
    guard let first = CivilTime(year: year, month: Int(month), day: 1) else { return nil }
    var day = 1 + (Int(dayOfWeek) - first.dayOfWeek + 7) % 7 + 7 * (Int(week) - 1)
    if day > CivilTime.dayCount(ofMonth: Int(month), year: year) { day -= 7 }
    guard let date = CivilTime(year: year, month: Int(month), day: day) else { return nil }
    let seconds = Int64(widening: Int(secondOfDay) - Int(offsetSeconds))
    return date.nanosecondsSince1970 &+ seconds &* 1_000_000_000
  }
}

extension TimeZoneRule {
  /// What a clock on the wall shows at `wallTime`.
  public func local(_ wallTime: WallTime) -> CivilTime {
    let offset = isSummer(wallTime) ? summer?.offsetSeconds ?? offsetSeconds : offsetSeconds
    let shift = Int64(widening: Int(offset)) &* 1_000_000_000
    return CivilTime(
      WallTime(
        nanosecondsSince1970: wallTime.nanosecondsSince1970 &+ shift,
        synchronized: wallTime.synchronized))
  }

  private func isSummer(_ wallTime: WallTime) -> Bool {
    guard let summer else { return false }
    let year = CivilTime(wallTime).year
    guard
      let start = summer.start.nanoseconds(inYear: year, offsetSeconds: offsetSeconds),
      let end = summer.end.nanoseconds(inYear: year, offsetSeconds: summer.offsetSeconds)
    else { return false }
    let now = wallTime.nanosecondsSince1970
    // South of the equator summer lasts over the turn of the year.
    return start < end ? now >= start && now < end : now >= start || now < end
  }
}

/// Times at which something counts: hours of the day, days of the week and months, by the clock on the
/// wall; all three must hold.
public struct ActivePeriod: BitwiseCopyable, Equatable, Sendable {
  /// The first minute of the day, 0 to 1439.
  public var fromMinute: UInt16
  /// The first minute after it; below `fromMinute` over midnight, equal for the whole day.
  public var toMinute: UInt16
  /// The first month, 1 to 12.
  public var fromMonth: UInt8
  /// The last month; below `fromMonth` over the turn of the year.
  public var toMonth: UInt8
  /// Bit 0 for Monday to bit 6 for Sunday; over midnight it is the day on which the hours began.
  public var weekdays: UInt8

  /// Makes a period, by default always.
  public init(
    fromMinute: UInt16 = 0, toMinute: UInt16 = 0, fromMonth: UInt8 = 1, toMonth: UInt8 = 12,
    weekdays: UInt8 = 0x7F
  ) {
    self.fromMinute = fromMinute
    self.toMinute = toMinute
    self.fromMonth = fromMonth
    self.toMonth = toMonth
    self.weekdays = weekdays
  }

  /// True when `time` lies in it.
  public func contains(_ time: CivilTime) -> Bool {
    let month = UInt8(truncatingIfNeeded: time.month)
    let isMonth =
      fromMonth <= toMonth
      ? month >= fromMonth && month <= toMonth : month >= fromMonth || month <= toMonth
    let minute = UInt16(truncatingIfNeeded: time.hour * 60 + time.minute)
    var day = time.dayOfWeek
    let isHour: Bool
    if fromMinute == toMinute {
      isHour = true
    } else if fromMinute < toMinute {
      isHour = minute >= fromMinute && minute < toMinute
    } else {
      isHour = minute >= fromMinute || minute < toMinute
      if minute < toMinute { day = (day + 6) % 7 }
    }
    return isMonth && isHour && weekdays &>> UInt8(truncatingIfNeeded: day) & 1 == 1
  }
}
