import DetectionCore
import Foundation
import Testing

/// The River Aire at Armley, Leeds, every 15 minutes from May 2015 to March 2016, with the Boxing
/// Day flood in it.
@Suite(.enabled(if: SharedData.isExpected, SharedData.skipped))
struct AireRecordTests {
  private static let file = "river/ea_aire_armley_F1707_stage_15min_2015-05_2016-03.csv.gz"

  private struct Expectation {
    var threshold: Double
    var samples: Int
    var peak: Double
    var above: Int
    var first: String
    var last: String
  }

  private func expectation() throws -> Expectation {
    let data = try SharedData.file("river/expected_events.json")
    let all = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
    let one = try #require(all[String(Self.file.dropFirst("river/".count))])
    let exceedances = try #require(one["exceedances"] as? [[String: Any]])
    #expect(exceedances.count == 1)
    let flood = try #require(exceedances.first)
    return Expectation(
      threshold: try #require(one["threshold"] as? Double),
      samples: try #require(one["samples"] as? Int), peak: try #require(one["max"] as? Double),
      above: try #require(flood["samples"] as? Int),
      first: try #require(flood["first_at_or_above"] as? String),
      last: try #require(flood["last_at_or_above"] as? String))
  }

  @Test func oneRiseAndOneFall() throws {
    let expected = try expectation()
    let samples = try Self.samples()
    #expect(samples.count == expected.samples)
    let run = try CoreRun(oneRule([stage(expected.threshold)]))
    var peak = 0.0
    var above = 0
    for sample in samples {
      run.accept(.reading(sample))
      peak = max(peak, sample.value)
      if run.stage() > 0 { above += 1 }
    }
    #expect(peak == expected.peak)
    #expect(above == expected.above)
    #expect(run.events.map(\.kind) == [.stageRaised, .stageCleared])
    #expect(run.events.map { text($0.wallTime) } == [expected.first, "2015-12-27 18:15:00"])
    #expect(run.events.map(\.limit) == [expected.threshold, expected.threshold])
    // The fall is the first sample after the last one above.
    #expect(expected.last == "2015-12-27 18:00:00")
    #expect(run.readings.allSatisfy { $0.reading.flag == .pass })
  }

  /// The same flood through the plan of a whole gauge: the stages come one after the other, each
  /// is left as often as it is entered, and no quality test takes the flood for a fault.
  @Test func fourStages() throws {
    let samples = try Self.samples()
    let run = try CoreRun(ReferencePlan.river())
    for sample in samples { run.accept(.reading(sample)) }
    #expect(run.readings.allSatisfy { $0.reading.flag.isUsable })
    let changes = run.events.filter { $0.kind == .stageRaised || $0.kind == .stageCleared }
    let raised = changes.filter { $0.kind == .stageRaised }.map(\.stage)
    let cleared = changes.filter { $0.kind == .stageCleared }.map(\.previousStage)
    #expect(raised.sorted() == cleared.sorted())
    #expect(Set(raised) == [1, 2, 3, 4])
    for (before, after) in zip(changes, changes.dropFirst()) {
      #expect(before.stage == after.previousStage)
    }
  }

  private func text(_ wallTime: WallTime) -> String {
    let civil = CivilTime(wallTime)
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", civil.year, civil.month, civil.day, civil.hour,
      civil.minute, civil.second)
  }

  /// The record as readings of point 0, monotonic time counted from 1970 like the wall time.
  private static func samples() throws -> [Reading] {
    try SharedData.compressedLines(file).compactMap { line in
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      let fields = columns[0].split { "/ :".contains($0) }.compactMap { Int($0) }
      guard fields.count == 6 else { return nil }
      let civil = try #require(
        CivilTime(
          year: fields[2], month: fields[1], day: fields[0], hour: fields[3], minute: fields[4],
          second: fields[5]))
      return Reading(
        point: PointIndex(rawValue: 0), value: try #require(Double(columns[1])),
        flag: .notEvaluated, time: Instant(nanoseconds: civil.nanosecondsSince1970),
        wallTime: WallTime(civil, synchronized: false))
    }
  }
}
