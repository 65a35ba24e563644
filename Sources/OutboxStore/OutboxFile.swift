import Delivery
import Glibc
import GRDB

/// The database file: opening, checking, moving aside, and its tables.
struct OutboxFile {
  let path: String
  let maximumBytes: Int

  /// SQLite's page size; the tables are made with it.
  static let pageBytes = 4096
  /// The empty tables and one event with room to spare.
  static let minimumBytes = 64 << 10
  /// Damaged files that are kept for study; the oldest name is used again after that.
  static let damagedFilesKept = 9

  /// The open database, and where a damaged file was moved to.
  func open() throws(EventStoreError) -> (DatabaseQueue, damagedFile: String?) {
    try checkFolder()
    do {
      return (try openChecked(), nil)
    } catch let error as DatabaseError where error.isDamage {
      let aside = try moveAside()
      do {
        return (try openChecked(), aside)
      } catch {
        throw EventStoreError(error, path: path)
      }
    } catch let error as EventStoreError {
      throw error
    } catch {
      throw EventStoreError(error, path: path)
    }
  }

  private func checkFolder() throws(EventStoreError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    var status = stat()
    guard unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .folderMissing(path: path)
    }
    guard unsafe access(folder, W_OK) == 0 else {
      throw .unwritable(path: path, reason: systemReason())
    }
  }

  private func openChecked() throws -> DatabaseQueue {
    var configuration = Configuration()
    let pages = max(maximumBytes, Self.minimumBytes) / Self.pageBytes
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
      _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
    }
    let database = try DatabaseQueue(path: path, configuration: configuration)
    let verdict = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    guard verdict == "ok" else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict)
    }
    let migrator = Self.migrator
    if try database.read(migrator.hasBeenSuperseded) {
      throw EventStoreError.newerVersion(path: path)
    }
    try migrator.migrate(database)
    return database
  }

  /// Gives the damaged file a name of its own, with its log, and returns the name.
  private func moveAside() throws(EventStoreError) -> String {
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
    // Places are never used twice (AUTOINCREMENT): sessions remember how far they have read.
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
    return migrator
  }
}

extension DatabaseError {
  fileprivate var isDamage: Bool {
    resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB
  }
}

/// What the system said about the last call.
func systemReason() -> String { unsafe String(cString: strerror(errno)) }
