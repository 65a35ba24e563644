import DetectionCore
import Testing

@Suite struct LocalTimeTests {
  private let berlin = TimeZoneRule(
    offsetSeconds: 3_600,
    summer: TimeZoneRule.Summer(
      offsetSeconds: 7_200,
      start: YearlyMoment(month: 3, week: 5, dayOfWeek: 6, secondOfDay: 7_200),
      end: YearlyMoment(month: 10, week: 5, dayOfWeek: 6, secondOfDay: 10_800)))
  private let auckland = TimeZoneRule(
    offsetSeconds: 43_200,
    summer: TimeZoneRule.Summer(
      offsetSeconds: 46_800,
      start: YearlyMoment(month: 9, week: 5, dayOfWeek: 6, secondOfDay: 7_200),
      end: YearlyMoment(month: 4, week: 1, dayOfWeek: 6, secondOfDay: 10_800)))

  private func shown(_ zone: TimeZoneRule, _ fields: [Int]) throws -> [Int] {
    let civil = try #require(
      CivilTime(
        year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4]))
    let local = zone.local(WallTime(civil, synchronized: true))
    return [local.year, local.month, local.day, local.hour, local.minute]
  }

  @Test func theLastSundayOfMarch() throws {
    #expect(try shown(berlin, [2026, 3, 29, 0, 59]) == [2026, 3, 29, 1, 59])
    #expect(try shown(berlin, [2026, 3, 29, 1, 0]) == [2026, 3, 29, 3, 0])
    #expect(try shown(berlin, [2026, 10, 25, 0, 59]) == [2026, 10, 25, 2, 59])
    #expect(try shown(berlin, [2026, 10, 25, 1, 0]) == [2026, 10, 25, 2, 0])
  }

  @Test func summerOverTheTurnOfTheYear() throws {
    #expect(try shown(auckland, [2026, 1, 1, 0, 0]) == [2026, 1, 1, 13, 0])
    #expect(try shown(auckland, [2026, 7, 1, 0, 0]) == [2026, 7, 1, 12, 0])
    #expect(try shown(auckland, [2026, 4, 4, 13, 59]) == [2026, 4, 5, 2, 59])
    #expect(try shown(auckland, [2026, 4, 4, 14, 0]) == [2026, 4, 5, 2, 0])
  }

  @Test func placesWithoutSummerTime() throws {
    let tokyo = TimeZoneRule(offsetSeconds: 9 * 3_600)
    #expect(try shown(tokyo, [2026, 12, 31, 15, 0]) == [2027, 1, 1, 0, 0])
  }

  @Test func aNightBelongsToTheDayOnWhichItBegan() throws {
    // From Friday 18:00 to Saturday 06:00.
    let period = ActivePeriod(fromMinute: 18 * 60, toMinute: 6 * 60, weekdays: 1 << 4)
    let inside = { (day: Int, hour: Int) in
      try #require(CivilTime(year: 2026, month: 11, day: day, hour: hour))
    }
    #expect(try !period.contains(inside(20, 5)))
    #expect(try period.contains(inside(20, 18)))
    #expect(try period.contains(inside(21, 5)))
    #expect(try !period.contains(inside(21, 6)))
    #expect(try !period.contains(inside(21, 18)))
  }

  @Test func monthsOverTheTurnOfTheYear() throws {
    let winter = ActivePeriod(fromMonth: 11, toMonth: 3)
    for (month, isInside) in [(10, false), (11, true), (1, true), (3, true), (4, false)] {
      let time = try #require(CivilTime(year: 2026, month: month, day: 15))
      #expect(winter.contains(time) == isInside)
    }
  }
}
