@testable import Delivery
import DetectionCore
import Testing

/// A session between a store in memory and a broker that loses, delays and refuses, all from one
/// seed. What must hold at every step is checked at every step.
struct DeliverySimulation: ~Copyable {
  private struct Delayed {
    var due: Instant
    var incident: BrokerEvent
  }

  private var random: SplitMix64
  private var now = Instant(nanoseconds: 0)
  private var session: DeliverySession

  // The store.
  private var stored: [OutboxEntry] = []
  private var appended: [String] = []

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
  private(set) var repeats = 0
  private(set) var retained: [(topic: String, text: String)] = []
  private(set) var telemetry = 0
  private(set) var isKind = false

  var depth: Int { stored.count }
  var expected: [String] { appended }
  var statistics: DeliveryStatistics { session.statistics }

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    session = DeliverySession(
      plan: DestinationPlan(id: "d", host: "h", port: 1), site: RiverSite.description(),
      online: RiverSite.writer().status(.online(since: RiverSite.wallTime)), seed: seed, at: now)
  }

  /// Lets `events` events happen while everything goes wrong that can, then everything go well.
  mutating func run(events: Int) {
    while appended.count < events {
      step()
      if chance(20) { append(1 + Int(random.next() % 5)) }
      if chance(30) {
        session.pointChanged(Self.value(random.next() % 100), point: PointIndex(rawValue: 0))
      }
    }
    isKind = true
    session.alarmChanged(Self.alarm("last"), rule: 0)
    for _ in 0..<100_000 where !(stored.isEmpty && session.isOnline && unacknowledged.isEmpty) {
      step()
    }
  }

  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
  private mutating func delay() -> Instant { now + .milliseconds(Int64(random.next() % 3_000)) }

  private mutating func append(_ count: Int) {
    for _ in 0..<count {
      let id = "e\(appended.count)"
      appended.append(id)
      let message = MQTTMessage(topic: "site/event", payload: Array(id.utf8), label: Self.label)
      stored.append(
        OutboxEntry(
          position: OutboxPosition(rawValue: Int64(appended.count)),
          event: OutboxEvent(id: id, message: message)))
    }
    session.eventsStored()
    session.alarmChanged(Self.alarm("state \(appended.count)"), rule: 0)
  }

  private mutating func step() {
    if !isKind, connection > 0, chance(2) { lose(.lost(reason: "simulated")) }
    while let place = coming.firstIndex(where: { $0.due <= now }) {
      let incident = coming.remove(at: place).incident
      if case .acknowledged(let packet) = incident { unacknowledged.remove(packet.rawValue) }
      if case .disconnected = incident { forgetConnection() }
      session.handle(incident, at: now)
    }
    switch session.next(at: now) {
    case .connect: connect()
    case .publish(let message): publish(message)
    case .load(let position, let limit): load(after: position, limit: limit)
    case .acknowledge(let positions): acknowledge(positions)
    case .disconnect: forgetConnection()
    case .wait(let until):
      #expect(until > now, "a session must not spin")
      now = min(until, now + .milliseconds(1 + Int64(random.next() % 500)))
    case .finished: Issue.record("nobody closed the session")
    }
  }

  private mutating func connect() {
    #expect(coming.isEmpty && unacknowledged.isEmpty)
    connection += 1
    publishedNow = 0
    isCut = false
    sentNow = []
    let fate = isKind ? 9 : random.next() % 10
    switch fate {
    case 0: session.connectFailed(.unreachable(reason: "simulated"), at: now)
    case 1: coming.append(Delayed(due: delay(), incident: .disconnected(.versionRefused)))
    case 2: break
    default: coming.append(Delayed(due: delay(), incident: .connected(sessionPresent: false)))
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
      coming.append(
        Delayed(due: delay(), incident: .acknowledged(PacketNumber(rawValue: packet))))
    }
  }

  private mutating func checkOrder(of message: MQTTMessage) {
    let text = message.text
    if publishedNow == 1 {
      #expect(message.topic == "nomori/v1/river-nagi/status", "status first")
    }
    if message.topic == "nomori/v1/site/event" {
      #expect(!sentNow.contains(text), "\(text) repeated within one connection")
      sentNow.append(text)
    } else if message.quality == .atMostOnce {
      let unsent = stored.filter { !sentNow.contains($0.event.id) }
      #expect(unsent.isEmpty, "a value went before \(unsent.map(\.event.id))")
    }
  }

  private mutating func receive(_ message: MQTTMessage) {
    if message.isRetained {
      retained.removeAll { $0.topic == message.topic }
      retained.append((message.topic, message.text))
    } else if received.contains(message.text) {
      repeats += 1
    } else {
      received.append(message.text)
    }
  }

  private mutating func load(after position: OutboxPosition, limit: Int) {
    if !isKind, chance(10) { return session.storeFailed(at: now) }
    session.loaded(Array(stored.filter { $0.position > position }.prefix(limit)))
  }

  private mutating func acknowledge(_ positions: [OutboxPosition]) {
    if !isKind, chance(10) { return session.storeFailed(at: now) }
    for position in positions {
      let entry = stored.first { $0.position == position }
      #expect(entry.map { received.contains($0.event.id) } == true, "acknowledged and never there")
    }
    stored.removeAll { positions.contains($0.position) }
    session.stored()
  }

  private mutating func lose(_ error: BrokerError) {
    forgetConnection()
    session.handle(.disconnected(error), at: now)
  }

  private mutating func forgetConnection() {
    coming = []
    unacknowledged = []
  }

  private static let label = PayloadLabel(schema: "s", site: "site", mode: .test)

  private static func alarm(_ text: String) -> MQTTMessage {
    MQTTMessage(
      topic: "site/alarm/a", payload: Array(text.utf8), isRetained: true, label: label)
  }

  private static func value(_ number: UInt64) -> MQTTMessage {
    MQTTMessage(
      topic: "site/point/p", payload: Array("\(number)".utf8), quality: .atMostOnce,
      isRetained: true, label: label)
  }
}
