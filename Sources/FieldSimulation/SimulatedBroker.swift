public import Delivery
public import DetectionCore

/// A broker with the one receiver behind it, which remembers what it was told. It is gone, slow, and
/// forgetful as it is told; when that is, its seed says.
public final class SimulatedBroker {
  /// How it does.
  public struct Condition: Sendable {
    /// Nobody answers.
    public var isGone = false
    /// The longest time that an answer takes.
    public var longestDelay = TimeSpan.milliseconds(40)
    /// Of 100 messages, those that end the connection.
    public var lossPercent: UInt64 = 0
    /// Of 100 messages, those that arrive and are not acknowledged.
    public var silencePercent: UInt64 = 0
    /// Of 100 messages, those for which the line has no room.
    public var congestionPercent: UInt64 = 0
    /// Of 100 messages, those that are refused.
    public var refusalPercent: UInt64 = 0

    /// All is well.
    public init() {}
  }

  /// How it does.
  public var condition = Condition()
  /// What must arrive and is not retained, in the order of its first arrival.
  public private(set) var received: [MQTTMessage] = []
  /// What is retained, by topic.
  public private(set) var retained: [String: MQTTMessage] = [:]
  /// How many messages arrived a second time.
  public private(set) var repeats = 0
  /// How often somebody connected.
  public private(set) var connections = 0
  /// How many messages without acknowledgement arrived.
  public private(set) var telemetry = 0

  /// What a client did that it must not do; nil while it behaves.
  public private(set) var complaint: String?

  private var seen: Set<[UInt8]> = []
  private var random: SplitMix64
  private let now: () -> Instant

  /// Makes a broker in whose time `now` is.
  public init(seed: UInt64, now: @escaping () -> Instant) {
    random = SplitMix64(seed: seed)
    self.now = now
  }

  fileprivate func falls(_ percent: UInt64) -> Bool { percent > 0 && random.next() % 100 < percent }

  fileprivate func delay() -> Instant {
    now() + TimeSpan(nanoseconds: Int64(random.next() % UInt64(condition.longestDelay.nanoseconds)))
  }

  fileprivate func complain(_ text: String) { complaint = complaint ?? text }

  fileprivate func connected() { connections += 1 }

  fileprivate func receive(_ message: MQTTMessage) {
    if message.isRetained {
      retained[message.topic] = message
    } else if message.quality == .atMostOnce {
      telemetry += 1
    } else if seen.insert(message.payload).inserted {
      received.append(message)
    } else {
      repeats += 1
    }
  }
}

/// A connection to a `SimulatedBroker`.
public struct SimulatedClient: BrokerSession, ~Copyable {
  private let broker: SimulatedBroker
  private let now: () -> Instant
  private var coming: [(due: Instant, event: BrokerEvent)] = []
  private var isConnected = false
  /// Nothing comes through any more, which nobody knows yet.
  private var isCut = false
  private var nextPacket: Int32 = 1
  /// What was given to this connection and must arrive.
  private var given: Set<[UInt8]> = []
  private var hasStatus = false
  private var unacknowledged = 0
  private var refused: [PacketNumber: [UInt8]] = [:]

  /// Makes a client of `broker` that is not connected.
  public init(of broker: SimulatedBroker, now: @escaping () -> Instant) {
    self.broker = broker
    self.now = now
  }

  /// What is published when the line is cut; nobody here reads it.
  public var will: MQTTMessage?
  /// There is one only.
  public var currentBroker: Int { 0 }
  /// It speaks MQTT 5.
  public var version: ProtocolVersion? { isConnected ? .v5 : nil }
  /// It has never been tried with another.
  public var provenVersions: [ProtocolVersion?] { [nil] }

  /// When `poll` has something to tell; nil while nothing is on its way.
  public var nextEvent: Instant? { coming.map(\.due).min() }

  /// The line is cut: what is on it is lost.
  public mutating func cut() {
    guard isConnected else { return }
    coming = [(now(), .disconnected(.lost(reason: "simulated")))]
    isConnected = false
  }

  /// Begins to connect.
  public mutating func connect() throws(BrokerError) {
    if isConnected { broker.complain("a second connection") }
    coming = []
    isCut = false
    given = []
    hasStatus = false
    unacknowledged = 0
    if broker.condition.isGone {
      if broker.falls(50) { throw .unreachable(reason: "simulated") }
      return
    }
    coming.append((broker.delay(), .connected(sessionPresent: false)))
  }

  /// Hands `message` over; what becomes of it is as the broker does.
  public mutating func publish(_ message: MQTTMessage) throws(BrokerError) -> PacketNumber {
    guard isConnected else { throw .notConnected }
    if broker.falls(broker.condition.congestionPercent) { throw .congested }
    let packet = PacketNumber(rawValue: nextPacket)
    nextPacket += 1
    if message.quality == .atLeastOnce { look(at: message) }
    if broker.condition.isGone || broker.falls(broker.condition.lossPercent) {
      // Before the message or behind it.
      if !broker.condition.isGone, !isCut, broker.falls(50) { broker.receive(message) }
      isCut = true
      if !broker.condition.isGone, broker.falls(50) { cut() }
      return packet
    }
    guard !isCut else { return packet }
    if message.quality == .atLeastOnce, broker.falls(broker.condition.refusalPercent) {
      refused[packet] = message.payload
      coming.append((broker.delay(), .rejected(packet, reason: "simulated")))
      return packet
    }
    broker.receive(message)
    if message.quality == .atLeastOnce, !broker.falls(broker.condition.silencePercent) {
      coming.append((broker.delay(), .acknowledged(packet)))
    }
    return packet
  }

  /// The status comes first, nothing comes twice, and no more is on its way than brokers take.
  private mutating func look(at message: MQTTMessage) {
    if !hasStatus, !message.topic.hasSuffix("/status") {
      broker.complain("\(message.topic) before the status")
    }
    hasStatus = true
    // A command may come twice, and is answered twice.
    let mayRepeat = message.isRetained || message.topic.hasSuffix("/answer")
    if !given.insert(message.payload).inserted, !mayRepeat {
      broker.complain(
        "twice in one connection: \(String(decoding: message.payload, as: UTF8.self))")
    }
    unacknowledged += 1
    if unacknowledged > DeliveryLimits.window { broker.complain("too much on its way") }
  }

  /// Asks for messages, of which there are none.
  public mutating func subscribe(to filter: String) throws(BrokerError) {
    coming.append((broker.delay(), .subscribed(filter: filter)))
  }

  /// The broker hands on what somebody has published; nothing comes where nobody is connected.
  public mutating func deliver(_ message: ReceivedMessage) {
    if isConnected, !isCut { coming.append((broker.delay(), .message(message))) }
  }

  /// What has happened by now; it never waits.
  public mutating func poll(milliseconds: Int32) -> [BrokerEvent] {
    let present = now()
    let due = coming.filter { $0.due <= present }.sorted { $0.due < $1.due }.map(\.event)
    coming.removeAll { $0.due <= present }
    for event in due {
      switch event {
      case .connected:
        isConnected = true
        broker.connected()
      case .disconnected: isConnected = false
      case .acknowledged: unacknowledged -= 1
      case .rejected(let packet, _):
        unacknowledged -= 1
        if let message = refused.removeValue(forKey: packet) { given.remove(message) }
      case .message, .subscribed, .subscriptionRefused: break
      }
    }
    return due
  }

  /// Nothing is emptied: the broker has no end.
  public mutating func emptyExpiring() {}

  /// Ends the connection.
  public mutating func disconnect() {
    coming = []
    isConnected = false
  }
}
