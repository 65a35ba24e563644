import DetectionCore
import Tables
import Testing

@Suite struct TimeFormatTests {
  /// 2015-12-27T02:15:00Z in seconds since 1970.
  private static let peak: Int64 = 1_451_182_500

  @Test(
    arguments: [
      ("%d/%m/%Y %H:%M:%S", "27/12/2015 02:15:00", 0),
      ("%Y-%m-%d %H:%M:%S", "2015-12-27 02:15:00", 0),
      ("%Y-%m-%d %H:%M", "2015-12-27 2:15", 0),
      ("%Y-%m-%dT%H:%M:%S%z", "2015-12-27T02:15:00Z", 0),
      ("%Y-%m-%dT%H:%M:%S%z", "2015-12-27T11:15:00+09:00", 0),
      ("%Y-%m-%dT%H:%M:%S%z", "2015-12-26T21:45:00-0430", 0),
      ("%Y-%m-%dT%H:%M:%S%z", "2015-12-27T03:15:00+01", 0),
      ("%Y-%m-%d %H:%M:%S", "2015-12-27 02:15:00.25", 250_000_000),
      ("%d/%m/%Y %H:%M:%S.%L", "27/12/2015 02:15:00.7", nil),
      ("epoch", "1451182500", 0),
      ("epoch", "1451182500.5", 500_000_000),
      ("epoch-ms", "1451182500250", 250_000_000),
      ("%Y-%m-%d %H:%M:%S", "2015-12-27 24:15:00", nil),
      ("%Y-%m-%d %H:%M:%S", "2015-02-29 02:15:00", nil),
      ("%Y-%m-%d %H:%M:%S", "2015-12-27 02:15:00 ", nil),
      ("%Y-%m-%d %H:%M:%S", "2015-12-27 02:15", nil),
      ("%Y-%m-%d %H:%M:%S", "1677-12-27 02:15:00", nil),
      ("epoch", "1e300", nil),
      ("epoch", "", nil),
    ] as [(String, String, Int64?)])
  func `a text is read as its format says, or not at all`(
    pattern: String, text: String, nanosecond: Int64?
  ) throws {
    let format = try #require(TimeFormat(pattern))
    let expected = nanosecond.map { Self.peak * 1_000_000_000 + $0 }
    #expect(format.nanoseconds(Array(text.utf8)) == expected)
  }

  @Test func `a time without a zone is taken as the table's`() throws {
    let format = try #require(TimeFormat("%Y-%m-%d %H:%M:%S"))
    let japan = TimeSpan.seconds(9 * 3_600)
    let time = format.nanoseconds(Array("2015-12-27 11:15:00".utf8), utcOffset: japan)
    #expect(time == Self.peak * 1_000_000_000)
  }

  @Test func `a time of the day counts from midnight`() throws {
    let format = try #require(TimeFormat("%H:%M:%S:%L"))
    #expect(!format.hasDate)
    #expect(format.nanoseconds(Array("16:22:42:557".utf8)) == 58_962_557_000_000)
  }

  @Test(arguments: ["", "%", "%q", "%Y", "%Y-%m", "%d", "%H %H", "time"])
  func `a pattern that cannot give a time is refused`(pattern: String) {
    #expect(TimeFormat(pattern) == nil)
  }

  @Test(arguments: ["epoch", "epoch-ms", "elapsed", "%d/%m/%Y %H:%M:%S", "100%%%H:%M"])
  func `a format is written as it is read`(text: String) {
    #expect(TimeFormat(text)?.description == text)
  }
}
