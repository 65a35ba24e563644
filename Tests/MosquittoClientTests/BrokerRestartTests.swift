import Delivery
import DetectionCore
import LinuxHost
import MosquittoClient
import Testing

@Suite(
  "Delivery through broker failures", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct BrokerRestartTests {
  @Test("Every event arrives, though the broker is restarted in the middle and killed once")
  func everythingArrives() throws {
    let broker = try PrivateBroker()
    var receiver = try Receiver(broker)
    var sender = try Sender(broker)

    // An orderly restart while messages are under way: the broker saves what it acknowledged.
    sender.store(100)
    try receiver.receive(40, from: &sender)
    broker.stop()
    try broker.start()
    try receiver.receive(100, from: &sender)

    // A kill. mosquitto acknowledges before it saves, so nothing may be under way just then; but
    // what is then sent into the dead connection must come again.
    while !sender.isIdle { sender.step() }
    broker.kill()
    sender.store(100)
    for _ in 0..<20 { sender.step() }
    try broker.start()
    try receiver.receive(200, from: &sender)

    #expect(receiver.seen == sender.ids)
    #expect(sender.statistics.connects == 3)
    #expect(sender.statistics.lastError != nil)
  }

  @Test("A will stands in the site's status until the site is back")
  func statusAfterCrash() throws {
    let broker = try PrivateBroker()
    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "nomori/v1/site/status")
    do {
      var sender = try Sender(broker, keepsSession: false)
      while !sender.isOnline { sender.step() }
      #expect(try watcher.message(meanwhile: { sender.step() }).text.contains(#""state":"online""#))
    }
    #expect(try watcher.message().text.contains(#""reason":"lost""#))
    var sender = try Sender(broker, keepsSession: false)
    #expect(try watcher.message(meanwhile: { sender.step() }).text.contains(#""state":"online""#))
  }
}

/// A delivery session with an outbox in memory and the real client.
private struct Sender: ~Copyable {
  private var session: DeliverySession
  private var client: MQTTSession
  private let clock = HostClock()
  private var entries: [OutboxEntry] = []
  private(set) var ids: [String] = []

  var isOnline: Bool { session.isOnline }
  /// Everything is acknowledged, and the outbox knows.
  var isIdle: Bool { entries.isEmpty }
  var statistics: DeliveryStatistics { session.statistics }

  init(_ broker: PrivateBroker, keepsSession: Bool = true) throws {
    let site = SiteDescription(
      id: "site", name: LocalizedText(english: "", japanese: ""), mode: .test, points: [],
      rules: [], outputs: [])
    client = try MQTTSession(
      plan: .local(broker), clientID: "sender", will: nil, keepsSession: keepsSession)
    session = DeliverySession(
      format: NativeFormat(
        site: site, session: SessionIdentity(epoch: "e", number: 1), version: "0"),
      site: site, online: .online(since: WallTime(nanosecondsSince1970: 0, synchronized: true)),
      time: FactTime(boot: "boot", monotonicNs: 0, wallNs: 0, synchronized: true), seed: 1,
      at: clock.now)
  }

  mutating func store(_ count: Int) {
    for _ in 0..<count {
      ids.append("event-\(ids.count + 1)")
      let id = ids[ids.count - 1]
      entries.append(
        OutboxEntry(
          position: OutboxPosition(rawValue: Int64(ids.count)),
          fact: Fact(
            id: id, site: "site", mode: .test, precedence: .alarm,
            time: FactTime(boot: "boot", monotonicNs: 0, wallNs: 0, synchronized: true),
            content: .rendered(.sample("site/event", id)))))
    }
    session.factsAppended()
  }

  /// Does one thing that the session asks for.
  mutating func step() {
    let now = clock.now
    switch session.next(at: now) {
    case .connect(let will):
      client.will = will
      do { try client.connect() } catch { session.connectFailed(error, at: now) }
    case .publish(let message):
      do {
        session.published(try client.publish(message), at: now)
      } catch {
        session.publishFailed(error, at: now)
      }
    case .load(let position, let limit):
      let page = Array(entries.filter { $0.position > position }.prefix(limit))
      session.loaded(OutboxPage(entries: page, through: page.last?.position ?? position))
    case .remember: break
    case .loadObservations: session.observationsLoaded([])
    case .settle(let position, _):
      entries.removeAll { $0.position == position }
    case .disconnect: client.disconnect()
    case .wait:
      for incident in client.poll(milliseconds: 5) { session.handle(incident, at: clock.now) }
    case .finished: break
    }
  }
}

/// A subscriber that drops repeats by id.
private struct Receiver: ~Copyable {
  private var client: DrivenSession
  private var isConnected = true
  private(set) var seen: [String] = []

  init(_ broker: PrivateBroker) throws {
    var client = try DrivenSession(.local(broker), "receiver")
    try client.connect()
    try client.subscribe(to: "nomori/v1/site/event")
    self.client = client
  }

  /// Lets both sides go on until `count` events are here.
  mutating func receive(_ count: Int, from sender: inout Sender) throws {
    let deadline = ContinuousClock.now + .seconds(50)
    while seen.count < count {
      guard ContinuousClock.now < deadline else { throw NothingCame(seen: []) }
      sender.step()
      if !isConnected {
        try client.connect()
        isConnected = true
      }
      for incident in client.session.poll(milliseconds: 0) {
        switch incident {
        case .message(let message) where !seen.contains(message.text): seen.append(message.text)
        case .disconnected: isConnected = false
        default: break
        }
      }
    }
  }
}
