internal import Delivery

/// What an incident is about.
public struct IncidentSubject: Hashable, Codable, Sendable {
  /// Which kind of thing.
  public var kind: SubjectKind
  /// The id of the alarm or point; the site's for a box.
  public var id: String
}

/// One trouble from its beginning to its end: an alarm that left normal, a sensor without values, or a box
/// that cannot be reached.
///
/// What is stored is its JSON form by the names below; a later version may add names, which are nil where
/// an earlier one wrote. Instants count from 1970.
public struct Incident: Hashable, Codable, Sendable {
  /// Somebody who was told of it.
  public struct Told: Hashable, Codable, Sendable {
    /// The recipient's id.
    public var recipient: String
    /// The id of the route that led there first.
    public var route: String
    /// When it was decided, in nanoseconds since 1970.
    public var at: Int64

    /// The names in the store, which is older than recipients that are no people.
    private enum CodingKeys: String, CodingKey {
      case recipient = "person"
      case route, at
    }
  }
  /// Who has said that it is known.
  public struct Acknowledgement: Hashable, Codable, Sendable {
    /// The operator's or person's name.
    public var by: String
    /// When the relay was told so, in nanoseconds since 1970.
    public var at: Int64
  }
  /// How far one route has gone in telling others.
  public struct Escalation: Hashable, Codable, Sendable {
    /// The route's id.
    public var route: String
    /// When the route told of it first, in nanoseconds since 1970.
    public var since: Int64
    /// How many steps are done.
    public var done: Int
  }

  /// The id of the event that it began with.
  public var id: String
  /// The site's id.
  public var site: String
  /// What it is about.
  public var subject: IncidentSubject
  /// When the relay took it up, in nanoseconds since 1970.
  public var begun: Int64
  /// When the relay heard of its end, in nanoseconds since 1970; nil before.
  public var ended: Int64?
  /// What was heard of it last.
  public var latest: ReceivedEvent
  /// The stage now; 0 once it is over.
  public var level: Int
  /// The event that wants to be acknowledged: the last that made it worse, or reminded of it.
  public var wanting: String
  /// Who was told, in that order; nobody twice.
  public var told: [Told] = []
  /// Who has said that it is known; nil while nobody has.
  public var acknowledgement: Acknowledgement?
  /// What is done about that.
  public var escalations: [Escalation] = []

  /// How urgent; what has no priority of its own is to be looked after.
  var priority: AlarmPriority { latest.priority ?? .medium }
  /// True once it is over.
  public var isOver: Bool { level == 0 }
  /// What tells it from all others that are open.
  var key: IncidentKey { IncidentKey(site: site, subject: subject) }

  /// True where an acknowledgement that has seen the event `id` knows of all that wants to be acknowledged.
  func isCovered(by id: String) -> Bool {
    guard let seen = EventIdentifier(id, of: site), let wanted = EventIdentifier(wanting, of: site),
      seen.session.epoch == wanted.session.epoch
    else { return id == wanting }
    return (wanted.session.number, wanted.sequence) <= (seen.session.number, seen.sequence)
  }

  func wasTold(_ recipient: String) -> Bool { told.contains { $0.recipient == recipient } }
}

/// What tells an open incident from the others.
struct IncidentKey: Hashable {
  var site: String
  var subject: IncidentSubject
}
