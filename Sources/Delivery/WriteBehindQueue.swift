/// The newest facts on their way into the store and to the destinations: a write-behind queue.
///
/// A fact is given to its destinations once it is stored, so that what was sent is never forgotten. While the
/// store is stalled they are given it from here at once, marked as not durable; what does not fit into
/// memory then is dropped by precedence, alarms last, and told as a gap. Facts that are stored leave when
/// all have them, or when newer ones need the room. Pure: its owner asks `batch` for what to store and says
/// how it went.
public struct WriteBehindQueue: Sendable {
  private struct Item: Sendable {
    var entry: OutboxEntry
    /// Bit by bit, the destinations that lack it.
    var lacking: UInt64
    /// Those for which it left before it was stored, and is stored all the same: what is set aside is offered
    /// again, and a gap is told once it is stored.
    var owed: UInt64 = 0
    /// What the fact made of its alarm.
    var alarm: AlarmState?
    /// The number of the command whose outcome it is.
    var command: UInt32?
  }

  /// Facts that are kept although they are stored, to spare reading them back.
  public static let storedKept = 512
  /// Facts that are kept while the store does not take them: about 16 MB.
  static let unstoredKept = 4_096
  /// As many facts as are stored in one transaction.
  public static let batchLimit = 256

  private let allDestinations: UInt64
  private let storedKept: Int
  private var items: [Item] = []
  private var nextPosition: Int64
  /// Up to here everything is stored, or has left.
  private var storedThrough: OutboxPosition
  /// Up to here facts have been stored, if only in a store that was lost since.
  private var everStoredThrough: OutboxPosition
  /// Up to here the destinations were told that there is something.
  private var announcedThrough: OutboxPosition
  /// The first position that is not in the store alone.
  private var firstHere: OutboxPosition
  /// States that wait to be stored.
  private var states: [StoredState] = []
  /// The newest of each state with its place in the order in which they came, so that a store that is begun
  /// anew knows them all.
  private var knownStates: [String: (place: Int, state: StoredState)] = [:]
  private var stateCount = 0
  /// For each destination, what has left its queue and is to leave the store: no more than was stored.
  private var leaving: [[OutboxPosition: Settlement.Outcome]]
  private var droppedGaps: [GapFact]
  /// How many facts each destination lacks in the store.
  private var storedBacklog: [Int]
  /// How many facts of each destination were set aside.
  public private(set) var setAside: [Int]
  /// How many facts each destination lost for want of room, on the disk or in memory.
  public private(set) var dropped: [Int]
  /// True while the store does not take facts in time.
  public private(set) var isStalled = false
  /// True while the store cannot be asked for older facts either: then they are passed over.
  public private(set) var isUnreadable = false

  /// Makes an empty queue.
  ///
  /// - Parameters:
  ///   - last: The highest position that was ever used.
  ///   - backlog: How many facts each destination lacks in the store; at most 64 destinations.
  ///   - states: What the store holds of states.
  ///   - storedKept: How many facts are kept although they are stored.
  public init(
    last: OutboxPosition, backlog: [Int], states: [StoredState] = [],
    storedKept: Int = WriteBehindQueue.storedKept
  ) {
    self.storedKept = storedKept
    precondition(backlog.count <= 64, "more than 64 destinations")
    allDestinations = backlog.isEmpty ? 0 : .max >> UInt64(64 - backlog.count)
    nextPosition = last.rawValue + 1
    storedThrough = last
    everStoredThrough = last
    announcedThrough = last
    firstHere = OutboxPosition(rawValue: last.rawValue + 1)
    storedBacklog = backlog
    leaving = backlog.map { _ in [:] }
    setAside = backlog.map { _ in 0 }
    dropped = setAside
    droppedGaps = backlog.map { _ in GapFact(reason: .memory) }
    for state in states { remember(state) }
  }

  // MARK: What comes in

