extension CivilTime {
  /// The day of the year, 1 to 366.
  public var dayOfYear: Int {
    var days = day
    var earlier = 1
    while earlier < month {
      days += CivilTime.dayCount(ofMonth: earlier, year: year)
      earlier += 1
    }
    return days
  }

  /// The day of the week, 0 for Monday to 6 for Sunday.
  public var dayOfWeek: Int {
    // 1970-01-01 was a Thursday. Seven weeks of centuries more keep the number positive.
    let nanosecondsADay: Int64 = 86_400_000_000_000
    let (days, rest) = nanosecondsSince1970.quotientAndRemainder(dividingBy: nanosecondsADay)
    let whole = Int(truncatingIfNeeded: days) - (rest < 0 ? 1 : 0)
    return (whole + 3 + 7 * 20_000) % 7
  }

  /// The week of the year by ISO 8601, 1 to 53: weeks begin on Monday, and the first is the one
  /// with the year's first Thursday.
  public var weekOfYear: Int {
    let week = (dayOfYear - 1 - dayOfWeek + 10) / 7
    if week < 1 { return CivilTime.weekCount(endingOn: dayOfWeek - dayOfYear, year: year - 1) }
    let lastDay = CivilTime.isLeap(year: year) ? 366 : 365
    // The last days belong to the next year's first week when its Thursday does.
    return week == 53 && lastDay - dayOfYear < 3 - dayOfWeek ? 1 : week
  }

  /// The weeks of `year`, whose last day falls on the weekday `weekday`, counted modulo 7.
  private static func weekCount(endingOn weekday: Int, year: Int) -> Int {
    let last = (weekday % 7 + 7) % 7
    return last == 3 || (last == 4 && isLeap(year: year)) ? 53 : 52
  }
}
