public import Delivery
import GRDB
import Synchronization

/// A file that is lost while its gateway runs: how that is noticed, and what follows it.
extension Outbox {
  /// What a file goes on from that takes the place of one that was lost while its gateway ran.
  public struct Succession: Hashable, Sendable {
    /// What the running gateway's facts are called by: its next start is called by the number after it.
    public var identity: SessionIdentity
    /// For each destination, whether it lacks facts that nobody has any more.
    public var lost: [Bool]
    /// The device on which the file stood.
    public var device: UInt64

    /// Makes one.
    public init(identity: SessionIdentity, lost: [Bool], device: UInt64) {
      self.identity = identity
      self.lost = lost
      self.device = device
    }
  }

  /// Looks whether the file and its log are still those that were opened, and where somebody else has written
  /// to them, whether they are still whole.
  public func verify() throws(FactStoreError) {
    let found = DatabaseMark(path: path)
    let known = mark.withLock { $0 }
    guard found != known else { return }
    if FileFolder(of: path).device != device {
      // A disk that was taken out and comes back may be another device: it has the same file.
      let isBack = found.file?.identity.number == known.file?.identity.number
      throw isBack
        ? .failed(path: path, reason: "its disk was mounted anew") : .unmounted(path: path)
    }
    guard found.file != nil else { throw .lost(path: path, reason: "was deleted") }
    guard found.isSameFiles(as: known) else { throw .lost(path: path, reason: "was replaced") }
    do {
      // What SQLite remembers of the file may be better than the file.
      database.releaseMemory()
      let verdict = try database.read {
        try String.fetchOne($0, sql: "PRAGMA quick_check(1)")
      }
      guard verdict == "ok" else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict)
      }
      // After a restart the log counts only beside a file that is whole itself.
      try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    } catch {
      throw .lost(path: path, reason: "was damaged")
    }
    mark.withLock { $0 = DatabaseMark(path: path) }
  }

  /// Refuses to begin a file where the disk of the one before it is not mounted.
  static func checkDevice(_ device: UInt64, of path: String) throws(FactStoreError) {
    if FileFolder(of: path).device != device, FileMark(path: path) == nil {
      throw .unmounted(path: path)
    }
  }

  /// Takes the marks anew after something was written here.
  func noteMark() {
    let found = DatabaseMark(path: path)
    mark.withLock { if found.isSameFiles(as: $0) { $0 = found } }
  }

  /// Ends the use of this file; nothing may be asked of it afterwards.
  ///
  /// - Parameter isLost: True to move what stands in its place aside, so that a new one is begun there.
  /// - Returns: Where it was moved to.
  public func close(isLost: Bool) -> String? {
    // Before SQLite ends its use, which removes the log by its name, whosever it is.
    let isThere = FileMark(path: path) != nil
    let aside = isLost && isThere ? try? OutboxFile(path: path, maximumBytes: 0).moveAside() : nil
    try? database.close()
    return aside
  }

  /// Makes a file that no start was counted in the one that follows on `succession`.
  ///
  /// - Returns: False where it is the file that the gateway had before.
  static func follow(_ succession: Succession, in database: Database) throws -> Bool {
    try database.execute(
      sql: "UPDATE counter SET session = ?, epoch = ? WHERE session = 0",
      arguments: [succession.identity.number, succession.identity.epoch])
    return database.changesCount > 0
  }
}
