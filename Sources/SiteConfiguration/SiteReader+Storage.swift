internal import Delivery
internal import DetectionCore

// The sections `recording` and `outbox`: what is kept on the box's own disk.
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
