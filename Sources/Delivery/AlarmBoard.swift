public import DetectionCore

/// Where an alarm stands, after ISA-18.2.
public enum AlarmCondition: String, Sendable, CaseIterable {
  /// No stage is reached.
  case normal
  /// A stage is reached, and nobody has said that they know.
  case unacknowledged
}

/// The current state of one rule's alarm.
public struct AlarmState: Hashable, Sendable {
  /// Where it stands.
  public var condition: AlarmCondition
  /// The stage reached; 0 is normal.
  public var stage: UInt8
  /// Since when it is so.
  public var since: WallTime
  /// The event that made it so; nil before the first event of this start.
  public var lastEvent: EventIdentifier?

  /// Makes a state.
  public init(
    condition: AlarmCondition, stage: UInt8, since: WallTime, lastEvent: EventIdentifier?
  ) {
    self.condition = condition
    self.stage = stage
    self.since = since
    self.lastEvent = lastEvent
  }
}

/// The current state of every alarm of a site, kept from its events.
public struct AlarmBoard: Sendable {
  /// One state a rule, in the order of the site's rules.
  public private(set) var states: [AlarmState]

  /// Makes a board on which every alarm is normal since `start`.
  public init(ruleCount: Int, start: WallTime) {
    states = Array(
      repeating: AlarmState(condition: .normal, stage: 0, since: start, lastEvent: nil),
      count: ruleCount)
  }

  /// Takes in an event; returns the place of the rule whose state it changed, or nil.
  public mutating func accept(_ event: DetectionEvent, id: EventIdentifier) -> Int? {
    guard event.kind == .stageRaised || event.kind == .stageCleared else { return nil }
    let rule = Int(event.subject)
    guard rule < states.count else { return nil }
    states[rule] = AlarmState(
      condition: event.stage == 0 ? .normal : .unacknowledged, stage: event.stage,
      since: event.wallTime, lastEvent: id)
    return rule
  }
}
