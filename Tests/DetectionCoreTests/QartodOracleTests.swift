import DetectionCore
import Foundation
import Testing

/// The Swift side of `Tests/Oracles/qartod.check`, which names the folder with the series.
///
/// Two flags may differ, for reasons that stand at the tests: a small step has passed before its
/// successor turns out to be missing (`SpikeTest`); and a missing value is missing in every season,
/// where the reference lets it pass (`ClimatologyTest.swift`). The rate of change is compared as the
/// reference does it, and once more from the last usable value: there it may differ only behind a
/// value that failed or is missing.
@Suite struct QartodOracleTests {
  private static let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_FOLDER"]
    .map { URL(fileURLWithPath: $0, isDirectory: true) }
  private static let skipped: Comment =
    "skipped: NOMORI_ORACLE_FOLDER names no folder; `Tests/run-checks Tests/Oracles qartod` sets it"

  @Test(.enabled(if: folder != nil, skipped))
  func seriesHaveTheFlagsOfTheReference() throws {
    let folder = try #require(Self.folder)
    let text = try String(
      contentsOf: folder.appendingPathComponent("series.jsonl"), encoding: .utf8)
    var compared: [UInt8: Int] = [:]
    for (number, line) in text.split(separator: "\n").enumerated() {
      let series = try JSONDecoder().decode(Series.self, from: Data(line.utf8))
      let actual = try flags(of: series)
      for index in series.values.indices {
        for (name, expected) in series.flags {
          let flag = try #require(actual[index][name])
          guard flag != expected[index] else {
            compared[flag, default: 0] += 1
            continue
          }
          try #require(
            series.mayDiffer(name, at: index, actual: flag, expected: expected[index]),
            "\(name) of value \(index) in series \(number): \(flag), not \(expected[index]): \(line)"
          )
        }
      }
      try compareFromUsable(series, number)
    }
    print("flags compared: \(compared.sorted { $0.key < $1.key })")
    for flag in QualityFlag.allCases { #expect(compared[flag.rawValue, default: 0] > 1_000) }
  }

  /// The rates from the last usable value: as in the reference where the value before is one.
  private func compareFromUsable(_ series: Series, _ number: Int) throws {
    var plan = series.plan
    plan.points[0].tests.changeReference = .lastUsable
    let run = try readings(of: series, by: plan)
    guard let expected = series.flags["rateOfChange"] else { return }
    for index in series.values.indices.dropFirst() where !run[index - 1].reading.flag.isBad {
      try #require(
        run[index].tests.rateOfChange.rawValue == expected[index],
        "rate of value \(index) in series \(number), from the last usable one")
    }
  }

  private func readings(of series: Series, by plan: DetectionPlan) throws -> [AssessedReading] {
    let run = try CoreRun(plan)
    for (value, time) in zip(series.values, series.times) { run.read(value ?? .nan, at: time) }
    // Where the last value still waits for its successor, there is none.
    run.read(.nan, at: (series.times.last ?? 0) + 1)
    return run.readings
  }

  private func flags(of series: Series) throws -> [[String: UInt8]] {
    try readings(of: series, by: series.plan).map { reading in
      let tests = reading.tests
      let flags = [
        "grossRange": tests.grossRange, "spike": tests.spike, "flatLine": tests.flatLine,
        "rateOfChange": tests.rateOfChange, "climatology": tests.climatology,
        "attenuatedSignal": tests.attenuatedSignal,
      ]
      return flags.mapValues(\.rawValue)
    }
  }
}

/// A line of the file.
private struct Series: Decodable {
  struct Spans: Decodable {
    var suspect: [Double]
    var fail: [Double]
  }
  struct Limits: Decodable {
    var suspect: Double
    var fail: Double
    var method: String?
    var core: TwoLimits { TwoLimits(suspect: suspect, fail: fail) }
  }
  struct Flat: Decodable {
    var tolerance: Double
    var counts: [UInt16]
  }
  struct Member: Decodable {
    var period: String
    var first: Int64
    var last: Int64
    var suspect: [Double]
    var fail: [Double]?
  }
  struct Attenuation: Decodable {
    var measure: String
    var suspect: Double
    var fail: Double
    var window: Int64
    var minimum: UInt16
  }
  var values: [Double?]
  var times: [Double]
  var flags: [String: [UInt8]]
  var grossRange: Spans
  var spike: Limits
  var rateOfChange: Limits
  var flatLine: Flat
  var climatology: [Member]
  var attenuatedSignal: Attenuation

  var plan: DetectionPlan {
    let window = Window(
      length: .seconds(attenuatedSignal.window), minimumCount: attenuatedSignal.minimum,
      capacity: 100)
    let isRange = attenuatedSignal.measure == "range"
    let tests = QualityTests(
      grossRange: GrossRange(fail: span(grossRange.fail), suspect: span(grossRange.suspect)),
      climatology: Climatology(firstSeason: 0, seasonCount: UInt8(climatology.count)),
      spike: spike.core, spikeMethod: spike.method == "average" ? .average : .differential,
      rateOfChange: rateOfChange.core, changeReference: .previous,
      flatLine: FlatLine(
        tolerance: flatLine.tolerance, suspectCount: flatLine.counts[0],
        failCount: flatLine.counts[1], gaps: .bridge),
      attenuatedSignal: AttenuatedSignal(
        isRange ? .range : .deviation, suspect: attenuatedSignal.suspect,
        fail: attenuatedSignal.fail, window: window, gaps: isRange ? .unevaluated : .bridge))
    let periods: [String: Season.Period] = [
      "month": .month, "quarter": .quarter, "dayofyear": .dayOfYear, "weekofyear": .week,
    ]
    let seasons = climatology.compactMap { member in
      periods[member.period].map {
        Season(
          $0, from: member.first, to: member.last, suspect: span(member.suspect),
          fail: member.fail.map(span))
      }
    }
    return DetectionPlan(points: [PointPlan(tests: tests)], seasons: seasons)
  }

  private func span(_ ends: [Double]) -> ClosedSpan { ClosedSpan(lower: ends[0], upper: ends[1]) }

  func mayDiffer(_ name: String, at index: Int, actual: UInt8, expected: UInt8) -> Bool {
    switch name {
    case "spike":
      let isBeforeGap = index + 1 == values.count || values[index + 1] == nil
      return spike.method == "differential" && isBeforeGap && actual == 1 && expected == 2
    case "climatology": return values[index] == nil && actual == 9 && expected == 1
    default: return false
    }
  }
}
