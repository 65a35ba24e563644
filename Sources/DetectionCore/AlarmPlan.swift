/// Where an alarm stands, after ISA-18.2 and IEC 62682.
public enum AlarmCondition: UInt8, BitwiseCopyable, Sendable {
  /// No stage is reached, and nothing is open.
  case normal = 0
  /// A stage is reached, and nobody has said that they know.
  case unacknowledged = 1
  /// A stage is reached, and somebody knows.
  case acknowledged = 2
  /// No stage is reached any more, and nobody has said that they know that one was.
  case returned = 3
  /// No stage is reached any more, somebody knows, and the alarm waits to be reset.
  case latched = 4
}

/// How a rule's alarm behaves beyond its stages.
public struct AlarmPlan: BitwiseCopyable, Sendable {
  /// True when an alarm that has ended stays open until somebody has acknowledged it.
  public var needsAcknowledgement: Bool
  /// True when an alarm that has ended stays open until it is reset.
  public var isLatching: Bool
  /// An alarm that is still there this long after it was last announced is announced again; nil for
  /// never.
  public var reAlarm: TimeSpan?
  /// The longest time for which it may be shelved.
  public var longestShelving: TimeSpan
  /// True when the ends of an alarm that comes and goes too fast are held back.
  public var holdsChatter: Bool
  /// Makes a plan; by default an alarm that ends by itself, and may be shelved for eight hours, one
  /// shift.
  public init(
    needsAcknowledgement: Bool = false, isLatching: Bool = false, reAlarm: TimeSpan? = nil,
    longestShelving: TimeSpan = .seconds(8 * 3_600), holdsChatter: Bool = true
  ) {
    self.holdsChatter = holdsChatter
    self.needsAcknowledgement = needsAcknowledgement
    self.isLatching = isLatching
    self.reAlarm = reAlarm
    self.longestShelving = longestShelving
  }
}

/// Something that a person wants done.
public struct DetectionCommand: BitwiseCopyable, Sendable {
  /// What.
  public enum Verb: UInt8, BitwiseCopyable, Sendable {
    /// Says that somebody knows of an alarm.
    case acknowledge = 1
    /// Ends a latched alarm.
    case reset = 2
    /// Silences an alarm for `duration`.
    case shelve = 3
    /// Silences an alarm until it ends, for `duration` at most.
    case shelveOnce = 4
    /// Ends its shelving.
    case unshelve = 5
    /// Silences an alarm until it is returned to service.
    case takeOutOfService = 6
    /// Ends that.
    case returnToService = 7
    /// Switches a deterrent's outputs off, and keeps them off.
    case stopOutput = 8
    /// Ends that.
    case releaseOutput = 9
  }
  /// The command's number, by which its author is known outside of the core; above 0.
  public var number: UInt32
  /// What.
  public var verb: Verb
  /// The rule, or the output, in the plan; `everything` for all of them.
  public var subject: UInt16
  /// For how long; of shelving.
  public var duration: TimeSpan

  /// The subject that stands for all.
  public static var everything: UInt16 { .max }

  /// Makes a command.
  public init(number: UInt32, verb: Verb, subject: UInt16, duration: TimeSpan = .zero) {
    self.number = number
    self.verb = verb
    self.subject = subject
    self.duration = duration
  }
}

/// Why a command was not carried out; the `value` of a `commandRefused` event is its number.
public enum CommandRefusal: UInt8, BitwiseCopyable, Sendable {
  /// The plan has no such rule or output.
  case unknownSubject = 1
  /// There is nothing to acknowledge.
  case nothingToAcknowledge = 2
  /// The alarm does not wait for a reset.
  case notLatched = 3
  /// The duration is not above zero, or longer than the plan allows.
  case badDuration = 4
  /// The alarm is not shelved.
  case notShelved = 5
  /// The alarm is out of service already.
  case alreadyOutOfService = 6
  /// The alarm is in service.
  case inService = 7
  /// The output belongs to no deterrent.
  case noDeterrent = 8
}

#if !hasFeature(Embedded)
  extension AlarmCondition: CaseIterable {}
  extension DetectionCommand.Verb: CaseIterable {}
  extension CommandRefusal: CaseIterable {}
#endif
