public import Delivery

/// One client's connection to one MQTT broker, over libmosquitto: a `BrokerSession`.
///
/// Driven by the thread that calls it: nothing happens outside its methods, and none of them waits
/// for the network longer than `poll` is told to, name resolution excepted. Every `connect` begins
/// with a new library handle, so that nothing is sent twice behind the back of the
/// `DeliverySession`. MQTT 5 first; a broker that refuses it gets 3.1.1 from the next `connect` on.
public struct MQTTSession: BrokerSession, ~Copyable {
  private let plan: DestinationPlan
  private let clientID: String
  private let will: MQTTMessage?
  private let keepsSession: Bool
  private let wakeDescriptor: Int32?
  private let credentials: Credentials?
  private var version = ProtocolVersion.v5
  private var connection: Connection?

  /// Reads the files that `plan` names, and checks them; opens no connection.
  ///
  /// - Parameters:
  ///   - plan: the broker.
  ///   - clientID: names this client to the broker; the same after every start.
  ///   - will: what the broker publishes when this client vanishes, topic root left out.
  ///   - keepsSession: whether the broker keeps subscriptions while we are away.
  ///   - wakeDescriptor: a descriptor that ends a `poll` early while it is readable; its owner
  ///     empties it.
  public init(
    plan: DestinationPlan, clientID: String, will: MQTTMessage?, keepsSession: Bool = true,
    wakeDescriptor: Int32? = nil
  ) throws(BrokerError) {
    let credentials = try Credentials(plan: plan)
    try plan.security.checkFiles()
    self.plan = plan
    self.clientID = clientID
    self.will = will
    self.keepsSession = keepsSession
    self.wakeDescriptor = wakeDescriptor
    self.credentials = credentials
  }

  /// Begins to connect; `poll` reports `connected` or `disconnected`.
  public mutating func connect() throws(BrokerError) {
    connection = nil
    let fresh = try Connection(
      clientID: clientID, version: version, cleanStart: !keepsSession, plan: plan,
      credentials: credentials)
    if let will {
      // A will that waits for us to come back makes sense only where the session waits too.
      let delay = keepsSession ? DeliveryLimits.willDelaySeconds : 0
      try fresh.setWill(will, topicRoot: plan.topicRoot, delaySeconds: delay)
    }
    try fresh.connect(to: plan, keepsSession: keepsSession)
    connection = fresh
  }

  /// Hands `message` over; throws `congested` while the network takes no more.
  public mutating func publish(_ message: MQTTMessage) throws(BrokerError) -> PacketNumber {
    guard let connection else { throw .notConnected }
    return try connection.publish(message)
  }

  /// Asks for the messages that match `filter`.
  public mutating func subscribe(to filter: String) throws(BrokerError) {
    guard let connection else { throw .notConnected }
    try connection.subscribe(to: filter)
  }

  /// Waits at most so long for the broker or the wake descriptor, and returns what happened.
  public mutating func poll(milliseconds: Int32) -> [BrokerEvent] {
    guard let connection else {
      _ = waitFor(
        socket: -1, wantsWrite: false, wakeDescriptor: wakeDescriptor, milliseconds: milliseconds)
      return []
    }
    let incidents = connection.poll(milliseconds: milliseconds, wakeDescriptor: wakeDescriptor)
    for case .disconnected(let error) in incidents {
      if error == .versionRefused { version = .v311 }
      self.connection = nil
    }
    return incidents
  }

  /// Ends the connection in order, so that the broker drops the last will.
  public mutating func disconnect() {
    connection?.disconnect()
    connection = nil
  }
}
