@testable import Delivery
import DetectionCore
import Foundation
import Testing

/// A session and a write-behind queue between a store that refuses, hangs and loses what was not committed,
/// and a broker that loses, delays and refuses, all from one seed. What must hold at every step is checked
/// at every step.
struct DeliverySimulation: ~Copyable {
  private struct Delayed {
    var due: Instant
    var event: BrokerEvent
  }

  private var random: SplitMix64
  private var now = Instant(nanoseconds: 0)
  private var session: DeliverySession
  private var queue: WriteBehindQueue

  // The store: what it holds, and what it is at.
  private var stored: [OutboxEntry] = []
  private var committing: (batch: OutboxBatch, due: Instant)?
  private var question: (position: OutboxPosition, limit: Int)?
  private var appended: [String] = []
  private var settledPositions: Set<OutboxPosition> = []
  private(set) var sentFromMemory = 0
  /// How often older facts were passed over, as the store could not be read.
  private(set) var passedOver = 0
  /// How often the store was lost, and what only it had.
  private(set) var losses = 0
  private var forgotten: Set<String> = []

  // The broker.
  private var connection = 0
  private var coming: [Delayed] = []
  private var nextPacket: Int32 = 1
  private var sentNow: [String] = []
  private var publishedNow = 0
  private var isCut = false
  private var unacknowledged: Set<Int32> = []

  /// Ids in the order in which the receiver saw them first.
  private(set) var received: [String] = []
  private var seen: Set<String> = []
  private(set) var repeats = 0
  private(set) var retained: [(topic: String, text: String)] = []
  private(set) var telemetry = 0
  private(set) var isKind = false

