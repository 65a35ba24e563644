internal import Delivery
internal import DetectionCore

// The tests of `quality` that look at seasons, at a stretch of the past, or at another point.

/// The values of one season: when, by one of the first five keys, and which.
struct SeasonKeys: Keys {
  let months = Key(optional: "months", .ends(of: .month))
  let quarters = Key(optional: "quarters", .ends(of: .quarter))
  let weeks = Key(optional: "weeks", .ends(of: .week))
  let daysOfYear = Key(optional: "daysOfYear", .ends(of: .dayOfYear))
  let daysOfWeek = Key(optional: "daysOfWeek", .ends(of: .dayOfWeek))
  let suspect = Key("suspect", .span)
  let fail = Key(optional: "fail", .span)
}

struct SpikeKeys: Keys {
  let limits = DifferenceLimitsKeys()
  let method = Key("method", .word(["differential", "average"]), default: "differential")
}

/// Limits, or `deviations` with what belongs to them, or both.
struct RateKeys: Keys {
  let limits = RateLimitsKeys()
  let deviations = Key(optional: "deviations", .number(0...1_000))
  let allowance = Key(optional: "allowance", .difference)
  let window = Key(optional: "window", .later(.form(.duration)))
  let minimum = Key(optional: "minimum", .later(.form(.duration)))
  let comparedWith = Key("comparedWith", .word(["usable", "previous"]), default: "usable")
  let longestGap = Key(optional: "longestGap", .duration(atLeast: .milliseconds(1)))
}

/// Limits of a rate; at least one of them.
struct RateLimitsKeys: Keys {
  let suspect = Key(optional: "suspect", .rate)
  let fail = Key(optional: "fail", .rate)
}

struct AttenuatedSignalKeys: Keys {
  let measure = Key("measure", .word(["deviation", "range"]))
  let suspect = Key("suspect", .difference)
  let fail = Key("fail", .difference)
  let window = Key("window", .later(.form(.duration)))
  let minimum = Key(optional: "minimum", .later(.form(.duration)))
}

struct OtherPointKeys: Keys {
  let point = Key("point", .reference)
  let maximumAge = Key("maximumAge", .duration(atLeast: .milliseconds(1)))
}

struct NeighbourKeys: Keys {
  let other = OtherPointKeys()
  let limits = DifferenceLimitsKeys()
}

extension SiteReader {
  // MARK: Seasons

