internal import Delivery
internal import DetectionCore

// The tests of `quality` that look at seasons, at a stretch of the past, or at another point.
extension SiteReader {
  // MARK: Seasons

  private static let periods: [(key: String, period: Season.Period)] = [
    ("months", .month), ("quarters", .quarter), ("weeks", .week), ("daysOfYear", .dayOfYear),
    ("daysOfWeek", .dayOfWeek),
  ]

  mutating func readClimatology(_ node: YAMLNode, unit: Unit) -> Climatology? {
    guard let nodes = node.list(counts: 1...CoreLimits.seasonsPerPoint) else { return nil }
    let members = nodes.map { readSeason($0, unit: unit) }
    let read = members.compactMap { $0 }
    guard read.count == members.count else { return nil }
    let first = seasons.count
    seasons += read
    guard seasons.count <= CoreLimits.seasons else {
      node.report(
        found: .value("\(seasons.count)"),
        expected: both(
          "at most \(CoreLimits.seasons) seasons in all points",
          "全観測点の合計で \(CoreLimits.seasons) 以下の期間"))
      return nil
    }
    return Climatology(firstSeason: UInt16(first), seasonCount: UInt8(read.count))
  }

  private func readSeason(_ node: YAMLNode, unit: Unit) -> Season? {
    let named = Self.periods.compactMap { entry in
      node.optional(entry.key).map { (node: $0, period: entry.period) }
    }
    let suspect = node.required("suspect").flatMap { readSpan($0, unit: unit) }
    let failNode = node.optional("fail")
    let fail = failNode.flatMap { readSpan($0, unit: unit) }
    node.finish()
    guard let (ends, period) = named.first, named.count == 1 else {
      let keys = Self.periods.map(\.key).joined(separator: ", ")
      node.report(expected: both("one of \(keys)", "次のいずれか一つ: \(keys)"))
      return nil
    }
    let bounds = period.bounds
    let range = Int(bounds.lowerBound)...Int(bounds.upperBound)
    let numbers = ends.list(counts: 2...2)?.map { $0.integer(in: range) }
    guard let numbers, let first = numbers[0], let last = numbers[1], let suspect,
      failNode == nil || fail != nil
    else { return nil }
    return Season(period, from: Int64(first), to: Int64(last), suspect: suspect, fail: fail)
  }

  // MARK: Spike and rate of change

  /// The method; the differential one where none is named, and where it is wrong, which has then
  /// been reported.
  func readSpikeMethod(_ node: YAMLNode) -> SpikeMethod {
    node.optional("method")?.choice(["differential", "average"]) == "average"
      ? .average : .differential
  }

  /// Reads limits as rates, as deviations, or both; false where they could not be read.
  func readRate(
    _ node: YAMLNode, unit: Unit, period: TimeSpan?, into tests: inout QualityTests
  ) -> Bool {
    guard let reference = readChangeReference(node) else { return false }
    tests.changeReference = reference
    guard let factorNode = node.optional("deviations") else {
      tests.rateOfChange = readTwoLimits(node) { $0.rate(in: unit) }
      return tests.rateOfChange != nil
    }
    let factor = factorNode.double(in: 0...1_000)
    let allowanceNode = node.optional("allowance")
    let allowance = allowanceNode.map { $0.difference(in: unit) } ?? 0
    let window = period.flatMap { readWindow(node, period: $0) }
    if node.optional("suspect") != nil || node.optional("fail") != nil {
      tests.rateOfChange = readTwoLimits(node) { $0.rate(in: unit) }
      guard tests.rateOfChange != nil else { return false }
    } else {
      node.finish()
    }
    guard let factor, let allowance else { return false }
    guard let window else { return period == nil }
    tests.deviation = Deviation(factor: factor, allowance: allowance, window: window)
    return true
  }

  /// Which value a change is told from: the last usable one, unless said otherwise.
  private func readChangeReference(_ node: YAMLNode) -> ChangeReference? {
    let gapNode = node.optional("longestGap")
    guard let referenceNode = node.optional("comparedWith") else {
      guard let gapNode else { return .lastUsable }
      return gapNode.duration().map { .lastUsable(longestGap: $0) }
    }
    switch referenceNode.choice(["usable", "previous"]) {
    case "usable":
      return gapNode.map { $0.duration().map { .lastUsable(longestGap: $0) } } ?? .lastUsable
    case "previous":
      guard let gapNode else { return .previous }
      gapNode.report(
        expected: both(
          "no longestGap beside comparedWith: previous, which looks over no gap",
          "comparedWith: previous と longestGap の一方のみ (previous は欠測をまたいで比較しない)"))
      return nil
    default: return nil
    }
  }

  // MARK: Windows

