internal import Delivery
internal import DetectionCore

// The sections `recording` and `outbox`: what is kept on the box's own disk.

struct RecordingKeys: Keys {
  private static let usual = RecordingSettings()

  let folder = Key("folder", .path, default: usual.folder)
  let maximumSize = Key("maximumSize", .size, default: usual.maximumBytes)
  let chunkInterval = Key(
    "chunkInterval", .duration(atLeast: .seconds(1)), default: usual.chunkInterval)
}

struct OutboxKeys: Keys {
  private static let usual = OutboxSettings()

  let path = Key("path", .path, default: usual.path)
  let maximumSize = Key("maximumSize", .size, default: usual.maximumBytes)
}

extension SiteReader {
  mutating func readStorage(_ root: Section<SiteFileKeys>) {
    if let section = root.recording {
      recording = RecordingSettings(
        folder: section.folder, maximumBytes: section.maximumSize,
        chunkInterval: section.chunkInterval)
    }
    if let section = root.outbox {
      outbox = OutboxSettings(path: section.path, maximumBytes: section.maximumSize)
    }
  }
}
