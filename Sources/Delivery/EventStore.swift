/// An event as it waits for its destinations.
public struct OutboxEvent: Hashable, Sendable {
  /// The event's id; see `EventIdentifier`.
  public var id: String
  /// What is sent, its topic without the destination's root.
  public var message: MQTTMessage

  /// Makes an event.
  public init(id: String, message: MQTTMessage) {
    self.id = id
    self.message = message
  }
}

/// An event's place in an outbox; later events have higher places.
public struct OutboxPosition: RawRepresentable, Comparable, Hashable, Sendable {
  /// The place; all are above 0.
  public var rawValue: Int64
  /// Makes the position of place `rawValue`.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  /// Before every event.
  public static var start: OutboxPosition { OutboxPosition(rawValue: 0) }
  /// Earlier before later.
  public static func < (left: OutboxPosition, right: OutboxPosition) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// An event with its place.
public struct OutboxEntry: Hashable, Sendable {
  /// The place.
  public var position: OutboxPosition
  /// The event.
  public var event: OutboxEvent

  /// Makes an entry.
  public init(position: OutboxPosition, event: OutboxEvent) {
    self.position = position
    self.event = event
  }
}

/// What has to outlive a restart of one thing, by the name that it has in the site file.
public struct StoredState: Hashable, Sendable {
  /// What kind of thing: a rule, a sensor, an output.
  public var kind: String
  /// Its id.
  public var id: String
  /// Its state, which only its owner can read.
  public var value: [UInt8]

  /// Makes a state.
  public init(kind: String, id: String, value: [UInt8]) {
    self.kind = kind
    self.id = id
    self.value = value
  }
}

/// The durable queue between the core and the destinations: the port of the outbox.
///
/// Everything may be called from several threads at once.
public protocol EventStore: Sendable {
  /// Counts this start of the gateway and returns its number, which no earlier start has had.
  func nextSession() throws(EventStoreError) -> UInt32
  /// Commits `events` for every destination, and with them the states that they lead to, all or
  /// none; when it returns, they survive a power cut. An event whose id is already stored is left
  /// as it is; a state takes the place of the one before.
  func append(_ events: [OutboxEvent], states: [StoredState]) throws(EventStoreError)
  /// All states that were committed last.
  func states() throws(EventStoreError) -> [StoredState]
  /// The oldest events after `position` that `destination` has not acknowledged, at most `limit`.
  func pending(
    for destination: String, after position: OutboxPosition, limit: Int
  ) throws(EventStoreError) -> [OutboxEntry]
  /// Notes that `destination` has the events at `positions`; an event leaves the store when
  /// every destination has it.
  func acknowledge(_ positions: [OutboxPosition], by destination: String) throws(EventStoreError)
  /// How many events `destination` has not acknowledged.
  func depth(of destination: String) throws(EventStoreError) -> Int
}

/// What to do next after something on the way out has failed.
public enum DeliveryRecovery: Sendable {
  /// Keep what there is, and try again later.
  case holdOutput
  /// Do not start: a person has to change something first.
  case refuseStart
}

/// Why the outbox could not do as told.
public enum EventStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder that the store is to stand in is absent.
  case folderMissing(path: String)
  /// The file or its folder cannot be written.
  case unwritable(path: String, reason: String)
  /// Another process works with the same store.
  case inUse(path: String)
  /// The store was written by a later version of the gateway.
  case newerVersion(path: String)
  /// The store, or the disk under it, has no space left; nothing of the batch was stored.
  case full(path: String)
  /// The disk failed, or what is on it makes no sense.
  case failed(path: String, reason: String)

  /// What to do next.
  public var recovery: DeliveryRecovery {
    switch self {
    case .folderMissing, .unwritable, .inUse, .newerVersion: .refuseStart
    case .full, .failed: .holdOutput
    }
  }

  /// One sentence for the operator.
  public var description: String {
    switch self {
    case .folderMissing(let path):
      "outbox \(path): its folder does not exist; create it, or name another path"
    case .unwritable(let path, let reason):
      "outbox \(path): cannot be written (\(reason)); check the path and its permissions"
    case .inUse(let path):
      "outbox \(path): in use by another process; only one gateway may run on it"
    case .newerVersion(let path):
      "outbox \(path): written by a later version; install that version, or name another path"
    case .full(let path):
      "outbox \(path): full; events wait in memory until a destination has taken some"
    case .failed(let path, let reason):
      "outbox \(path): \(reason)"
    }
  }
}
