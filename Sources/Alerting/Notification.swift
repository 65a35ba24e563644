public import Delivery

/// Something that one recipient is to be told, always in the same words.
public struct Notification: Hashable, Codable, Sendable {
  /// Why.
  public enum Reason: String, Codable, Sendable {
    /// It began, or reached a higher stage.
    case raised
    /// It stands when the recipient's hours begin.
    case standing
    /// It went down to a lower stage.
    case eased
    /// It is over.
    case over
    /// It still stands, as the box says from time to time.
    case reminded
    /// Somebody has said that it is known.
    case acknowledged
    /// Nobody has said that it is known.
    case escalated
  }

  /// One thing to be told.
  public struct Entry: Hashable, Codable, Sendable {
    /// The id of its incident.
    public var incident: String
    /// Why.
    public var reason: Reason
    /// The event.
    public var event: ReceivedEvent
    /// The site's name.
    public var siteName: LocalizedText
    /// Whether it is meant.
    public var mode: SiteMode
    /// Who has acknowledged; nil while nobody has.
    public var acknowledgedBy: String?
    /// What is to be done.
    public var advice: LocalizedText?

    /// True where it is not over and nobody has acknowledged.
    var asksForAcknowledgement: Bool {
      acknowledgedBy == nil && reason != .over && event.subject?.kind == .alarm
    }
  }

  /// The name that no other notification has: the same event leads to the same, always.
  public var id: String
  /// The recipient's id.
  public var recipient: String
  /// The route's id.
  public var route: String
  /// When it was decided, in nanoseconds since 1970.
  public var made: Int64
  /// What is told: one thing, or several that travel together.
  public var entries: [Entry]

  /// The names in the store, which is older than recipients that are no people.
  private enum CodingKeys: String, CodingKey {
    case id, route, made, entries
    case recipient = "person"
  }
}

/// What goes to one recipient by one route: how much lately, and what travels together next.
public struct Line: Hashable, Codable, Sendable {
  /// The route's id.
  public var route: String
  /// The recipient's id.
  public var recipient: String
  /// When what went there within the last hour was decided, in nanoseconds since 1970, oldest first.
  public var sent: [Int64] = []
  /// What waits to travel together.
  public var collected: [Notification.Entry] = []
  /// When it travels, in nanoseconds since 1970; nil while nothing waits.
  public var due: Int64?

  /// The names in the store, which is older than recipients that are no people.
  private enum CodingKeys: String, CodingKey {
    case route, sent, collected, due
    case recipient = "person"
  }

  /// What tells it from the others.
  var key: LineKey { LineKey(route: route, recipient: recipient) }
}

/// What tells a line from the others.
struct LineKey: Hashable, Comparable {
  var route: String
  var recipient: String

  static func < (left: LineKey, right: LineKey) -> Bool {
    (left.route, left.recipient) < (right.route, right.recipient)
  }
}

/// What a box is to be told: that somebody knows of an alarm.
public struct BoxCommand: Hashable, Codable, Sendable {
  /// The command's id; a box does none twice.
  public var id: String
  /// The site's id.
  public var site: String
  /// The alarm's id.
  public var alarm: String
  /// The last event of the alarm that is known.
  public var event: String
}

/// What was decided at once, to be stored at once: what changed, and who is to be told.
public struct AlertingDecision: Hashable, Sendable {
  /// Events that were taken up although they never came.
  public var substitutes: [String] = []
  /// Incidents as they are now.
  public var incidents: [Incident] = []
  /// Lines as they are now.
  public var lines: [Line] = []
  /// Sites as they are now.
  public var sites: [KnownSite] = []
  /// Who is to be told what.
  public var notifications: [Notification] = []
  /// What boxes are to be told.
  public var commands: [BoxCommand] = []

  /// Nothing.
  public init() {}

  /// True where there is nothing to store.
  public var isEmpty: Bool {
    substitutes.isEmpty && incidents.isEmpty && lines.isEmpty && sites.isEmpty
      && notifications.isEmpty && commands.isEmpty
  }

  /// Adds what was decided after it.
  public mutating func append(_ later: AlertingDecision) {
    substitutes += later.substitutes
    incidents += later.incidents
    lines += later.lines
    sites += later.sites
    notifications += later.notifications
    commands += later.commands
  }
}
