import DetectionCore
import Testing

@testable import Tables

/// Local times of Central Europe, whose clocks go back at 03:00 on 25 October 2026 and forward at 02:00 on 29
/// March 2026.
@Suite struct ZoneClockTests {
  private static let zone = TimeZoneRule(
    offsetSeconds: 3_600,
    summer: TimeZoneRule.Summer(
      offsetSeconds: 7_200,
      start: YearlyMoment(month: 3, week: 5, dayOfWeek: 6, secondOfDay: 7_200),
      end: YearlyMoment(month: 10, week: 5, dayOfWeek: 6, secondOfDay: 10_800)))

  /// A time as the clock shows it, as if it were UTC.
  private static func shown(_ month: Int, _ day: Int, _ hour: Int, _ minute: Int) throws -> Int64 {
    let midnight = try #require(CivilTime(year: 2026, month: month, day: day))
    return midnight.nanosecondsSince1970 + Int64(hour * 60 + minute) * 60_000_000_000
  }

  @Test func `the hour that comes twice is told apart by the order of the rows`() throws {
    var clock = ZoneClock(Self.zone)
    let minutes = [(1, 30), (2, 0), (2, 30), (2, 0), (2, 30), (3, 0)]
    let times = try minutes.map { clock.utc(try Self.shown(10, 25, $0.0, $0.1)) }
    let steps = zip(times, times.dropFirst()).map { ($1 - $0) / 60_000_000_000 }
    #expect(steps == [30, 30, 30, 30, 30])
    #expect(clock.doubledCount == (earlier: 2, later: 2) && clock.skippedCount == 0)
  }

  @Test func `a time that the clock skips counts as standard time, and is counted`() throws {
    var clock = ZoneClock(Self.zone)
    let before = clock.utc(try Self.shown(3, 29, 1, 30))
    let skipped = clock.utc(try Self.shown(3, 29, 2, 30))
    let after = clock.utc(try Self.shown(3, 29, 3, 30))
    #expect(skipped - before == 3_600_000_000_000 && skipped == after)
    #expect(clock.skippedCount == 1)
  }

  @Test func `a zone without summer time is an offset`() throws {
    var clock = ZoneClock(TimeZoneRule(offsetSeconds: 32_400))
    let local = try Self.shown(10, 25, 2, 30)
    #expect(clock.utc(local) == local - 32_400_000_000_000)
  }
}
