import Delivery
import struct Foundation.Data
import Glibc
import GRDB

/// The database file: opening, checking, moving aside, and its tables.
struct OutboxFile {
  let path: String
  let maximumBytes: Int

  /// SQLite's page size; the tables are made with it.
  static let pageBytes = 4096
  /// The empty tables and a dozen events with room to spare.
  static let minimumBytes = 128 << 10
  /// So much may gather in the log before it is folded into the file: what a disk that is filling up still has
  /// room for.
  static let logBytes = 1 << 20
  /// Damaged files that are kept for study; the oldest name is used again after that.
  static let damagedFilesKept = 9

  /// An open database.
  struct Opened {
    var database: DatabaseQueue
    /// Where a damaged file was moved to.
    var damagedFile: String?
    /// True where the file was made now.
    var isNew: Bool
  }

  /// Opens the database.
  func open() throws(FactStoreError) -> Opened {
    try checkFolder()
    let isNew = !exists(path)
    do {
      return Opened(database: try openChecked(), isNew: isNew)
    } catch let error as DatabaseError where error.isDamage {
      let aside = try moveAside()
      do {
        return Opened(database: try openChecked(), damagedFile: aside, isNew: true)
      } catch {
        throw failure(error)
      }
    } catch {
      throw failure(error)
    }
  }

  /// Sorts why the file could not be opened.
  private func failure(_ error: any Error) -> FactStoreError {
    if let error = error as? FactStoreError { return error }
    guard let error = error as? DatabaseError, error.resultCode == .SQLITE_CANTOPEN else {
      return FactStoreError(error, path: path)
    }
    // SQLite says the same of a folder in the file's place, of a missing permission and of a bad disk.
    let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
    guard file < 0 else {
      close(file)
      return .failed(path: path, reason: error.message ?? "cannot be opened")
    }
    return FactStoreError(errno: errno, path: path)
  }

  private func checkFolder() throws(FactStoreError) {
    let folder = FileFolder(of: path)
    guard folder.device != nil else { throw .folderMissing(path: path) }
    guard unsafe access(folder.path, W_OK) == 0 else {
      throw FactStoreError(errno: errno, path: path)
    }
  }

