import Delivery
import LinuxHost
import MosquittoClient
import Testing

@Suite(
  "MQTT sessions with a real mosquitto", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct MQTTSessionTests {
  @Test("A message arrives with QoS 1 and is acknowledged under its number")
  func publishIsAcknowledged() throws {
    let broker = try PrivateBroker()
    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: Topics.everything(below: "nomori/v1"))
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()

    let packet = try sender.session.publish(.sample("nomori/v1/site/event", "水位"))
    let acknowledged = try sender.wait { $0 == .acknowledged(packet) }
    let received = try watcher.message(on: "nomori/v1/site/event")

    #expect(acknowledged == .acknowledged(packet))
    #expect(received.text == "水位")
    #expect(!received.isRetained)
  }

  @Test("A retained message reaches a later subscriber, marked as retained")
  func retained() throws {
    let broker = try PrivateBroker()
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()
    try sender.deliver(.sample("a/alarm/x", "raised", isRetained: true))

    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "a/#")

    let received = try watcher.message(on: "a/alarm/x")
    #expect(received.text == "raised")
    #expect(received.isRetained)
  }

  @Test("A client that vanishes leaves its will; one that disconnects does not")
  func lastWill() throws {
    let broker = try PrivateBroker()
    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "nomori/#")
    do {
      var polite = try DrivenSession(
        .local(broker), "polite", will: .sample("nomori/polite/status", "offline"))
      try polite.connect()
      polite.session.disconnect()
      var rude = try DrivenSession(
        .local(broker), "rude", will: .sample("nomori/rude/status", "offline"), keepsSession: false)
      try rude.connect()
      // Without a kept session the will is due at once; the session's end closes the socket.
    }

    let received = try watcher.message()
    #expect(received.topic == "nomori/rude/status")
    #expect(received.text == "offline")

    // Who keeps no session has the will published at an orderly end as well.
    var leaving = try DrivenSession(
      .local(broker), "leaving", will: .sample("nomori/leaving/status", "offline"),
      keepsSession: false)
    try leaving.connect()
    leaving.session.disconnect()
    #expect(try watcher.message().topic == "nomori/leaving/status")
  }

  @Test("The broker keeps subscriptions and messages for a kept session")
  func keptSession() throws {
    let broker = try PrivateBroker()
    do {
      var watcher = try DrivenSession(.local(broker), "watcher")
      #expect(try watcher.connect() == .connected(sessionPresent: false))
      try watcher.subscribe(to: "nomori/#")
    }
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()
    try sender.deliver(.sample("nomori/event", "meanwhile"))

    var watcher = try DrivenSession(.local(broker), "watcher")
    #expect(try watcher.connect() == .connected(sessionPresent: true))
    // What it kept is told apart from what comes now, also once we have subscribed again.
    try watcher.subscribe(to: "nomori/#")
    let kept = try watcher.message(on: "nomori/event")
    #expect(kept.text == "meanwhile" && kept.isKept && kept.expirySeconds == nil)
    var message = MQTTMessage.sample("nomori/event", "now")
    message.expirySeconds = 60
    try sender.deliver(message)
    let fresh = try watcher.message(on: "nomori/event")
    #expect(fresh.text == "now" && !fresh.isKept && (59...60).contains(fresh.expirySeconds ?? 0))
  }

  @Test("Content type, expiry and user properties reach an MQTT 5 subscriber")
  func properties() throws {
    let broker = try PrivateBroker()
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()
    var message = MQTTMessage.sample("a/point/x", "1", isRetained: true)
    message.expirySeconds = 3_600
    try sender.deliver(message)

    let command = [
      "mosquitto_sub", "-V", "mqttv5", "-p", "\(broker.port)", "-t", "a/#", "-C", "1", "-W", "10",
      "-F", "%C|%E|%P|%p",
    ]
    guard let output = try? outputOf(command) else {
      Issue.record("mosquitto_sub did not run (apt install mosquitto-clients)")
      return
    }
    let fields = String(decoding: output, as: UTF8.self).split(separator: "|").map(String.init)
    try #require(fields.count == 4)
    #expect(fields[0] == "application/json")
    #expect(try #require(Int(fields[1])) > 3_500)
    #expect(fields[2].contains("schema:nomori/test/1") && fields[2].contains("mode:test"))
  }

  @Test("Over MQTT 3.1.1 a value that is out of date is emptied by us, and all at a planned end")
  func emptied() throws {
    let broker = try PrivateBroker()
    var sender = try DrivenSession(.local(broker), "sender", provenVersion: .v311)
    try sender.connect()
    func value(_ topic: String, seconds: UInt32) -> MQTTMessage {
      var message = MQTTMessage.sample(topic, "1", isRetained: true)
      message.quality = .atMostOnce
      message.expirySeconds = seconds
      return message
    }
    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "a/#")
    _ = try sender.session.publish(value("a/short", seconds: 1))
    _ = try sender.session.publish(value("a/long", seconds: 3_600))
    try sender.deliver(.sample("a/alarm", "raised", isRetained: true))
    for text in ["1", "1", "raised"] { #expect(try watcher.message().text == text) }

    let emptied = try watcher.message { _ = sender.session.poll(milliseconds: 10) }
    #expect(emptied.topic == "a/short" && emptied.payload == [])
    sender.session.emptyExpiring()
    sender.session.disconnect()
    #expect(try watcher.message().topic == "a/long")

    var later = try DrivenSession(.local(broker), "later")
    try later.connect()
    try later.subscribe(to: "a/#")
    try later.deliver(.sample("a/end", ""))
    #expect(try later.message().topic == "a/alarm")
    #expect(try later.message().topic == "a/end")
  }

  @Test("Telemetry that gathers is sent before a message that must arrive, or with the next poll")
  func gathering() throws {
    let broker = try PrivateBroker()
    var watcher = try DrivenSession(.local(broker), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "nomori/#")
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()

    for round in 0..<20 {
      var sent: [String] = []
      for number in 0..<50 {
        var message = MQTTMessage.sample("nomori/point", "\(round).\(number)")
        message.quality = .atMostOnce
        _ = try sender.session.publish(message)
        sent.append(message.text)
      }
      if round % 2 == 0 {
        let event = MQTTMessage.sample("nomori/event", "\(round)")
        _ = try sender.session.publish(event)
        sent.append(event.text)
      } else {
        _ = sender.session.poll(milliseconds: 0)
      }
      // Nothing but that has sent them: the sender does nothing meanwhile.
      for text in sent { #expect(try watcher.message().text == text) }
    }
  }

  @Test("A readable wake descriptor ends a poll, connected or not")
  func wake() throws {
    let broker = try PrivateBroker()
    let signal = try WakeSignal()
    var client = try DrivenSession(
      .local(broker), "s", wakeDescriptor: signal.descriptor)
    signal.raise()
    let waited = try ContinuousClock().measure {
      #expect(client.session.poll(milliseconds: 60_000) == [])
      try client.connect()
      #expect(client.session.poll(milliseconds: 60_000) == [])
    }
    #expect(waited < .seconds(50))
  }

  @Test("Nobody at the port, an unknown name, and a connection that was never made")
  func unreachable() throws {
    // Nobody serves tcpmux, and no test can be given its number.
    let port: UInt16 = 1
    var client = try DrivenSession(
      DestinationPlan(id: "d", host: "127.0.0.1", port: port), "s")
    guard case .unreachable = try client.failureOfConnecting() else {
      Issue.record("expected: not reachable")
      return
    }
    #expect(throws: BrokerError.notConnected) { try client.session.publish(.sample("a", "b")) }
    #expect(client.session.poll(milliseconds: 0) == [])

    var nameless = try DrivenSession(
      DestinationPlan(id: "d", host: "no.such.host.invalid", port: port), "s")
    guard case .unreachable = try nameless.failureOfConnecting() else {
      Issue.record("expected: not reachable")
      return
    }
  }

  @Test("A message that MQTT cannot carry is refused, and the connection lives on")
  func badMessage() throws {
    let broker = try PrivateBroker()
    var client = try DrivenSession(.local(broker), "s")
    try client.connect()
    let error = #expect(throws: BrokerError.self) {
      try client.session.publish(.sample("a/#", "b"))
    }
    guard case .badMessage("a/#", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try client.deliver(.sample("a/b", "c"))
  }
}
