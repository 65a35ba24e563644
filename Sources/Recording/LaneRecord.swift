package import DetectionCore

/// What the lane took in and gave out, in the order in which it happened.
package enum LaneRecord: BitwiseCopyable, Sendable {
  /// What went into the core.
  case input(DetectionInput)
  /// What the core made of a reading.
  case reading(AssessedReading)
  /// What the core decided.
  case event(DetectionEvent)
}
