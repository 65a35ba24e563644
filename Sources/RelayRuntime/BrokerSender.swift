internal import Delivery
internal import MosquittoClient

/// What is said through a broker, and is done when the broker has it.
protocol BrokerMessages: Sendable {
  /// What waits now, each under a name of its own.
  mutating func waiting() -> [(name: String, message: MQTTMessage)]
  /// The broker has what waited under a name, or will never have it: why.
  mutating func settle(_ name: String, refusal: String?)
}

/// Says what waits through one broker. What the broker had not acknowledged when the connection ended is said again
/// in the next, under the same id.
struct BrokerSender: Sendable {
  private var source: any BrokerMessages
  /// Grows when there may be more to say.
  private let count: @Sendable () -> Int
  /// What the broker has not acknowledged.
  private var unacknowledged: [PacketNumber: String] = [:]
  /// The count when the source was asked last; nil before the first time in a connection.
  private var seen: Int?

  init(_ source: any BrokerMessages, count: @escaping @Sendable () -> Int) {
    self.source = source
    self.count = count
  }

  /// The connection is a new one.
  mutating func begin() {
    unacknowledged = [:]
    seen = nil
  }

  /// Sends what waits, where there may be more than before.
  mutating func send(over session: inout MQTTSession) {
    let count = count()
    guard seen != count else { return }
    for (name, message) in source.waiting() where !unacknowledged.values.contains(name) {
      do throws(BrokerError) {
        unacknowledged[try session.publish(message)] = name
      } catch {
        // The network takes no more: the rest with the next poll.
        return
      }
    }
    seen = count
  }

  /// The broker has a message, or will never have it: why.
  mutating func settle(_ packet: PacketNumber, refusal: String? = nil) {
    guard let name = unacknowledged.removeValue(forKey: packet) else { return }
    source.settle(name, refusal: refusal)
  }
}
