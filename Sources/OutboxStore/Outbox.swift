public import Delivery
import FieldLog
import struct Foundation.Data
import class Foundation.JSONDecoder
import class Foundation.JSONEncoder
import GRDB
import Synchronization

/// The outbox as one SQLite file: a `FactStore` that survives power cuts.
///
/// One connection, held exclusively: WAL with `synchronous=FULL`, so that a batch is on the disk when
/// `commit` returns. Beside the file stands `<path>.session` with the number of starts, so that event ids
/// stay unique even when the database is damaged.
public final class Outbox: FactStore {
  /// A destination that the site file no longer names, and how many facts it lacked.
  public struct Forgotten: Hashable, Sendable {
    /// Its id.
    public var destination: String
    /// How many facts were dropped with it.
    public var count: Int
  }

  /// The file's path.
  public let path: String
  /// Where a damaged file of an earlier run was moved to; nil when there was none.
  public let damagedFile: String?
  /// Destinations whose backlog was dropped, as they are no longer named.
  public let forgotten: [Forgotten]
  /// The highest position that was ever used.
  public let lastPosition: OutboxPosition
  /// How many facts each destination lacked when the file was opened.
  public let backlog: [Int]

  private let destinations: [String]
  /// What each destination's facts may take, in bytes.
  private let quota: Int
  private let shares: Mutex<[Share]>
  private let database: DatabaseQueue
  private let sessionFile: SessionFile

  /// What a destination lacks in the file.
  struct Share: Sendable {
    /// How many facts.
    var count = 0
    /// How many bytes they take.
    var bytes = 0
  }

  /// What a row takes beside its fact, indexes included.
  static let rowBytes = 400

  /// Opens the store at `path`, and makes it where there is none.
  ///
  /// A damaged file is moved aside and a new one begun: the gateway runs in any case. What was waiting for a
  /// destination that is no longer named is dropped, and named in `forgotten`; a destination that is new gets
  /// the facts from now on. What was set aside is tried again.
  ///
  /// - Parameters:
  ///   - path: the database file; its folder must exist.
  ///   - destinations: the ids of all destinations, by whose indexes the store is asked.
  ///   - maximumBytes: the file never grows beyond this; at least 128 KiB. Three quarters of it are shared
  ///     out among the destinations.
  public init(
    path: String, destinations: [String], maximumBytes: Int = 64 << 20
  ) throws(FactStoreError) {
    self.path = path
    self.destinations = destinations
    let size = max(maximumBytes, OutboxFile.minimumBytes)
    quota = size / 4 * 3 / max(destinations.count, 1)
    sessionFile = SessionFile(path: path + ".session")
    let opened = try OutboxFile(path: path, maximumBytes: size).open()
    database = opened.database
    damagedFile = opened.damagedFile
    let isLost = opened.isNew && sessionFile.read() > 0
    do {
      let found = try database.write { database in
        try Self.takeStock(database, destinations: destinations, isLost: isLost)
      }
      forgotten = found.forgotten
      lastPosition = found.last
      backlog = found.shares.map(\.count)
      shares = Mutex(found.shares)
    } catch {
      throw FactStoreError(error, path: path)
    }
  }

  /// Counts this start of the gateway and returns what its facts are called by.
  ///
  /// - Parameter recorded: The number of a start that is known from elsewhere; this one's is higher.
  public func beginSession(above recorded: UInt32 = 0) throws(FactStoreError) -> SessionIdentity {
    let counted = max(sessionFile.read(), recorded)
    let identity = try write { database in
      try database.execute(
        sql: "UPDATE counter SET session = MAX(session, ?) + 1", arguments: [counted])
      let row = try Row.fetchOne(database, sql: "SELECT session, epoch FROM counter")
      return SessionIdentity(
        epoch: row?["epoch"] ?? SessionIdentity.randomEpoch(),
        number: row?["session"] ?? counted + 1)
    }
    try sessionFile.write(identity.number)
    return identity
  }

