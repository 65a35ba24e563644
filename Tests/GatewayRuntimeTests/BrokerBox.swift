import LinuxHost
import TestSupport
import Testing

@testable import SimulatedSite

/// A broker with a place for what it keeps, so that it can be killed and come back.
final class BrokerBox {
  private let folder: TemporaryFolder
  private var broker: PrivateBroker?
  let port: UInt16

  /// A broker; at first none, where it is to come later.
  init(isThere: Bool = true) throws {
    folder = try TemporaryFolder()
    port = try freeLoopbackPort()
    if isThere { try start() }
  }

  deinit { broker?.kill() }

  func start() throws { broker = try PrivateBroker(folder: folder.path, port: port) }

  /// Ends it as a power cut would.
  func kill() {
    broker?.kill()
    broker = nil
  }

  /// True once the subscriber's session is on the disk, so that it survives a power cut.
  private var hasStoredSession: Bool {
    guard let bytes = try? readFile("\(folder.path)/mosquitto.db") else { return false }
    return String(decoding: bytes, as: UTF8.self).contains(Subscriber.clientID)
  }

  /// A subscriber whose session the broker has stored.
  func subscribe() throws -> Subscriber {
    let subscriber = try Subscriber(port: port)
    try #require(waitUntil { subscriber.isSubscribed && hasStoredSession })
    return subscriber
  }
}
