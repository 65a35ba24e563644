internal import SiteConfiguration

/// What a part of a recording says of itself, before its first message.
struct RecordedPart {
  var path: String
  /// The site file, and after it the profiles.
  var sources: [SourceText] = []
  /// The metadata of its origin.
  var origin: [String: String] = [:]
  /// The core before the first input; nil in recordings of versions that had none.
  var checkpoint: [UInt8]?

  init(path: String) { self.path = path }

  /// Counted from 1; 0 where it does not say.
  var number: Int { origin["part"].flatMap(Int.init) ?? 0 }

  /// How many inputs the core had taken before, where inputs are numbered.
  var inputCount: UInt32? { origin[RecordingAttachment.inputCount].flatMap(UInt32.init) }

  /// True where the run began with what the first part's checkpoint says.
  var beginsWithCheckpoint: Bool { origin[RecordingAttachment.beginning] == "checkpoint" }

  func isSameSession(as other: RecordedPart) -> Bool {
    origin["session"] == other.origin["session"] && origin["epoch"] == other.origin["epoch"]
      && origin["site"] == other.origin["site"]
  }
}