  func readAttenuatedSignal(
    _ node: YAMLNode, unit: Unit, period: TimeSpan
  ) -> AttenuatedSignal? {
    let measure = node.required("measure")?.choice(["deviation", "range"])
    let suspectNode = node.required("suspect")
    let suspect = suspectNode?.difference(in: unit)
    let fail = node.required("fail")?.difference(in: unit)
    let window = readWindow(node, period: period)
    node.finish()
    guard let measure, let suspectNode, let suspect, let fail, let window else { return nil }
    guard fail <= suspect else {
      suspectNode.report(
        expected: both(
          "a limit not below fail; less movement is worse", "fail 以上の限界値 (動きが小さいほど悪い)"))
      return nil
    }
    return AttenuatedSignal(
      measure == "range" ? .range : .deviation, suspect: suspect, fail: fail, window: window)
  }

  /// The key `window`, and `minimum`, how much of it must be filled: half, where it is not given.
  private func readWindow(_ node: YAMLNode, period: TimeSpan) -> Window? {
    let windowNode = node.required("window")
    let minimumNode = node.optional("minimum")
    let minimum = minimumNode.map { $0.duration(atLeast: period) }
    guard let windowNode, period > .zero,
      let length = windowNode.duration(
        atLeast: TimeSpan(nanoseconds: period.nanoseconds.multipliedSaturating(by: 2)))
    else { return nil }
    let count = length.nanoseconds / period.nanoseconds
    // One more than fits, so that a reading that comes a little early pushes none out.
    guard count < CoreLimits.windowCapacity else {
      windowNode.report(
        expected: both(
          "a time of at most \(CoreLimits.windowCapacity - 1) periods of \(period.written)",
          "周期 \(period.written) の \(CoreLimits.windowCapacity - 1) 倍以下の時間"))
      return nil
    }
    var needed = max(2, (count + 1) / 2)
    if let minimumNode, let minimum {
      guard let minimum, minimum <= length else {
        if minimum != nil {
          minimumNode.report(
            expected: both("a time not longer than window", "window 以下の時間"))
        }
        return nil
      }
      needed = max(2, minimum.nanoseconds / period.nanoseconds)
    }
    return Window(
      length: length, minimumCount: UInt16(needed), capacity: UInt16(count) + 1)
  }

  /// The windows of all points fit into the core.
  func checkRoom(of nodes: [YAMLNode]) {
    var count = compiled.windowEntries
    for (node, point) in zip(nodes, points) {
      count += point?.plan.tests.windowCapacity ?? 0
      guard count > CoreLimits.windowEntries else { continue }
      node.report(
        found: .value("\(count)"),
        expected: both(
          "windows of at most \(CoreLimits.windowEntries) readings in all points up to this one",
          "この観測点までの window の合計が \(CoreLimits.windowEntries) 回分以下"))
      return
    }
  }

  // MARK: Other points

  /// A point that another one is compared with.
  struct Comparison {
    /// Where the other point is named.
    var node: YAMLNode
    /// The place of the point whose test it is.
    var point: Int
    /// The place of the other point.
    var other: Int
    /// True when both must have a test of their rate of change, false when both must have the
    /// same unit.
    var isOfRates: Bool
  }

  mutating func readNeighbour(_ node: YAMLNode, unit: Unit) -> Neighbour? {
    let point = readOther(node, isOfRates: false)
    let age = node.required("maximumAge")?.duration(atLeast: .milliseconds(1))
    let limits = readTwoLimits(node) { $0.difference(in: unit) }
    guard let point, let age, let limits else { return nil }
    return Neighbour(point: point, limits: limits, maximumAge: age)
  }

  mutating func readMultivariate(_ node: YAMLNode) -> Multivariate? {
    let point = readOther(node, isOfRates: true)
    let age = node.required("maximumAge")?.duration(atLeast: .milliseconds(1))
    node.finish()
    guard let point, let age else { return nil }
    return Multivariate(point: point, maximumAge: age)
  }

  private mutating func readOther(_ node: YAMLNode, isOfRates: Bool) -> PointIndex? {
    guard let pointNode = node.required("point"), let other = pointNames.place(of: pointNode)
    else { return nil }
    // The point in hand is the next one of `points`.
    guard other != points.count else {
      pointNode.report(expected: both("another point", "別の観測点"))
      return nil
    }
    comparisons.append(
      Comparison(node: pointNode, point: points.count, other: other, isOfRates: isOfRates))
    return PointIndex(rawValue: UInt16(other))
  }

  func checkComparisons() {
    for comparison in comparisons {
      guard let point = points[comparison.point], let other = points[comparison.other] else {
        continue
      }
      if comparison.isOfRates {
        guard point.plan.tests.hasRate && other.plan.tests.hasRate else {
          comparison.node.report(
            expected: both(
              "two points that both have a quality.rateOfChange test",
              "双方に quality.rateOfChange 検査のある観測点"))
          continue
        }
      } else if point.unit.code != other.unit.code {
        comparison.node.report(
          expected: both(
            "a point in \(point.unit.code), as this one is",
            "この観測点と同じ単位 \(point.unit.code) の観測点"))
      }
    }
  }
}

extension QualityTests {
  fileprivate var hasRate: Bool { rateOfChange != nil || deviation != nil }
}

extension Int64 {
  fileprivate func multipliedSaturating(by factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
