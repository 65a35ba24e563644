import Foundation
import TestSupport

extension TemporaryFolder {
  /// Where tests keep their outbox.
  var file: String { path + "/outbox.sqlite" }

  func removeDatabase() throws {
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file + suffix) {
      try FileManager.default.removeItem(atPath: file + suffix)
    }
  }
}
