import DetectionCore
import Foundation
import Testing

/// The calls that ioos_qc 3.0.0 makes to these four quality tests in its own test suite, with its
/// results. Spike calls by the average method are another algorithm and do not apply; nor do
/// arguments of a wrong type.
@Suite struct IoosVectorTests {
  @Test func publishedVectors() throws {
    guard let data = SharedData.file("qartod/ioos_qc_3.0.0_test_vectors.json") else { return }
    let calls = try #require(
      try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    var ran: [String: Int] = [:]
    for call in calls {
      let name = try #require(call["function"] as? String)
      guard let vector = Vector(call) else { continue }
      let plan = DetectionPlan(points: [PointPlan(tests: vector.tests)])
      guard let expected = vector.expected else {
        #expect(throws: PlanError.self, "\(call)") { try plan.check() }
        ran[name, default: 0] += 1
        continue
      }
      let run = try CoreRun(plan)
      for (value, seconds) in zip(vector.values, vector.seconds) { run.read(value, at: seconds) }
      // Where a held value would still wait for its successor, the series' end decides.
      if run.readings.count < vector.values.count {
        run.read(.nan, at: vector.seconds[vector.values.count - 1] + 1)
      }
      try #require(run.readings.count >= expected.count, "\(call)")
      for (index, flag) in expected.enumerated() {
        let isBeforeGap = index + 1 == expected.count || expected[index + 1] == .missing
        let actual = vector.flag(run.readings[index].tests)
        // A small step has passed before its successor turned out to be missing: see `SpikeTest`.
        let mayHavePassed = name == "spike_test" && flag == .notEvaluated && isBeforeGap
        #expect(
          actual == flag || (mayHavePassed && actual == .pass), "\(index) of \(call)")
      }
      ran[name, default: 0] += 1
    }
    print("ioos_qc vectors that ran: \(ran.sorted { $0.key < $1.key })")
    #expect(
      ran == [
        "gross_range_test": 9, "spike_test": 2, "rate_of_change_test": 10, "flat_line_test": 21,
      ])
  }
}

/// One call in the terms of the core; nil when it does not apply.
private struct Vector {
  var values: [Double] = []
  var seconds: [Double] = []
  var tests = QualityTests()
  /// Nil when the call is to be refused.
  var expected: [QualityFlag]?
  var flag: (TestFlags) -> QualityFlag

  init?(_ call: [String: Any]) {
    guard let name = call["function"] as? String else { return nil }
    var named = call["kwargs"] as? [String: Any] ?? [:]
    let positional = ["inp", "fail_span", "suspect_span"]
    for (key, value) in zip(positional, call["args"] as? [Any] ?? []) { named[key] = value }
    guard let values = Self.numbers(named["inp"]) else { return nil }
    self.values = values
    self.seconds = Self.times(named["tinp"]) ?? values.indices.map(Double.init)
    self.expected = (call["expected"] as? [Int])?.compactMap { QualityFlag(rawValue: UInt8($0)) }
    let suspect = named["suspect_threshold"] as? Double ?? .infinity
    let fail = named["fail_threshold"] as? Double ?? .infinity
    switch name {
    case "gross_range_test":
      guard let failSpan = Self.span(named["fail_span"]),
        let suspectSpan = Self.span(named["suspect_span"])
      else { return nil }
      tests.grossRange = GrossRange(fail: failSpan, suspect: suspectSpan)
      flag = { $0.grossRange }
    case "spike_test":
      guard named["method"] as? String == "differential" else { return nil }
      tests.spike = TwoLimits(suspect: suspect, fail: fail)
      flag = { $0.spike }
    case "rate_of_change_test":
      guard let threshold = named["threshold"] as? Double else { return nil }
      tests.rateOfChange = TwoLimits(suspect: threshold, fail: fail)
      flag = { $0.rateOfChange }
    case "flat_line_test":
      guard let tolerance = named["tolerance"] as? Double else { return nil }
      let interval = seconds.count > 1 ? seconds[1] - seconds[0] : 1
      tests.flatLine = FlatLine(
        tolerance: tolerance, suspectCount: UInt16(suspect / interval),
        failCount: UInt16(fail / interval), gaps: .bridge)
      flag = { $0.flatLine }
    default: return nil
    }
  }

  /// Numbers, with null for NaN.
  private static func numbers(_ json: Any?) -> [Double]? {
    (json as? [Any])?.map { $0 as? Double ?? .nan }
  }

  private static func span(_ json: Any?) -> ClosedSpan? {
    guard let ends = json as? [Double], ends.count == 2 else { return nil }
    return ClosedSpan(lower: ends[0], upper: ends[1])
  }

  /// Seconds, or civil times without a zone.
  private static func times(_ json: Any?) -> [Double]? {
    if let seconds = json as? [Double] { return seconds }
    return (json as? [String])?.compactMap { text in
      let fields = text.split { "-T:".contains($0) }.compactMap { Int($0) }
      guard fields.count == 6,
        let civil = CivilTime(
          year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4],
          second: fields[5])
      else { return nil }
      return Double(civil.nanosecondsSince1970 / 1_000_000_000)
    }
  }
}
