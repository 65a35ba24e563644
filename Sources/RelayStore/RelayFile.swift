import GRDB
import Glibc

/// The database file: opening and its tables.
struct RelayFile {
  let path: String

  /// Opens the file, and makes it where there is none.
  func open() throws -> DatabaseQueue {
    // SQLite gives its log the file's mode.
    let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw refusal(systemReason()) }
    close(file)
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
      guard mode == "wal" else { throw refusal("no write-ahead log here") }
      // WAL alone may lose the last commits in a power cut.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    let database = try DatabaseQueue(path: path, configuration: configuration)
    let migrator = Self.migrator
    if try database.read(migrator.hasBeenSuperseded) {
      throw refusal("it was made by a newer version")
    }
    try migrator.migrate(database)
    return database
  }

  /// Opens the file to look into it, beside the relay that writes it.
  func openForReading() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Keeps other relays away from the file for as long as the descriptor is open: two on one file would tell
  /// everything twice.
  func lock() throws -> Int32 {
    let lock = unsafe Glibc.open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw refusal(systemReason()) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw refusal("another relay uses it")
    }
    return lock
  }

  private func refusal(_ reason: String) -> RelayStoreError {
    RelayStoreError(path: path, reason: reason, refusesStart: true)
  }

  private func systemReason() -> String { unsafe String(cString: strerror(errno)) }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: events, incidents, notifications") { database in
      try database.execute(
        sql: """
          CREATE TABLE event (id TEXT PRIMARY KEY, received INTEGER NOT NULL) WITHOUT ROWID;
          CREATE INDEX event_received ON event (received);
          CREATE TABLE incident (
            id TEXT PRIMARY KEY, begun INTEGER NOT NULL, isOver INTEGER NOT NULL, body BLOB NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX incident_begun ON incident (isOver, begun);
          CREATE TABLE line (
            route TEXT NOT NULL, person TEXT NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (route, person)
          ) WITHOUT ROWID;
          CREATE TABLE site (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
          CREATE TABLE notification (
            id TEXT PRIMARY KEY, person TEXT NOT NULL, made INTEGER NOT NULL,
            state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL,
            changed INTEGER NOT NULL, body BLOB NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX notification_due ON notification (state, due);
          CREATE TABLE command (
            id TEXT NOT NULL, broker TEXT NOT NULL, made INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (id, broker)
          ) WITHOUT ROWID;
          CREATE TABLE told (
            incident TEXT NOT NULL, notification TEXT NOT NULL, PRIMARY KEY (incident, notification)
          ) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2: recipients that are no people, alerts") { database in
      try database.execute(
        sql: """
          ALTER TABLE notification RENAME COLUMN person TO recipient;
          ALTER TABLE line RENAME COLUMN person TO recipient;
          DROP INDEX notification_due;
          CREATE INDEX notification_due ON notification (state, recipient, due);
          CREATE TABLE alert (
            id TEXT PRIMARY KEY, received INTEGER NOT NULL, body BLOB NOT NULL
          ) WITHOUT ROWID;
          """)
    }
    return migrator
  }
}
