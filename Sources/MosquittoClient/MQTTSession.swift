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
  /// The destination with each of its brokers.
  private let plans: [DestinationPlan]
  private let clientID: String
  /// What the broker publishes when this client vanishes; that of the next `connect`.
  public var will: MQTTMessage?
  private let keepsSession: Bool
  private let storesFirst: Bool
  /// Stand for what an earlier session may have left that has a time.
  private let leftovers: [MQTTMessage]
  private let wakeDescriptor: Int32?
  private let credentials: Credentials?
  /// What each broker speaks.
  private var versions: [VersionChoice]
  private var choice: BrokerChoice
  private var trial: BrokerTrial?
  private var connection: Connection?
  private var expiry = RetainedExpiry()
  private var suspicion = DotSuspicion()

  /// Reads the files that `plan` names, and checks them; opens no connection.
  ///
  /// - Parameters:
  ///   - plan: the broker.
  ///   - clientID: names this client to the broker; the same after every start.
  ///   - will: what the broker publishes when this client vanishes.
  ///   - keepsSession: whether the broker keeps subscriptions while we are away (MQTT 5).
  ///   - storesFirst: whether the broker is told of the receipt of messages only with the next call of this session,
  ///     whichever that is: a caller that has stored them by then loses none, as the broker sends again what it
  ///     was not told of.
  ///   - leftovers: retained messages that have a time, as an earlier session may have published them: a broker
  ///     that does not count it is told when it is over, unless there is a newer message.
  ///   - provenVersions: what an earlier session has found to work with each of the brokers.
  ///   - pace: how fast one of several brokers is given up.
  ///   - wakeDescriptor: a descriptor that ends a `poll` early while it is readable; its owner
  ///     empties it.
  public init(
    plan: DestinationPlan, clientID: String, will: MQTTMessage?, keepsSession: Bool = true,
    storesFirst: Bool = false, leftovers: [MQTTMessage] = [],
    provenVersions: [ProtocolVersion?] = [],
    pace: BrokerChoice.Pace = BrokerChoice.Pace(),
    wakeDescriptor: Int32? = nil
  ) throws(BrokerError) {
    let credentials = try Credentials(plan: plan)
    let plans = plan.brokers
    for plan in plans { try plan.security.checkFiles() }
    self.plans = plans
    self.clientID = clientID
    self.will = will
    self.keepsSession = keepsSession
    self.storesFirst = storesFirst
    self.leftovers = leftovers
    self.wakeDescriptor = wakeDescriptor
    self.credentials = credentials
    versions = plans.indices.map { broker in
      VersionChoice(proven: broker < provenVersions.count ? provenVersions[broker] : nil)
    }
    choice = BrokerChoice(count: plans.count, pace: pace)
  }

  /// The version of MQTT that is known to work with each of the brokers; nil where none is.
  public var provenVersions: [ProtocolVersion?] { versions.map(\.proven) }
  /// The version of MQTT that the present connection speaks; nil while there is none.
  public var version: ProtocolVersion? { connection?.version }
  /// Which of the destination's brokers is spoken to; 0 is the first.
  public var currentBroker: Int { choice.current }

  /// Begins to connect; `poll` reports `connected` or `disconnected`.
  public mutating func connect() throws(BrokerError) {
    connection = nil
    suspicion.left()
    do throws(BrokerError) {
      connection = try begin(plans[choice.current])
    } catch {
      noteFailure(error)
      throw error
    }
  }

  private func begin(_ plan: DestinationPlan) throws(BrokerError) -> Connection {
    let version = versions[choice.current].next
    // Without subscription identifiers nobody could tell what was kept while we were away.
    let fresh = try Connection(
      clientID: clientID, version: version, cleanStart: !keepsSession || version != .v5,
      plan: plan, credentials: credentials, storesFirst: storesFirst)
    if let will {
      // A will that waits for us to come back makes sense only where the session waits too.
      let delay = keepsSession ? DeliveryLimits.willDelaySeconds : 0
      try fresh.setWill(will, delaySeconds: delay)
    }
    try fresh.connect(to: plan, keepsSession: keepsSession)
    return fresh
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
    let events = connection.poll(milliseconds: milliseconds, wakeDescriptor: wakeDescriptor)
    var incidents = events.map { note($0) }
    // What is not taken over now is asked for again with the next poll.
    while let message = expiry.emptied(at: Self.now), (try? publish(message)) != nil {}
    tryFirstBroker()
    if choice.wantsReturn, let connection = self.connection, connection.isIdle {
      // Without a farewell: the last will tells those who listen there that we are gone.
      self.connection = nil
      choice.returnedToFirst(at: Self.now)
      incidents.append(.disconnected(nil))
    }
    return incidents
  }

  /// Takes note of what happened, and says it as far as it is known.
  private mutating func note(_ event: BrokerEvent) -> BrokerEvent {
    switch event {
    case .connected:
      versions[choice.current].connected()
      if connection?.version != .v5 { expiry.mayKeep(leftovers, at: Self.now) }
    case .acknowledged(let packet):
      choice.acknowledged(at: Self.now)
      suspicion.answered(packet)
    case .rejected(let packet, _):
      suspicion.answered(packet)
    case .subscribed where !keepsSession:
      // Who publishes with QoS 0 gets no other answer.
      choice.acknowledged(at: Self.now)
    case .message, .subscribed, .subscriptionRefused:
      break
    case .disconnected(let error):
      connection = nil
      let topic = suspicion.ended()
      guard let error else { return event }
      let known = noteFailure(error)
      return .disconnected(topic.map { .dotRefused(topic: $0) } ?? known)
    }
    return event
  }

  /// Takes note of why the current broker cannot be spoken to; gives that with what comes of it.
  @discardableResult
  private mutating func noteFailure(_ error: BrokerError) -> BrokerError {
    let broker = choice.current
    switch error {
    case .versionRefused:
      versions[broker].refused()
    case .closedUnanswered:
      versions[broker].closedUnanswered()
      let next = versions[broker].next
      // The other version is tried before the other broker.
      if next == .v5 { choice.failed(at: Self.now) }
      return .closedUnanswered(next: next)
    case .badFile, .badSettings, .unreachable, .notTrusted, .notAuthorized, .refused, .dotRefused,
      .lost, .notConnected, .congested, .badMessage:
      choice.failed(at: Self.now)
    }
    return error
  }

  /// Asks the first broker from time to time whether it is back, while another one is spoken to.
  private mutating func tryFirstBroker() {
    let now = Self.now
    guard let trial else {
      guard choice.wantsTrial(at: now), connection != nil else { return }
      do throws(BrokerError) {
        trial = try BrokerTrial(
          plan: plans[0], clientID: clientID, version: versions[0].next, credentials: credentials,
          at: now)
      } catch {
        choice.tried(false, at: now)
      }
      return
    }
    guard let outcome = trial.outcome(at: now) else { return }
    self.trial = nil
    switch outcome {
    case .connected: versions[0].connected()
    case .disconnected(.versionRefused?): versions[0].refused()
    case .disconnected(.closedUnanswered?): versions[0].closedUnanswered()
    case .disconnected, .acknowledged, .rejected, .message, .subscribed, .subscriptionRefused:
      break
    }
    if case .connected = outcome {
      choice.tried(true, at: now)
    } else {
      choice.tried(false, at: now)
    }
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

  /// Ends the connection in order, so that the broker drops the last will; one that keeps no session and has a
  /// will publishes that too (MQTT 5).
  public mutating func disconnect() {
    if let connection, connection.isUnanswered {
      // As silent as a closed connection: it may not know the version.
      noteFailure(.closedUnanswered(next: connection.version))
    } else if let connection, !connection.isIdle {
      // Given up without a connection, or with messages unacknowledged: the broker did not work.
      choice.failed(at: Self.now)
    }
    connection?.disconnect(publishesWill: will != nil && !keepsSession)
    connection = nil
  }
}
