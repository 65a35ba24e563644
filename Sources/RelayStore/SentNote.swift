import Glibc

/// A file beside the database that names, for each channel, the notification which its other side took last. It is
/// written faster than the database, which waits for the disk: a program that is killed in between knows at its next
/// start that it has told. A power cut may lose the note; then something is repeated.
final class SentNote: Sendable {
  private let descriptor: Int32

  /// The room of one channel; no id is longer.
  private static let roomBytes = 1024

  init(path: String) throws(RelayStoreError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw RelayStoreError(path: path, reason: reason, refusesStart: true)
    }
  }

  deinit { close(descriptor) }

  /// The ids that were noted last and not cleared, without those that were not written whole.
  func read() -> [String] {
    var ids: [String] = []
    var bytes = [UInt8](repeating: 0, count: Self.roomBytes)
    var room = 0
    while unsafe pread(descriptor, &bytes, bytes.count, off_t(room * Self.roomBytes)) > 0 {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
        let id = String(validating: bytes[..<end], as: UTF8.self), !id.isEmpty
      {
        ids.append(id)
      }
      bytes = [UInt8](repeating: 0, count: Self.roomBytes)
      room += 1
    }
    return ids
  }

  /// Notes an id in a channel's room. What the system refuses is told by nobody: the database is what counts.
  func write(_ id: String, in room: Int) {
    let bytes = Array((id + "\n").utf8)
    guard bytes.count <= Self.roomBytes else { return }
    _ = unsafe pwrite(descriptor, bytes, bytes.count, off_t(room * Self.roomBytes))
  }

  /// Clears a channel's room: the database knows.
  func clear(_ room: Int) { write("", in: room) }

  /// Clears all rooms.
  func clear() { ftruncate(descriptor, 0) }
}
