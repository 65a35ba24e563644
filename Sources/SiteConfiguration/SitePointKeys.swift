internal import Delivery
internal import DetectionCore
internal import Polling

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

struct BurstKeys: Keys {
  let count = Key("count", .integer(Burst.counts))
  let spacing = Key("spacing", .later(.form(.duration)))
}

// MARK: Sources

/// What may stand at `source`.
enum SourceKeys {
  static let series = "series"

  static var shapes: [Shape] {
    [
      .words([series]), .section(QuantitySourceKeys.self), .section(HealthSourceKeys.self),
      .section(PressureSourceKeys.self), .section(DistanceSourceKeys.self),
      .section(ElevationSourceKeys.self), .section(ExpressionSourceKeys.self),
    ]
  }
}

struct QuantitySourceKeys: Keys {
  let device = Key("device", .reference)
  let quantity = Key("quantity", .later(.text))
}

/// How a device, or a whole bus, does.
struct HealthSourceKeys: Keys {
  let device = Key(optional: "device", .reference)
  let bus = Key(optional: "bus", .reference)
  let health = Key("health", .later(.words(DiagnosticMeasure.allCases.map(\.rawValue))))
}

struct PressureSourceKeys: Keys {
  let levelFromPressure = Key("levelFromPressure", .section(LevelFromPressureKeys.self))
}

struct LevelFromPressureKeys: Keys {
  let point = Key("point", .reference)
  let sensorHeight = Key("sensorHeight", .length)
  let density = Key("density", .later(.text))
}

struct DistanceSourceKeys: Keys {
  let levelFromDistance = Key("levelFromDistance", .section(LevelFromDistanceKeys.self))
}

struct LevelFromDistanceKeys: Keys {
  let point = Key("point", .reference)
  let mountHeight = Key("mountHeight", .length)
}

struct ElevationSourceKeys: Keys {
  let elevationFromLevel = Key("elevationFromLevel", .section(ElevationFromLevelKeys.self))
}

struct ElevationFromLevelKeys: Keys {
  let point = Key("point", .reference)
}

struct ExpressionSourceKeys: Keys {
  let expression = Key("expression", .later(.text))
}

// MARK: Quality

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

/// Limits of a difference; at least one of them.
struct DifferenceLimitsKeys: Keys {
  let suspect = Key(optional: "suspect", .difference)
  let fail = Key(optional: "fail", .difference)
}

/// Limits of a rate; at least one of them.
struct RateLimitsKeys: Keys {
  let suspect = Key(optional: "suspect", .rate)
  let fail = Key(optional: "fail", .rate)
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

struct FlatLineKeys: Keys {
  let tolerance = Key("tolerance", .difference)
  let suspectAfter = Key("suspectAfter", .later(.form(.duration)))
  let failAfter = Key("failAfter", .later(.form(.duration)))
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

extension Kind where Value == YAMLNode {
  /// A change of the value in a time.
  static var rate: Kind { later(.form(.rate)) }
}

extension Kind where Value == (first: Int, last: Int) {
  /// The first and the last unit of a season, both included.
  static func ends(of period: Season.Period) -> Kind {
    let bounds = period.bounds
    return pair(of: .integer(Int(bounds.lowerBound)...Int(bounds.upperBound)))
  }
}
