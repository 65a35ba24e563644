public import DetectionCore

/// The time zone that people read times in, with the names that clocks go by there.
public struct LocalZone: Hashable, Sendable {
  /// How the clock follows from UTC.
  public var rule: TimeZoneRule
  /// What it is called, such as `JST` or `UTC+09:00`.
  public var name: String
  /// What it is called while summer time lasts; nil where there is none.
  public var summerName: String?

  /// Makes a zone.
  public init(rule: TimeZoneRule, name: String, summerName: String? = nil) {
    self.rule = rule
    self.name = name
    self.summerName = summerName
  }

  /// Universal time.
  public static var utc: LocalZone { LocalZone(rule: .utc, name: "UTC") }

  /// The civil time, and what the zone is called then.
  func local(_ time: WallTime) -> (time: CivilTime, name: String) {
    let local = rule.local(time)
    let isStandard =
      local.nanosecondsSince1970 - time.nanosecondsSince1970
      == Int64(rule.offsetSeconds) * 1_000_000_000
    return (local, isStandard ? name : summerName ?? name)
  }

  /// Compares what people see.
  public static func == (left: LocalZone, right: LocalZone) -> Bool {
    left.rule == right.rule && left.name == right.name && left.summerName == right.summerName
  }

  /// Hashes the names.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(summerName)
  }
}
