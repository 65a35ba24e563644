import DetectionCore
import Foundation
import Testing

/// The calls that ioos_qc 3.0.0 makes to its climatology test in its own test suite, with its
/// results. The reference chooses members by depth too; a point has one depth, so each reading goes
/// to a point that has the members of its depth.
@Suite(.enabled(if: SharedData.isExpected, SharedData.skipped))
struct ClimatologyVectorTests {
  @Test func publishedVectors() throws {
    let data = try SharedData.file("qartod/ioos_qc_3.0.0_test_vectors.json")
    let calls = try #require(
      try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    var ran = 0
    for call in calls where call["function"] as? String == "climatology_test" {
      let named = try #require(call["kwargs"] as? [String: Any])
      let members = try #require(named["config"] as? [[String: Any]])
      let values = try #require(Vector.numbers(named["inp"]))
      let depths = try #require(Vector.numbers(named["zinp"]))
      let seconds = try #require(Vector.times(named["tinp"]))
      let expected = try #require(call["expected"] as? [Int])
      for (index, flag) in expected.enumerated() {
        // Where no reading has a depth, the reference leaves out all members that have one.
        let isDeep = !depths.allSatisfy(\.isNaN)
        let seasons = try members.filter { applies($0, depth: isDeep ? depths[index] : .nan) }
          .map { try season($0) }
        let actual = try self.flag(of: values[index], at: seconds[index], seasons)
        #expect(actual.rawValue == UInt8(flag), "\(index) of \(call)")
      }
      ran += 1
    }
    #expect(ran == 82)
  }

  private func applies(_ member: [String: Any], depth: Double) -> Bool {
    guard let span = member["zspan"] as? [String: Any] else { return true }
    guard let top = span["minv"] as? Double, let bottom = span["maxv"] as? Double else {
      return false
    }
    return depth >= top && depth <= bottom
  }

  private func season(_ member: [String: Any]) throws -> Season {
    let periods: [String: Season.Period] = [
      "dayofyear": .dayOfYear, "month": .month, "quarter": .quarter, "weekofyear": .week,
    ]
    let time = try #require(member["tspan"] as? [String: Any])
    let suspect = try #require(span(member["vspan"]))
    let fail = span(member["fspan"])
    guard let name = member["period"] as? String else {
      let ends = try #require(Vector.times(of: time))
      return Season(.time, from: ends.0, to: ends.1, suspect: suspect, fail: fail)
    }
    let period = try #require(periods[name])
    let first = try #require(time["minv"] as? Int64)
    let last = try #require(time["maxv"] as? Int64)
    // Some members begin at 0, which no month, week or day of the year has.
    return Season(period, from: max(1, first), to: last, suspect: suspect, fail: fail)
  }

  private func span(_ json: Any?) -> ClosedSpan? {
    guard let span = json as? [String: Any] else { return nil }
    return Vector.span([span["minv"], span["maxv"]])
  }

  private func flag(of value: Double, at seconds: Double, _ seasons: [Season]) throws -> QualityFlag
  {
    guard !seasons.isEmpty else { return value.isNaN ? .missing : .notEvaluated }
    let climatology = Climatology(firstSeason: 0, seasonCount: UInt8(seasons.count))
    let run = try CoreRun(
      DetectionPlan(
        points: [PointPlan(tests: QualityTests(climatology: climatology))], seasons: seasons))
    run.read(value, at: seconds)
    return try #require(run.lastReadings.first).tests.climatology
  }
}
