import DetectionCore
import Tables
import Testing

@Suite struct SeriesTests {
  /// 1 at 10 s, missing at 20 s, 3 at 30 s, 5 at 50 s: offsets 0, 10, 20, 40 s.
  private func sample(
    _ interpolation: Series.Interpolation = .step, _ ending: Series.Ending = .holds
  ) throws -> Series {
    let start = WallTime(nanosecondsSince1970: 1_000_000_000_000, synchronized: true)
    return try #require(
      Series(
        start: start, offsets: [10, 20, 30, 50].map { $0 * 1_000_000_000 },
        values: [1, .nan, 3, 5], interpolation: interpolation, ending: ending))
  }

  @Test func `figures leave missing samples out`() throws {
    let series = try sample()
    #expect(series.count == 4)
    #expect(series.missingCount == 1)
    #expect(series.minimum == 1)
    #expect(series.maximum == 5)
    #expect(series.length == .seconds(40))
    #expect(series[1].value == nil)
    #expect(series[3].value == 5)
    #expect(series[3].offset == .seconds(40))
  }

  @Test(
    arguments: [
      (-1, nil), (0, 1), (9, 1), (10, nil), (19, nil), (20, 3), (39, 3), (40, 5), (4_000, 5),
    ] as [(Int64, Double?)])
  func `a step holds each sample until the next`(second: Int64, expected: Double?) throws {
    #expect(try sample().value(at: .seconds(second)) == expected)
  }

  @Test(
    arguments: [
      (0, 1), (5, 1), (10, nil), (20, 3), (25, 3.5), (30, 4), (40, 5), (41, nil),
    ] as [(Int64, Double?)])
  func `a line goes from sample to sample and the series ends`(
    second: Int64, expected: Double?
  ) throws {
    #expect(try sample(.linear, .ends).value(at: .seconds(second)) == expected)
  }

  @Test func `equal offsets are allowed and the last one counts`() throws {
    let series = try #require(Series(start: nil, offsets: [0, 5, 5, 9], values: [1, 2, 3, 4]))
    #expect(series.value(at: TimeSpan(nanoseconds: 5)) == 3)
    #expect(series.value(at: TimeSpan(nanoseconds: 4)) == 1)
  }

  @Test func `lists that are no series are refused`() {
    #expect(Series(start: nil, offsets: [], values: []) == nil)
    #expect(Series(start: nil, offsets: [0, 1], values: [1]) == nil)
    #expect(Series(start: nil, offsets: [1, 0], values: [1, 2]) == nil)
    #expect(Series(start: nil, offsets: [.min, .max], values: [1, 2]) == nil)
  }

  @Test func `a slice starts with what held at its start`() throws {
    let slice = try #require(try sample().slice(from: .seconds(25), duration: .seconds(16)))
    #expect(slice.count == 2)
    #expect(slice[0].value == 3)
    #expect(slice[1].offset == .seconds(15))
    #expect(slice.start?.nanosecondsSince1970 == 1_025_000_000_000)
  }

  @Test func `a slice answers what the whole answers`() throws {
    for interpolation in Series.Interpolation.allCases {
      let whole = try sample(interpolation)
      let slice = try #require(whole.slice(from: .seconds(22)))
      for second in Int64(0)...30 {
        let difference =
          try #require(slice.value(at: .seconds(second)))
          - #require(whole.value(at: .seconds(second + 22)))
        #expect(abs(difference) < 1e-12, "\(interpolation) at \(second) s")
      }
    }
  }

  @Test func `a slice of nothing is nil`() throws {
    #expect(try sample().slice(from: .seconds(41)) == nil)
    #expect(try sample().slice(from: .seconds(5), duration: .seconds(-1)) == nil)
    #expect(try sample().slice(from: .seconds(40))?.count == 1)
  }

  @Test func `a conversion changes values and leaves missing ones missing`() throws {
    let feetToMetres = try #require(AffineMapping(gain: 0.3048))
    let series = try sample().converted(by: feetToMetres)
    #expect(series[2].value == 3 * 0.3048)
    #expect(series[1].value == nil)
    #expect(AffineMapping(gain: 0) == nil)
    #expect(AffineMapping(gain: .infinity) == nil)
  }

  @Test func `a wall time beyond the range of wall times is nil`() throws {
    #expect(try sample().wallTime(at: TimeSpan(nanoseconds: .max)) == nil)
    #expect(try sample().wallTime(at: .seconds(1))?.nanosecondsSince1970 == 1_001_000_000_000)
  }
}
