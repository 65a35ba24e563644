import DetectionCore
import Testing

/// Seventeen days of salinity at Lower Sand Island, whose sensor fouls, with the flags that
/// ioos_qc 3.0.0 gives them by range and by standard deviation.
@Suite(.enabled(if: SharedData.isExpected, SharedData.skipped))
struct SandIslandTests {
  @Test func flagsOfAWholeSeries() throws {
    let lines = try SharedData.compressedLines(
      "qartod/attenuated_salinity_sand_island_1min.expected_flags.csv.gz")
    let window = Window(length: .seconds(89_280), minimumCount: 744, capacity: 2_000)
    let plan = DetectionPlan(points: [
      point(AttenuatedSignal(.range, suspect: 17.25, fail: 15, window: window)),
      point(AttenuatedSignal(.deviation, suspect: 5, fail: 4.5, window: window)),
    ])
    let run = try CoreRun(plan)
    var counts: [UInt8: Int] = [:]
    for line in lines.dropFirst() {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      let time = columns[0].split { "- :".contains($0) }.compactMap { Int($0) }
      let civil = try #require(
        CivilTime(
          year: time[0], month: time[1], day: time[2], hour: time[3], minute: time[4],
          second: time[5]))
      for point in UInt16(0)...1 {
        run.read(
          Double(columns[1]) ?? .nan, at: Double(civil.nanosecondsSince1970 / 1_000_000_000),
          point: point)
        let flag = try #require(run.lastReadings.first).tests.attenuatedSignal.rawValue
        try #require(flag == UInt8(columns[2 + Int(point)]), "\(line)")
        counts[flag, default: 0] += 1
      }
    }
    #expect(counts[4] == 282 + 354)
    #expect(counts[3] == 39 + 49)
    #expect(counts[2] == 2 * 743)
  }

  private func point(_ limits: AttenuatedSignal) -> PointPlan {
    PointPlan(tests: QualityTests(attenuatedSignal: limits))
  }
}
