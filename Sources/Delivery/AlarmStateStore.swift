public import DetectionCore

extension AlarmCondition {
  /// The condition's name in payloads, after ISA-18.2.
  public var name: String {
    switch self {
    case .normal: "normal"
    case .unacknowledged: "unacknowledged"
    case .acknowledged: "acknowledged"
    case .returned: "returnedUnacknowledged"
    case .latched: "latched"
    }
  }
}

/// What silences an alarm; any number of these.
public struct Silence: Hashable, Sendable {
  /// A person shelved it for a time.
  public var isShelved = false
  /// It means nothing at this time or in this state.
  public var isSuppressed = false
  /// It is out of service.
  public var isOutOfService = false
  /// Nothing silences it.
  public init() {}

  init(_ suppression: AlarmSuppression) {
    isShelved = suppression.contains(.shelved) || suppression.contains(.shelvedOnce)
    isSuppressed = suppression.contains(.byDesign)
    isOutOfService = suppression.contains(.outOfService)
  }
}

/// The current state of one rule's alarm.
public struct AlarmState: Hashable, Sendable {
  /// Where it stands.
  public var condition: AlarmCondition
  /// What silences it.
  public var silence = Silence()
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
public struct AlarmStateStore: Sendable {
  /// One state a rule, in the order of the site's rules.
  public private(set) var states: [AlarmState]

  /// Makes a board on which every alarm is normal since `start`.
  public init(ruleCount: Int, start: WallTime) {
    states = Array(
      repeating: AlarmState(condition: .normal, stage: 0, since: start, lastEvent: nil),
      count: ruleCount)
  }

  /// The alarm of rule `rule` begins as an earlier run left it.
  public mutating func restore(_ snapshot: AlarmSnapshot, rule: Int) {
    guard rule < states.count else { return }
    states[rule].condition = snapshot.condition
    states[rule].stage = snapshot.stage
    states[rule].silence = Silence(snapshot.suppression)
  }

  /// Takes in an event; returns the place of the rule whose state it changed, or nil.
  public mutating func accept(_ event: DetectionEvent, id: EventIdentifier) -> Int? {
    guard event.concernsRule, event.kind != .commandRefused else { return nil }
    let rule = Int(event.subject)
    guard rule < states.count else { return nil }
    var silence = states[rule].silence
    switch event.kind {
    case .shelved: silence.isShelved = true
    case .unshelved: silence.isShelved = false
    case .suppressed: silence.isSuppressed = true
    case .resumed: silence.isSuppressed = false
    case .takenOutOfService: silence.isOutOfService = true
    case .returnedToService: silence.isOutOfService = false
    case .stageRaised, .stageCleared, .acknowledged, .reset, .reminded, .chatterStarted,
      .chatterEnded:
      break
    // Not about a rule, or refused: left above.
    case .sensorFaultRaised, .sensorFaultCleared, .outputOn, .outputOff, .inputsLost,
      .floodStarted, .floodEnded, .signOfLife, .commandRefused, .deterrentHeld, .outputStopped,
      .outputReleased:
      return nil
    }
    states[rule] = AlarmState(
      condition: event.condition, stage: event.stage, since: event.wallTime, lastEvent: id)
    states[rule].silence = silence
    return rule
  }
}
