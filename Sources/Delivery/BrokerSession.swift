/// The number by which an acknowledgement names its message; unique within one connection.
public struct PacketNumber: RawRepresentable, Hashable, Sendable {
  /// The number.
  public var rawValue: Int32
  /// Makes the number `rawValue`.
  public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// Something that happened on a connection to a broker.
public enum BrokerEvent: Hashable, Sendable {
  /// The broker accepted the connection; `sessionPresent` when it still had our subscriptions.
  case connected(sessionPresent: Bool)
  /// The broker has the message.
  case acknowledged(PacketNumber)
  /// The broker received the message and will not have it.
  case rejected(PacketNumber, reason: String)
  /// A message arrived.
  case message(ReceivedMessage)
  /// The broker will pass on what matches the filter.
  case subscribed(filter: String)
  /// The broker will not pass on what matches the filter.
  case subscriptionRefused(filter: String, reason: String)
  /// The connection is over, or never came to be; nil when we ended it ourselves.
  case disconnected(BrokerError?)
}

/// One client's connection to one broker: the port of the MQTT client.
///
/// Used from one thread. Nothing reconnects by itself: a `DeliverySession` decides when.
public protocol BrokerSession: ~Copyable {
  /// Which of the destination's brokers is spoken to; 0 is the first.
  var currentBroker: Int { get }
  /// The version of MQTT that the present connection speaks; nil while there is none.
  var version: ProtocolVersion? { get }
  /// The version of MQTT that is known to work with each of the brokers; nil where none is.
  var provenVersions: [ProtocolVersion?] { get }
  /// What the broker publishes when this client vanishes; that of the next `connect`.
  var will: MQTTMessage? { get set }
  /// Begins to connect; `poll` reports `connected` or `disconnected`.
  mutating func connect() throws(BrokerError)
  /// Hands `message` over. For QoS 1, `poll` later reports `acknowledged` with the same number.
  mutating func publish(_ message: MQTTMessage) throws(BrokerError) -> PacketNumber
  /// Asks for the messages that match `filter`.
  mutating func subscribe(to filter: String) throws(BrokerError)
  /// Waits at most so long for something to happen, and returns what did, in its order.
  mutating func poll(milliseconds: Int32) -> [BrokerEvent]
  /// Empties the retained values that would go out of date, where the broker does not do so by itself; before
  /// the end.
  mutating func emptyExpiring()
  /// Ends the connection in order, so that the broker drops the last will.
  mutating func disconnect()
}

/// Why a broker could not be reached, or did not do as told.
public enum BrokerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file that the destination names cannot be used.
  case badFile(path: String, reason: String)
  /// The destination's settings make no sense to the client library.
  case badSettings(reason: String)
  /// Nobody answers at the address.
  case unreachable(reason: String)
  /// TLS could not be agreed on, or the server is not who it should be.
  case notTrusted(TrustFailure)
  /// User name or password is wrong, or the user may not connect.
  case notAuthorized(reason: String)
  /// The broker does not speak MQTT 5; the next `connect` tries 3.1.1.
  case versionRefused
  /// The broker took the connection and closed it without an answer, as those do that do not know
  /// the version of MQTT; the next `connect` tries `next`.
  case closedUnanswered(next: ProtocolVersion)
  /// The broker refused the connection or ended it, with its reason.
  case refused(reason: String)
  /// The broker ends connection after connection right after this topic, probably for its dot.
  case dotRefused(topic: String)
  /// The connection broke.
  case lost(reason: String)
  /// There is no connection.
  case notConnected
  /// The network takes no more for now; the message was not taken over.
  case congested
  /// The message cannot be sent as it is.
  case badMessage(topic: String, reason: String)

  /// What to do next.
  public var recovery: DeliveryRecovery {
    switch self {
    case .badFile, .badSettings: .refuseStart
    case .unreachable, .notTrusted, .notAuthorized, .versionRefused, .closedUnanswered, .refused,
      .dotRefused, .lost, .notConnected, .congested, .badMessage:
      .holdOutput
    }
  }

  /// True where the next attempt speaks another version of MQTT, so that it is worth making at once.
  public var asksForOtherVersion: Bool {
    switch self {
    case .versionRefused, .closedUnanswered: true
    case .badFile, .badSettings, .unreachable, .notTrusted, .notAuthorized, .refused, .dotRefused,
      .lost,
      .notConnected, .congested, .badMessage:
      false
    }
  }

  /// One sentence for the operator.
  public var description: String {
    switch self {
    case .badFile(let path, let reason): "\(path): \(reason)"
    case .badSettings(let reason): "broker settings: \(reason)"
    case .unreachable(let reason): "broker not reachable: \(reason)"
    case .notTrusted(let failure): "broker not trusted: \(failure)"
    case .notAuthorized(let reason): "broker refuses the user: \(reason)"
    case .versionRefused: "broker does not speak MQTT 5; trying 3.1.1"
    case .closedUnanswered(let next):
      "broker closed the connection without an answer; trying MQTT \(next)"
    case .refused(let reason): "broker refuses: \(reason)"
    case .dotRefused(let topic):
      "broker ends the connection again and again after \(topic), probably because it takes no dot; "
        + "set idSeparator: slash (or dash) for this destination"
    case .lost(let reason): "connection to the broker lost: \(reason)"
    case .notConnected: "not connected to the broker"
    case .congested: "the network takes no more for now"
    case .badMessage(let topic, let reason): "message for \(topic): \(reason)"
    }
  }
}
