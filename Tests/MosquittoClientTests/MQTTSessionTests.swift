import Delivery
import Foundation
import MosquittoClient
import Testing

@Suite(
  "MQTT sessions with a real mosquitto", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct MQTTSessionTests {
  @Test("A message arrives with QoS 1 and is acknowledged under its number")
  func publishIsAcknowledged() throws {
    let broker = try PrivateBroker()
    var watcher = try MQTTSession(plan: .local(broker), clientID: "watcher", will: nil)
    try watcher.connectAndWait()
    try watcher.subscribe(to: Topics.everything(below: "nomori/v1"))
    var sender = try MQTTSession(plan: .local(broker), clientID: "sender", will: nil)
    try sender.connectAndWait()
    try watcher.settle()

    let packet = try sender.publish(.sample("nomori/v1/site/event", "水位"))
    let acknowledged = try sender.wait { $0 == .acknowledged(packet) }
    let received = try watcher.waitForMessage(on: "nomori/v1/site/event")

    #expect(acknowledged == .acknowledged(packet))
    #expect(received.text == "水位")
    #expect(!received.isRetained)
  }

  @Test("A retained message reaches a later subscriber, marked as retained")
  func retained() throws {
    let broker = try PrivateBroker()
    var sender = try MQTTSession(plan: .local(broker), clientID: "sender", will: nil)
    try sender.connectAndWait()
    let packet = try sender.publish(.sample("a/alarm/x", "raised", isRetained: true))
    try sender.wait { $0 == .acknowledged(packet) }

    var watcher = try MQTTSession(plan: .local(broker), clientID: "watcher", will: nil)
    try watcher.connectAndWait()
    try watcher.subscribe(to: "a/#")

    let received = try watcher.waitForMessage(on: "a/alarm/x")
    #expect(received.text == "raised")
    #expect(received.isRetained)
  }

  @Test("A client that vanishes leaves its will; one that disconnects does not")
  func lastWill() throws {
    let broker = try PrivateBroker()
    var watcher = try MQTTSession(plan: .local(broker), clientID: "watcher", will: nil)
    try watcher.connectAndWait()
    try watcher.subscribe(to: "#")
    try watcher.settle()
    do {
      var polite = try MQTTSession(
        plan: .local(broker), clientID: "polite", will: .sample("polite/status", "offline"),
        keepsSession: false)
      try polite.connectAndWait()
      polite.disconnect()
      var rude = try MQTTSession(
        plan: .local(broker), clientID: "rude", will: .sample("rude/status", "offline"),
        keepsSession: false)
      try rude.connectAndWait()
      // Without a kept session the will is due at once; the session's end closes the socket.
    }

    let received = try watcher.waitForMessage()
    #expect(received.topic == "nomori/v1/rude/status")
    #expect(received.text == "offline")
  }
}
