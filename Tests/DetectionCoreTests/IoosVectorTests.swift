import DetectionCore
import Foundation
import Testing

/// The calls that ioos_qc 3.0.0 makes to quality tests of a series in its own test suite, with its
/// results; climatology is in `ClimatologyVectorTests`. What does not apply:
///
/// - arguments of a wrong type (2 of gross range, 2 of spike),
/// - attenuated signal without a test period (20): one statistic of a whole series, its future
///   included,
/// - density inversion (59) and location (17): tests of profiles and of moving instruments.
@Suite(.enabled(if: SharedData.isExpected, SharedData.skipped))
struct IoosVectorTests {
  @Test func publishedVectors() throws {
    let data = try SharedData.file("qartod/ioos_qc_3.0.0_test_vectors.json")
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
        "gross_range_test": 9, "spike_test": 19, "rate_of_change_test": 10, "flat_line_test": 21,
        "attenuated_signal_test": 12,
      ])
  }
}

/// One call in the terms of the core; nil when it does not apply.
struct Vector {
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
      switch named["method"] {
      case nil, is NSNull: tests.spikeMethod = .average
      case let method as String where method == "average": tests.spikeMethod = .average
      case let method as String where method == "differential": break
      default: return nil
      }
      tests.spike = TwoLimits(suspect: suspect, fail: fail)
      flag = { $0.spike }
    case "rate_of_change_test":
      guard let threshold = named["threshold"] as? Double else { return nil }
      tests.rateOfChange = TwoLimits(suspect: threshold, fail: fail)
      tests.changeReference = .previous
      flag = { $0.rateOfChange }
    case "flat_line_test":
      guard let tolerance = named["tolerance"] as? Double else { return nil }
      let interval = seconds.count > 1 ? seconds[1] - seconds[0] : 1
      tests.flatLine = FlatLine(
        tolerance: tolerance, suspectCount: UInt16(suspect / interval),
        failCount: UInt16(fail / interval), gaps: .bridge)
      flag = { $0.flatLine }
    case "attenuated_signal_test":
      guard let limits = Self.attenuatedSignal(named, seconds: self.seconds) else { return nil }
      tests.attenuatedSignal = limits
      flag = { $0.attenuatedSignal }
    default: return nil
    }
  }

  private static func attenuatedSignal(
    _ named: [String: Any], seconds: [Double]
  ) -> AttenuatedSignal? {
    guard let period = named["test_period"] as? Double, seconds.count > 1,
      let suspect = named["suspect_threshold"] as? Double,
      let fail = named["fail_threshold"] as? Double
    else { return nil }
    var minimum = named["min_obs"] as? Double ?? 1
    if let time = named["min_period"] as? Double { minimum = time / (seconds[1] - seconds[0]) }
    let window = Window(
      length: .seconds(Int64(period)), minimumCount: UInt16(max(1, minimum)), capacity: 100)
    let isRange = named["check_type"] as? String == "range"
    return isRange
      ? AttenuatedSignal(.range, suspect: suspect, fail: fail, window: window, gaps: .unevaluated)
      : AttenuatedSignal(.deviation, suspect: suspect, fail: fail, window: window)
  }

  /// Numbers, with null for NaN.
  static func numbers(_ json: Any?) -> [Double]? {
    (json as? [Any])?.map { $0 as? Double ?? .nan }
  }

  static func span(_ json: Any?) -> ClosedSpan? {
    guard let ends = json as? [Double], ends.count == 2 else { return nil }
    return ClosedSpan(lower: ends[0], upper: ends[1])
  }

  /// Seconds, or civil times without a zone.
  static func times(_ json: Any?) -> [Double]? {
    if let seconds = json as? [Double] { return seconds }
    return (json as? [String])?.compactMap { text in
      let fields = text.split { "-T: ".contains($0) }.compactMap { Int($0) }
      guard fields.count == 6,
        let civil = CivilTime(
          year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4],
          second: fields[5])
      else { return nil }
      return Double(civil.nanosecondsSince1970 / 1_000_000_000)
    }
  }

  /// A span of times, both of which are given as text.
  static func times(of span: [String: Any]) -> (Int64, Int64)? {
    guard let first = span["minv"] as? String, let last = span["maxv"] as? String,
      let ends = times([first, last]), ends.count == 2
    else { return nil }
    return (Int64(ends[0]) * 1_000_000_000, Int64(ends[1]) * 1_000_000_000)
  }
}
