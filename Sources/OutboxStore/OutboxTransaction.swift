import Delivery
import Foundation
import FieldLog
import GRDB

/// What is done to the tables within one transaction, and what it makes of each destination's share.
struct OutboxTransaction {
  let database: Database
  let destinations: [String]
  let quota: Int
  /// What each destination lacks.
  var shares: [Outbox.Share]
  /// What was dropped for want of room.
  var dropped: [OutboxReceipt.Drop] = []

  init(database: Database, destinations: [String], quota: Int, shares: [Outbox.Share]) {
    self.database = database
    self.destinations = destinations
    self.quota = quota
    self.shares = shares
  }

  func keep(_ states: [StoredState]) throws {
    let statement = try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO state (kind, id, value) VALUES (?, ?, ?)")
    let removal = try database.cachedStatement(sql: "DELETE FROM state WHERE kind = ? AND id = ?")
    for state in states {
      if state.value.isEmpty {
        try removal.execute(arguments: [state.kind, state.id])
      } else {
        try statement.execute(arguments: [state.kind, state.id, Data(state.value)])
      }
    }
  }

  mutating func insert(_ items: [OutboxBatch.Item]) throws {
    let insertFact = try database.cachedStatement(
      sql: "INSERT OR IGNORE INTO fact (position, id, body, checksum) VALUES (?, ?, ?, ?)")
    let insertDelivery = try database.cachedStatement(
      sql: """
        INSERT INTO delivery (destination, position, precedence, bytes) VALUES (?, ?, ?, ?)
        """)
    for item in items where !item.destinations.isEmpty {
      let fact = item.entry.fact
      let position = item.entry.position.rawValue
      let stored = try StoredFact(fact)
      try insertFact.execute(arguments: [position, fact.id, stored.body, stored.checksum])
      guard database.changesCount > 0 else { continue }
      let bytes = stored.body.count + Outbox.rowBytes
      for destination in item.destinations {
        try insertDelivery.execute(arguments: [
          destinations[destination], position, fact.precedence.rawValue, bytes,
        ])
        shares[destination].bytes += bytes
        shares[destination].count += 1
        if case .gap(let gap) = fact.content { try close(gap, of: destination) }
      }
    }
  }

  mutating func settle(_ settlements: [Settlement]) throws {
    for settlement in settlements {
      guard case .setAside(_, let reason) = settlement.outcome else { continue }
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO setAside (destination, position, reason)
          SELECT ?, position, ? FROM fact WHERE position = ?
          """,
        arguments: [
          destinations[settlement.destination], reason, settlement.position.rawValue,
        ])
    }
    for destination in destinations.indices {
      let settled = settlements.filter { $0.destination == destination }
      if !settled.isEmpty { try remove(settled.map(\.position), of: destination) }
    }
  }

  /// Drops the oldest facts of the lowest precedence of each destination that is beyond its share.
  mutating func makeRoom() throws {
    for destination in destinations.indices where shares[destination].bytes > quota {
      var gap = try gap(.quota, of: destination)
      var hasMore = true
      while hasMore, shares[destination].bytes > quota {
        var rows = try rows(
          of: destination,
          "precedence < \(FactPrecedence.alarm.rawValue) ORDER BY precedence, position LIMIT 64")
        if rows.isEmpty { rows = try self.rows(of: destination, "1 ORDER BY position LIMIT 64") }
        hasMore = !rows.isEmpty
        for row in rows where shares[destination].bytes > quota {
          add(row, to: &gap)
          let position = OutboxPosition(rawValue: row["position"])
          try remove([position], of: destination)
          dropped.append(OutboxReceipt.Drop(destination: destination, position: position))
        }
      }
      try put(gap, of: destination)
    }
  }

  /// Takes a damaged fact out, and notes for each destination that lacks it that it is gone.
  mutating func discard(_ position: OutboxPosition) throws {
    for destination in destinations.indices {
      for row in try rows(of: destination, "position = \(position.rawValue)") {
        var gap = try gap(.damaged, of: destination)
        add(row, to: &gap)
        try put(gap, of: destination)
        try remove([position], of: destination)
      }
    }
  }

  /// The facts of a destination for which `condition` holds.
  private func rows(of destination: Int, _ condition: String) throws -> [Row] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT delivery.position, delivery.precedence, body, checksum
        FROM delivery JOIN fact USING (position) WHERE destination = ? AND \(condition)
        """,
      arguments: [destinations[destination]])
  }

