import Glibc

/// A file beside the database that names the notification which the mail server took last. It is written faster than
/// the database, which waits for the disk: a program that is killed in between knows at its next start that it has
/// told. A power cut may lose the note; then a mail is repeated.
final class SentNote: Sendable {
  private let descriptor: Int32

  init(path: String) throws(RelayStoreError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw RelayStoreError(path: path, reason: reason, refusesStart: true)
    }
  }

  deinit { close(descriptor) }

  /// The id that was noted last and not cleared; nil where there is none, or where it was not written whole.
  func read() -> String? {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    guard count > 1, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
    return String(validating: bytes[..<(count - 1)], as: UTF8.self)
  }

  /// Notes an id. What the system refuses is told by nobody: the database is what counts.
  func write(_ id: String) {
    let bytes = Array((id + "\n").utf8)
    _ = unsafe pwrite(descriptor, bytes, bytes.count, 0)
  }

  /// Clears the note: the database knows.
  func clear() { ftruncate(descriptor, 0) }
}
