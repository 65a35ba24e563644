public import DetectionCore

/// Which incident each alarm of a site is in: all its events from the one with which it begins to stand until it
/// is normal again have the id of the first in common.
public struct StandingIncidents: Sendable {
  /// The id of the first event, by rule; nil where the alarm does not stand, or it is not known since when.
  private var incidents: [String?]

  /// Those of `alarms`, one a rule.
  public init(_ alarms: [AlarmState]) { incidents = alarms.map(\.incident) }

  /// None of any alarm of a site with so many rules.
  public init(ruleCount: Int) { incidents = Array(repeating: nil, count: ruleCount) }

  /// The incident that an event belongs to, by what `source` calls its events; nil where it belongs to none, or to
  /// one whose beginning is not known.
  public mutating func take(_ event: DetectionEvent, of source: FactSource) -> String? {
    let rule = Int(event.subject)
    guard event.kind.subject == .rule, incidents.indices.contains(rule) else { return nil }
    let begins = event.kind == .stageRaised && event.previousStage == 0
    let incident =
      incidents[rule] ?? (begins ? source.identifier(event.sequence).description : nil)
    incidents[rule] = event.condition == .normal ? nil : incident
    return incident
  }
}
