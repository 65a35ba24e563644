import Testing

@testable import DetectionCore

/// The statistics of a window beside plain ones over an array, and what holds of them always.
@Suite struct WindowStatisticsTests {
  /// A window of a small ring with the memory it lies in.
  private struct Ring: ~Copyable {
    private var memory: CoreMemory
    let table: Table<TimeWindow.Entry>
    let scratch: Table<Double>
    var window: TimeWindow

    init(capacity: Int) {
      memory = CoreMemory.allocate(
        byteCount: CoreMemory.byteCount(of: TimeWindow.Entry.self, count: capacity + 5)
          + CoreMemory.byteCount(of: Double.self, count: capacity * (capacity + 1) / 2))
      table = memory.table(filledWith: TimeWindow.Entry(), count: capacity + 5)
      scratch = memory.table(filledWith: .nan, count: capacity * (capacity + 1) / 2)
      window = TimeWindow(base: 3, capacity: capacity)
    }

    mutating func take(_ values: [Double], at times: [Int64]) {
      for (value, time) in zip(values, times) {
        window.append(value, at: Instant(nanoseconds: time), in: table)
      }
    }

    /// All statistics by name.
    var all: [(String, Double)] {
      [
        ("sum", window.sum(in: table)), ("mean", window.mean(in: table)),
        ("smallest", window.smallest(in: table)), ("largest", window.largest(in: table)),
        ("root mean square", window.rootMeanSquare(in: table)),
        ("deviation", window.standardDeviation(in: table)), ("slope", window.slope(in: table)),
        ("median", window.median(in: table, scratch: scratch)),
        ("robust slope", window.robustSlope(in: table, scratch: scratch)),
        ("range", window.spread(in: table).range),
      ]
    }
  }

  private func statistics(_ values: [Double], at times: [Int64]) -> [String: Double] {
    var ring = Ring(capacity: values.count)
    ring.take(values, at: times)
    return Dictionary(uniqueKeysWithValues: ring.all)
  }

  private func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The same from the definitions, in two passes.
  private func reference(_ values: [Double], at times: [Int64]) -> [String: Double] {
    let count = Double(values.count)
    let seconds = times.map { Double($0 - times[0]) / 1e9 }
    let mean = values.reduce(0, +) / count
    let meanTime = seconds.reduce(0, +) / count
    let spread = seconds.map { ($0 - meanTime) * ($0 - meanTime) }.reduce(0, +)
    let product = zip(seconds, values).map { ($0 - meanTime) * ($1 - mean) }.reduce(0, +)
    var slopes: [Double] = []
    for later in values.indices {
      for earlier in 0..<later where times[earlier] != times[later] {
        slopes.append((values[later] - values[earlier]) / (seconds[later] - seconds[earlier]))
      }
    }
    let lowest = values.reduce(.infinity, min)
    let highest = values.reduce(-.infinity, max)
    return [
      "sum": values.reduce(0, +), "mean": mean, "smallest": lowest, "largest": highest,
      "range": highest - lowest,
      "root mean square": (values.map { $0 * $0 }.reduce(0, +) / count).squareRoot(),
      "deviation": (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count).squareRoot(),
      "slope": spread > 0 ? product / spread : .nan, "median": median(values),
      "robust slope": slopes.isEmpty ? .nan : median(slopes),
    ]
  }

  /// Values of several kinds, and times that at times stand still.
  private func series(_ count: Int, _ random: inout SplitMix64) -> ([Double], [Int64]) {
    let kind = random.next() % 4
    var time = Int64(random.next() % 1_000_000_000_000)
    var values: [Double] = []
    var times: [Int64] = []
    for index in 0..<count {
      let step = kind == 0 ? 1_000_000_000 : Int64(random.next() % 3) * 700_000_001
      time += step
      times.append(time)
      switch kind {
      case 0: values.append(Double(index) * 0.25)
      case 1: values.append(Double(random.next() % 5))
      case 2: values.append(Double.random(in: -50...50, using: &random))
      default: values.append(index % 7 == 3 ? 1e6 : Double.random(in: 2...2.01, using: &random))
      }
    }
    return (values, times)
  }

