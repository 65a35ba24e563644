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
  /// The device that the file's folder is on.
  public let device: UInt64
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
  let database: DatabaseQueue
  /// What the file looked like when this process wrote to it last.
  let mark: Mutex<DatabaseMark>
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
  ///   - succession: what a new file goes on from, where its gateway runs already.
  public init(
    path: String, destinations: [String], maximumBytes: Int = 64 << 20,
    succession: Succession? = nil
  ) throws(FactStoreError) {
    self.path = path
    self.destinations = destinations
    let size = max(maximumBytes, OutboxFile.minimumBytes)
    quota = size / 4 * 3 / max(destinations.count, 1)
    sessionFile = SessionFile(path: path + ".session")
    if let succession { try Self.checkDevice(succession.device, of: path) }
    let opened = try OutboxFile(path: path, maximumBytes: size).open()
    database = opened.database
    damagedFile = opened.damagedFile
    let wasThere = sessionFile.read() > 0
    do {
      let found = try database.write { database in
        let follows = try succession.map { try Self.follow($0, in: database) } ?? false
        let lost = destinations.indices.map { index in
          follows ? succession?.lost[index] == true : opened.isNew && wasThere
        }
        return try Self.takeStock(database, destinations: destinations, lost: lost)
      }
      mark = Mutex(DatabaseMark(path: path))
      device = FileFolder(of: path).device ?? 0
      forgotten = found.forgotten
      lastPosition = found.last
      backlog = found.shares.map(\.count)
      shares = Mutex(found.shares)
    } catch {
      throw FactStoreError(error, path: path)
    }
    if let succession { try sessionFile.write(succession.identity.number) }
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

  /// The oldest events and gaps after `position` that the destination lacks. A damaged one is set aside and
  /// counted.
  public func pending(
    for destination: Int, after position: OutboxPosition, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry] {
    try pending(
      for: destination, from: position, limit: limit,
      "precedence > \(FactPrecedence.observation.rawValue) AND position > ? ORDER BY position")
  }

  /// The observations that the destination lacks. A damaged one is set aside and counted.
  public func pendingObservations(
    for destination: Int, newestFirst: Bool, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry] {
    let isObservation = "precedence = \(FactPrecedence.observation.rawValue)"
    return newestFirst
      ? try pending(
        for: destination, from: OutboxPosition(rawValue: .max), limit: limit,
        isObservation + " AND position < ? ORDER BY position DESC")
      : try pending(
        for: destination, from: .start, limit: limit,
        isObservation + " AND position > ? ORDER BY position")
  }

  /// Facts that the destination lacks, whose `condition` compares their position with the one before.
  private func pending(
    for destination: Int, from position: OutboxPosition, limit: Int, _ condition: String
  ) throws(FactStoreError) -> [OutboxEntry] {
    var entries: [OutboxEntry] = []
    var end = position
    var hasMore = true
    // Fewer than `limit` say that there are no more: sound ones take the places of damaged ones.
    while hasMore, entries.count < limit {
      let wanted = limit - entries.count
      let rows = try pendingRows(for: destination, condition, end, limit: wanted)
      hasMore = rows.count == wanted
      for row in rows {
        end = OutboxPosition(rawValue: row["position"])
        if let fact = StoredFact.fact(in: row) {
          entries.append(OutboxEntry(position: end, fact: fact))
        } else {
          try discard(end)
        }
      }
    }
    return entries
  }

  private func pendingRows(
    for destination: Int, _ condition: String, _ position: OutboxPosition, limit: Int
  ) throws(FactStoreError) -> [Row] {
    try read { database in
      try Row.fetchAll(
        database.cachedStatement(
          sql: """
            SELECT fact.position, fact.body, fact.checksum
            FROM delivery JOIN fact USING (position)
            WHERE destination = ? AND \(condition) LIMIT ?
            """),
        arguments: [destinations[destination], position.rawValue, limit])
    }
  }

  /// The gaps that the destination has not been told of.
  public func gaps(of destination: Int) throws(FactStoreError) -> [GapFact] {
    try read { database in
      try Row.fetchAll(
        database.cachedStatement(
          sql: "SELECT body FROM gap WHERE destination = ? ORDER BY reason"),
        arguments: [destinations[destination]]
      ).compactMap { row in
        let body: Data = row["body"]
        return try? JSONDecoder().decode(GapFact.self, from: body)
      }
    }
  }

  /// Lets destinations lack again what was set aside.
  public func offerSetAside() throws(FactStoreError) -> [Int]? {
    let shares: [Share]? = try write { database in
      guard try Int.fetchOne(database, sql: "SELECT 1 FROM setAside LIMIT 1") != nil else {
        return nil
      }
      try Self.offerSetAside(in: database)
      return try destinations.map { try Self.share(of: $0, in: database) }
    }
    guard let shares else { return nil }
    self.shares.withLock { $0 = shares }
    return shares.map(\.count)
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
    defer { noteMark() }
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
