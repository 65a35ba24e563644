public import Delivery
internal import Synchronization

/// An outbox without a disk: what was committed outlives every power cut of the simulation, and nothing else
/// does. It fills, refuses, cannot be read and loses single facts as it is told.
public final class SimulatedStore: FactStore {
  /// How its disk does.
  public enum Condition: Sendable {
    /// It takes and gives everything.
    case good
    /// It takes nothing more, and can be read.
    case full
    /// It neither takes nor gives anything.
    case unreadable
  }

  fileprivate struct State: Sendable {
    var condition = Condition.good
    var facts: [(position: OutboxPosition, fact: Fact)] = []
    /// What each destination lacks, oldest first.
    var lacking: [[OutboxPosition]]
    var setAside: [[OutboxPosition]]
    var gaps: [[GapFact]]
    var damaged: [OutboxPosition] = []
    var states: [StoredState] = []
    var last = OutboxPosition.start
    var session: UInt32 = 0
    /// The ids of the facts that each destination was not given and never will be.
    var lost: [[String]]
    var committed: [String] = []
  }

  private let state: Mutex<State>
  private let path = "simulated outbox"
  /// How many facts a destination may lack.
  private let quota: Int

  /// Makes an empty store of so many destinations, each of which may lack `quota` facts.
  public init(destinations: Int, quota: Int = .max) {
    self.quota = quota
    let none = (0..<destinations).map { _ in [OutboxPosition]() }
    state = Mutex(
      State(
        lacking: none, setAside: none, gaps: none.map { _ in [] }, lost: none.map { _ in [] }))
  }

  // MARK: What happens to the disk

  /// How the disk does.
  public var condition: Condition {
    get { state.withLock { $0.condition } }
    set { state.withLock { $0.condition = newValue } }
  }

  /// Spoils one of the stored facts, by any number; false where there is none.
  @discardableResult public func damage(_ number: UInt64) -> Bool {
    state.withLock { state in
      guard !state.facts.isEmpty else { return false }
      state.damaged.append(state.facts[Int(number % UInt64(state.facts.count))].position)
      return true
    }
  }

  // MARK: What a start finds

  /// The store as it is opened: what was set aside is tried again.
  public func open() throws(FactStoreError) -> (last: OutboxPosition, backlog: [Int]) {
    try check(for: .unreadable)
    return state.withLock { state in
      for index in state.lacking.indices {
        state.lacking[index] = (state.lacking[index] + state.setAside[index]).sorted()
        state.setAside[index] = []
      }
      return (state.last, state.lacking.map(\.count))
    }
  }

  /// All states that were committed last.
  public func states() throws(FactStoreError) -> [StoredState] {
    try check(for: .unreadable)
    return state.withLock { $0.states }
  }

  /// Counts a start.
  public func beginSession(above recorded: UInt32) throws(FactStoreError) -> SessionIdentity {
    try check(for: .full)
    return state.withLock { state in
      state.session = max(state.session, recorded) + 1
      return SessionIdentity(epoch: "00c0ffee", number: state.session)
    }
  }

  private func check(for worst: Condition) throws(FactStoreError) {
    switch (condition, worst) {
    case (.unreadable, _): throw .failed(path: path, reason: "simulated")
    case (.full, .full): throw .full(path: path)
    case (.full, _), (.good, _): break
    }
  }

  // MARK: What simulations look at

  /// The ids of all facts that were ever committed, in their order.
  public var committed: [String] { state.withLock { $0.committed } }
  /// The ids of the facts that a destination was not given and never will be.
  public func lost(to destination: Int) -> [String] { state.withLock { $0.lost[destination] } }
  /// The ids of the facts that a destination refused.
  public func setAside(by destination: Int) -> [String] {
    state.withLock { state in
      state.setAside[destination].compactMap { state.fact(at: $0)?.id }
    }
  }
  /// True where the fact of that id is stored.
  public func holds(_ id: String) -> Bool {
    state.withLock { $0.facts.contains { $0.fact.id == id } }
  }
  /// How many facts it holds.
  public var count: Int { state.withLock { $0.facts.count } }

  // MARK: FactStore

  /// Takes `batch` over, all or nothing.
  public func commit(_ batch: OutboxBatch) throws(FactStoreError) -> OutboxReceipt {
    try check(for: .full)
    return state.withLock { state in
      state.keep(batch.states)
      for item in batch.items { state.insert(item) }
      for settlement in batch.settlements { state.settle(settlement) }
      let dropped = state.makeRoom(within: quota)
      return OutboxReceipt(dropped: dropped, backlog: state.lacking.map(\.count))
    }
  }

  /// The oldest facts after `position` that the destination lacks; damaged ones are noted as a gap.
  public func pending(
    for destination: Int, after position: OutboxPosition, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry] {
    try check(for: .unreadable)
    return state.withLock { state in
      state.discardDamaged()
      return state.entries(of: destination) { $0.precedence != .observation }
        .filter { $0.position > position }.prefix(limit).map(\.self)
    }
  }

