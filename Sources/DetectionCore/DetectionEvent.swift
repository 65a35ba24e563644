/// One thing that the core decided. Flat, so that it can cross rings and be compared bit by bit.
public struct DetectionEvent: BitwiseCopyable, Sendable {
  /// What happened, and what `subject` is.
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A rule rose to `stage`.
    case stageRaised = 1
    /// A rule fell below `previousStage`, to `stage` (0: normal).
    case stageCleared = 2
    /// A point's values were failed or missing for too long.
    case sensorFaultRaised = 3
    /// A point's values are good again.
    case sensorFaultCleared = 4
    /// An output is to be switched on.
    case outputOn = 5
    /// An output is to be switched off.
    case outputOff = 6
    /// Inputs were lost before they reached the core; `value` is their number.
    case inputsLost = 7
    /// Somebody said that they know of a rule's alarm.
    case acknowledged = 8
    /// A latched alarm was reset.
    case reset = 9
    /// A rule's alarm was shelved; `value` is for how many seconds.
    case shelved = 10
    /// Its shelving ended, by its time, by the alarm's end, or by command.
    case unshelved = 11
    /// A rule's alarm is suppressed by design: it means nothing at this time or in this state.
    case suppressed = 12
    /// Its suppression by design ended.
    case resumed = 13
    /// A rule's alarm was taken out of service.
    case takenOutOfService = 14
    /// It is in service again.
    case returnedToService = 15
    /// An alarm is still there, and is announced again.
    case reminded = 16
    /// A rule's alarm comes and goes too fast; its ends are held back from now on.
    case chatterStarted = 17
    /// It has come to rest; `value` is how many ends were held back.
    case chatterEnded = 18
    /// More alarms come than a person can follow; `value` is how many came in the last ten minutes.
    case floodStarted = 19
    /// The flood is over.
    case floodEnded = 20
    /// Nothing else happened for so long that the box says that it is there.
    case signOfLife = 21
    /// A command could not be carried out; `value` is the reason's number.
    case commandRefused = 22
    /// A deterrent was wanted, and stays off; `subject` is the deterrent, `value` the reason's number.
    case deterrentHeld = 23
    /// Somebody stopped a deterrent's output: it goes off and stays off.
    case outputStopped = 24
    /// Somebody let a deterrent's output come on again.
    case outputReleased = 25

    /// What an event's `subject` names. With numbers, since a plain enumeration would bring along a
    /// hash, and that a source of random numbers.
    public enum Subject: UInt8, BitwiseCopyable, Sendable {
      /// A rule, and so its alarm.
      case rule
      /// A point, and so its sensor.
      case point
      /// An output.
      case output
      /// A deterrent.
      case deterrent
      /// Nothing: the event is about all alarms together.
      case flood
      /// Nothing: the event is about the box.
      case site
    }

    /// What an event's `value` is.
    public enum ValueMeaning: UInt8, BitwiseCopyable, Sendable {
      /// The value that decided, in its point's unit; NaN where none did.
      case measured
      /// How many.
      case count
      /// How long, in seconds.
      case seconds
      /// The number of a `CommandRefusal`.
      case refusal
      /// The number of a `DeterrentHold`.
      case hold
    }

    /// What `subject` names in events of this kind.
    public var subject: Subject {
      switch self {
      case .stageRaised, .stageCleared, .acknowledged, .reset, .shelved, .unshelved, .suppressed,
        .resumed, .takenOutOfService, .returnedToService, .reminded, .chatterStarted, .chatterEnded:
        .rule
      case .sensorFaultRaised, .sensorFaultCleared: .point
      case .outputOn, .outputOff, .outputStopped, .outputReleased: .output
      case .deterrentHeld: .deterrent
      case .floodStarted, .floodEnded: .flood
      case .inputsLost, .signOfLife, .commandRefused: .site
      }
    }

    /// What `value` is in events of this kind.
    public var valueMeaning: ValueMeaning {
      switch self {
      case .inputsLost, .floodStarted, .floodEnded, .chatterEnded: .count
      case .shelved: .seconds
      case .commandRefused: .refusal
      case .deterrentHeld: .hold
      case .stageRaised, .stageCleared, .sensorFaultRaised, .sensorFaultCleared, .outputOn,
        .outputOff, .outputStopped, .outputReleased, .acknowledged, .reset, .unshelved,
        .suppressed, .resumed, .takenOutOfService, .returnedToService, .reminded, .chatterStarted,
        .signOfLife:
        .measured
      }
    }
  }

  /// What else is to be known of an event.
  public struct Marks: BitwiseCopyable, Equatable, Sendable {
    /// The first alarm since all were normal.
    public var isFirstOut = false
    /// It came in a flood of alarms.
    public var isFlood = false
    /// Its alarm is shelved, suppressed or out of service: nobody is to be called.
    public var isSilenced = false
    /// Its alarm chatters.
    public var isChattering = false

    /// Nothing else.
    public init() {}
  }

  /// Counts all events of a core without a gap, from the plan's first sequence number.
  public var sequence: UInt64
  /// What happened.
  public var kind: Kind
  /// The index of the rule, point, output or deterrent in the plan, as `kind` says; else 0.
  public var subject: UInt16
  /// The stage after the event; 0 is normal. For outputs, the rule's stage.
  public var stage: UInt8 = 0
  /// The stage before the event. A rule that passes several stages at once makes one event.
  public var previousStage: UInt8 = 0
  /// Where the rule's alarm stands after the event; normal where none is concerned.
  public var condition = AlarmCondition.normal
  /// What else is to be known.
  public var marks = Marks()
  /// The number of the command that caused it; 0 for none.
  public var cause: UInt32 = 0
  /// The value that decided, in the point's unit, or what `kind` says; NaN where none did.
  public var value = Double.nan
  /// The limit that was crossed, in the point's unit: of the stage that was risen to, or of the
  /// one that was fallen below (without its deadband); NaN where there is none.
  public var limit = Double.nan
  /// The quality of `value`.
  public var flag = QualityFlag.notEvaluated
  /// The single tests behind `flag`.
  public var tests = TestFlags()
  /// When the deciding value was read, or the deadline passed.
  public var time: Instant
  /// The same moment in civil time.
  public var wallTime: WallTime

  /// Makes an event about nothing but its subject.
  public init(
    sequence: UInt64, kind: Kind, subject: UInt16, time: Instant, wallTime: WallTime
  ) {
    self.sequence = sequence
    self.kind = kind
    self.subject = subject
    self.time = time
    self.wallTime = wallTime
  }
}

#if !hasFeature(Embedded)
  extension DetectionEvent.Kind: CaseIterable {}
#endif
