internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `points`: what is measured or derived, and how its values are tested.

struct PointKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let unit = Key("unit", .unit)
  let decimals = Key("decimals", .integer(0...9))
  let datum = Key(optional: "datum", .later(.text))
  let source = Key("source", .later(.either(SourceKeys.shapes)))
  /// Needed but for points that are computed from others.
  let period = Key(optional: "period", .later(.form(.duration)))
  let burst = Key(optional: "burst", .section(BurstKeys.self))
  let quality = Key(optional: "quality", .section(QualityKeys.self))
  let maximumAge = Key(optional: "maximumAge", .later(.form(.duration)))
  let sensorFaultDelay = Key("sensorFaultDelay", .duration(), default: .zero)
}

extension SiteReader {
  /// A point that has been read.
  struct ReadPoint {
    var unit: Unit
    var description: PointDescription
    var plan: PointPlan
    /// How many derived points lead to it, itself included; 0 for acquired points.
    var derivedDepth: Int
    /// The acquired points that it is computed from; itself where it is one.
    var roots: [Int]
    /// The mean time between two values, of a burst where there are bursts; shorter than the period of one with several roots, which
    /// has a value for each of theirs. Zero where it could not be read.
    var interval: TimeSpan
    /// True where the value is 1 for true and 0 for false.
    var isTruth: Bool
    /// Set where the device says that the value only counts up.
    var counting: Counting?
  }

  /// Where a point's values come from, and how often.
  struct ReadSource {
    var source: PointSource
    var period: TimeSpan
    var derivedDepth = 0
    /// The acquired points that it is computed from; empty for an acquired one.
    var roots: [Int] = []
    var isTruth = false
    var counting: Counting?
    /// Time between two values of a burst; nil where there are none.
    var spacing: TimeSpan?
  }

  mutating func readPoints(_ root: Section<SiteFileKeys>) {
    let sections = root.points ?? []
    let ids = sections.map { pointNames.declare($0.id) }
    for (section, id) in zip(sections, ids) { points.append(readPoint(section, id: id)) }
    checkComparisons()
    checkRoom(of: sections.map(\.node))
  }

  private mutating func readPoint(_ section: Section<PointKeys>, id: String?) -> ReadPoint? {
    let name = section.name
    let unit = section.unit
    let decimals = section.decimals
    let datum = section.datum.flatMap(readDatumName)
    let source = readSource(section, unit: unit)
    // A source whose own period could not be read has a period of zero.
    let period = source.flatMap { $0.period > .zero ? $0.period : nil }
    let tests = readQuality(section.quality, unit: unit, period: period)
    let maximumAge = section.maximumAge?.duration(atLeast: period ?? .milliseconds(1))
    let faultDelay = section.sensorFaultDelay
    // With a unit and tests, rules over the point can be checked; what else is missing has been
    // reported, so that the defaults are never seen.
    guard let unit, let tests else { return nil }
    let values = source ?? ReadSource(source: .acquired, period: .zero)
    let roots = values.roots.isEmpty ? [points.count] : values.roots
    return ReadPoint(
      unit: unit,
      description: PointDescription(
        id: id ?? "", name: name ?? both("", ""), unit: unit.code, datum: datum,
        decimals: decimals ?? 0, period: values.period),
      plan: PointPlan(
        source: values.source, tests: tests, maximumAge: maximumAge,
        sensorFaultDelay: faultDelay),
      derivedDepth: values.derivedDepth, roots: roots,
      interval: interval(of: roots, ownInterval: values.spacing ?? values.period),
      isTruth: values.isTruth && unit.isPlain, counting: values.counting)
  }

  private func readDatumName(_ node: YAMLNode) -> String? {
    node.choice([Self.stationZero] + (datum.map { [$0.reference] } ?? []))
  }
}
