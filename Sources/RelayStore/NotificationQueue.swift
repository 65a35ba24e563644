public import Alerting
import struct Foundation.Data
import class Foundation.JSONDecoder
import GRDB

/// A notification on its way.
public struct PendingNotification: Sendable {
  /// What is told.
  public var notification: Notification
  /// How often it was tried.
  public var attempts: Int
}

/// How far a notification has come.
public enum NotificationState: Int, Sendable {
  /// It waits to be handed over.
  case pending = 0
  /// The server has it.
  case sent = 1
  /// It was refused, or tried for too long.
  case givenUp = 2
}

/// What waits for some of the recipients, as the channel that leads to them empties it.
public struct NotificationQueue: Sendable {
  let store: RelayStore
  let recipients: [String]
  /// Where the channel notes what was sent last.
  let room: Int

  /// The notifications that are due, oldest first.
  public func pending(at now: Int64, limit: Int) throws(RelayStoreError) -> [PendingNotification] {
    let rows = try store.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT body, attempts FROM notification
          WHERE state = ? AND recipient IN (SELECT value FROM json_each(?)) AND due <= ?
          ORDER BY due, made, id LIMIT ?
          """,
        arguments: [
          NotificationState.pending.rawValue, try store.text(recipients), now, limit,
        ])
    }
    return rows.compactMap { row in
      let body: Data = row["body"]
      guard let notification = try? JSONDecoder().decode(Notification.self, from: body) else {
        return nil
      }
      return PendingNotification(notification: notification, attempts: row["attempts"])
    }
  }

  /// When the next notification is due, in nanoseconds since 1970; nil where none waits.
  public func nextDue() throws(RelayStoreError) -> Int64? {
    try store.read { database in
      try Int64.fetchOne(
        database,
        sql: """
          SELECT MIN(due) FROM notification
          WHERE state = ? AND recipient IN (SELECT value FROM json_each(?))
          """, arguments: [NotificationState.pending.rawValue, try store.text(recipients)])
    }
  }

  /// Notes what became of an attempt.
  ///
  /// - Parameters:
  ///   - id: the notification's.
  ///   - state: how it stands now.
  ///   - due: when it is tried again, where it is pending.
  ///   - now: in nanoseconds since 1970.
  public func settle(
    _ id: String, _ state: NotificationState, due: Int64, at now: Int64
  ) throws(RelayStoreError) {
    try store.settle(id, state, due: due, at: now)
    store.note?.clear(room)
  }

  /// Notes at once that the other side has a notification; `settle` follows.
  public func noteSent(_ id: String) { store.note?.write(id, in: room) }
}