  var backlog: Int { queue.backlog(of: 0) }
  var storedCount: Int { stored.count }
  /// All but what a lost store took with it before it was read.
  var expected: [String] { appended.filter { seen.contains($0) || !forgotten.contains($0) } }
  var statistics: DeliveryStatistics { session.statistics }

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    // With little room in memory more has to be read back from the store.
    queue = WriteBehindQueue(last: .start, backlog: [0], storedKept: Int(random.next() % 20))
    session = DeliverySession(
      format: RiverSite.format(), site: RiverSite.description(),
      online: .online(since: RiverSite.wallTime), time: RiverSite.time, seed: seed, at: now)
  }

  /// Lets `events` events happen while everything goes wrong that can, then everything go well.
  mutating func run(events: Int) {
    while appended.count < events {
      step()
      if chance(20) { append(1 + Int(random.next() % 5)) }
      if chance(30) { session.pointChanged(RiverSite.reading(Double(random.next() % 100))) }
    }
    isKind = true
    append(1)
    for _ in 0..<100_000 where !isDone { step() }
  }

  private var isDone: Bool {
    session.isOnline && unacknowledged.isEmpty && committing == nil && stored.isEmpty
      && backlog == 0 && queue.batch.isEmpty
  }

  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
  private mutating func delay() -> Instant { now + .milliseconds(Int64(random.next() % 3_000)) }

  private mutating func append(_ count: Int) {
    for _ in 0..<count {
      let sequence = UInt64(appended.count + 1)
      let decided = DecidedEvent(
        RiverSite.event(.stageRaised, sequence: sequence, stage: 1),
        state: .rule(RiverSite.alarm(.unacknowledged, stage: 1)))
      let fact = RiverSite.source().fact(decided)
      appended.append(fact.id)
      queue.append(fact, alarm: RiverSite.source().alarm(after: decided))
    }
  }

  private mutating func step() {
    if !isKind, connection > 0, chance(2) { lose(.lost(reason: "simulated")) }
    stepStore()
    while let index = coming.firstIndex(where: { $0.due <= now }) {
      let event = coming.remove(at: index).event
      if case .acknowledged(let packet) = event { unacknowledged.remove(packet.rawValue) }
      if case .disconnected = event { forgetConnection() }
      session.handle(event, at: now)
    }
    switch session.next(at: now) {
    case .connect: connect()
    case .publish(let message): publish(message)
    case .load(let position, let limit): load(after: position, limit: limit)
    case .loadObservations: session.observationsLoaded([])
    case .remember(let memory): Issue.record("the native format remembers nothing: \(memory)")
    case .settle(let position, let outcome): settle(position, outcome)
    case .disconnect: forgetConnection()
    case .wait(let until):
      #expect(until > now, "a session must not spin")
      now = min(until, now + .milliseconds(1 + Int64(random.next() % 500)))
    case .finished: Issue.record("nobody closed the session")
    }
  }

  // MARK: The store

  /// The store takes a batch, sometimes late or not at all, and answers questions in between.
  private mutating func stepStore() {
    if let (batch, due) = committing {
      guard due <= now else {
        if !queue.isUnreadable, due - now < .seconds(28) {
          queue.stall()
          queue.markUnreadable()
          answerFromMemory()
        }
        return tell()
      }
      committing = nil
      commit(batch)
    }
    if !isKind, random.next() % 500 == 0 { return loseStore() }
    if random.next() % 500 == 0 { session.factsOfferedAgain() }
    let batch = queue.batch
    if !batch.isEmpty {
      if !isKind, chance(5) {
        queue.stall()
        return tell()
      }
      let isSlow = !isKind && chance(3)
      if isSlow { return committing = (batch, now + .seconds(30)) }
      commit(batch)
    }
    answer()
  }

  private mutating func commit(_ batch: OutboxBatch) {
    for item in batch.items where !item.destinations.isEmpty {
      var entry = item.entry
      entry.isDurable = true
      stored.append(entry)
    }
    let gone = Set(batch.settlements.map(\.position))
    stored.removeAll { gone.contains($0.position) }
    let wasUnreadable = queue.isUnreadable
    queue.committed(batch, OutboxReceipt(backlog: [stored.count]))
    tell()
    if wasUnreadable { session.storeRecovered() }
  }

  private mutating func tell() {
    guard let news = queue.announce() else { return }
    session.factsAppended()
    for alarm in news.alarms { session.alarmChanged(alarm) }
  }

  /// The store's file is gone, and a new one is begun from what is in memory.
  private mutating func loseStore() {
    let left = Set(queue.batch.settlements.map(\.position))
    let lacking = stored.filter { !left.contains($0.position) }
    stored = []
    let lost = queue.storeLost()
    let inMemory = Set(queue.batch.items.map(\.entry.position))
    let gone = lacking.filter { !inMemory.contains($0.position) }
    #expect(lost == [!gone.isEmpty], "what nobody has any more is told to be missing")
    gone.forEach { forgotten.insert($0.fact.id) }
    losses += 1
    answerFromMemory()
    tell()
  }

  private mutating func load(after position: OutboxPosition, limit: Int) {
    if let page = queue.page(for: 0, after: position, limit: limit) {
      if page.isPartial { passedOver += 1 }
      session.loaded(page)
    } else {
      question = (position, limit)
    }
  }

  private mutating func answer() {
    guard let (position, limit) = question else { return }
    if !isKind, chance(10) {
      queue.markUnreadable()
      return answerFromMemory()
    }
    question = nil
    let entries = Array(stored.filter { $0.position > position }.prefix(limit))
    session.loaded(queue.page(stored: entries, for: 0, limit: limit))
  }

  private mutating func answerFromMemory() {
    guard let (position, limit) = question else { return }
    question = nil
    load(after: position, limit: limit)
  }

  private mutating func settle(_ position: OutboxPosition, _ outcome: Settlement.Outcome) {
    #expect(settledPositions.insert(position).inserted, "\(position) settled twice")
    #expect(outcome == .delivered)
    #expect(seen.contains(appended[Int(position.rawValue) - 1]), "settled and never there")
    queue.settle(Settlement(destination: 0, position: position, outcome: outcome))
  }

  // MARK: The broker

  private mutating func connect() {
    #expect(coming.isEmpty && unacknowledged.isEmpty)
    connection += 1
    publishedNow = 0
    isCut = false
    sentNow = []
    let fate = isKind ? 9 : random.next() % 10
    switch fate {
    case 0: session.connectFailed(.unreachable(reason: "simulated"), at: now)
    case 1: coming.append(Delayed(due: delay(), event: .disconnected(.versionRefused)))
    case 2: break
    default: coming.append(Delayed(due: delay(), event: .connected(sessionPresent: false)))
    }
  }

  private mutating func publish(_ message: MQTTMessage) {
    if !isKind, chance(5) {
      session.publishFailed(.congested, at: now)
      return
    }
    if !isKind, chance(1) {
      session.publishFailed(.notConnected, at: now)
      return
    }
    let packet = nextPacket
    nextPacket += 1
    publishedNow += 1
    session.published(PacketNumber(rawValue: packet), at: now)
    checkOrder(of: message)
    guard message.quality == .atLeastOnce else {
      telemetry += 1
      return
    }
    unacknowledged.insert(packet)
    #expect(unacknowledged.count <= DeliveryLimits.window)
    // The line is cut before the message, or after it: then nothing comes through any more. Or
    // only the acknowledgement gets lost in a faulty broker. Or all is well.
    let fate = isKind ? 9 : random.next() % 100
    if fate == 0 { isCut = true }
    if !isCut { receive(message) }
    if fate == 1 { isCut = true }
    if !isCut, fate > 2 {
      coming.append(Delayed(due: delay(), event: .acknowledged(PacketNumber(rawValue: packet))))
    }
  }

  private mutating func checkOrder(of message: MQTTMessage) {
    if publishedNow == 1 {
      #expect(message.topic == "nomori/v1/river-nagi/status", "status first")
    }
    if message.topic.hasSuffix("/event") {
      #expect(!sentNow.contains(message.id), "\(message.id) repeated within one connection")
      sentNow.append(message.id)
      // What is sent is on the disk, unless the disk does not take it.
      let isStored = stored.contains { $0.fact.id == message.id }
      let saysDurable = message.text.contains("\"durable\":true")
      // Read before the store was lost, it says what was true then.
      let wasRead = forgotten.contains(message.id)
      #expect(
        isStored || !saysDurable || queue.isStalled || wasRead, "\(message.id) is not durable")
      if !saysDurable { sentFromMemory += 1 }
    }
  }

  private mutating func receive(_ message: MQTTMessage) {
    if message.isRetained {
      retained.removeAll { $0.topic == message.topic }
      retained.append((message.topic, message.text))
    } else if seen.insert(message.id).inserted {
      received.append(message.id)
    } else {
      repeats += 1
    }
  }

  private mutating func lose(_ error: BrokerError) {
    forgetConnection()
    session.handle(.disconnected(error), at: now)
  }

  private mutating func forgetConnection() {
    coming = []
    unacknowledged = []
  }
}

extension MQTTMessage {
  /// The id in the payload.
  fileprivate var id: String {
    let parts = text.components(separatedBy: "\"id\":\"")
    return parts.count > 1 ? String(parts[1].prefix { $0 != "\"" }) : ""
  }
}