  /// The observations that the destination lacks; damaged ones are noted as a gap.
  public func pendingObservations(
    for destination: Int, newestFirst: Bool, limit: Int
  ) throws(FactStoreError) -> [OutboxEntry] {
    try check(for: .unreadable)
    return state.withLock { state in
      state.discardDamaged()
      let entries = state.entries(of: destination) { $0.precedence == .observation }
      return Array(newestFirst ? entries.reversed().prefix(limit) : entries.prefix(limit))
    }
  }

  /// The gaps that the destination has not been told of.
  public func gaps(of destination: Int) throws(FactStoreError) -> [GapFact] {
    try check(for: .unreadable)
    return state.withLock { $0.gaps[destination] }
  }

  /// Nothing is offered again before the next start.
  public func offerSetAside() throws(FactStoreError) -> [Int]? { nil }

  /// Nobody else writes to it.
  public func verify() throws(FactStoreError) {}
}

extension SimulatedStore.State {
  /// What the destination lacks of one kind, oldest first.
  fileprivate func entries(
    of destination: Int, where isOfKind: (Fact) -> Bool
  ) -> [OutboxEntry] {
    lacking[destination].compactMap { position in
      fact(at: position).flatMap {
        isOfKind($0) ? OutboxEntry(position: position, fact: $0) : nil
      }
    }
  }

  fileprivate func index(of position: OutboxPosition) -> Int? {
    var (low, high) = (0, facts.count)
    while low < high {
      let middle = (low + high) / 2
      if facts[middle].position < position { low = middle + 1 } else { high = middle }
    }
    return low < facts.count && facts[low].position == position ? low : nil
  }

  fileprivate func fact(at position: OutboxPosition) -> Fact? {
    index(of: position).map { facts[$0].fact }
  }

  fileprivate mutating func keep(_ new: [StoredState]) {
    for kept in new {
      states.removeAll { $0.kind == kept.kind && $0.id == kept.id }
      // Of no bytes is what is not kept any more.
      if !kept.value.isEmpty { states.append(kept) }
    }
  }

  fileprivate mutating func insert(_ item: OutboxBatch.Item) {
    let position = item.entry.position
    last = max(last, position)
    if case .gap(let gap) = item.entry.fact.content {
      for destination in item.destinations { close(gap, of: destination) }
    }
    guard !item.destinations.isEmpty else { return }
    committed.append(item.entry.fact.id)
    facts.append((position, item.entry.fact))
    for destination in item.destinations { lacking[destination].append(position) }
  }

  fileprivate mutating func settle(_ settlement: Settlement) {
    if case .setAside = settlement.outcome, index(of: settlement.position) != nil {
      setAside[settlement.destination].append(settlement.position)
    }
    remove(settlement.position, of: settlement.destination)
  }

  fileprivate mutating func remove(_ position: OutboxPosition, of destination: Int) {
    guard let index = lacking[destination].firstIndex(of: position) else { return }
    lacking[destination].remove(at: index)
    let isWanted = lacking.indices.contains {
      lacking[$0].contains(position) || setAside[$0].contains(position)
    }
    if !isWanted, let index = self.index(of: position) { facts.remove(at: index) }
  }

  fileprivate mutating func makeRoom(within quota: Int) -> [OutboxReceipt.Drop] {
    var dropped: [OutboxReceipt.Drop] = []
    for destination in lacking.indices {
      while lacking[destination].count > quota {
        let lowest = lacking[destination].min { left, right in
          let precedences = (fact(at: left)?.precedence, fact(at: right)?.precedence)
          guard let first = precedences.0, let second = precedences.1 else { return false }
          return (first, left) < (second, right)
        }
        guard let lowest else { break }
        lose(lowest, of: destination, .quota)
        dropped.append(OutboxReceipt.Drop(destination: destination, position: lowest))
      }
    }
    return dropped
  }

  fileprivate mutating func discardDamaged() {
    for position in damaged {
      for destination in lacking.indices where lacking[destination].contains(position) {
        lose(position, of: destination, .damaged)
      }
    }
    damaged = []
  }

  private mutating func lose(
    _ position: OutboxPosition, of destination: Int, _ reason: GapFact.Reason
  ) {
    guard let fact = fact(at: position) else { return }
    lost[destination].append(fact.id)
    let known = gaps[destination].firstIndex { $0.reason == reason }
    var gap = known.map { gaps[destination].remove(at: $0) } ?? GapFact(reason: reason)
    gap.add(fact.precedence, at: fact.time)
    gaps[destination].append(gap)
    remove(position, of: destination)
  }

  /// A destination is told of `gap`; what was added to it since stays.
  private mutating func close(_ gap: GapFact, of destination: Int) {
    guard let index = gaps[destination].firstIndex(where: { $0.reason == gap.reason }) else {
      return
    }
    var rest = gaps[destination].remove(at: index)
    for index in rest.counts.indices { rest.counts[index] -= gap.counts[index] }
    if rest.counts.contains(where: { $0 > 0 }) { gaps[destination].append(rest) }
  }
}
