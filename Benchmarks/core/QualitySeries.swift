import DetectionCore

/// A long series under four quality tests: what the core and ioos_qc are measured on. The floods of
/// the workload, one after the other.
enum QualitySeries {
  /// The tests of the workload's gauge; `ioos.py` has the same limits.
  static var tests: QualityTests {
    QualityTests(
      grossRange: GrossRange(
        fail: ClosedSpan(lower: 0.2, upper: 10), suspect: ClosedSpan(lower: 1, upper: 8)),
      spike: TwoLimits(suspect: 0.1, fail: 0.5),
      rateOfChange: TwoLimits(suspect: 0.05, fail: 0.2),
      flatLine: FlatLine(
        tolerance: 0.0005, suspectCount: 30, failCount: 60, gaps: .bridge))
  }

  private static func values(_ count: Int) -> [Double] {
    let flood = Workload.flood()
    return (0..<count).map { flood[$0 % flood.count] }
  }

  /// Prints the values, one a line.
  static func write(_ count: Int) {
    for value in values(count) { print(value) }
  }

  /// How many of the values the core judges a second, at best, and how often it gave each flag.
  static func judge(_ count: Int, runs: Int) throws -> String {
    let values = values(count)
    let clock = ContinuousClock()
    var best = Double.infinity
    var flags = [UInt8: Int]()
    for _ in 0..<runs {
      var detector = try Detector(plan: DetectionPlan(points: [PointPlan(tests: tests)]))
      var outcome = Outcome(capacity: detector.outcomeCapacity)
      var counts = InlineArray<10, Int>(repeating: 0)
      let start = clock.now
      for index in values.indices {
        let time = Int64(index) * Workload.interval.nanoseconds
        outcome.removeAll()
        detector.accept(
          .reading(
            Reading(
              point: PointIndex(rawValue: 0), value: values[index], flag: .notEvaluated,
              time: Instant(nanoseconds: time),
              wallTime: WallTime(nanosecondsSince1970: time, synchronized: true))),
          into: &outcome)
        for place in 0..<outcome.readingCount {
          counts[Int(outcome.reading(at: place).reading.flag.rawValue)] += 1
        }
      }
      best = min(best, seconds(clock.now - start))
      for flag in [UInt8(1), 2, 3, 4, 9] { flags[flag] = counts[Int(flag)] }
    }
    let pairs = flags.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    return "\(Double(count) / best) \(pairs.joined(separator: ","))"
  }
}
