import DetectionCore
import Testing

/// Ten months of water level at Kotzebue, Alaska, with the flags that ioos_qc 3.0.0 gives it.
@Suite(.enabled(if: SharedData.isExpected, SharedData.skipped))
struct KotzebueTests {
  @Test func flagsOfAWholeSeries() throws {
    let lines = try SharedData.compressedLines(
      "qartod/water_level_kotzebue_hourly.expected_flags.csv.gz")
    let plan = DetectionPlan(points: [
      PointPlan(
        tests: QualityTests(
          grossRange: GrossRange(
            fail: ClosedSpan(lower: -10, upper: 10), suspect: ClosedSpan(lower: -2, upper: 3)),
          spike: TwoLimits(suspect: 0.8, fail: 3), spikeMethod: .average,
          rateOfChange: TwoLimits(suspect: 0.001, fail: .infinity), changeReference: .previous,
          flatLine: FlatLine(
            tolerance: 0.001, suspectCount: 3, failCount: 6, gaps: .bridge)))
    ])
    let run = try CoreRun(plan)
    var expected: [[QualityFlag]] = []
    for line in lines.dropFirst() {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      let time = columns[0].split { "-T:Z".contains($0) }.compactMap { Int($0) }
      let civil = try #require(
        CivilTime(
          year: time[0], month: time[1], day: time[2], hour: time[3], minute: time[4],
          second: time[5]))
      run.read(
        Double(columns[1]) ?? .nan, at: Double(civil.nanosecondsSince1970 / 1_000_000_000))
      expected.append(
        columns[2...5].compactMap { UInt8($0) }.compactMap { QualityFlag(rawValue: $0) })
    }
    // The last value still waits for the one after it.
    run.read(.nan, at: 2e9)
    var compared = 0
    for (flags, reading) in zip(expected, run.readings) {
      let tests = reading.tests
      let actual = [tests.grossRange, tests.flatLine, tests.rateOfChange, tests.spike]
      try #require(actual == flags, "\(reading)")
      compared += 1
    }
    let flagged = expected.filter { $0.contains { $0 != .pass } }.count
    let spikes = expected.filter { $0[3] == .suspect || $0[3] == .fail }.count
    #expect(spikes == 51)
    #expect(compared == 7_241)
    #expect(flagged > 4_000)
  }
}
