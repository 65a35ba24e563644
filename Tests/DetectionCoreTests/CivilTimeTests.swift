import DetectionCore
import Testing

@Suite struct CivilTimeTests {
  private func civil(_ seconds: Int64, _ nanoseconds: Int64 = 0) -> CivilTime {
    CivilTime(
      WallTime(
        nanosecondsSince1970: seconds * 1_000_000_000 + nanoseconds, synchronized: true))
  }

  private static let dates: [(Int64, [Int])] = [
    // Seconds as `date -u -d … +%s` gives them.
    (0, [1970, 1, 1, 0, 0, 0]),
    (-1, [1969, 12, 31, 23, 59, 59]),
    (951_782_400, [2000, 2, 29, 0, 0, 0]),
    (951_868_800, [2000, 3, 1, 0, 0, 0]),
    (1_451_124_900, [2015, 12, 26, 10, 15, 0]),
    (1_709_251_199, [2024, 2, 29, 23, 59, 59]),
    (4_107_542_400, [2100, 3, 1, 0, 0, 0]),
    (4_107_542_399, [2100, 2, 28, 23, 59, 59]),
    (-2_203_891_200, [1900, 3, 1, 0, 0, 0]),
    (-2_203_891_201, [1900, 2, 28, 23, 59, 59]),
    (2_147_483_648, [2038, 1, 19, 3, 14, 8]),
  ]

  @Test(arguments: dates)
  func knownDates(seconds: Int64, fields: [Int]) throws {
    let time = civil(seconds)
    #expect(
      [time.year, time.month, time.day, time.hour, time.minute, time.second] == fields)
    let back = try #require(
      CivilTime(
        year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4],
        second: fields[5]))
    #expect(back == time)
    #expect(WallTime(back, synchronized: false).nanosecondsSince1970 == seconds * 1_000_000_000)
  }

  /// Counts the days one by one through four centuries and more, by the rule for leap years.
  @Test func everyDayInARow() throws {
    var (year, month, day) = (1678, 1, 1)
    var seconds = Int64(-9_214_560_000)
    while year < 2262 {
      let time = civil(seconds, 7)
      try #require([time.year, time.month, time.day] == [year, month, day])
      try #require([time.hour, time.minute, time.second, time.nanosecond] == [0, 0, 0, 7])
      let back = CivilTime(year: year, month: month, day: day, nanosecond: 7)
      try #require(back?.nanosecondsSince1970 == time.nanosecondsSince1970)
      day += 1
      if day > CivilTime.dayCount(ofMonth: month, year: year) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
      seconds += 86_400
    }
  }

  @Test(arguments: [Int64.min, .min + 1, -1, 0, 1, 999_999_999, .max])
  func everyWallTimeComesBack(nanoseconds: Int64) {
    let time = CivilTime(WallTime(nanosecondsSince1970: nanoseconds, synchronized: false))
    let back = CivilTime(
      year: time.year, month: time.month, day: time.day, hour: time.hour, minute: time.minute,
      second: time.second, nanosecond: time.nanosecond)
    #expect(back == time)
    #expect(back?.nanosecondsSince1970 == nanoseconds)
  }

  private static let impossible: [[Int]] = [
    [2023, 2, 29, 0, 0, 0, 0], [2100, 2, 29, 0, 0, 0, 0], [2024, 13, 1, 0, 0, 0, 0],
    [2024, 0, 1, 0, 0, 0, 0], [2024, 4, 31, 0, 0, 0, 0], [2024, 4, 0, 0, 0, 0, 0],
    [2024, 1, 1, 24, 0, 0, 0], [2024, 1, 1, 0, 60, 0, 0], [2024, 1, 1, 0, 0, 60, 0],
    [2024, 1, 1, 0, 0, 0, 1_000_000_000], [2024, 1, 1, -1, 0, 0, 0], [1600, 1, 1, 0, 0, 0, 0],
    [2262, 4, 11, 23, 47, 16, 854_775_808], [1677, 9, 21, 0, 12, 43, 145_224_191],
    [Int.max, 1, 1, 0, 0, 0, 0],
  ]

  @Test(arguments: impossible)
  func impossibleTimesAreRefused(fields: [Int]) {
    #expect(
      CivilTime(
        year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4],
        second: fields[5], nanosecond: fields[6]) == nil)
  }
}