  private func openChecked() throws -> DatabaseQueue {
    var configuration = Configuration()
    let size = max(maximumBytes, Self.minimumBytes)
    // A reference to a fact would be looked for with each fact that leaves.
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { database in
      // One gateway a file: a second one is refused instead of sending everything twice.
      try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      try database.execute(sql: "PRAGMA page_size = \(Self.pageBytes)")
      let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
      guard mode == "wal" else {
        throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "no write-ahead log here")
      }
      // WAL alone may lose the last commits in a power cut; an event must not be lost.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // SQLite passes over settings that it does not know; 2 is FULL.
      guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
        throw DatabaseError(message: "this SQLite does not wait for the disk")
      }
      let page = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? Self.pageBytes
      _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(size / page)")
      _ = try Int.fetchOne(database, sql: "PRAGMA wal_autocheckpoint = \(Self.logBytes / page)")
    }
    let database = try DatabaseQueue(path: path, configuration: configuration)
    let verdict = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    guard verdict == "ok" else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict)
    }
    let migrator = Self.migrator
    if try database.read(migrator.hasBeenSuperseded) {
      throw FactStoreError.newerVersion(path: path)
    }
    try migrator.migrate(database)
    return database
  }

  /// Gives the damaged file a name of its own, with its log, and returns the name.
  func moveAside() throws(FactStoreError) -> String {
    let names = (1...Self.damagedFilesKept).map { "\(path).damaged-\($0)" }
    let aside = names.first { !exists($0) } ?? names[0]
    for suffix in ["-wal", "-shm", ""] where exists(path + suffix) {
      guard unsafe rename(path + suffix, aside + suffix) == 0 else {
        throw .unwritable(path: path + suffix, reason: systemReason())
      }
    }
    return aside
  }

  private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    // Positions are never used twice (AUTOINCREMENT): sessions remember how far they have read.
    // `created` is for people who look into the file; the gateway does not read it.
    migrator.registerMigration("1: events, deliveries, starts") { database in
      try database.execute(
        sql: """
          CREATE TABLE event (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            topic TEXT NOT NULL,
            payload BLOB NOT NULL,
            contentType TEXT NOT NULL,
            schema TEXT NOT NULL,
            site TEXT NOT NULL,
            mode TEXT NOT NULL,
            created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
          );
          CREATE TABLE delivery (
            destination TEXT NOT NULL,
            position INTEGER NOT NULL REFERENCES event (position),
            PRIMARY KEY (destination, position)
          ) WITHOUT ROWID;
          CREATE INDEX delivery_position ON delivery (position);
          CREATE TABLE counter (session INTEGER NOT NULL);
          INSERT INTO counter VALUES (0);
          """)
    }
    migrator.registerMigration("2: states that outlive a restart") { database in
      try database.execute(
        sql: """
          CREATE TABLE state (
            kind TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, id)
          ) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("3: facts instead of messages", migrate: Self.migrateToFacts)
    migrator.registerMigration("4: states in the order in which they are stored") { database in
      try database.execute(
        sql: """
          ALTER TABLE state RENAME TO oldState;
          CREATE TABLE state (
            kind TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, id)
          );
          INSERT INTO state SELECT kind, id, value FROM oldState;
          DROP TABLE oldState;
          """)
    }
    // An index costs a page whenever an event comes and when it leaves. Which destinations lack a fact is asked by
    // their names; and what is dropped first are others than alarms, so that only these need to be found.
    // Earlier versions cannot read the facts that are kept from here on, and are told so.
    migrator.registerMigration("5: fewer pages an event") { database in
      try database.execute(
        sql: """
          DROP INDEX delivery_position;
          DROP INDEX delivery_precedence;
          CREATE INDEX delivery_precedence ON delivery (destination, precedence, position)
            WHERE precedence < \(FactPrecedence.alarm.rawValue);
          """)
    }
    return migrator
  }

  /// The tables as they are now. Events of before stay what they were: messages that were written then.
  private static func migrateToFacts(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE fact (
          position INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          body BLOB NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE waiting (
          destination TEXT NOT NULL,
          position INTEGER NOT NULL REFERENCES fact (position),
          precedence INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          PRIMARY KEY (destination, position)
        ) WITHOUT ROWID;
        CREATE TABLE setAside (
          destination TEXT NOT NULL,
          position INTEGER NOT NULL REFERENCES fact (position),
          reason TEXT NOT NULL,
          PRIMARY KEY (destination, position)
        ) WITHOUT ROWID;
        CREATE TABLE gap (
          destination TEXT NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL,
          PRIMARY KEY (destination, reason)
        ) WITHOUT ROWID;
        ALTER TABLE counter ADD COLUMN epoch TEXT NOT NULL DEFAULT '';
        INSERT INTO sqlite_sequence (name, seq)
          SELECT 'fact', seq FROM sqlite_sequence WHERE name = 'event';
        """)
    try database.execute(
      sql: "UPDATE counter SET epoch = ?", arguments: [SessionIdentity.randomEpoch()])
    for row in try Row.fetchAll(database, sql: "SELECT * FROM event ORDER BY position") {
      let fact = Fact(renderedIn: row)
      let stored = try StoredFact(fact)
      try database.execute(
        sql: "INSERT INTO fact (position, id, body, checksum) VALUES (?, ?, ?, ?)",
        arguments: [row["position"] as Int64, fact.id, stored.body, stored.checksum])
      try database.execute(
        sql: """
          INSERT INTO waiting (destination, position, precedence, bytes)
          SELECT destination, position, ?, ? FROM delivery WHERE position = ?
          """,
        arguments: [
          fact.precedence.rawValue, stored.body.count + Outbox.rowBytes,
          row["position"] as Int64,
        ])
    }
    try database.execute(
      sql: """
        DROP TABLE delivery;
        DROP TABLE event;
        ALTER TABLE waiting RENAME TO delivery;
        CREATE INDEX delivery_position ON delivery (position);
        CREATE INDEX delivery_precedence ON delivery (destination, precedence, position);
        """)
  }
}

extension Fact {
  /// An event that an earlier version kept as a message.
  fileprivate init(renderedIn row: Row) {
    let payload: Data = row["payload"]
    // An unknown mode can only come from a later version; nobody shall take it for real.
    let mode = SiteMode(rawValue: row["mode"]) ?? .test
    let site: String = row["site"]
    let message = MQTTMessage(
      topic: row["topic"], payload: [UInt8](payload), contentType: row["contentType"],
      label: PayloadLabel(schema: row["schema"], site: site, mode: mode))
    self.init(
      id: row["id"], site: site, mode: mode, precedence: .alarm,
      time: FactTime(boot: "", monotonicNs: 0, wallNs: 0, synchronized: true),
      content: .rendered(message))
  }
}

extension DatabaseError {
  fileprivate var isDamage: Bool {
    resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB
  }
}

/// What the system said about the last call.
func systemReason() -> String { unsafe String(cString: strerror(errno)) }

extension FactStoreError {
  /// Sorts what the system says of a file that cannot be written by what the owner can do about it.
  init(errno code: Int32, path: String) {
    let reason = unsafe String(cString: strerror(code))
    self =
      switch code {
      case ENOSPC, EDQUOT: .full(path: path)
      case EROFS: .readOnly(path: path)
      case EIO: .failed(path: path, reason: reason)
      default: .unwritable(path: path, reason: reason)
      }
  }

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
    case .SQLITE_READONLY: self = .readOnly(path: path)
    case .SQLITE_PERM, .SQLITE_AUTH: self = .unwritable(path: path, reason: reason)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .lost(path: path, reason: "was damaged")
    default: self = .failed(path: path, reason: reason)
    }
  }
}
