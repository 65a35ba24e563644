import Foundation

/// A folder that is removed with the value.
final class TemporaryFolder {
  let url: URL
  var file: String { url.appending(path: "outbox.sqlite").path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "nomori-outbox-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func removeDatabase() throws {
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file + suffix) {
      try FileManager.default.removeItem(atPath: file + suffix)
    }
  }
}