  /// Takes a fact for `destination`, or for all where that is nil, with what it made of its alarm, and the
  /// command whose outcome it is.
  public mutating func append(
    _ fact: Fact, alarm: AlarmState? = nil, command: UInt32? = nil, for destination: Int? = nil
  ) {
    let position = OutboxPosition(rawValue: nextPosition)
    nextPosition += 1
    let lacking = destination.map { 1 << UInt64($0) } ?? allDestinations
    items.append(
      Item(
        entry: OutboxEntry(position: position, fact: fact, isDurable: false), lacking: lacking,
        alarm: alarm, command: command))
    makeRoom()
  }

  /// Takes a state; it takes the place of an earlier one of the same thing.
  public mutating func keep(_ state: StoredState) {
    states.removeAll { $0.name == state.name }
    states.append(state)
    remember(state)
  }

  /// Notes how a fact has left the queue of a destination.
  public mutating func settle(_ settlement: Settlement) {
    let destination = settlement.destination
    let isSetAside = settlement.outcome != .delivered
    if isSetAside { setAside[destination] += 1 }
    // What only memory has never gets into the store once all have it.
    if settlement.position <= everStoredThrough {
      leaving[destination][settlement.position] = settlement.outcome
    }
    if let index = index(of: settlement.position) {
      items[index].lacking &= ~(1 << UInt64(destination))
      let entry = items[index].entry
      if !entry.isDurable, isSetAside || entry.fact.isGap {
        items[index].owed |= 1 << UInt64(destination)
        leaving[destination][settlement.position] = settlement.outcome
      }
      if index == 0 { trim() }
    }
  }

  /// How many settlements wait to be stored.
  public var settlementCount: Int { leaving.reduce(0) { $0 + $1.count } }

  /// How many facts `destination` lacks.
  public func backlog(of destination: Int) -> Int {
    let bit: UInt64 = 1 << UInt64(destination)
    let inMemory = unstored.count { $0.lacking & bit != 0 }
    let isLeaving = leaving[destination].count { $0.key <= everStoredThrough }
    return max(0, storedBacklog[destination] - isLeaving) + inMemory
  }

  /// A store could be opened after all, in which each destination lacks so many facts.
  public mutating func opened(backlog: [Int]) { storedBacklog = backlog }

  /// What was set aside is offered again: each destination lacks so many facts in the store now.
  public mutating func offeredAgain(backlog: [Int]) {
    storedBacklog = backlog
    setAside = backlog.map { _ in 0 }
  }

  /// What the store held is lost, and a new one will be begun: all that is here is to be stored anew.
  ///
  /// - Returns: For each destination, whether it lacks facts that nobody has any more.
  public mutating func storeLost() -> [Bool] {
    let lost = storedBacklog.indices.map { destination in
      let here = items.count { $0.lacking >> UInt64(destination) & 1 == 1 }
      return backlog(of: destination) > here
    }
    for index in items.indices { items[index].entry.isDurable = false }
    storedThrough = OutboxPosition(rawValue: firstHere.rawValue - 1)
    storedBacklog = storedBacklog.map { _ in 0 }
    states = knownStates.values.sorted { $0.place < $1.place }.map(\.state)
    stall()
    markUnreadable()
    return lost
  }

  // MARK: The store's side

  /// What the store is to do next; empty where there is nothing.
  public var batch: OutboxBatch {
    var batch = OutboxBatch()
    batch.items = unstored.prefix(Self.batchLimit).map {
      OutboxBatch.Item(entry: $0.entry, destinations: destinations(of: $0))
    }
    batch.states = states
    // What leaves the store has to be in it by then.
    let through = max(everStoredThrough, batch.items.last?.entry.position ?? .start)
    batch.settlements = leaving.indices.flatMap { destination in
      leaving[destination].filter { $0.key <= through }.sorted { $0.key < $1.key }.map {
        Settlement(destination: destination, position: $0.key, outcome: $0.value)
      }
    }
    return batch
  }

