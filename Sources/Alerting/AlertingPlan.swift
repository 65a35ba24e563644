public import Delivery
public import DetectionCore

/// Who is told of what: the relay's file, checked.
public struct AlertingPlan: Sendable {
  /// The relay's id; names it in message ids and to the boxes.
  public var id: String
  /// Who speaks, such as the office's name.
  public var name: LocalizedText
  /// Whether what is told is meant: a drill of the office's own makes an exercise of everything.
  public var mode: SiteMode
  /// The zone of all times that people read, and of the routes' hours.
  public var zone: LocalZone
  /// Everybody and everything that can be told something.
  public var recipients: [Recipient]
  /// Who is told of what, in the order of the file: the first that leads to a recipient counts.
  public var routes: [Route]

  /// Makes a plan.
  public init(
    id: String, name: LocalizedText, mode: SiteMode = .actual, zone: LocalZone = .utc,
    recipients: [Recipient], routes: [Route]
  ) {
    self.id = id
    self.name = name
    self.mode = mode
    self.zone = zone
    self.recipients = recipients
    self.routes = routes
  }

  /// The recipient with an id; nil where the file no longer has one.
  public func recipient(_ id: String) -> Recipient? { recipients.first { $0.id == id } }
  /// Whether what a site says is meant here: whichever of the two modes is less.
  public func meant(_ mode: SiteMode) -> SiteMode {
    let modes = [self.mode, mode]
    return modes.contains(.test) ? .test : modes.contains(.exercise) ? .exercise : .actual
  }
  /// The route with an id; nil where the file no longer has one.
  func route(_ id: String) -> Route? { routes.first { $0.id == id } }
}

/// What an incident is about.
public enum SubjectKind: String, Codable, Sendable, CaseIterable {
  /// A rule's alarm.
  case alarm
  /// A sensor that gives no usable values.
  case sensor
  /// A box that cannot be reached.
  case box
}

/// Which incidents are told to whom, and how.
public struct Route: Sendable {
  /// Whom else is told when nobody has acknowledged.
  public struct EscalationStep: Hashable, Sendable {
    /// So long after the route told of the incident first.
    public var after: TimeSpan
    /// Their ids.
    public var recipients: [String]
    /// Makes a step.
    public init(after: TimeSpan, recipients: [String]) {
      self.after = after
      self.recipients = recipients
    }
  }

  /// The id in the file.
  public var id: String
  /// The sites, each an id or the beginning of one with `*`; none means all.
  public var sites: [String]
  /// What it may be about.
  public var kinds: [SubjectKind]
  /// The ids of the alarms; none means all.
  public var alarms: [String]
  /// The lowest stage that is told, counted from 1.
  public var fromStage: Int
  /// The lowest priority that is told.
  public var fromPriority: AlarmPriority
  /// How far meant it must be.
  public var modes: [SiteMode]
  /// When the recipients are told; what still stands when it begins is told then. Nil: always.
  public var period: ActivePeriod?
  /// The ids of those who are told.
  public var recipients: [String]
  /// What is to be done, in the words of whoever wrote the file.
  public var advice: LocalizedText?
  /// So many messages to each recipient within an hour; more travel together.
  public var mostPerHour: Int
  /// Everything travels together, as often as this; nil: at once.
  public var digest: TimeSpan?
  /// Whom else, when nobody has acknowledged; by time.
  public var escalation: [EscalationStep]

  /// Makes a route, by default for all alarms at all times.
  public init(
    id: String, sites: [String] = [], kinds: [SubjectKind] = [.alarm], alarms: [String] = [],
    fromStage: Int = 1, fromPriority: AlarmPriority = .low,
    modes: [SiteMode] = [.actual, .exercise], period: ActivePeriod? = nil, recipients: [String],
    advice: LocalizedText? = nil, mostPerHour: Int = 20, digest: TimeSpan? = nil,
    escalation: [EscalationStep] = []
  ) {
    self.id = id
    self.sites = sites
    self.kinds = kinds
    self.alarms = alarms
    self.fromStage = fromStage
    self.fromPriority = fromPriority
    self.modes = modes
    self.period = period
    self.recipients = recipients
    self.advice = advice
    self.mostPerHour = mostPerHour
    self.digest = digest
    self.escalation = escalation
  }

  /// True where it leads from an incident as it stands now to its recipients, whatever the time.
  func takes(_ incident: Incident) -> Bool {
    kinds.contains(incident.subject.kind) && modes.contains(incident.latest.mode)
      && (sites.isEmpty || sites.contains { Self.matches(incident.site, $0) })
      && (alarms.isEmpty || incident.subject.kind != .alarm || alarms.contains(incident.subject.id))
      && incident.level >= fromStage && incident.priority.urgency >= fromPriority.urgency
  }

  private static func matches(_ site: String, _ pattern: String) -> Bool {
    pattern.hasSuffix("*") ? site.hasPrefix(pattern.dropLast()) : site == pattern
  }
}

extension AlarmPriority {
  /// How urgent, for comparisons.
  var urgency: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }
}
