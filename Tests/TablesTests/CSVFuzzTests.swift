import DetectionCore
import Tables
import Testing

@Suite struct CSVFuzzTests {
  /// Pieces of which tables consist, and pieces that break them.
  private static let pieces: [String] = [
    "time", "value", "2020-01-01", "2020-01-01 00:00:00", "23:59:59", "00:00:01", "1", "-1.5",
    "1e308", "1e999", "-9999", "NaN", ",", ";", "\t", "\n", "\r\n", "\"", "\"\"", " ", ".", "-",
    "9223372036854775807", "2262-04-12 00:00:00", "1900-01-01", "2150-12-31", "é", "\u{0}", "%",
    "+14:00", "Z", "T",
  ]

  private static let options: [CSVOptions] = [
    CSVOptions(), CSVOptions(backwardTime: .first),
    CSVOptions(valueColumns: [ValueColumn(.name("value"))]),
    CSVOptions(
      timeColumns: [.number(1)], valueColumns: [ValueColumn(.number(2))], numberForm: .decimalComma),
    CSVOptions(timeColumns: [.number(.max)], valueColumns: [ValueColumn(.number(.min))]),
    CSVOptions(valueColumns: [ValueColumn(.name("value"))], emptyCells: .unchanged),
    CSVOptions(
      timeColumns: [.number(1)], valueColumns: [ValueColumn(.number(2))], timeFormat: .elapsed,
      start: .max, backwardTime: .last),
    CSVOptions(
      zone: TimeZoneRule(
        offsetSeconds: 3_600,
        summer: TimeZoneRule.Summer(
          offsetSeconds: 7_200,
          start: YearlyMoment(month: 3, week: 5, dayOfWeek: 6, secondOfDay: 7_200),
          end: YearlyMoment(month: 10, week: 5, dayOfWeek: 6, secondOfDay: 10_800))),
      repeatedTime: .mean, backwardTime: .last),
    CSVOptions(
      timeFormat: TimeFormat("%Y-%m-%d"), zone: TimeZoneRule(offsetSeconds: .max), start: .min,
      delimiter: .comma),
  ]

  @Test(arguments: 0..<8) func `random tables are read or refused`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var reads = 0
    for _ in 0..<800 {
      var text = random.next() % 2 == 0 ? [] : Array("time,value\n2020-01-01,1\n".utf8)
      for _ in 0..<(random.next() % 60) {
        text += Self.pieces[Int(random.next() % UInt64(Self.pieces.count))].utf8
      }
      if isRead(text, &random) { reads += 1 }
    }
    #expect(reads > 0, "seed \(seed): the generator never made a table")
  }

  @Test(arguments: 0..<4) func `random bytes are read or refused`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let text = (0..<(random.next() % 300)).map { _ in
        UInt8(truncatingIfNeeded: random.next() >> (random.next() % 4))
      }
      _ = isRead(text, &random)
    }
  }

  @Test(arguments: 0..<4) func `a good table with one broken byte is read or refused`(
    seed: UInt64
  ) {
    var random = SplitMix64(seed: seed)
    var good = Array("Station,Armley\r\ntime,value,note\r\n".utf8)
    for minute in 10..<20 { good += Array("27/12/2015 02:\(minute):00,\(minute).5,\"a\"\r\n".utf8) }
    for _ in 0..<500 {
      var text = good
      text[Int(random.next() % UInt64(text.count))] = UInt8(truncatingIfNeeded: random.next())
      _ = isRead(text, &random)
    }
  }

  /// Reads with options chosen at random, and uses what was read.
  private func isRead(_ text: [UInt8], _ random: inout SplitMix64) -> Bool {
    let options = Self.options[Int(random.next() % UInt64(Self.options.count))]
    do throws(CSVError) {
      let series = try CSVSeries(text, file: "t.csv", options: options).series
      let time = TimeSpan(nanoseconds: Int64(bitPattern: random.next()))
      _ = series.value(at: time)
      _ = series.wallTime(at: series.length)
      _ = series.slice(from: time, duration: time)
      #expect(series.count <= text.count)
      return true
    } catch {
      #expect(error.description.utf8.count < 12_000)
      return false
    }
  }

  @Test func `midnights without dates are limited`() {
    let text = "t,v\n" + String(repeating: "23:00:00,1\n01:00:00,2\n", count: 400)
    let error = #expect(throws: CSVError.self) { try CSVSeries(Array(text.utf8), file: "t.csv") }
    #expect(
      error?.expected == "fewer than 366 midnights in a table of times without dates")
  }

  @Test func `a table of empty cells and one of empty lines end`() {
    for text in [String(repeating: ",", count: 200_000), String(repeating: "\n", count: 200_000)] {
      #expect(throws: CSVError.self) { try CSVSeries(Array(text.utf8), file: "t.csv") }
    }
  }
}
