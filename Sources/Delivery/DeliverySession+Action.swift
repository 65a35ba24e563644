public import DetectionCore

extension DeliverySession {
  /// What the owner has to do.
  public enum Action: Hashable, Sendable {
    /// Connect, with this as the last will; then `handle` what happens, or call `connectFailed` when it fails
    /// at once.
    case connect(will: MQTTMessage)
    /// Publish the message; then call `published` or `publishFailed`.
    case publish(MQTTMessage)
    /// Read events from the outbox; then call `loaded`, now or later.
    case load(after: OutboxPosition, limit: Int)
    /// Read observations from the outbox, the oldest or the newest first; then call `observationsLoaded`, now or
    /// later.
    case loadObservations(newestFirst: Bool, limit: Int)
    /// The format has to remember this over restarts: to be stored no later than what is settled after it.
    case remember([UInt8])
    /// A fact has left the queue: the outbox is to know.
    case settle(OutboxPosition, Settlement.Outcome)
    /// End the connection.
    case disconnect
    /// Nothing to do before this instant, unless something happens.
    case wait(until: Instant)
    /// The session was closed and is over.
    case finished
  }
}