  /// The store has taken `batch`, which was asked for before what came since, and gives `receipt` for it.
  public mutating func committed(_ batch: OutboxBatch, _ receipt: OutboxReceipt) {
    storedBacklog = receipt.backlog
    noteLeft(whileStoring: batch)
    for drop in receipt.dropped {
      dropped[drop.destination] += 1
      if let index = index(of: drop.position) {
        items[index].lacking &= ~(1 << UInt64(drop.destination))
      }
    }
    if let last = batch.items.last {
      storedThrough = max(storedThrough, last.entry.position)
      everStoredThrough = max(everStoredThrough, storedThrough)
      for index in items.indices where items[index].entry.position <= storedThrough {
        items[index].entry.isDurable = true
        items[index].owed = 0
      }
    }
    states.removeAll(where: batch.states.contains)
    isStalled = false
    isUnreadable = false
  }

  /// The store refuses facts: they are given out from here.
  public mutating func stall() { isStalled = true }

  /// The store cannot be read, or has not answered for too long: older facts are passed over.
  public mutating func markUnreadable() { isUnreadable = true }

  /// True while a fact waits to be stored.
  public var hasUnstored: Bool { items.last.map { !$0.entry.isDurable } ?? false }

  /// How many facts are in memory alone although a destination lacks them.
  public var unstoredCount: Int { unstored.count { $0.lacking != 0 } }

  /// What may be told now and was not yet; nil where there is nothing.
  public mutating func announce() -> News? {
    let through = isStalled ? OutboxPosition(rawValue: nextPosition - 1) : storedThrough
    guard through > announcedThrough else { return nil }
    var news = News()
    for item in items
    where item.entry.position > announcedThrough && item.entry.position <= through {
      if let alarm = item.alarm { news.alarms.append(alarm) }
      if let number = item.command {
        news.commands.append(CommandNews(number: number, isDurable: item.entry.isDurable))
      }
    }
    announcedThrough = through
    trim()
    return news
  }

  // MARK: The destinations' side

  /// The oldest facts after `position` that `destination` lacks, at most `limit`; nil where the store has to
  /// be asked for them.
  public func page(
    for destination: Int, after position: OutboxPosition, limit: Int
  ) -> OutboxPage? {
    let isHere = position.rawValue >= firstHere.rawValue - 1
    guard isHere || isUnreadable else { return nil }
    let bit: UInt64 = 1 << UInt64(destination)
    var entries: [OutboxEntry] = []
    var through = max(position, announcedThrough)
    for item in items
    where item.entry.position > position && item.entry.position <= announcedThrough {
      guard item.lacking & bit != 0, !item.entry.fact.isObservation else { continue }
      if entries.count == limit {
        through = entries[limit - 1].position
        break
      }
      entries.append(item.entry)
    }
    return OutboxPage(entries: entries, through: through, isPartial: !isHere)
  }

  /// The page that the store's answer `entries` to the same question makes: where it is the last of the
  /// store, it is complete up to what is here.
  public func page(
    stored entries: [OutboxEntry], for destination: Int, limit: Int
  ) -> OutboxPage {
    let end = OutboxPosition(rawValue: firstHere.rawValue - 1)
    let isLast = entries.count < limit
    // What is here as well is read from here, with what is newer; what has left since the last commit is
    // lacking no more.
    return OutboxPage(
      entries: entries.filter { entry in
        (entry.position <= end || !isLast)
          && leaving[destination][entry.position] == nil
      },
      through: isLast ? end : entries[entries.count - 1].position)
  }

  /// The observations that `destination` lacks, at most `limit`, the oldest or the newest first; nil where the
  /// store has to be asked for them, as long as it can be: it has all that may be told.
  public func observations(
    for destination: Int, newestFirst: Bool, limit: Int
  ) -> [OutboxEntry]? {
    guard isStalled || isUnreadable else { return nil }
    let here = items.filter {
      $0.lacking >> UInt64(destination) & 1 == 1 && $0.entry.fact.isObservation
        && $0.entry.position <= announcedThrough
    }.map(\.entry)
    return Array(newestFirst ? here.reversed().prefix(limit) : here.prefix(limit))
  }

