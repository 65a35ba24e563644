internal import Delivery
internal import DetectionCore
internal import MosquittoClient

/// A broker that is listened to for as long as it takes: a connection that fails is made again, and each failure
/// is told.
struct WatchedBroker: ~Copyable {
  /// What happened.
  enum Incident {
    case connected
    case message(ReceivedMessage)
    /// It cannot be reached, or is lost.
    case failed(BrokerError)
    case refused(filter: String, reason: String)
  }
  private enum Phase {
    case absent(until: Instant)
    case connecting(deadline: Instant)
    case connected
  }

  /// What is tried again is tried after so long; another version of MQTT at once, but not twice in a row.
  static let pause = TimeSpan.seconds(3)

  private var session: MQTTSession
  private let filters: [String]
  private var hasTriedVersion = false
  private var phase = Phase.absent(until: Instant(nanoseconds: 0))
  /// When it was lost, or first looked for; nil while it is there.
  private(set) var absentSince: Instant?
  /// Why it is not there; nil while it is, and before the first failure.
  private(set) var failure: BrokerError?
  /// How often it has failed since it was there.
  private(set) var failures = 0
  /// True once it has been there.
  private(set) var wasConnected = false

  /// Listens to `filters` once it is connected.
  init(_ session: consuming MQTTSession, filters: [String], at now: Instant) {
    self.session = session
    self.filters = filters
    absentSince = now
  }

  /// Waits at most so long for something to happen; says what did.
  mutating func poll(milliseconds: Int32, at now: Instant) -> [Incident] {
    var incidents: [Incident] = []
    switch phase {
    case .absent(let end) where end <= now:
      do throws(BrokerError) {
        try session.connect()
        phase = .connecting(deadline: now + DeliveryLimits.connectTimeout)
      } catch {
        incidents.append(lost(error, at: now))
      }
    case .connecting(let deadline) where deadline <= now:
      session.disconnect()
      incidents.append(lost(.unreachable(reason: "no answer to the connect in time"), at: now))
    case .absent, .connecting, .connected: break
    }
    for event in session.poll(milliseconds: milliseconds) {
      switch event {
      case .connected:
        phase = .connected
        absentSince = nil
        failure = nil
        failures = 0
        wasConnected = true
        hasTriedVersion = false
        incidents.append(.connected)
        // A connection that is gone by now is made again, with all its subscriptions.
        for filter in filters { _ = try? session.subscribe(to: filter) }
      case .message(let message): incidents.append(.message(message))
      case .disconnected(let error): incidents.append(lost(error ?? .notConnected, at: now))
      case .subscriptionRefused(let filter, let reason):
        incidents.append(.refused(filter: filter, reason: reason))
      case .acknowledged, .rejected, .subscribed: break
      }
    }
    return incidents
  }

  private mutating func lost(_ error: BrokerError, at now: Instant) -> Incident {
    let isVersionTried = error.asksForOtherVersion && !hasTriedVersion
    hasTriedVersion = isVersionTried
    phase = .absent(until: isVersionTried ? now : now + Self.pause)
    absentSince = absentSince ?? now
    failure = error
    failures += 1
    return .failed(error)
  }

  /// Hands a message over.
  mutating func publish(_ message: MQTTMessage) throws(BrokerError) {
    _ = try session.publish(message)
  }

  /// Ends the connection.
  mutating func close() { session.disconnect() }
}
