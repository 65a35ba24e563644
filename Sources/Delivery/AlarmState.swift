public import DetectionCore

/// Where one alarm stands, and since when: what its retained topic says, kept over restarts.
public struct AlarmState: Sendable {
  /// The rule's index in the plan.
  public var rule: Int
  /// The rule's id.
  public var id: String
  /// Where it stands.
  public var snapshot: AlarmSnapshot
  /// Since when it is so.
  public var since: FactTime
  /// The id of the event that made it so; nil before the first.
  public var lastEvent: String?
  /// The id of the event with which it began to stand; nil while it does not.
  public var incident: String?

  /// Makes one.
  public init(
    rule: Int, id: String, snapshot: AlarmSnapshot, since: FactTime, lastEvent: String?,
    incident: String? = nil
  ) {
    self.incident = incident
    self.rule = rule
    self.id = id
    self.snapshot = snapshot
    self.since = since
    self.lastEvent = lastEvent
  }
}

/// What of an alarm's state the outbox keeps beside what the core restores: since when it is so, and which
/// event made it so.
public struct AlarmOrigin: Hashable, Codable, Sendable {
  /// Since when.
  public var since: FactTime
  /// The event's id.
  public var lastEvent: String?
  /// The id of the event with which the alarm began to stand; nil while it does not.
  public var incident: String?

  /// The origin of `state`.
  public init(of state: AlarmState) {
    since = state.since
    lastEvent = state.lastEvent
    incident = state.incident
  }
}
