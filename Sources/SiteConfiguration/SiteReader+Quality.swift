internal import Delivery
internal import DetectionCore

// The key `quality` of a point: the tests that its values have to pass.

struct QualityKeys: Keys {
  let grossRange = Key(optional: "grossRange", .section(GrossRangeKeys.self))
  let climatology = Key(
    optional: "climatology",
    .list(of: .section(SeasonKeys.self), 1...CoreLimits.seasonsPerPoint))
  let spike = Key(optional: "spike", .section(SpikeKeys.self))
  let rateOfChange = Key(optional: "rateOfChange", .section(RateKeys.self))
  let flatLine = Key(optional: "flatLine", .section(FlatLineKeys.self))
  let multivariate = Key(optional: "multivariate", .section(OtherPointKeys.self))
  let attenuatedSignal = Key(optional: "attenuatedSignal", .section(AttenuatedSignalKeys.self))
  let neighbour = Key(optional: "neighbour", .section(NeighbourKeys.self))
}

struct GrossRangeKeys: Keys {
  let fail = Key("fail", .span)
  let suspect = Key(optional: "suspect", .span)
}

/// Limits of a difference; at least one of them.
struct DifferenceLimitsKeys: Keys {
  let suspect = Key(optional: "suspect", .difference)
  let fail = Key(optional: "fail", .difference)
}

struct FlatLineKeys: Keys {
  let tolerance = Key("tolerance", .difference)
  let suspectAfter = Key("suspectAfter", .later(.form(.duration)))
  let failAfter = Key("failAfter", .later(.form(.duration)))
}

extension SiteReader {
  /// The tests; nil where they could not be read. Without a period nothing that counts readings is
  /// read.
  mutating func readQuality(
    _ section: Section<QualityKeys>?, unit: Unit?, period: TimeSpan?
  ) -> QualityTests? {
    guard let section else { return QualityTests() }
    let grossRange = section.grossRange
    let spike = section.spike
    let rate = section.rateOfChange
    let flatLine = section.flatLine
    let multivariate = section.multivariate
    let attenuated = section.attenuatedSignal
    let neighbour = section.neighbour
    guard let unit else { return nil }
    var tests = QualityTests()
    tests.grossRange = grossRange.flatMap { readGrossRange($0, unit: unit) }
    tests.climatology = readClimatology(section, unit: unit)
    if let spike { readSpike(spike, unit: unit, into: &tests) }
    let isRateWhole = rate.map { readRate($0, unit: unit, period: period, into: &tests) }
    tests.multivariate = multivariate.flatMap { readMultivariate($0) }
    tests.neighbour = neighbour.flatMap { readNeighbour($0, unit: unit) }
    if let period {
      tests.flatLine = flatLine.flatMap { readFlatLine($0, unit: unit, period: period) }
      tests.attenuatedSignal = attenuated.flatMap {
        readAttenuatedSignal($0, unit: unit, period: period)
      }
    }
    let isWhole =
      (grossRange == nil) == (tests.grossRange == nil) && (spike == nil) == (tests.spike == nil)
      && section.has(\.climatology) == (tests.climatology != nil) && isRateWhole ?? true
      && (multivariate == nil) == (tests.multivariate == nil)
      && (neighbour == nil) == (tests.neighbour == nil)
      && (flatLine == nil || period == nil) == (tests.flatLine == nil)
      && (attenuated == nil || period == nil) == (tests.attenuatedSignal == nil)
    return isWhole ? tests : nil
  }

  private func readGrossRange(_ section: Section<GrossRangeKeys>, unit: Unit) -> GrossRange? {
    let fail = section.fail.flatMap { readSpan($0, unit: unit) }
    let suspectNode = section.suspect
    let suspect = suspectNode.flatMap { readSpan($0, unit: unit) }
    guard let fail else { return nil }
    guard let suspectNode, let suspect else { return GrossRange(fail: fail, suspect: fail) }
    guard fail.contains(suspect.lower), fail.contains(suspect.upper) else {
      suspectNode.report(
        found: .value("[\(suspect.lower), \(suspect.upper)]"),
        expected: both(
          "a span inside fail, [\(fail.lower), \(fail.upper)]",
          "fail の範囲 [\(fail.lower), \(fail.upper)] の内側"))
      return nil
    }
    return GrossRange(fail: fail, suspect: suspect)
  }

  func readSpan(_ node: YAMLNode, unit: Unit) -> ClosedSpan? {
    guard let ends = node.list(counts: 2...2) else { return nil }
    let values = ends.map { $0.value(in: unit) }
    guard let lower = values[0], let upper = values[1] else { return nil }
    guard lower <= upper else {
      node.report(
        found: .value("[\(lower), \(upper)]"),
        expected: both("the smaller number first", "小さい方が先"))
      return nil
    }
    return ClosedSpan(lower: lower, upper: upper)
  }

  func readTwoLimits(
    _ section: Section<DifferenceLimitsKeys>, limit: (YAMLNode) -> Double?
  ) -> TwoLimits? {
    readTwoLimits(
      suspect: section.suspect, fail: section.fail, of: section.node, limit: limit)
  }

  func readTwoLimits(
    suspect suspectNode: YAMLNode?, fail failNode: YAMLNode?, of node: YAMLNode,
    limit: (YAMLNode) -> Double?
  ) -> TwoLimits? {
    guard suspectNode != nil || failNode != nil else {
      node.report(expected: both("suspect, fail, or both", "suspect か fail (または両方)"))
      return nil
    }
    let suspect = suspectNode.map(limit) ?? .infinity
    let fail = failNode.map(limit) ?? .infinity
    guard let suspect, let fail else { return nil }
    guard suspectNode == nil || suspect <= fail else {
      suspectNode?.report(
        expected: both("a limit not above fail", "fail を超えない限界値"))
      return nil
    }
    // A value that exceeds `fail` alone must not be called suspect below it.
    return TwoLimits(suspect: suspectNode == nil ? fail : suspect, fail: fail)
  }

  private func readFlatLine(
    _ section: Section<FlatLineKeys>, unit: Unit, period: TimeSpan
  ) -> FlatLine? {
    let toleranceNode = section.tolerance
    let tolerance = toleranceNode?.difference(in: unit)
    let suspect = section.suspectAfter.flatMap { readCount($0, period: period) }
    let failNode = section.failAfter
    let fail = failNode.flatMap { readCount($0, period: period) }
    guard let toleranceNode, let tolerance, let suspect, let failNode, let fail else {
      return nil
    }
    guard tolerance > 0 else {
      toleranceNode.report(
        expected: both(
          "a number above 0; with 0 no value is ever flat", "0 より大きい数値 (0 では検出されない)"))
      return nil
    }
    guard suspect <= fail else {
      failNode.report(
        expected: both("a time not shorter than suspectAfter", "suspectAfter 以上の時間"))
      return nil
    }
    return FlatLine(tolerance: tolerance, suspectCount: suspect, failCount: fail)
  }

  /// How many readings before the newest cover the time: the first that is not shorter.
  private func readCount(_ node: YAMLNode, period: TimeSpan) -> UInt16? {
    guard let span = node.duration(atLeast: period), period > .zero else { return nil }
    let count = (span.nanoseconds - 1) / period.nanoseconds + 1
    guard count <= CoreLimits.flatLineCount else {
      node.report(
        expected: both(
          "a time of at most \(CoreLimits.flatLineCount) periods of \(period.written)",
          "周期 \(period.written) の \(CoreLimits.flatLineCount) 倍以下の時間"))
      return nil
    }
    return UInt16(count)
  }
}
