public import Alerting
import Delivery
import struct Foundation.Data
import class Foundation.JSONDecoder
import class Foundation.JSONEncoder
import Glibc
import GRDB
import Synchronization

/// Why the relay's file cannot be used, with the path in its words.
public struct RelayStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// What the database says.
  public var reason: String
  /// True where another relay uses it, or its form is not ours: then the relay is not to start.
  public var refusesStart: Bool

  /// A sentence.
  public var description: String { "\(path): \(reason)" }
}

/// What the relay has heard, decided and told, as one SQLite file that survives power cuts: an event and all that
/// it causes are on the disk before anybody is told.
///
/// One connection: WAL with `synchronous=FULL`. Used from several threads, one after another.
public final class RelayStore: Sendable {
  private let path: String
  private let database: DatabaseQueue
  /// Keeps other relays away; nil for those who only look.
  private let lock: Int32?
  let note: SentNote?
  /// How many channels have asked for what waits for them.
  private let queues = Atomic<Int>(0)

  /// Ids of events that are older are forgotten: no broker keeps a message for so long.
  private static let idDays = 60
  /// Incidents that are over, and what was told of them, are forgotten after so many days.
  private static let incidentDays = 400

  /// Opens the file at `path` for the one relay that writes it, and makes it, readable by its owner alone, where
  /// there is none.
  public init(path: String) throws(RelayStoreError) {
    self.path = path
    let file = RelayFile(path: path)
    do {
      lock = try file.lock()
      database = try file.open()
      note = try SentNote(path: path + ".sent")
    } catch {
      throw Self.failure(error, path)
    }
    // Told, and killed before the database knew.
    for id in note?.read() ?? [] { try settle(id, .sent, due: 0, at: 0) }
    note?.clear()
  }

  /// Opens the file to look into it, beside the relay that writes it.
  public init(reading path: String) throws(RelayStoreError) {
    self.path = path
    lock = nil
    note = nil
    do {
      database = try RelayFile(path: path).openForReading()
    } catch {
      throw Self.failure(error, path)
    }
  }

  deinit { if let lock { close(lock) } }

  // MARK: What was stored

  /// The incidents that are not over, in the order in which they began.
  public func openIncidents() throws(RelayStoreError) -> [Incident] {
    try bodies("SELECT body FROM incident WHERE isOver = 0 ORDER BY begun, id")
  }

  /// The incidents that changed last, newest first.
  public func incidents(limit: Int) throws(RelayStoreError) -> [Incident] {
    try bodies("SELECT body FROM incident ORDER BY begun DESC, id LIMIT \(limit)")
  }

  /// What goes to whom lately.
  public func lines() throws(RelayStoreError) -> [Line] { try bodies("SELECT body FROM line") }

  /// The sites that were ever heard of.
  public func sites() throws(RelayStoreError) -> [KnownSite] { try bodies("SELECT body FROM site") }

  /// True where an event with this id was stored.
  public func knows(_ event: String) throws(RelayStoreError) -> Bool {
    try read { try Bool.fetchOne($0, sql: "SELECT 1 FROM event WHERE id = ?", arguments: [event]) }
      ?? false
  }