  mutating func readClimatology(_ quality: Section<QualityKeys>, unit: Unit) -> Climatology? {
    guard let node = quality.node(\.climatology), let sections = quality.climatology else {
      return nil
    }
    let members = sections.map { readSeason($0, unit: unit) }
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

  private func readSeason(_ section: Section<SeasonKeys>, unit: Unit) -> Season? {
    let named = [
      (section.months, section.has(\.months), Season.Period.month),
      (section.quarters, section.has(\.quarters), .quarter),
      (section.weeks, section.has(\.weeks), .week),
      (section.daysOfYear, section.has(\.daysOfYear), .dayOfYear),
      (section.daysOfWeek, section.has(\.daysOfWeek), .dayOfWeek),
    ].filter(\.1)
    let suspect = section.suspect.flatMap { readSpan($0, unit: unit) }
    let fail = section.fail.flatMap { readSpan($0, unit: unit) }
    guard let (ends, _, period) = named.first, named.count == 1 else {
      let keys = "months, quarters, weeks, daysOfYear, daysOfWeek"
      section.node.report(expected: both("one of \(keys)", "次のいずれか一つ: \(keys)"))
      return nil
    }
    guard let ends, let suspect, !section.has(\.fail) || fail != nil else { return nil }
    return Season(
      period, from: Int64(ends.first), to: Int64(ends.last), suspect: suspect, fail: fail)
  }

  // MARK: Spike and rate of change

  mutating func readSpike(
    _ section: Section<SpikeKeys>, unit: Unit, into tests: inout QualityTests
  ) {
    tests.spikeMethod = section.method == "average" ? .average : .differential
    tests.spike = readTwoLimits(section.limits) { $0.difference(in: unit) }
  }

  /// Reads limits as rates, as deviations, or both; false where they could not be read.
  func readRate(
    _ section: Section<RateKeys>, unit: Unit, period: TimeSpan?, into tests: inout QualityTests
  ) -> Bool {
    guard let reference = readChangeReference(section) else { return false }
    tests.changeReference = reference
    guard section.has(\.deviations) else {
      let expected = both("deviations beside it", "deviations との組")
      section.refuse(\.allowance, expected: expected)
      section.refuse(\.window, expected: expected)
      section.refuse(\.minimum, expected: expected)
      tests.rateOfChange = readRateLimits(section.limits, unit: unit)
      return tests.rateOfChange != nil
    }
    let factor = section.deviations
    let allowance = section.has(\.allowance) ? section.allowance?.difference(in: unit) : 0
    let windowNode = section.needed(\.window)
    let window = period.flatMap {
      readWindow(windowNode, minimum: section.minimum, period: $0)
    }
    if section.limits.has(\.suspect) || section.limits.has(\.fail) {
      tests.rateOfChange = readRateLimits(section.limits, unit: unit)
      guard tests.rateOfChange != nil else { return false }
    }
    guard let factor, let allowance else { return false }
    guard let window else { return period == nil }
    tests.deviation = Deviation(factor: factor, allowance: allowance, window: window)
    return true
  }

  /// Which value a change is told from: the last usable one, unless said otherwise.
  private func readChangeReference(_ section: Section<RateKeys>) -> ChangeReference? {
    guard section.comparedWith == "previous" else {
      guard section.has(\.longestGap) else { return .lastUsable }
      return section.longestGap.map { .lastUsable(longestGap: $0) }
    }
    guard !section.has(\.longestGap) else {
      section.refuse(
        \.longestGap,
        expected: both(
          "comparedWith: usable beside it, as previous looks over no gap",
          "comparedWith: usable との組（previous は欠測をまたいで比較しない）"))
      return nil
    }
    return .previous
  }

  private func readRateLimits(_ section: Section<RateLimitsKeys>, unit: Unit) -> TwoLimits? {
    readTwoLimits(suspect: section.suspect, fail: section.fail, of: section.node) {
      $0.rate(in: unit)
    }
  }

  // MARK: Windows

  func readAttenuatedSignal(
    _ section: Section<AttenuatedSignalKeys>, unit: Unit, period: TimeSpan
  ) -> AttenuatedSignal? {
    let measure = section.measure
    let suspectNode = section.suspect
    let suspect = suspectNode?.difference(in: unit)
    let fail = section.fail?.difference(in: unit)
    let window = readWindow(section.window, minimum: section.minimum, period: period)
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
  private func readWindow(
    _ windowNode: YAMLNode?, minimum minimumNode: YAMLNode?, period: TimeSpan
  ) -> Window? {
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
    /// The index of the point whose test it is.
    var point: Int
    /// The index of the other point.
    var other: Int
    /// True when both must have a test of their rate of change, false when both must have the
    /// same unit.
    var isOfRates: Bool
  }

  mutating func readNeighbour(_ section: Section<NeighbourKeys>, unit: Unit) -> Neighbour? {
    let point = readOther(section.other, isOfRates: false)
    let age = section.other.maximumAge
    let limits = readTwoLimits(section.limits) { $0.difference(in: unit) }
    guard let point, let age, let limits else { return nil }
    return Neighbour(point: point, limits: limits, maximumAge: age)
  }

  mutating func readMultivariate(_ section: Section<OtherPointKeys>) -> Multivariate? {
    let point = readOther(section, isOfRates: true)
    let age = section.maximumAge
    guard let point, let age else { return nil }
    return Multivariate(point: point, maximumAge: age)
  }

  private mutating func readOther(
    _ section: Section<OtherPointKeys>, isOfRates: Bool
  ) -> PointIndex? {
    guard let pointNode = section.point, let other = pointNames.index(of: pointNode)
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
