/// Civil time in UTC on the proleptic Gregorian calendar, leap seconds not counted.
///
/// Days are converted with Howard Hinnant's `civil_from_days` and `days_from_civil` ("chrono-
/// Compatible Low-Level Date Algorithms", 2013): integer arithmetic on eras of 400 years, which
/// are 146,097 days long, with the year counted from 1 March so that a leap day comes last.
public struct CivilTime: BitwiseCopyable, Equatable, Sendable {
  /// The year; a `WallTime` reaches from 1677 to 2262.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int
  /// The hour, 0 to 23.
  public let hour: Int
  /// The minute, 0 to 59.
  public let minute: Int
  /// The second, 0 to 59.
  public let second: Int
  /// The nanosecond, 0 to 999,999,999.
  public let nanosecond: Int
  /// The same moment as nanoseconds since 1970-01-01T00:00:00Z.
  public let nanosecondsSince1970: Int64

  /// The civil time of `wallTime`; every wall time has one.
  public init(_ wallTime: WallTime) {
    let (seconds, nanosecond) = floorDivide(wallTime.nanosecondsSince1970, by: 1_000_000_000)
    let (days, secondOfDay) = floorDivide(seconds, by: 86_400)
    let (year, month, day) = civil(fromDays: days)
    self.year = year
    self.month = month
    self.day = day
    self.hour = Int(truncatingIfNeeded: secondOfDay / 3_600)
    self.minute = Int(truncatingIfNeeded: secondOfDay / 60 % 60)
    self.second = Int(truncatingIfNeeded: secondOfDay % 60)
    self.nanosecond = Int(truncatingIfNeeded: nanosecond)
    self.nanosecondsSince1970 = wallTime.nanosecondsSince1970
  }

  /// The given civil time; nil when a field is out of its range, when the month has no such day,
  /// or when the moment does not fit a `WallTime`.
  public init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    nanosecond: Int = 0
  ) {
    guard year >= 1677, year <= 2262, month >= 1, month <= 12,
      day >= 1, day <= CivilTime.dayCount(ofMonth: month, year: year),
      hour >= 0, hour <= 23, minute >= 0, minute <= 59, second >= 0, second <= 59,
      nanosecond >= 0, nanosecond <= 999_999_999
    else { return nil }
    let days = days(fromYear: year, month: month, day: day)
    let seconds = days * 86_400 + Int64(widening: hour * 3_600 + minute * 60 + second)
    // Before 1970 the whole seconds alone may not fit although the moment does: the last
    // second is then taken from the other side.
    let borrow: Int64 = seconds < 0 ? 1 : 0
    let (whole, productOverflow) =
      (seconds + borrow).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) =
      whole.addingReportingOverflow(Int64(widening: nanosecond) - borrow * 1_000_000_000)
    guard !productOverflow, !sumOverflow else { return nil }
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.nanosecond = nanosecond
    self.nanosecondsSince1970 = sum
  }

  /// True when `year` has a 29 February.
  public static func isLeap(year: Int) -> Bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
  }

  /// The number of days of a month, 1 to 12; 0 for any other month.
  public static func dayCount(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 1, 3, 5, 7, 8, 10, 12: 31
    case 4, 6, 9, 11: 30
    case 2: isLeap(year: year) ? 29 : 28
    default: 0
    }
  }
}

extension WallTime {
  /// The wall time of a civil time, and whether a time source stood behind it.
  public init(_ civil: CivilTime, synchronized: Bool) {
    self.init(nanosecondsSince1970: civil.nanosecondsSince1970, synchronized: synchronized)
  }
}

/// Quotient rounded towards minus infinity, and the remainder, which is never negative.
private func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
  let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
  return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
}

/// The date that lies `days` after 1970-01-01.
private func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
  let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
  let yearOfEra =
    (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
  let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (
    Int(truncatingIfNeeded: year), Int(truncatingIfNeeded: month), Int(truncatingIfNeeded: day)
  )
}

/// How many days after 1970-01-01 the date lies.
private func days(fromYear year: Int, month: Int, day: Int) -> Int64 {
  let yearFromMarch = Int64(widening: month <= 2 ? year - 1 : year)
  let (era, yearOfEra) = floorDivide(yearFromMarch, by: 400)
  let monthFromMarch = Int64(widening: month > 2 ? month - 3 : month + 9)
  let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(widening: day) - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

#if !hasFeature(Embedded)
  extension CivilTime: Hashable {}
#endif
