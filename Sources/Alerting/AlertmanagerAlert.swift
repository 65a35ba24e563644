public import Delivery
internal import DetectionCore

/// An incident as Prometheus Alertmanager takes it (API v2): labels that stay the same from its beginning to its
/// end, as they name it there, and annotations that tell how it stands.
public struct AlertmanagerAlert: Hashable, Codable, Sendable {
  /// What names it, and what routes go by.
  public var labels: [String: String]
  /// What people read.
  public var annotations: [String: String]
  /// When it began.
  public var startsAt: String
  /// When it ends, unless it is told again before.
  public var endsAt: String

  /// Makes an alert of an incident.
  ///
  /// - Parameters:
  ///   - incident: as it stands.
  ///   - siteName: the site's name.
  ///   - mode: whether it is meant.
  ///   - end: when it ended, or when it is taken as over where nothing is heard of it any more; in nanoseconds since
  ///     1970.
  public init(_ incident: Incident, siteName: LocalizedText, mode: SiteMode, end: Int64) {
    let latest = incident.latest
    labels = [
      "alertname": incident.subject.id, "incident": incident.id, "site": incident.site,
      "kind": incident.subject.kind.rawValue, "priority": incident.priority.rawValue,
      "mode": mode.rawValue,
    ]
    let name = latest.alarm?.name ?? latest.point?.name ?? siteName
    let stage = latest.stage?.name ?? latest.text
    annotations = [:]
    for language in MessageLanguage.allCases {
      let suffix = "_" + language.rawValue
      annotations["site" + suffix] = siteName.text(in: language).tidied()
      annotations["name" + suffix] = name.text(in: language).tidied()
      annotations["stage" + suffix] = stage.text(in: language).tidied()
      annotations["text" + suffix] = latest.text.text(in: language).tidied()
    }
    if let by = incident.acknowledgement?.by { annotations["acknowledged_by"] = by.tidied() }
    startsAt = Self.time(incident.begun)
    endsAt = Self.time(end)
  }

  private static func time(_ nanoseconds: Int64) -> String {
    CivilTime(WallTime(nanosecondsSince1970: nanoseconds, synchronized: true)).timestamp
  }
}
