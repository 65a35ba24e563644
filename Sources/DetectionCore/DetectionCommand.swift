/// A command from outside to an alarm or an output.
public struct DetectionCommand: BitwiseCopyable, Equatable, Sendable {
  /// What is to be done.
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// Somebody knows of the alarm.
    case acknowledge = 1
    /// A latched alarm is to forget.
    case reset = 2
    /// The alarm is to be silent for `duration`.
    case shelve = 3
    /// The alarm is to be silent until it next becomes inactive, at most for `duration`; zero:
    /// as long as its plan allows.
    case shelveOnce = 4
    /// Either way of shelving is to end.
    case unshelve = 5
    /// The alarm is to be silent while somebody works on what it watches.
    case takeOutOfService = 6
    /// The work is done.
    case returnToService = 7
    /// The output is to go off and stay off.
    case stopOutput = 8
    /// The output may come on again.
    case releaseOutput = 9
    /// Somebody knows of an event of the alarm, but not of its last one: always refused, as nobody may
    /// take note of what they have not seen.
    case acknowledgeEarlier = 10
  }

  /// For how long; only shelving asks for it.
  public var duration: TimeSpan
  /// Names the command, and with it its author, outside the core.
  public var number: UInt32
  /// The subject that stands for all rules, or outputs.
  public static var everything: UInt16 { .max }

  /// The index of the rule or output, or `everything`.
  public var subject: UInt16
  /// What is to be done.
  public var kind: Kind

  /// Makes a command.
  public init(number: UInt32, kind: Kind, subject: UInt16, duration: TimeSpan = .zero) {
    self.number = number
    self.kind = kind
    self.subject = subject
    self.duration = duration
  }
}

/// Why a command was not carried out.
public enum CommandRefusal: UInt8, BitwiseCopyable, Sendable {
  /// The alarm is normal, latched, or acknowledged already.
  case nothingToAcknowledge = 1
  /// The alarm is not latched, nor will it be.
  case nothingToReset = 2
  /// The alarm has to return before it can be reset.
  case stillActive = 3
  /// The alarm has to be acknowledged before it can be reset.
  case notAcknowledged = 4
  /// The time of shelving is not above zero, or longer than the plan allows.
  case durationOutOfRange = 5
  /// The alarm's stage is higher than may be shelved.
  case stageTooHigh = 6
  /// The alarm is not shelved.
  case notShelved = 7
  /// The alarm is out of service already.
  case alreadyOutOfService = 8
  /// The alarm is in service.
  case notOutOfService = 9
  /// The command makes no sense for its subject, or there is no such subject.
  case wrongSubject = 10
  /// The alarm has turned since the event that is acknowledged.
  case newerEvent = 11
}

#if !hasFeature(Embedded)
  extension DetectionCommand.Kind: CaseIterable {}
  extension CommandRefusal: CaseIterable {}
#endif
