/// The quality of a value in the primary QARTOD/UNESCO (2013) scheme.
///
/// Source: IOC Manuals and Guides 54 volume 3 (2013); QARTOD Water Level manual v2.1 (2021).
public enum QualityFlag: UInt8, BitwiseCopyable, Sendable {
  /// All tests that ran were passed.
  case pass = 1
  /// No test could be run.
  case notEvaluated = 2
  /// Suspect, or of high interest: alarms, and is labelled.
  case suspect = 3
  /// Failed: never raises or clears a process alarm.
  case fail = 4
  /// There is no value.
  case missing = 9

  /// True when the value may raise or clear a process alarm: it was tested, and did not fail.
  @inlinable public var isUsable: Bool { self == .pass || self == .suspect }

  /// True when the sensor gave no value, or one that cannot be: what its own alarm is about.
  @inlinable public var isBad: Bool { self == .fail || self == .missing }
}

#if !hasFeature(Embedded)
  extension QualityFlag: CaseIterable {}
#endif
