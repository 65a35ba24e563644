public import Delivery

/// Where an alarm stands, as the broker keeps it (`nomori/alarm/3`, or `2`, which knows less).
public struct ReceivedAlarm: Hashable, Codable, Sendable {
  /// What silences it.
  public struct Silence: Hashable, Codable, Sendable {
    /// By a person, for a time.
    public var shelved: Bool
    /// By the site.
    public var suppressed: Bool
    /// By a person, for work.
    public var outOfService: Bool
  }

  /// The site's id.
  public var site: String
  /// Whether it is meant.
  public var mode: SiteMode
  /// The alarm.
  public var alarm: ReceivedEvent.Named
  /// Its state, after ISA-18.2.
  public var state: String
  /// What silences it.
  public var silence: Silence
  /// Its stage.
  public var stage: ReceivedEvent.Stage
  /// Since when, in UTC.
  public var since: String
  /// False where the box's clock was not set.
  public var synchronized: Bool
  /// The id of the event that led there; nil where there was none.
  public var lastEvent: String?
  /// The id of the event with which it began to stand; nil where it does not, or an earlier version wrote.
  public var incident: String?

  /// The event that led there, as far as the state tells it: for where it never came.
  func substitute(_ id: String) -> ReceivedEvent {
    let kind = stage.level == 0 ? "cleared" : state == "acknowledged" ? "acknowledged" : "raised"
    var event = ReceivedEvent(
      id: id, site: site, mode: mode, kind: kind, alarm: alarm,
      state: state,
      marks: ReceivedEvent.Marks(
        silenced: silence.shelved || silence.suppressed || silence.outOfService),
      stage: stage, time: since, synchronized: synchronized,
      text: LocalizedText(
        english: "\(alarm.name.english): \(stage.name.english)",
        japanese: "\(alarm.name.japanese)：\(stage.name.japanese)"))
    event.incident = incident
    return event
  }
}

/// Whether a box is there, as the broker keeps it (`nomori/status/2`).
public struct ReceivedStatus: Hashable, Codable, Sendable {
  /// The site's id.
  public var site: String
  /// The site's name.
  public var name: LocalizedText
  /// Whether what the site says is meant.
  public var mode: SiteMode
  /// `online` or `offline`.
  public var state: String
  /// Why it is offline: `stopped` or `lost`.
  public var reason: String?

  /// True while the box is there.
  public var isOnline: Bool { state == "online" }
}

/// What the relay knows of a site.
public struct KnownSite: Hashable, Codable, Sendable {
  /// The site's id.
  public var id: String
  /// The site's name.
  public var name: LocalizedText
  /// How often it has been told as away, which numbers those incidents.
  public var absences: Int
}
