public import Delivery
import struct Foundation.Data
import GRDB

extension Outbox {
  /// What an opened store holds.
  struct Stock {
    var forgotten: [Forgotten]
    var last: OutboxPosition
    var shares: [Share]
  }

  /// Drops what is for nobody any more, gives what was set aside another chance, and counts the rest.
  ///
  /// - Parameter lost: For each destination, true where an earlier outbox is gone with what it lacked: it
  ///   is told.
  static func takeStock(
    _ database: Database, destinations: [String], lost: [Bool]
  ) throws -> Stock {
    try offerSetAside(in: database)
    let named = databaseQuestionMarks(count: destinations.count)
    let arguments = StatementArguments(destinations)
    let forgotten = try Row.fetchAll(
      database,
      sql: """
        SELECT destination, COUNT(*) AS count FROM delivery
        WHERE destination NOT IN (\(named)) GROUP BY destination ORDER BY destination
        """,
      arguments: arguments
    ).map { Forgotten(destination: $0["destination"], count: $0["count"]) }
    for table in ["delivery", "gap"] {
      try database.execute(
        sql: "DELETE FROM \(table) WHERE destination NOT IN (\(named))", arguments: arguments)
    }
    try database.execute(
      sql: "DELETE FROM fact WHERE position NOT IN (SELECT position FROM delivery)")
    var stock = Stock(
      forgotten: forgotten, last: .start, shares: destinations.map { _ in Share() })
    let last = try Int64.fetchOne(
      database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'fact'")
    stock.last = OutboxPosition(rawValue: last ?? 0)
    stock.shares = try destinations.map { try share(of: $0, in: database) }
    for index in destinations.indices where lost[index] {
      let work = OutboxTransaction(
        database: database, destinations: destinations, quota: .max, shares: stock.shares)
      try work.put(GapFact(reason: .outboxLost), of: index)
    }
    return stock
  }

  /// Lets destinations lack again what was set aside.
  static func offerSetAside(in database: Database) throws {
    let insertion = try database.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO delivery (destination, position, precedence, bytes)
        VALUES (?, ?, ?, ?)
        """)
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT setAside.destination, position, body, checksum
        FROM setAside JOIN fact USING (position)
        """)
    while let row = try rows.next() {
      let body: Data = row["body"]
      // A damaged one is found when it is read.
      let precedence = StoredFact.fact(in: row)?.precedence ?? .alarm
      try insertion.execute(arguments: [
        row["destination"] as String, row["position"] as Int64, precedence.rawValue,
        body.count + rowBytes,
      ])
    }
    try database.execute(sql: "DELETE FROM setAside")
  }

  /// What a destination lacks.
  static func share(of destination: String, in database: Database) throws -> Share {
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT COUNT(*) AS count, COALESCE(SUM(bytes), 0) AS bytes FROM delivery
        WHERE destination = ?
        """,
      arguments: [destination])
    return Share(count: row?["count"] ?? 0, bytes: row?["bytes"] ?? 0)
  }
}

extension SessionIdentity {
  /// What tells the ids of one outbox from those of any other: 8 hexadecimal digits.
  public static func randomEpoch() -> String {
    let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
