/// A fact's place in an outbox; later facts have higher ones, and none is used twice.
public struct OutboxPosition: RawRepresentable, Comparable, Hashable, Sendable {
  /// The number; all are above 0.
  public var rawValue: Int64
  /// Makes the position with number `rawValue`.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  /// Before every fact.
  public static var start: OutboxPosition { OutboxPosition(rawValue: 0) }
  /// Earlier before later.
  public static func < (left: OutboxPosition, right: OutboxPosition) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// A fact with its position.
public struct OutboxEntry: Hashable, Sendable {
  /// The position.
  public var position: OutboxPosition
  /// The fact.
  public var fact: Fact
  /// False while it is in memory alone, so that a power cut would lose it.
  public var isDurable: Bool

  /// Makes an entry.
  public init(position: OutboxPosition, fact: Fact, isDurable: Bool = true) {
    self.position = position
    self.fact = fact
    self.isDurable = isDurable
  }
}

/// The oldest facts that a destination lacks, as far as they were read.
public struct OutboxPage: Hashable, Sendable {
  /// The facts, in order.
  public var entries: [OutboxEntry]
  /// Up to here nothing else is lacking.
  public var through: OutboxPosition
  /// True where older ones are in a store that does not answer: they are read once it does.
  public var isPartial: Bool

  /// Makes a page.
  public init(entries: [OutboxEntry], through: OutboxPosition, isPartial: Bool = false) {
    self.entries = entries
    self.through = through
    self.isPartial = isPartial
  }
}

/// How a fact has left the queue of one destination.
public struct Settlement: Hashable, Sendable {
  /// How it ended.
  public enum Outcome: Hashable, Sendable {
    /// The destination has acknowledged it.
    case delivered
    /// The destination refused it again and again; it is kept aside, and offered again once a day and at the
    /// next start. With the fact's id and the broker's reason.
    case setAside(fact: String, reason: String)
  }
  /// The index of the destination.
  public var destination: Int
  /// Which fact.
  public var position: OutboxPosition
  /// How it ended.
  public var outcome: Outcome

  /// Makes one.
  public init(destination: Int, position: OutboxPosition, outcome: Outcome = .delivered) {
    self.destination = destination
    self.position = position
    self.outcome = outcome
  }
}

/// What has to outlive a restart of one thing, by the name that it has in the site file.
public struct StoredState: Hashable, Sendable {
  /// What kind of thing: a rule, a sensor, an output.
  public var kind: String
  /// Its id.
  public var id: String
  /// Its state, which only its owner can read; of no bytes where nothing has to be kept any more.
  public var value: [UInt8]

  /// Makes a state.
  public init(kind: String, id: String, value: [UInt8]) {
    self.kind = kind
    self.id = id
    self.value = value
  }

  /// What no other state is called; no kind has a slash.
  var name: String { "\(kind)/\(id)" }
}

/// What a store is to take over in one transaction.
public struct OutboxBatch: Hashable, Sendable {
  /// A fact with the indexes of the destinations that are to be told.
  public struct Item: Hashable, Sendable {
    /// The fact.
    public var entry: OutboxEntry
    /// Indexes into the list of destinations.
    public var destinations: [Int]

    /// Makes an item.
    public init(entry: OutboxEntry, destinations: [Int]) {
      self.entry = entry
      self.destinations = destinations
    }
  }
  /// New facts.
  public var items: [Item] = []
  /// New states; each takes the place of the one before.
  public var states: [StoredState] = []
  /// What left the queues of destinations.
  public var settlements: [Settlement] = []

  /// Nothing to do.
  public init() {}

  /// True where there is nothing to do.
  public var isEmpty: Bool { items.isEmpty && states.isEmpty && settlements.isEmpty }
}

/// What a store made of a batch.
public struct OutboxReceipt: Hashable, Sendable {
  /// A fact that a destination will never get, as there was no room to keep it.
  public struct Drop: Hashable, Sendable {
    /// The index of the destination.
    public var destination: Int
    /// Which fact.
    public var position: OutboxPosition

