import Delivery
import DetectionCore

/// A connection beside the one that there is, which only asks whether a broker takes connections.
struct BrokerTrial {
  private let connection: Connection
  private let deadline: Instant

  /// Begins to connect, under a name of its own: the broker must not mistake it for the session.
  init(
    plan: DestinationPlan, clientID: String, version: ProtocolVersion, credentials: Credentials?,
    at now: Instant
  ) throws(BrokerError) {
    connection = try Connection(
      clientID: clientID + "-trial", version: version, cleanStart: true, plan: plan,
      credentials: credentials)
    try connection.connect(to: plan, keepsSession: false)
    deadline = now + DeliveryLimits.connectTimeout
  }

  /// What has become of it; nil while nothing has. Waits for nothing.
  func outcome(at now: Instant) -> BrokerEvent? {
    for event in connection.poll(milliseconds: 0, wakeDescriptor: nil) {
      switch event {
      case .connected:
        connection.disconnect(publishesWill: false)
        return event
      case .disconnected:
        return event
      case .acknowledged, .rejected, .message, .subscribed, .subscriptionRefused:
        break
      }
    }
    guard now >= deadline else { return nil }
    return .disconnected(
      connection.isUnanswered
        ? .closedUnanswered(next: connection.version)
        : .unreachable(reason: "no answer to the connect in time"))
  }
}
