import DetectionCore
import Testing

/// Ten months of water level at Kotzebue, Alaska, with the flags that ioos_qc 3.0.0 gives it. (Its
/// spike flags were made by the average method, which is another algorithm.)
@Suite struct KotzebueTests {
  @Test func flagsOfAWholeSeries() throws {
    guard
      let lines = try SharedData.compressedLines(
        "qartod/water_level_kotzebue_hourly.expected_flags.csv.gz")
    else { return }
    let plan = DetectionPlan(points: [
      PointPlan(
        tests: QualityTests(
          grossRange: GrossRange(
            fail: ClosedSpan(lower: -10, upper: 10), suspect: ClosedSpan(lower: -2, upper: 3)),
          rateOfChange: TwoLimits(suspect: 0.001, fail: .infinity),
          flatLine: FlatLine(
            tolerance: 0.001, suspectCount: 3, failCount: 6, gaps: .bridge)))
    ])
    let run = try CoreRun(plan)
    var compared = 0
    var flagged = 0
    for line in lines.dropFirst() {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      let time = columns[0].split { "-T:Z".contains($0) }.compactMap { Int($0) }
      let civil = try #require(
        CivilTime(
          year: time[0], month: time[1], day: time[2], hour: time[3], minute: time[4],
          second: time[5]))
      run.read(
        Double(columns[1]) ?? .nan, at: Double(civil.nanosecondsSince1970 / 1_000_000_000))
      let tests = try #require(run.lastReadings.first).tests
      let actual = [tests.grossRange, tests.flatLine, tests.rateOfChange]
      let expected = columns[2...4].compactMap { UInt8($0) }.compactMap {
        QualityFlag(rawValue: $0)
      }
      try #require(actual == expected, "\(line)")
      compared += 1
      flagged += expected.contains { $0 != .pass } ? 1 : 0
    }
    #expect(compared == 7_241)
    #expect(flagged > 4_000)
  }
}