  @Test func statisticsAreThoseOfTheirDefinitions() throws {
    var random = SplitMix64(seed: 41)
    for number in 0..<2_000 {
      let (values, times) = series(1 + Int(random.next() % 64), &random)
      let expected = reference(values, at: times)
      let scale = values.map(\.magnitude).reduce(1, max)
      for (name, actual) in statistics(values, at: times) {
        let wanted = try #require(expected[name])
        let isClose = (actual - wanted).magnitude <= 1e-12 * scale
        try #require(
          isClose || actual.isNaN && wanted.isNaN,
          "\(name) of series \(number): \(actual), not \(wanted): \(values) at \(times)")
      }
    }
  }

  /// Whatever came before, and wherever the ring begins.
  @Test func sameWindowGivesTheSameBits() {
    var random = SplitMix64(seed: 42)
    for _ in 0..<200 {
      let (values, times) = series(1 + Int(random.next() % 30), &random)
      let expected = statistics(values, at: times)
      for before in [1, values.count / 2, values.count - 1, 3 * values.count + 1] {
        var ring = Ring(capacity: values.count)
        for _ in 0..<before {
          ring.take([Double.random(in: -1e9...1e9, using: &random)], at: [times[0] - 1])
        }
        ring.take(values, at: times)
        for (name, actual) in ring.all {
          #expect(actual.bitPattern == expected[name]?.bitPattern, "\(name) after \(before)")
        }
      }
    }
  }

  /// A level above a far datum, at the end of a long time line, loses no digit that it had.
  @Test func farOriginsCostNoDigits() throws {
    var random = SplitMix64(seed: 43)
    for _ in 0..<200 {
      let values = (0..<30).map { _ in Double(random.next() % 4_096) / 4_096 }
      let times = (0..<30).map { Int64($0) * 60_000_000_000 }
      let near = statistics(values, at: times)
      let far = statistics(
        values.map { $0 + 1_048_576 }, at: times.map { $0 + 5_000_000_000_000_000_000 })
      for name in ["deviation", "slope", "robust slope", "range"] {
        let expected = try #require(near[name])
        let actual = try #require(far[name])
        #expect((actual - expected).magnitude <= 1e-9 * expected.magnitude, "\(name)")
      }
    }
  }

  @Test func equalValuesHaveNoDeviationAndTheirOwnMean() {
    for value in [0.1, -7.3, 1e-300, 1e15 / 3] {
      let equal = statistics(
        Array(repeating: value, count: 29), at: (0..<29).map { $0 * 1_000_000_000 })
      #expect(equal["mean"] == value && equal["median"] == value)
      #expect(equal["deviation"] == 0 && equal["slope"] == 0 && equal["robust slope"] == 0)
    }
  }

  /// A line of numbers that are exact gives its slope exactly to a few units of the last place.
  @Test(arguments: [0.25, -3, 1e-6])
  func slopeOfALine(rate: Double) throws {
    let line = statistics(
      (0..<60).map { Double($0) * 30 * rate }, at: (0..<60).map { $0 * 30_000_000_000 })
    for name in ["slope", "robust slope"] {
      let slope = try #require(line[name])
      #expect((slope - rate).magnitude <= 8 * rate.ulp, "\(name)")
    }
  }

  @Test func thereIsNoSlopeWithinOneMoment() {
    for values: [Double] in [[4], [1, 2], [1, 5, 3]] {
      let moment = statistics(values, at: values.map { _ in 7 })
      #expect(moment["slope"]?.isNaN == true && moment["robust slope"]?.isNaN == true)
      #expect(moment["mean"]?.isFinite == true && moment["median"]?.isFinite == true)
    }
  }

  /// Of 64 values up to 18 may be anything (29 % of them spoil fewer than half of the pairs).
  @Test func robustSlopeBearsOutliers() throws {
    var random = SplitMix64(seed: 44)
    for _ in 0..<100 {
      var values = (0..<64).map { Double($0) * 0.5 }
      for _ in 0..<18 {
        values[Int(random.next() % 64)] = Double.random(in: 1e3...1e6, using: &random)
      }
      let all = statistics(values, at: (0..<64).map { $0 * 1_000_000_000 })
      #expect(all["robust slope"] == 0.5)
    }
  }

  /// Orders that are hard on a search for the middle.
  @Test func medianOfHardOrders() {
    for count in 1...130 {
      let rising = (0..<count).map(Double.init)
      let orders: [[Double]] = [
        rising, rising.reversed(), rising.map { $0 < Double(count) / 2 ? $0 : Double(count) - $0 },
        rising.map { $0.truncatingRemainder(dividingBy: 2) }, rising.map { _ in 1 },
        rising.map { ($0 * 37).truncatingRemainder(dividingBy: 11) },
      ]
      for values in orders {
        let actual = statistics(values, at: values.indices.map { Int64($0) })["median"]
        #expect(actual == median(values), "of \(count)")
      }
    }
  }
}
