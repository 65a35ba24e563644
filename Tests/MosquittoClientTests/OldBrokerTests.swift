import Delivery
import Foundation
import LinuxHost
import MosquittoClient
import Testing

/// A broker that only knows MQTT 3.1.1, as far as its CONNACK.
private final class OldBroker: Sendable {
  let port: UInt16
  private let listener: Int32

  init() throws {
    port = try freeLoopbackPort()
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var on: Int32 = 1
    unsafe setsockopt(
      listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 4) == 0)
    let number = listener
    Thread.detachNewThread { Self.serve(number) }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Answers every CONNECT until the listener is shut down.
  private static func serve(_ listener: Int32) {
    var open: [Int32] = []
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { break }
      open.append(client)
      var packet = [UInt8](repeating: 0, count: 256)
      let count = unsafe recv(client, &packet, packet.count, 0)
      // The protocol level stands behind the fixed header (2 bytes) and the name `MQTT` (6).
      guard count > 8 else { continue }
      let isKnown = packet[8] == 4
      // CONNACK: accepted, or refused for its protocol version (MQTT 3.1.1, 3.2.2.3).
      let answer: [UInt8] = [0x20, 0x02, 0x00, isKnown ? 0x00 : 0x01]
      unsafe send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    }
    for client in open { close(client) }
    close(listener)
  }
}

@Suite("An old broker")
struct OldBrokerTests {
  @Test("A broker that refuses MQTT 5 gets 3.1.1 from the next attempt on")
  func fallback() throws {
    let broker = try OldBroker()
    var client = try DrivenSession(
      DestinationPlan(id: "old", host: "127.0.0.1", port: broker.port), "s",
      will: .sample("site/status", "offline"))

    #expect(try client.failureOfConnecting() == .versionRefused)
    #expect(try client.connect() == .connected(sessionPresent: false))
    _ = try client.session.publish(.sample("site/event", "x"))
  }
}
