import Delivery
import MosquittoClient
import Testing

/// What did not come within ten seconds.
struct NothingCame: Error, CustomStringConvertible {
  let seen: [BrokerIncident]
  var description: String { "nothing fitting came; seen: \(seen)" }
}

extension MQTTSession {
  /// Polls until an incident fits; everything before it is passed over.
  @discardableResult
  mutating func wait(_ fits: (BrokerIncident) -> Bool) throws -> BrokerIncident {
    var seen: [BrokerIncident] = []
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      for incident in poll(milliseconds: 50) {
        if fits(incident) { return incident }
        seen.append(incident)
      }
    }
    throw NothingCame(seen: seen)
  }

  @discardableResult
  mutating func connectAndWait() throws -> BrokerIncident {
    try connect()
    return try wait { incident in
      if case .connected = incident { true } else { false }
    }
  }

  /// Why connecting fails.
  mutating func failureOfConnecting() throws -> BrokerError? {
    do { try connect() } catch { return error }
    let incident = try wait { incident in
      switch incident {
      case .connected, .disconnected: true
      default: false
      }
    }
    guard case .disconnected(let error) = incident else { return nil }
    return error
  }

  mutating func waitForMessage(on topic: String? = nil) throws -> ReceivedMessage {
    let incident = try wait { incident in
      guard case .message(let message) = incident else { return false }
      return topic == nil || message.topic == topic
    }
    guard case .message(let message) = incident else { throw NothingCame(seen: [incident]) }
    return message
  }

  /// Sends a message to itself and waits for it: everything sent before has been dealt with.
  mutating func settle() throws {
    let topic = "settle/\(UInt64.random(in: 0 ... .max))"
    try subscribe(to: topic)
    _ = try publish(.sample(topic, ""))
    _ = try waitForMessage(on: topic)
  }
}

extension MQTTMessage {
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