  /// The notifications of an incident, oldest first, with what became of each.
  public func notifications(
    of incident: String
  ) throws(RelayStoreError) -> [(recipient: String, state: NotificationState, at: Int64)] {
    let rows = try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT recipient, state, changed FROM notification JOIN told ON told.notification = id
          WHERE told.incident = ? ORDER BY made, id
          """, arguments: [incident])
    }
    return rows.map {
      ($0["recipient"], NotificationState(rawValue: $0["state"]) ?? .pending, $0["changed"])
    }
  }

  // MARK: Deciding

  /// Stores events and what they caused, all or nothing.
  ///
  /// - Parameters:
  ///   - events: the ids of events that were taken up.
  ///   - decision: what they caused.
  ///   - alerts: documents that are to be passed on.
  ///   - brokers: where boxes are told.
  ///   - now: in nanoseconds since 1970.
  public func commit(
    events: [String], _ decision: AlertingDecision, alerts: [ReceivedCAP] = [],
    brokers: [String] = [], at now: Int64
  ) throws(RelayStoreError) {
    try write { database in
      for id in events + decision.substitutes {
        try database.execute(
          sql: "INSERT OR IGNORE INTO event (id, received) VALUES (?, ?)", arguments: [id, now])
      }
      for incident in decision.incidents {
        try database.execute(
          sql: "INSERT OR REPLACE INTO incident (id, begun, isOver, body) VALUES (?, ?, ?, ?)",
          arguments: [incident.id, incident.begun, incident.isOver, try encoded(incident)])
      }
      for line in decision.lines {
        try database.execute(
          sql: "INSERT OR REPLACE INTO line (route, recipient, body) VALUES (?, ?, ?)",
          arguments: [line.route, line.recipient, try encoded(line)])
      }
      for site in decision.sites {
        try database.execute(
          sql: "INSERT OR REPLACE INTO site (id, body) VALUES (?, ?)",
          arguments: [site.id, try encoded(site)])
      }
      for notification in decision.notifications { try insert(notification, into: database) }
      for alert in alerts {
        try database.execute(
          sql: "INSERT OR IGNORE INTO alert (id, received, body) VALUES (?, ?, ?)",
          arguments: [alert.identifier, now, Data(alert.document)])
      }
      for command in decision.commands {
        for broker in brokers {
          try database.execute(
            sql: "INSERT OR IGNORE INTO command (id, broker, made, body) VALUES (?, ?, ?, ?)",
            arguments: [command.id, broker, now, try encoded(command)])
        }
      }
    }
  }

  private func insert(_ notification: Notification, into database: Database) throws {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO notification (id, recipient, made, state, attempts, due, changed, body)
        VALUES (?, ?, ?, ?, 0, ?, ?, ?)
        """,
      arguments: [
        notification.id, notification.recipient, notification.made,
        NotificationState.pending.rawValue, notification.made, notification.made,
        try encoded(notification),
      ])
    for incident in Set(notification.entries.map(\.incident)) {
      try database.execute(
        sql: "INSERT OR IGNORE INTO told (incident, notification) VALUES (?, ?)",
        arguments: [incident, notification.id])
    }
  }

  /// Forgets what is too old to matter.
  public func prune(at now: Int64) throws(RelayStoreError) {
    let day: Int64 = 86_400_000_000_000
    try write { database in
      try database.execute(
        sql: "DELETE FROM event WHERE received < ?", arguments: [now - day * Int64(Self.idDays)])
      try database.execute(
        sql: "DELETE FROM alert WHERE received < ?", arguments: [now - day * Int64(Self.idDays)])
      let oldest = now - day * Int64(Self.incidentDays)
      try database.execute(
        sql: "DELETE FROM incident WHERE isOver = 1 AND begun < ?", arguments: [oldest])
      try database.execute(
        sql: "DELETE FROM notification WHERE state != ? AND made < ?",
        arguments: [NotificationState.pending.rawValue, oldest])
      try database.execute(
        sql: "DELETE FROM told WHERE notification NOT IN (SELECT id FROM notification)")
    }
  }

  // MARK: Telling

  /// What waits for `recipients`, for the one channel that leads to them.
  public func queue(of recipients: [String]) -> NotificationQueue {
    NotificationQueue(
      store: self, recipients: recipients, room: queues.add(1, ordering: .relaxed).oldValue)
  }

  /// Gives up what waits for recipients that are not among `known`; returns how much that was.
  public func giveUp(except known: [String], at now: Int64) throws(RelayStoreError) -> Int {
    var count = 0
    try write { database in
      try database.execute(
        sql: """
          UPDATE notification SET state = ?, changed = MAX(changed, ?)
          WHERE state = ? AND recipient NOT IN (SELECT value FROM json_each(?))
          """,
        arguments: [
          NotificationState.givenUp.rawValue, now, NotificationState.pending.rawValue,
          try text(known),
        ])
      count = database.changesCount
    }
    return count
  }

  func settle(
    _ id: String, _ state: NotificationState, due: Int64, at now: Int64
  ) throws(RelayStoreError) {
    try write { database in
      try database.execute(
        sql: """
          UPDATE notification SET state = ?, attempts = attempts + 1, due = ?,
            changed = MAX(changed, ?) WHERE id = ?
          """, arguments: [state.rawValue, due, now, id])
    }
  }

  /// How many notifications stand so.
  public func count(_ state: NotificationState) throws(RelayStoreError) -> Int {
    try read {
      try Int.fetchOne(
        $0, sql: "SELECT COUNT(*) FROM notification WHERE state = ?", arguments: [state.rawValue])
    } ?? 0
  }

  // MARK: Alerts

  /// The alerts that wait to be passed on, in the order in which they came.
  public func alerts(limit: Int) throws(RelayStoreError) -> [(id: String, document: [UInt8])] {
    let rows = try read { database in
      try Row.fetchAll(
        database, sql: "SELECT id, body FROM alert ORDER BY received, id LIMIT \(limit)")
    }
    return rows.map { row in
      let body: Data = row["body"]
      return (row["id"], Array(body))
    }
  }

  /// An alert was passed on.
  public func settle(alert id: String) throws(RelayStoreError) {
    try write { try $0.execute(sql: "DELETE FROM alert WHERE id = ?", arguments: [id]) }
  }

  // MARK: Telling boxes

  /// What boxes are to be told through a broker, and was decided since `oldest`; what is older is dropped.
  public func commands(
    of broker: String, since oldest: Int64
  ) throws(RelayStoreError) -> [(command: BoxCommand, made: Int64)] {
    try write { try $0.execute(sql: "DELETE FROM command WHERE made < ?", arguments: [oldest]) }
    let rows = try read { database in
      try Row.fetchAll(
        database, sql: "SELECT body, made FROM command WHERE broker = ? ORDER BY made, id",
        arguments: [broker])
    }
    return rows.compactMap { row in
      let body: Data = row["body"]
      return (try? JSONDecoder().decode(BoxCommand.self, from: body)).map { ($0, row["made"]) }
    }
  }

  /// A broker has taken a command.
  public func settle(command id: String, of broker: String) throws(RelayStoreError) {
    try write {
      try $0.execute(
        sql: "DELETE FROM command WHERE id = ? AND broker = ?", arguments: [id, broker])
    }
  }

  // MARK: The database

  private func bodies<Value: Decodable>(_ sql: String) throws(RelayStoreError) -> [Value] {
    let bodies = try read { try Data.fetchAll($0, sql: sql) }
    let decoder = JSONDecoder()
    do {
      return try bodies.map { try decoder.decode(Value.self, from: $0) }
    } catch {
      throw RelayStoreError(
        path: path, reason: "a row cannot be read: \(error)", refusesStart: true)
    }
  }

  /// A list as SQLite reads it.
  func text(_ list: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(list), as: UTF8.self)
  }

  private func encoded(_ value: some Encodable) throws -> Data { try JSONEncoder().encode(value) }

  func write(_ work: (Database) throws -> Void) throws(RelayStoreError) {
    do { try database.write(work) } catch { throw Self.failure(error, path) }
  }

  func read<Value>(_ work: (Database) throws -> Value) throws(RelayStoreError) -> Value {
    do { return try database.read(work) } catch { throw Self.failure(error, path) }
  }

  private static func failure(_ error: any Error, _ path: String) -> RelayStoreError {
    if let error = error as? RelayStoreError { return error }
    guard let error = error as? DatabaseError else {
      return RelayStoreError(path: path, reason: "\(error)", refusesStart: false)
    }
    return RelayStoreError(
      path: path, reason: error.message ?? "SQLite result \(error.resultCode.rawValue)",
      refusesStart: error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB)
  }
}