    /// Makes one.
    public init(destination: Int, position: OutboxPosition) {
      self.destination = destination
      self.position = position
    }
  }
  /// What was dropped.
  public var dropped: [Drop] = []
  /// How many facts each destination lacks in the store.
  public var backlog: [Int]

  /// Makes a receipt.
  public init(dropped: [Drop] = [], backlog: [Int]) {
    self.dropped = dropped
    self.backlog = backlog
  }
}

/// The durable queue between the core and the destinations: the port of the outbox. Destinations are named
/// by their index in the list with which it was opened.
public protocol FactStore: Sendable {
  /// Takes `batch` over, all or nothing; when it returns, its facts survive a power cut. Where a
  /// destination's quota is full, its facts of the lowest precedence make room, oldest first, and are
  /// remembered as a gap.
  ///
  /// - Returns: What was dropped, and what each destination lacks now.
  func commit(_ batch: OutboxBatch) throws(FactStoreError) -> OutboxReceipt
  /// The oldest events and gaps after `position` that the destination lacks: `limit` of them, or all where there
  /// are fewer.
  func pending(
    for destination: Int, after position: OutboxPosition, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry]
  /// The observations that the destination lacks, the oldest or the newest first: `limit` of them, or all where
  /// there are fewer.
  func pendingObservations(
    for destination: Int, newestFirst: Bool, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry]
  /// The gaps that the destination has not been told of; they count as told once a fact of them is
  /// committed for it.
  func gaps(of destination: Int) throws(FactStoreError) -> [GapFact]
  /// Lets destinations lack again what was set aside.
  ///
  /// - Returns: How many facts each destination lacks now; nil where none was set aside.
  func offerSetAside() throws(FactStoreError) -> [Int]?
  /// Looks whether what is on the disk is still what was written there.
  ///
  /// - Throws: `FactStoreError.lost` where it is not.
  func verify() throws(FactStoreError)
}

/// What to do next after something on the way out has failed.
public enum DeliveryRecovery: Sendable {
  /// Keep what there is, and try again later.
  case holdOutput
  /// Do not start: a person has to change something first.
  case refuseStart
}

/// Why the outbox could not do as told.
public enum FactStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder that the store is to stand in is absent.
  case folderMissing(path: String)
  /// The file or its folder cannot be written by this user.
  case unwritable(path: String, reason: String)
  /// Another process works with the same store.
  case inUse(path: String)
  /// The store was written by a later version of the gateway.
  case newerVersion(path: String)
  /// The disk is mounted for reading only.
  case readOnly(path: String)
  /// The store, or the disk under it, has no space left; nothing of the batch was stored.
  case full(path: String)
  /// The disk failed, or what is on it makes no sense.
  case failed(path: String, reason: String)
  /// The disk does not answer.
  case hung(path: String)
  /// The disk is not in its place: something else stands in the folder.
  case unmounted(path: String)
  /// The file is gone, is another one, or was damaged by somebody else: what it held is lost.
  case lost(path: String, reason: String)

  /// What to do next.
  public var recovery: DeliveryRecovery {
    switch self {
    case .folderMissing, .unwritable, .inUse, .newerVersion: .refuseStart
    case .readOnly, .full, .failed, .hung, .unmounted, .lost: .holdOutput
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
    case .readOnly(let path):
      "outbox \(path): the disk can only be read; events are sent from memory, and a power cut would lose them"
    case .full(let path):
      "outbox \(path): full; events are sent from memory, and a power cut would lose them"
    case .failed(let path, let reason):
      "outbox \(path): \(reason); events are sent from memory, and a power cut would lose them"
    case .hung(let path):
      "outbox \(path): the disk does not answer; events are sent from memory, and a power cut would lose them"
    case .unmounted(let path):
      "outbox \(path): its disk is no longer mounted; events are sent from memory until it is, and a power cut would lose them"
    case .lost(let path, let reason):
      "outbox \(path): \(reason) while the gateway runs; it is begun anew from what is in memory"
    }
  }
}