  /// What the store's answer `entries` to the same question leaves; what has left since the last commit is
  /// lacking no more.
  public func observations(stored entries: [OutboxEntry], for destination: Int) -> [OutboxEntry] {
    entries.filter { leaving[destination][$0.position] == nil }
  }

  /// How many facts of `destination` have left since the last commit.
  public func leavingCount(of destination: Int) -> Int { leaving[destination].count }

  /// The gap that a destination has to be told of, and forgets it here.
  public mutating func takeGap(of destination: Int) -> GapFact? {
    guard droppedGaps[destination].first != nil else { return nil }
    defer { droppedGaps[destination] = GapFact(reason: .memory) }
    return droppedGaps[destination]
  }

  /// True while a gap that `destination` is told of waits to be stored: until then the store has it as well.
  public func isTellingGap(of destination: Int) -> Bool {
    unstored.contains {
      $0.entry.fact.isGap && ($0.lacking | $0.owed) >> UInt64(destination) & 1 == 1
    }
  }

  // MARK: Parts

  /// What was settled in `batch` is; what has left memory while it was stored is still to leave the store.
  private mutating func noteLeft(whileStoring batch: OutboxBatch) {
    for item in batch.items {
      let position = item.entry.position
      let lacking = index(of: position).map { items[$0].lacking } ?? 0
      for destination in item.destinations where lacking >> UInt64(destination) & 1 == 0 {
        leaving[destination][position] = leaving[destination][position] ?? .delivered
      }
    }
    for settlement in batch.settlements {
      leaving[settlement.destination][settlement.position] = nil
    }
  }

  /// The facts that wait to be stored: the newest ones.
  private var unstored: ArraySlice<Item> {
    var start = items.count
    while start > 0, !items[start - 1].entry.isDurable { start -= 1 }
    return items[start...]
  }

  private mutating func remember(_ state: StoredState) {
    stateCount += 1
    knownStates[state.name] = state.value.isEmpty ? nil : (place: stateCount, state: state)
  }

  /// For whom an item is to be stored.
  private func destinations(of item: Item) -> [Int] {
    storedBacklog.indices.filter { (item.lacking | item.owed) >> UInt64($0) & 1 == 1 }
  }

  private func index(of position: OutboxPosition) -> Int? {
    // Positions grow by one, but for what was dropped in between.
    var low = 0
    var high = items.count
    while low < high {
      let middle = (low + high) / 2
      if items[middle].entry.position < position { low = middle + 1 } else { high = middle }
    }
    return low < items.count && items[low].entry.position == position ? low : nil
  }

  /// Lets stored facts go that all have, or that are too many.
  private mutating func trim() {
    var count = 0
    while count < items.count, items[count].entry.isDurable,
      items[count].entry.position <= announcedThrough,
      items[count].lacking == 0 || items.count - count > storedKept
    {
      count += 1
    }
    items.removeFirst(count)
    firstHere = items.first?.entry.position ?? OutboxPosition(rawValue: nextPosition)
  }

  /// Drops the oldest of the lowest precedence where more wait for the store than memory is meant to hold;
  /// before all, what need not be stored.
  private mutating func makeRoom() {
    guard items.count > Self.unstoredKept + storedKept else { return }
    if let index = items.firstIndex(where: {
      !$0.entry.isDurable && $0.lacking | $0.owed == 0
    }) {
      items.remove(at: index)
      return
    }
    for precedence in FactPrecedence.allCases {
      guard
        let index = items.firstIndex(where: {
          !$0.entry.isDurable && $0.entry.fact.precedence == precedence
        })
      else { continue }
      let item = items.remove(at: index)
      for destination in destinations(of: item) {
        let outcome = leaving[destination].removeValue(forKey: item.entry.position)
        guard outcome != .delivered else { continue }
        dropped[destination] += 1
        droppedGaps[destination].add(precedence, at: item.entry.fact.time)
      }
      return
    }
  }
}
