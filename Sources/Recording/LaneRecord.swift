package import DetectionCore

/// What the lane took in and gave out, in the order in which it happened.
package enum LaneRecord: BitwiseCopyable, Sendable {
  /// The core as it is between two inputs; its bytes go beside the records. So many inputs came before.
  case checkpoint(inputCount: UInt32)
  /// What went into the core, the how-manieth input of the run it is, from 0; above 32 bits it begins
  /// anew.
  case input(DetectionInput, number: UInt32)
  /// What the core made of a reading.
  case reading(AssessedReading)
  /// What the core decided.
  case event(DetectionEvent)
}
