internal import Delivery
internal import DetectionCore

// The sections `recording` and `outbox`: what is kept on the box's own disk.
extension SiteReader {
  mutating func readStorage(_ root: YAMLNode) {
    if let node = root.optional("recording") {
      if let folder = node.optional("folder")?.absolutePath() { recording.folder = folder }
      if let size = node.optional("maximumSize")?.byteCount() { recording.maximumBytes = size }
      if let interval = node.optional("chunkInterval")?.duration(atLeast: .seconds(1)) {
        recording.chunkInterval = interval
      }
      node.finish()
    }
    if let node = root.optional("outbox") {
      if let path = node.optional("path")?.absolutePath() { outbox.path = path }
      if let size = node.optional("maximumSize")?.byteCount() { outbox.maximumBytes = size }
      node.finish()
    }
  }
}
