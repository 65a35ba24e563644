import Delivery
import MosquittoClient
import Testing

/// What did not come within ten seconds.
struct NothingCame: Error, CustomStringConvertible {
  let seen: [BrokerEvent]
  var description: String { "nothing fitting came; seen: \(seen)" }
}

/// A session with a memory: incidents that one wait passes over are there for the next.
struct DrivenSession: ~Copyable {
  var session: MQTTSession
  private var backlog: [BrokerEvent] = []

  init(
    _ plan: DestinationPlan, _ clientID: String, will: MQTTMessage? = nil,
    keepsSession: Bool = true, storesFirst: Bool = false, provenVersion: ProtocolVersion? = nil,
    pace: BrokerChoice.Pace = BrokerChoice.Pace(), wakeDescriptor: Int32? = nil
  ) throws {
    session = try MQTTSession(
      plan: plan, clientID: clientID, will: will, keepsSession: keepsSession,
      storesFirst: storesFirst, provenVersions: [provenVersion], pace: pace,
      wakeDescriptor: wakeDescriptor)
  }

  /// Removes and returns the first incident that fits, polling until there is one. `meanwhile` is
  /// called between polls.
  @discardableResult
  mutating func wait(
    meanwhile: () -> Void = {}, _ fits: (BrokerEvent) -> Bool
  ) throws -> BrokerEvent {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      if let place = backlog.firstIndex(where: fits) { return backlog.remove(at: place) }
      guard ContinuousClock.now < deadline else { throw NothingCame(seen: backlog) }
      meanwhile()
      backlog += session.poll(milliseconds: 20)
    }
  }

  @discardableResult
  mutating func connect() throws -> BrokerEvent {
    try session.connect()
    return try wait { incident in
      if case .connected = incident { true } else { false }
    }
  }

  /// Why connecting fails; nil when it does not.
  mutating func failureOfConnecting() throws -> BrokerError? {
    do { try session.connect() } catch { return error }
    let incident = try wait { incident in
      switch incident {
      case .connected, .disconnected: true
      default: false
      }
    }
    guard case .disconnected(let error) = incident else { return nil }
    return error
  }

  /// Publishes, and waits until the broker has the message.
  mutating func deliver(_ message: MQTTMessage) throws {
    let packet = try session.publish(message)
    try wait { $0 == .acknowledged(packet) }
  }

  mutating func message(
    on topic: String? = nil, meanwhile: () -> Void = {}
  ) throws -> ReceivedMessage {
    let incident = try wait(meanwhile: meanwhile) { incident in
      guard case .message(let message) = incident else { return false }
      return topic == nil || message.topic == topic
    }
    guard case .message(let message) = incident else { throw NothingCame(seen: [incident]) }
    return message
  }

  /// Subscribes, and waits until the broker has taken note.
  mutating func subscribe(to filter: String) throws {
    try session.subscribe(to: filter)
    // The broker deals with one client's packets in their order: once the marker is back, the
    // subscription before it stands.
    let marker = "marker/\(UInt64.random(in: 0 ... .max))"
    try session.subscribe(to: marker)
    _ = try session.publish(.sample(marker, ""))
    _ = try message(on: marker)
  }
}

extension MQTTMessage {
  var text: String { String(decoding: payload, as: UTF8.self) }

  static func sample(_ topic: String, _ text: String, isRetained: Bool = false) -> MQTTMessage {
    MQTTMessage(
      topic: topic, payload: Array(text.utf8), isRetained: isRetained,
      label: PayloadLabel(schema: "nomori/test/1", site: "site", mode: .test))
  }
}

extension ReceivedMessage {
  var text: String { String(decoding: payload, as: UTF8.self) }
}

extension DestinationPlan {
  static func local(_ broker: PrivateBroker) -> DestinationPlan {
    DestinationPlan(id: "local", host: "127.0.0.1", port: broker.port)
  }
}
