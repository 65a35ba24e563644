public import Delivery
internal import DetectionCore
internal import Glibc

/// One client's connection to one MQTT broker, over libmosquitto: a `BrokerSession`.
///
/// Driven by the thread that calls it: nothing happens outside its methods, and none of them waits
/// for the network longer than `poll` is told to, name resolution excepted. Every `connect` begins
/// with a new library handle, so that nothing is sent twice behind the back of the
/// `DeliverySession`. MQTT 5 first, and 3.1.1 where `VersionChoice` finds that the broker needs it.
public struct MQTTSession: BrokerSession, ~Copyable {
  private let plan: DestinationPlan
  private let clientID: String
  private let will: MQTTMessage?
  private let keepsSession: Bool
  private let wakeDescriptor: Int32?
  private let credentials: Credentials?
  private var versions: VersionChoice
  private var connection: Connection?
  private var expiry = RetainedExpiry()
  private var suspicion = DotSuspicion()

  /// Reads the files that `plan` names, and checks them; opens no connection.
  ///
  /// - Parameters:
  ///   - plan: the broker.
  ///   - clientID: names this client to the broker; the same after every start.
  ///   - will: what the broker publishes when this client vanishes, topic root left out.
  ///   - keepsSession: whether the broker keeps subscriptions while we are away.
  ///   - provenVersion: what an earlier session has found to work with this broker.
  ///   - wakeDescriptor: a descriptor that ends a `poll` early while it is readable; its owner
  ///     empties it.
  public init(
    plan: DestinationPlan, clientID: String, will: MQTTMessage?, keepsSession: Bool = true,
    provenVersion: ProtocolVersion? = nil, wakeDescriptor: Int32? = nil
  ) throws(BrokerError) {
    let credentials = try Credentials(plan: plan)
    try plan.security.checkFiles()
    self.plan = plan
    self.clientID = clientID
    self.will = will
    self.keepsSession = keepsSession
    self.wakeDescriptor = wakeDescriptor
    self.credentials = credentials
    versions = VersionChoice(proven: provenVersion)
  }

  /// The version of MQTT that is known to work with this broker; nil while none is.
  public var provenVersion: ProtocolVersion? { versions.proven }

  /// Begins to connect; `poll` reports `connected` or `disconnected`.
  public mutating func connect() throws(BrokerError) {
    connection = nil
    suspicion.left()
    let fresh = try Connection(
      clientID: clientID, version: versions.next, cleanStart: !keepsSession, plan: plan,
      credentials: credentials)
    if let will {
      // A will that waits for us to come back makes sense only where the session waits too.
      let delay = keepsSession ? DeliveryLimits.willDelaySeconds : 0
      try fresh.setWill(will, topic: plan.topic(will.topic), delaySeconds: delay)
    }
    try fresh.connect(to: plan, keepsSession: keepsSession)
    connection = fresh
  }

  /// Hands `message` over; throws `congested` while the network takes no more.
  public mutating func publish(_ message: MQTTMessage) throws(BrokerError) -> PacketNumber {
    guard let connection else { throw .notConnected }
    let packet = try connection.publish(message)
    suspicion.published(message.topic, quality: message.quality, packet: packet)
    expiry.published(message, isForgotten: connection.version == .v5, at: Self.now)
    return packet
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
    var incidents = connection.poll(milliseconds: milliseconds, wakeDescriptor: wakeDescriptor)
    for place in incidents.indices {
      switch incidents[place] {
      case .connected:
        versions.connected()
      case .disconnected(let error):
        self.connection = nil
        if let topic = suspicion.ended() {
          incidents[place] = .disconnected(.dotRefused(topic: topic))
        }
        if case .versionRefused = error { versions.refused() }
        if case .closedUnanswered = error {
          versions.closedUnanswered()
          incidents[place] = .disconnected(.closedUnanswered(next: versions.next))
        }
      case .acknowledged(let packet), .rejected(let packet, _):
        suspicion.answered(packet)
      case .message:
        break
      }
    }
    // What is not taken over now is asked for again with the next poll.
    while let message = expiry.emptied(at: Self.now), (try? publish(message)) != nil {}
    return incidents
  }

  /// Empties the retained messages that have a time and that the broker would keep for ever (MQTT
  /// 3.1.1): for a planned end, after which nobody could.
  public mutating func emptyExpiring() {
    guard let connection else { return }
    while let message = expiry.emptiedAtOnce() {
      do throws(BrokerError) {
        _ = try publish(message)
      } catch {
        guard error == .congested, connection.flush() else { return }
      }
    }
    _ = connection.flush()
  }

  /// Broker and box count the same seconds, those of suspend included.
  private static var now: Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Ends the connection in order, so that the broker drops the last will.
  public mutating func disconnect() {
    connection?.disconnect()
    connection = nil
  }
}
