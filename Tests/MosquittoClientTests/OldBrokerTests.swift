import Delivery
import Foundation
import LinuxHost
import MosquittoClient
import Testing

/// A broker that only knows MQTT 3.1.1, as far as its CONNACK.
private final class OldBroker: Sendable {
  /// What it does with a version that it does not know; or it takes all, and sends far too much, or lets
  /// nobody subscribe.
  enum Manner { case refuses, closes, ignores, floods, denies }

  let port: UInt16
  private let listener: Int32

  init(_ manner: Manner) throws {
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
    Thread.detachNewThread { Self.serve(number, manner) }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Answers every CONNECT until the listener is shut down.
  private static func serve(_ listener: Int32, _ manner: Manner) {
    var open: [Int32] = []
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { break }
      var packet = [UInt8](repeating: 0, count: 256)
      let count = unsafe recv(client, &packet, packet.count, 0)
      // The protocol level stands behind the fixed header (2 bytes) and the name `MQTT` (6).
      if manner == .floods {
        flood(client, version: count > 8 ? packet[8] : 0)
        close(client)
        continue
      }
      if manner == .denies {
        deny(client, version: count > 8 ? packet[8] : 0)
        close(client)
        continue
      }
      let isKnown = count > 8 && packet[8] == 4
      if !isKnown, manner == .closes {
        close(client)
        continue
      }
      open.append(client)
      if !isKnown, manner == .ignores { continue }
      // CONNACK: accepted, or refused for its protocol version (MQTT 3.1.1, 3.2.2.3).
      let answer: [UInt8] = [0x20, 0x02, 0x00, isKnown ? 0x00 : 0x01]
      unsafe send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    }
    for client in open { close(client) }
    close(listener)
  }

  /// Accepts, and refuses what is subscribed to: Not authorized, in MQTT 3.1.1 without a reason.
  private static func deny(_ client: Int32, version: UInt8) {
    let isFive = version == 5
    var answer: [UInt8] = isFive ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]
    unsafe send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    var packet = [UInt8](repeating: 0, count: 256)
    while unsafe recv(client, &packet, packet.count, 0) > 4 {
      // The packet's number stands behind the fixed header.
      answer = [0x90, isFive ? 4 : 3, packet[2], packet[3]] + (isFive ? [0, 0x87] : [0x80])
      unsafe send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// Accepts, and begins a PUBLISH of 200 MB; ends when nobody takes more of it.
  private static func flood(_ client: Int32, version: UInt8) {
    // CONNACK, in MQTT 5 with no properties; topic `a`.
    let isFive = version == 5
    let accepted: [UInt8] = isFive ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]
    let start: [UInt8] = [0x30, 0x80, 0x80, 0x80, 0x64, 0, 1, 0x61] + (isFive ? [0] : [])
    let block = [UInt8](repeating: 0x78, count: 64 << 10)
    for bytes in [accepted, start] {
      unsafe send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
    while unsafe send(client, block, block.count, Int32(MSG_NOSIGNAL)) > 0 {}
  }
}

/// The largest amount of memory that this process has had, in bytes.
private func peakMemory() -> Int {
  var usage = rusage()
  unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss << 10
}

@Suite("An old broker")
struct OldBrokerTests {
  @Test("A broker that refuses MQTT 5 gets 3.1.1 from the next attempt on")
  func fallback() throws {
    let broker = try OldBroker(.refuses)
    var client = try DrivenSession(
      DestinationPlan(id: "old", host: "127.0.0.1", port: broker.port), "s",
      will: .sample("nomori/site/status", "offline"))

    #expect(try client.failureOfConnecting() == .versionRefused)
    #expect(try client.connect() == .connected(sessionPresent: false))
    _ = try client.session.publish(.sample("site/event", "x"))
    #expect(client.session.provenVersions[0] == .v311)
  }

  @Test("A broker that closes on MQTT 5 gets 3.1.1, asked for 5 once more, and is then remembered")
  func silence() throws {
    let broker = try OldBroker(.closes)
    let plan = DestinationPlan(id: "old", host: "127.0.0.1", port: broker.port)
    var client = try DrivenSession(plan, "s")
    for _ in 0..<2 {
      #expect(client.session.provenVersions[0] == nil)
      #expect(try client.failureOfConnecting() == .closedUnanswered(next: .v311))
      #expect(try client.connect() == .connected(sessionPresent: false))
    }
    #expect(client.session.provenVersions[0] == .v311)
    #expect(try client.connect() == .connected(sessionPresent: false))

    // What one session has found spares the next the search.
    var later = try DrivenSession(plan, "t", provenVersion: client.session.provenVersions[0])
    #expect(try later.connect() == .connected(sessionPresent: false))
  }

  @Test("A broker that never answers MQTT 5 gets 3.1.1 in turn, which is then remembered")
  func noAnswer() throws {
    let broker = try OldBroker(.ignores)
    let plan = DestinationPlan(id: "old", host: "127.0.0.1", port: broker.port)
    var client = try DrivenSession(plan, "s")
    for _ in 0..<2 {
      #expect(client.session.provenVersions[0] == nil)
      try client.session.connect()
      // Until the connection is made and the CONNECT is there, and the time for its answer is over.
      for _ in 0..<5 { #expect(client.session.poll(milliseconds: 20).isEmpty) }
      client.session.disconnect()
      #expect(try client.connect() == .connected(sessionPresent: false))
    }
    #expect(client.session.provenVersions[0] == .v311)
    #expect(client.session.version == .v311)
  }

  @Test("A refused subscription is told", arguments: [ProtocolVersion.v5, .v311])
  func refusedSubscription(version: ProtocolVersion) throws {
    let broker = try OldBroker(.denies)
    var client = try DrivenSession(
      DestinationPlan(id: "d", host: "127.0.0.1", port: broker.port), "s", provenVersion: version)
    try client.connect()
    try client.session.subscribe(to: "a/#")
    let told = try client.wait { incident in
      if case .subscriptionRefused(filter: "a/#", reason: _) = incident { true } else { false }
    }
    guard case .subscriptionRefused(_, let reason) = told else { return }
    #expect(version != .v5 || reason == "Not authorized")
    client.session.disconnect()
  }

  @Test(
    "A packet of 200 MB is cut off before memory grows", arguments: [ProtocolVersion.v5, .v311])
  func flood(version: ProtocolVersion) throws {
    let broker = try OldBroker(.floods)
    var client = try DrivenSession(
      DestinationPlan(id: "d", host: "127.0.0.1", port: broker.port), "s", provenVersion: version)
    let before = peakMemory()
    try client.connect()
    let end = try client.wait { if case .disconnected = $0 { true } else { false } }
    #expect(
      end == .disconnected(.lost(reason: "the broker sent a packet of more than 262144 bytes")))
    #expect(peakMemory() - before < 32 << 20)
  }
}