  /// All states that were committed last, in the order in which they were.
  public func states() throws(FactStoreError) -> [StoredState] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT kind, id, value FROM state ORDER BY rowid").map {
        let value: Data = $0["value"]
        return StoredState(kind: $0["kind"], id: $0["id"], value: [UInt8](value))
      }
    }
  }

  /// Takes `batch` over, all or nothing.
  public func commit(_ batch: OutboxBatch) throws(FactStoreError) -> OutboxReceipt {
    do {
      return try commit(batch, within: quota)
    } catch .full where hasAllPages {
      // The file may not grow, and its rows take more than was reckoned: two thirds of what is there stay.
      let (lost, tight) = try makeRoom()
      var receipt = try commit(batch, within: tight)
      receipt.dropped = lost + receipt.dropped
      return receipt
    }
  }

  private func commit(
    _ batch: OutboxBatch, within quota: Int
  ) throws(FactStoreError) -> OutboxReceipt {
    try change(within: quota) { work throws in
      try work.keep(batch.states)
      try work.insert(batch.items)
      try work.settle(batch.settlements)
      try work.makeRoom()
    }
  }

  /// Drops a third of the largest backlog, and of each that comes near to it.
  ///
  /// - Returns: What was dropped, and the share of each destination from then on.
  private func makeRoom() throws(FactStoreError) -> (lost: [OutboxReceipt.Drop], quota: Int) {
    let tight = (shares.withLock { $0.map(\.bytes).max() } ?? 0) / 3 * 2
    let receipt = try change(within: tight) { work throws in try work.makeRoom() }
    return (receipt.dropped, tight)
  }

  /// True where the file has grown as far as it may and has no free page.
  private var hasAllPages: Bool {
    let counts = try? read { database in
      try ["page_count", "max_page_count", "freelist_count"].map {
        try Int.fetchOne(database, sql: "PRAGMA \($0)") ?? 0
      }
    }
    return counts.map { $0[0] >= $0[1] && $0[2] == 0 } ?? false
  }

  /// Does `work` in one transaction.
  private func change(
    within quota: Int, _ work: (inout OutboxTransaction) throws -> Void
  ) throws(FactStoreError) -> OutboxReceipt {
    let before = shares.withLock { $0 }
    let done = try write { database in
      var transaction = OutboxTransaction(
        database: database, destinations: destinations, quota: quota, shares: before)
      try work(&transaction)
      return (shares: transaction.shares, dropped: transaction.dropped)
    }
    shares.withLock { $0 = done.shares }
    return OutboxReceipt(dropped: done.dropped, backlog: done.shares.map(\.count))
  }

  /// The oldest facts after `position` that the destination lacks. A damaged one is set aside and counted.
  public func pending(
    for destination: Int, after position: OutboxPosition, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry] {
    let rows = try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT fact.position, fact.body, fact.checksum
          FROM delivery JOIN fact USING (position)
          WHERE destination = ? AND position > ? ORDER BY position LIMIT ?
          """,
        arguments: [destinations[destination], position.rawValue, limit])
    }
    var entries: [OutboxEntry] = []
    for row in rows {
      let position = OutboxPosition(rawValue: row["position"])
      if let fact = StoredFact.fact(in: row) {
        entries.append(OutboxEntry(position: position, fact: fact))
      } else {
        try discard(position)
      }
    }
    // Where all of them were damaged there may be sound ones behind.
    if entries.isEmpty, let last = rows.last {
      let position = OutboxPosition(rawValue: last["position"])
      return try pending(for: destination, after: position, limit: limit)
    }
    return entries
  }

  /// The gaps that the destination has not been told of.
  public func gaps(of destination: Int) throws(FactStoreError) -> [GapFact] {
    try read { database in
      try Row.fetchAll(
        database, sql: "SELECT body FROM gap WHERE destination = ? ORDER BY reason",
        arguments: [destinations[destination]]
      ).compactMap { row in
        let body: Data = row["body"]
        return try? JSONDecoder().decode(GapFact.self, from: body)
      }
    }
  }

  /// How many facts of `destination` are set aside.
  public func setAsideCount(of destination: Int) throws(FactStoreError) -> Int {
    try read { database in
      try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM setAside WHERE destination = ?",
        arguments: [destinations[destination]]) ?? 0
    }
  }

  /// How many facts at least one destination lacks.
  public func factCount() throws(FactStoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM fact") ?? 0 }
  }

  /// A damaged fact is told to nobody; that it is missing is.
  private func discard(_ position: OutboxPosition) throws(FactStoreError) {
    _ = try change(within: quota) { work throws in try work.discard(position) }
  }

  /// Writes; a log that cannot grow is folded into the file before giving up.
  private func write<Value>(
    _ work: (Database) throws -> Value
  ) throws(FactStoreError) -> Value {
    do {
      do {
        return try database.write(work)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        return try database.write(work)
      }
    } catch { throw FactStoreError(error, path: path) }
  }

  private func read<Value>(
    _ work: (Database) throws -> Value
  ) throws(FactStoreError) -> Value {
    do { return try database.read(work) } catch { throw FactStoreError(error, path: path) }
  }
}
