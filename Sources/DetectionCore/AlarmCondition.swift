/// Where an alarm stands, after ISA-18.2 and IEC 62682.
///
/// | from | what happens | to |
/// |---|---|---|
/// | `normal` | a stage is reached | `unacknowledged` |
/// | `unacknowledged` | acknowledged | `acknowledged` |
/// | `unacknowledged` | the stage falls to 0 | `returned` |
/// | `acknowledged` | a higher stage is reached | `unacknowledged` |
/// | `acknowledged` | the stage falls to 0 | `normal`; if the alarm latches, `latched` |
/// | `returned` | acknowledged | `normal`; if the alarm latches, `latched` |
/// | `returned`, `latched` | a stage is reached | `unacknowledged` |
/// | `latched` | reset | `normal` |
///
/// A latching alarm that has returned and was not acknowledged is `returned`: what it still waits
/// for first is the acknowledgement, and `latched` comes after it.
public enum AlarmCondition: UInt8, BitwiseCopyable, Sendable {
  /// No stage is reached, and nothing is waited for.
  case normal = 0
  /// A stage is reached, and it is not acknowledged.
  case unacknowledged = 1
  /// A stage is reached, and it is acknowledged.
  case acknowledged = 2
  /// No stage is reached any more, and the alarm was not acknowledged.
  case returned = 3
  /// No stage is reached any more; the alarm waits for its reset.
  case latched = 4

  /// True while a stage is reached.
  public var isActive: Bool { self == .unacknowledged || self == .acknowledged }
}

/// What keeps an alarm from being announced: a set, since several kinds may hold at once. The alarm
/// is suppressed while one does, and is judged all the same.
public struct AlarmSuppression: BitwiseCopyable, Equatable, Sendable {
  /// One bit for each kind.
  public var rawValue: UInt8

  /// Makes the set of the kinds whose bits are set.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Nothing.
  public static var none: AlarmSuppression { AlarmSuppression(rawValue: 0) }
  /// Somebody silenced it for a time, however often it comes and goes.
  public static var shelved: AlarmSuppression { AlarmSuppression(rawValue: 1) }
  /// Somebody silenced it until it next becomes inactive, or for a time if that is shorter.
  public static var shelvedOnce: AlarmSuppression { AlarmSuppression(rawValue: 2) }
  /// The site's logic says that it means nothing at the moment.
  public static var byDesign: AlarmSuppression { AlarmSuppression(rawValue: 4) }
  /// It is out of service: its equipment is being worked on.
  public static var outOfService: AlarmSuppression { AlarmSuppression(rawValue: 8) }

  /// Both ways of shelving; an alarm is shelved one way at a time.
  static var shelvings: AlarmSuppression { AlarmSuppression(rawValue: 3) }
  /// All kinds.
  static var all: AlarmSuppression { AlarmSuppression(rawValue: 15) }

  /// Whether the alarm is announced.
  public var isEmpty: Bool { rawValue == 0 }

  /// Whether one of `kinds` is among them.
  public func contains(_ kinds: AlarmSuppression) -> Bool { rawValue & kinds.rawValue != 0 }

  mutating func insert(_ kinds: AlarmSuppression) { rawValue |= kinds.rawValue }

  mutating func remove(_ kinds: AlarmSuppression) { rawValue &= ~kinds.rawValue }
}

#if !hasFeature(Embedded)
  // The list of all cases is an array, which the embedded core has not.
  extension AlarmCondition: CaseIterable {}
#endif
