public import Delivery
import struct Foundation.Data
import GRDB

/// The outbox as one SQLite file: an `EventStore` that survives power cuts.
///
/// One connection, held exclusively: WAL with `synchronous=FULL`, so that a commit is on the disk
/// when `append` returns. Calls from several threads are carried out one after another. Beside the
/// file stands `<path>.session` with the number of starts, so that event ids stay unique even
/// when the database is damaged.
public final class Outbox: EventStore {
  /// The file's path.
  public let path: String
  /// Where a damaged file of an earlier run was moved to; nil when there was none.
  public let damagedFile: String?

  private let destinations: [String]
  private let database: DatabaseQueue
  private let sessionFile: SessionFile

  /// Opens the store at `path`, and makes it where there is none.
  ///
  /// A damaged file is moved aside and a new one begun: the gateway runs in any case. What was
  /// waiting for a destination that is no longer named is forgotten; a destination that is new
  /// gets the events from now on.
  ///
  /// - Parameters:
  ///   - path: the database file; its folder must exist.
  ///   - destinations: the ids of all destinations, each of which must acknowledge every event.
  ///   - maximumBytes: the file never grows beyond this; at least 64 KiB.
  public init(
    path: String, destinations: [String], maximumBytes: Int = 64 << 20
  ) throws(EventStoreError) {
    self.path = path
    self.destinations = destinations
    sessionFile = SessionFile(path: path + ".session")
    (database, damagedFile) = try OutboxFile(path: path, maximumBytes: maximumBytes).open()
    try write { database in
      let named = databaseQuestionMarks(count: destinations.count)
      try database.execute(
        sql: "DELETE FROM delivery WHERE destination NOT IN (\(named))",
        arguments: StatementArguments(destinations))
      try database.execute(
        sql: "DELETE FROM event WHERE position NOT IN (SELECT position FROM delivery)")
    }
  }

  /// Counts this start of the gateway and returns its number.
  public func nextSession() throws(EventStoreError) -> UInt32 {
    let counted = sessionFile.read()
    let session = try write { database in
      try database.execute(
        sql: "UPDATE counter SET session = MAX(session, ?) + 1", arguments: [counted])
      return try UInt32.fetchOne(database, sql: "SELECT session FROM counter") ?? counted + 1
    }
    try sessionFile.write(session)
    return session
  }

  /// Commits `events` for every destination, and the states that they lead to, all or none.
  public func append(
    _ events: [OutboxEvent], states: [StoredState] = []
  ) throws(EventStoreError) {
    let events = destinations.isEmpty ? [] : events
    guard !events.isEmpty || !states.isEmpty else { return }
    try write { database in
      let insertState = try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO state (kind, id, value) VALUES (?, ?, ?)")
      for state in states {
        try insertState.execute(arguments: [state.kind, state.id, Data(state.value)])
      }
      let insertEvent = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO event (id, topic, payload, contentType, schema, site, mode)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      let insertDelivery = try database.cachedStatement(
        sql: "INSERT INTO delivery (destination, position) VALUES (?, ?)")
      for event in events {
        let message = event.message
        try insertEvent.execute(arguments: [
          event.id, message.topic, Data(message.payload), message.contentType,
          message.label.schema, message.label.site, message.label.mode.rawValue,
        ])
        guard database.changesCount > 0 else { continue }
        let position = database.lastInsertedRowID
        for destination in destinations {
          try insertDelivery.execute(arguments: [destination, position])
        }
      }
    }
  }

  /// All states that were committed last.
  public func states() throws(EventStoreError) -> [StoredState] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT kind, id, value FROM state ORDER BY kind, id").map {
        let value: Data = $0["value"]
        return StoredState(kind: $0["kind"], id: $0["id"], value: [UInt8](value))
      }
    }
  }

  /// The oldest events after `position` that `destination` has not acknowledged.
  public func pending(
    for destination: String, after position: OutboxPosition, limit: Int
  ) throws(EventStoreError) -> [OutboxEntry] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT event.* FROM delivery JOIN event USING (position)
          WHERE destination = ? AND position > ? ORDER BY position LIMIT ?
          """,
        arguments: [destination, position.rawValue, limit]
      ).map(OutboxEntry.init(row:))
    }
  }

  /// Notes that `destination` has the events at `positions`.
  public func acknowledge(
    _ positions: [OutboxPosition], by destination: String
  ) throws(EventStoreError) {
    guard !positions.isEmpty else { return }
    try write { database in
      let removeDelivery = try database.cachedStatement(
        sql: "DELETE FROM delivery WHERE destination = ? AND position = ?")
      let removeEvent = try database.cachedStatement(
        sql: """
          DELETE FROM event WHERE position = :position
          AND NOT EXISTS (SELECT 1 FROM delivery WHERE position = :position)
          """)
      for position in positions {
        try removeDelivery.execute(arguments: [destination, position.rawValue])
        try removeEvent.execute(arguments: ["position": position.rawValue])
      }
    }
  }

  /// How many events `destination` has not acknowledged.
  public func depth(of destination: String) throws(EventStoreError) -> Int {
    try read { database in
      try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM delivery WHERE destination = ?",
        arguments: [destination]) ?? 0
    }
  }

  /// How many events at least one destination has not acknowledged.
  public func eventCount() throws(EventStoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM event") ?? 0 }
  }

  private func write<Value>(
    _ work: (Database) throws -> Value
  ) throws(EventStoreError) -> Value {
    do { return try database.write(work) } catch { throw EventStoreError(error, path: path) }
  }

  private func read<Value>(
    _ work: (Database) throws -> Value
  ) throws(EventStoreError) -> Value {
    do { return try database.read(work) } catch { throw EventStoreError(error, path: path) }
  }
}

extension OutboxEntry {
  fileprivate init(row: Row) {
    let payload: Data = row["payload"]
    // An unknown mode can only come from a later version; nobody shall take it for real.
    let mode = SiteMode(rawValue: row["mode"]) ?? .test
    let message = MQTTMessage(
      topic: row["topic"], payload: [UInt8](payload), contentType: row["contentType"],
      label: PayloadLabel(schema: row["schema"], site: row["site"], mode: mode))
    self.init(
      position: OutboxPosition(rawValue: row["position"]),
      event: OutboxEvent(id: row["id"], message: message))
  }
}

extension EventStoreError {
  /// Sorts what the database says by what the owner can do about it.
  init(_ error: any Error, path: String) {
    guard let error = error as? DatabaseError else {
      self = .failed(path: path, reason: "\(error)")
      return
    }
    let reason = error.message ?? "SQLite result \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_FULL: self = .full(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .inUse(path: path)
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      self = .unwritable(path: path, reason: reason)
    default: self = .failed(path: path, reason: reason)
    }
  }
}
