internal import DetectionCore

/// The metrics that a site's edge node speaks of: each has an alias, which is its place here, from 1.
struct SparkplugCatalogue {
  /// A metric as a birth introduces it.
  struct Entry {
    var name: String
    var kind: SparkplugValue.Kind
    /// What is said of it in a birth.
    var properties: [SparkplugProperty] = []
    /// What it always is; nil where it changes.
    var constant: SparkplugValue?
    /// How long a value stays new, in milliseconds; nil for ever.
    var lifetimeMs: UInt64?
  }

  /// What is told of an alarm.
  enum AlarmPart: Int, CaseIterable {
    case stage, condition, acknowledged, silenced, event

    fileprivate var name: String {
      switch self {
      case .stage: "Stage"
      case .condition: "Condition"
      case .acknowledged: "Acknowledged"
      case .silenced: "Silenced"
      case .event: "Event"
      }
    }

    fileprivate var kind: SparkplugValue.Kind {
      switch self {
      case .stage: .integer
      case .condition, .event: .text
      case .acknowledged, .silenced: .boolean
      }
    }
  }

  /// What is told of an interval of a point.
  enum IntervalPart: Int, CaseIterable {
    case mean, minimum, maximum

    fileprivate var name: String {
      switch self {
      case .mean: "Mean"
      case .minimum: "Minimum"
      case .maximum: "Maximum"
      }
    }
  }

  private(set) var entries: [Entry] = []
  /// The place of an event in words.
  let event: Int
  /// The place of what a destination was not told.
  let gap: Int
  private let firstPoint: Int
  private let firstAlarm: Int
  private var points: [String: Int] = [:]
  private var alarms: [String: Int] = [:]
  /// The place of the first metric of the intervals of a point, by the point's id.
  private var intervals: [String: Int] = [:]

  init(_ speaker: Speaker) {
    let site = speaker.site
    event = 0
    gap = 1
    entries = [
      Entry(name: "Site/Event", kind: .text), Entry(name: "Site/Gap", kind: .text),
      Entry(name: "Site/Mode", kind: .text, constant: .text(site.mode.rawValue)),
      Entry(name: "Site/Version", kind: .text, constant: .text(speaker.version)),
    ]
    firstPoint = entries.count
    for point in site.points {
      points[point.id] = entries.count
      entries.append(Self.entry(of: point, point.id, lifetimeMs: point.lifetimeMs))
    }
    firstAlarm = entries.count
    for rule in site.rules {
      alarms[rule.id] = entries.count
      entries += AlarmPart.allCases.map { part in
        Entry(
          name: "Alarms/\(rule.id)/\(part.name)", kind: part.kind, properties: Self.names(rule.name)
        )
      }
    }
    for plan in speaker.observations where plan.interval != nil {
      guard let point = site.point(plan.point.rawValue) else { continue }
      intervals[point.id] = entries.count
      entries += IntervalPart.allCases.map {
        Self.entry(of: point, "\(point.id)/\($0.name)", lifetimeMs: nil)
      }
    }
  }

  private static func entry(
    of point: PointDescription, _ name: String, lifetimeMs: UInt64?
  ) -> Entry {
    let datum = point.datum.map { [SparkplugProperty("datum", $0)] } ?? []
    return Entry(
      name: name, kind: .double,
      properties: [SparkplugProperty("engUnit", point.unit)] + datum + names(point.name),
      lifetimeMs: lifetimeMs)
  }

  private static func names(_ name: LocalizedText) -> [SparkplugProperty] {
    [SparkplugProperty("nameEn", name.english), SparkplugProperty("nameJa", name.japanese)]
  }

  /// The place of the point with the index `index`.
  func point(_ index: UInt16) -> Int { firstPoint + Int(index) }
  /// The place of a point; nil where the site has none of this id.
  func point(_ id: String) -> Int? { points[id] }
  /// The place of a part of the alarm whose rule has this index.
  func alarm(_ rule: Int, _ part: AlarmPart) -> Int {
    firstAlarm + rule * AlarmPart.allCases.count + part.rawValue
  }
  /// The place of a part of an alarm; nil where the site has none of this id.
  func alarm(_ id: String, _ part: AlarmPart) -> Int? { alarms[id].map { $0 + part.rawValue } }
  /// The place of a part of the intervals of a point; nil where the destination is given none.
  func interval(_ id: String, _ part: IntervalPart) -> Int? {
    intervals[id].map { $0 + part.rawValue }
  }
}

extension PointDescription {
  /// How long a value counts as current: three periods, and not less than a minute.
  fileprivate var lifetimeMs: UInt64 { UInt64(max(60_000, 3 * period.seconds * 1_000)) }
}