  /// Adds the fact of `row` to what a destination is told to be missing.
  private func add(_ row: Row, to gap: inout GapFact) {
    let precedence = FactPrecedence(rawValue: row["precedence"]) ?? .observation
    if let fact = StoredFact.fact(in: row) {
      gap.add(precedence, at: fact.time)
    } else {
      gap.counts[precedence.rawValue] += 1
    }
  }

  /// Takes facts out that a destination lacks no more. One by one: a list in SQL would cost a table of its own
  /// each time, and most often one fact leaves.
  private mutating func remove(_ positions: [OutboxPosition], of destination: Int) throws {
    let known = try database.cachedStatement(
      sql: "SELECT bytes FROM delivery WHERE destination = ? AND position = ?")
    let removal = try database.cachedStatement(
      sql: "DELETE FROM delivery WHERE destination = ? AND position = ?")
    let forgetting = try database.cachedStatement(
      sql: """
        DELETE FROM fact WHERE position = ?
        AND NOT EXISTS (
          SELECT 1 FROM delivery WHERE destination IN (\(databaseQuestionMarks(count: destinations.count)))
          AND delivery.position = fact.position)
        AND NOT EXISTS (SELECT 1 FROM setAside WHERE setAside.position = fact.position)
        """)
    let all = StatementArguments(destinations)
    for position in positions.map(\.rawValue) {
      let place: StatementArguments = [destinations[destination], position]
      guard let bytes = try Int.fetchOne(known, arguments: place) else { continue }
      try removal.execute(arguments: place)
      shares[destination].bytes -= bytes
      shares[destination].count -= 1
      try forgetting.execute(arguments: [position] + all)
    }
  }

  func gap(_ reason: GapFact.Reason, of destination: Int) throws -> GapFact {
    let body = try Data.fetchOne(
      database, sql: "SELECT body FROM gap WHERE destination = ? AND reason = ?",
      arguments: [destinations[destination], reason.rawValue])
    return body.flatMap { try? JSONDecoder().decode(GapFact.self, from: $0) }
      ?? GapFact(reason: reason)
  }

  func put(_ gap: GapFact, of destination: Int) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO gap (destination, reason, body) VALUES (?, ?, ?)",
      arguments: [
        destinations[destination], gap.reason.rawValue, try JSONEncoder().encode(gap),
      ])
  }

  /// The destination is told of `gap`; what was added to it since stays.
  private func close(_ gap: GapFact, of destination: Int) throws {
    var rest = try self.gap(gap.reason, of: destination)
    for index in rest.counts.indices { rest.counts[index] -= gap.counts[index] }
    if rest.counts.contains(where: { $0 > 0 }) {
      try put(rest, of: destination)
    } else {
      try database.execute(
        sql: "DELETE FROM gap WHERE destination = ? AND reason = ?",
        arguments: [destinations[destination], gap.reason.rawValue])
    }
  }
}

/// A fact as a row holds it.
struct StoredFact {
  let body: Data
  let checksum: Int64

  init(_ fact: Fact) throws {
    body = try Self.encoder.encode(fact)
    checksum = Int64(CRC32.checksum(of: [UInt8](body)))
  }

  /// The fact of a row; nil where it is not what was stored.
  static func fact(in row: Row) -> Fact? {
    let body: Data = row["body"]
    guard Int64(CRC32.checksum(of: [UInt8](body))) == row["checksum"] else { return nil }
    return try? decoder.decode(Fact.self, from: body)
  }

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }()

  private static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }()
}
