public import Delivery
public import DetectionCore

extension Replay {
  /// How a replay compares with its recording.
  public struct Result: Sendable {
    /// Inputs that were fed to the core.
    public var inputCount = 0
    /// Events that the core decided now.
    public var events: [DecidedEvent] = []
    /// Events that stand in the recording, and were compared.
    public var recordedEventCount = 0
    /// The first index where the two differ, counted from 0; nil when they are the same.
    public var firstDifference: Int?
    /// CRC-32 over the encodings of the events that were compared, in their order.
    public var digest: UInt32 = 0
    /// What of the recording could not be read.
    public var damages: [LocalizedText] = []
    /// Where inputs are missing; what lies between them was compared.
    public var gaps: [Gap] = []
  }

  /// Inputs of which nothing was decided: they are not in the recording, or what came before them is not and
  /// no checkpoint says how the core stood.
  public struct Gap: Sendable {
    /// How many are not in the recording.
    public var missingCount = 0
    /// How many are, and could not be decided.
    public var undecidedCount = 0
    /// When the last input before them came; nil where the recording begins with the gap.
    public var start: WallTime?
    /// When the first input after them came; nil where none did.
    public var end: WallTime?
  }
}
