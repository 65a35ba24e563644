import DetectionCore
import Testing

@testable import SiteConfiguration

/// Time zones are read as POSIX and ISO 8601 write them, and mean what the C library makes of them.
@Suite struct TimeZoneTextTests {
  private func minutes(_ zone: TimeZoneRule, atSecond second: Int64) -> Int64 {
    let time = WallTime(nanosecondsSince1970: second * 1_000_000_000, synchronized: true)
    return (zone.local(time).nanosecondsSince1970 / 1_000_000_000 - second) / 60
  }

  /// Every 40,400 s from 2000 to 2039, an odd step that comes to all hours and weekdays, offsets in
  /// minutes summed up by h = 31 h + offset; the sums are those of glibc's `localtime` with this `TZ`.
  @Test(
    arguments: [
      ("CET-1CEST,M3.5.0,M10.5.0/3", 784_454_544),
      ("NZST-12NZDT,M9.5.0,M4.1.0/3", 2_398_313_396),
      ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", 2_592_621_236),
      ("JST-9", 3_381_852_288),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1_255_164_638),
      ("EST5EDT,M3.2.0,M11.1.0", 121_634_944),
    ] as [(String, UInt32)])
  func offsetsAreThoseOfTheCLibrary(text: String, expected: UInt32) throws {
    let zone = try #require(TimeZoneText(text).rule)
    var sum: UInt32 = 0
    var count = 0
    for second in stride(from: Int64(946_684_800), to: 2_208_988_800, by: 40_400) {
      sum = sum &* 31 &+ UInt32(truncatingIfNeeded: minutes(zone, atSecond: second)) % 65_536
      count += 1
    }
    #expect(count == 31_246)
    #expect(sum == expected)
  }

  /// The changes of 2026 to the second, as glibc has them.
  @Test(
    arguments: [
      ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, 60, 120),
      ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_890_000, 120, 60),
      ("NZST-12NZDT,M9.5.0,M4.1.0/3", 1_775_311_200, 780, 720),
      ("NZST-12NZDT,M9.5.0,M4.1.0/3", 1_790_431_200, 720, 780),
      ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", 1_775_358_000, -180, -240),
      ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", 1_788_667_200, -240, -180),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1_775_314_800, 660, 630),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1_791_041_400, 630, 660),
    ] as [(String, Int64, Int64, Int64)])
  func clocksAreChangedAtTheRightSecond(
    text: String, second: Int64, before: Int64, after: Int64
  ) throws {
    let zone = try #require(TimeZoneText(text).rule)
    #expect(minutes(zone, atSecond: second - 1) == before)
    #expect(minutes(zone, atSecond: second) == after)
  }

  @Test(arguments: [("Z", 0), ("+09:00", 32_400), ("-03:30", -12_600), ("UTC0", 0)])
  func fixedOffsets(text: String, seconds: Int32) {
    #expect(TimeZoneText(text).rule == TimeZoneRule(offsetSeconds: seconds))
  }

  @Test(arguments: [
    "", "Asia/Tokyo", "JST",
    "+9", "+24:00", "+09:00 ", "z", "AB-9",
    "<+09-9", "日本-9",
    "+09:60", "JST-25",
    "JST-999", "CET-1CEST", "CET-1CEST-2",
    "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
    "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
    "CET-1CEST,M3.5.0/,M10.5.0", "CET-1CEST,J60,J300",
    "CET-1CEST,M3.5.0,M10.5.0/3x",
    "CET-1CEST,M3.5.0,M10.5.0/168",
  ])
  func whatIsNoTimeZone(text: String) {
    #expect(TimeZoneText(text).rule == nil)
  }
}
