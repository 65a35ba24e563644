import DetectionCore
import Foundation
import Testing

/// The streaming quality tests against the plain ones, flag for flag, over random and adversarial
/// series. The seed is printed; `NOMORI_SEED` runs the same series again.
@Suite struct DifferentialTests {
  static let seed: UInt64 = {
    let text = ProcessInfo.processInfo.environment["NOMORI_SEED"]
    return text.flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  }()

  @Test func streamingAgreesWithWholeSeries() throws {
    print("differential test: NOMORI_SEED=\(Self.seed)")
    var numbers = SplitMix64(seed: Self.seed)
    var flagCounts: [QualityFlag: Int] = [:]
    var held = 0
    for round in 0..<4_000 {
      let tests = randomTests(&numbers)
      let samples = randomSamples(&numbers)
      let reference = ReferenceTests(samples: samples, tests: tests)
      let run = try CoreRun(DetectionPlan(points: [PointPlan(tests: tests)]))
      for sample in samples { run.read(sample.value, at: sample.seconds, flag: sample.flag) }

      let expected = samples.indices.compactMap { reference.flags(at: $0) }
      held += samples.count - expected.count
      let actual = run.readings.map {
        ReferenceTests.Flags(rollUp: $0.reading.flag, tests: $0.tests)
      }
      guard actual == expected else {
        let at = zip(actual, expected).enumerated().first { $1.0 != $1.1 }?.offset
        Issue.record(
          "seed \(Self.seed), round \(round), sample \(at ?? -1): \(tests) \(samples)")
        return
      }
      for (reading, sample) in zip(run.readings, samples) {
        let isGap = reading.reading.flag == .missing
        let value = isGap ? Double.nan : sample.value
        try #require(reading.reading.value.bitPattern == value.bitPattern)
        try #require(reading.reading.time == instant(sample.seconds))
        flagCounts[reading.reading.flag, default: 0] += 1
      }
    }
    // The series are worth nothing unless they reach every flag, and the hold.
    for flag in QualityFlag.allCases { #expect(flagCounts[flag, default: 0] > 100, "\(flag)") }
    #expect(held > 100)
  }

  /// Limits on the same grid as the values, so that every comparison also meets equality.
  private func randomTests(_ numbers: inout SplitMix64) -> QualityTests {
    var tests = QualityTests()
    func grid(_ range: ClosedRange<Int>) -> Double {
      Double(Int.random(in: range, using: &numbers)) * 0.25
    }
    func limits() -> TwoLimits {
      let suspect = grid(0...8)
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0: return TwoLimits(suspect: .infinity, fail: suspect)
      case 1: return TwoLimits(suspect: suspect, fail: .infinity)
      default: return TwoLimits(suspect: suspect, fail: suspect + grid(0...8))
      }
    }
    if Bool.random(using: &numbers) {
      let lower = grid(-20...0)
      let upper = grid(1...20)
      let fail = ClosedSpan(lower: lower - grid(0...4), upper: upper + grid(0...4))
      tests.grossRange = GrossRange(
        fail: fail, suspect: ClosedSpan(lower: lower, upper: upper))
    }
    if Bool.random(using: &numbers) { tests.spike = limits() }
    if Bool.random(using: &numbers) {
      tests.rateOfChange = limits()
      switch Int.random(in: 0..<3, using: &numbers) {
      case 0: tests.changeReference = .previous
      case 1:
        tests.changeReference = .lastUsable(
          longestGap: .seconds(Int64.random(in: 0...6, using: &numbers)))
      default: break
      }
    }
    if Bool.random(using: &numbers) {
      let suspect = UInt16.random(in: 1...6, using: &numbers)
      tests.flatLine = FlatLine(
        tolerance: grid(0...4), suspectCount: suspect,
        failCount: suspect + UInt16.random(in: 0...6, using: &numbers),
        gaps: Bool.random(using: &numbers) ? .restart : .bridge)
    }
    return tests
  }

  private func randomSamples(_ numbers: inout SplitMix64) -> [ReferenceTests.Sample] {
    let count = Int.random(in: 1...80, using: &numbers)
    let style = Int.random(in: 0..<5, using: &numbers)
    let gaps: Double = [0, 0.02, 0.3].randomElement(using: &numbers) ?? 0
    var seconds = Double(Int.random(in: 0...1_000, using: &numbers))
    var level = 0.0
    return (0..<count).map { index in
      seconds += [0, 0.25, 0.5, 1, 1, 1, 2].randomElement(using: &numbers) ?? 1
      switch style {
      case 0: level += Double(Int.random(in: -2...2, using: &numbers)) * 0.25
      case 1: level = Double(Int.random(in: -30...30, using: &numbers)) * 0.25
      case 2: level += Int.random(in: 0..<10, using: &numbers) == 0 ? 2 : 0
      case 3: level = Double.random(in: -5...5, using: &numbers)
      default: level = index % 7 == 3 ? 4 : Double(index / 9) * 0.25
      }
      var sample = ReferenceTests.Sample(value: level, flag: .notEvaluated, seconds: seconds)
      guard Double.random(in: 0..<1, using: &numbers) < gaps else { return sample }
      switch Int.random(in: 0..<5, using: &numbers) {
      case 0: sample.value = .nan
      case 1: sample.value = .infinity
      case 2: sample.flag = .missing
      case 3: sample.flag = .suspect
      default: sample.flag = .fail
      }
      return sample
    }
  }
}
