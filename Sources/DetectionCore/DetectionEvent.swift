/// One thing that the core decided. Flat, so that it can cross rings and be compared bit by bit.
public struct DetectionEvent: BitwiseCopyable, Sendable {
  /// What happened.
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
  }

  /// Counts all events of a core without a gap, from the plan's first sequence number.
  public var sequence: UInt64
  /// What happened.
  public var kind: Kind
  /// The index of the rule, point or output in the plan, as `kind` says; 0 for `inputsLost`.
  public var subject: UInt16
  /// The stage after the event; 0 is normal. For outputs, the rule's stage.
  public var stage: UInt8
  /// The stage before the event. A rule that passes several stages at once makes one event.
  public var previousStage: UInt8
  /// The value that decided, in the point's unit; NaN where none did.
  public var value: Double
  /// The limit that was crossed, in the point's unit: of the stage that was risen to, or of the
  /// one that was fallen below (without its deadband); NaN where there is none.
  public var limit: Double
  /// The quality of `value`.
  public var flag: QualityFlag
  /// When the deciding value was read, or the deadline passed.
  public var time: Instant
  /// The same moment in civil time.
  public var wallTime: WallTime
}
