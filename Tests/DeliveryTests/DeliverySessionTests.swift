import Delivery
import DetectionCore
import Testing

@Suite("Delivery sessions")
struct DeliverySessionTests {
  @Test("Nothing is lost, reordered or repeated without need", arguments: 0..<40)
  func simulation(run: Int) {
    // Thirty fixed seeds, and ten that differ from run to run.
    let seed = run < 30 ? UInt64(run) : UInt64.random(in: 0 ... .max)
    var simulation = DeliverySimulation(seed: seed)
    simulation.run(events: 200)

    let wrong = zip(simulation.received, simulation.expected).first { $0 != $1 }
    #expect(simulation.received.count == simulation.expected.count, "seed \(seed)")
    #expect(wrong == nil, "seed \(seed)")
    #expect(simulation.depth == 0, "seed \(seed)")
    let alarm = simulation.retained.first { $0.topic == "nomori/v1/site/alarm/a" }
    #expect(alarm?.text == "last", "seed \(seed)")
    // Now and then a random run meets no fault at all.
    #expect(run >= 30 || simulation.statistics.connects > 1, "seed \(seed): nothing went wrong")
  }

  @Test("The simulation does repeat messages, and telemetry does get through")
  func simulationBites() {
    var repeats = 0
    var telemetry = 0
    for seed in 0..<10 as Range<UInt64> {
      var simulation = DeliverySimulation(seed: seed)
      simulation.run(events: 200)
      repeats += simulation.repeats
      telemetry += simulation.telemetry
    }
    #expect(repeats > 0 && telemetry > 0)
  }

  @Test("After a connect come the status, the alarms, then events")
  func orderAfterConnect() {
    var session = Self.session()
    session.alarmChanged(Self.message("alarm"), rule: 0)
    session.pointChanged(Self.message("value", .atMostOnce), point: PointIndex(rawValue: 0))
    Self.connect(&session)

    #expect(Self.publish(&session, packet: 1) == "online")
    #expect(Self.publish(&session, packet: 2) == "alarm")
    #expect(session.next(at: .zero) == .load(after: .start, limit: DeliveryLimits.window))
    session.loaded([Self.entry(1)])
    #expect(Self.publish(&session, packet: 3) == "event 1")
    #expect(Self.publish(&session, packet: 4) == "value")
    #expect(session.next(at: .zero) == .wait(until: .zero + DeliveryLimits.acknowledgeTimeout))
    session.handle(.acknowledged(PacketNumber(rawValue: 3)), at: .zero)
    #expect(session.next(at: .zero) == .acknowledge([OutboxPosition(rawValue: 1)]))
  }

  @Test("A topic gets the destination's root")
  func topicRoot() {
    var session = Self.session()
    Self.connect(&session)
    guard case .publish(let message) = session.next(at: .zero) else {
      Issue.record("expected a message")
      return
    }
    #expect(message.topic == "a/b/online")
  }

  @Test("A broker that never acknowledges is left after a while, and found again")
  func acknowledgeTimeout() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    session.loaded([])
    let late = Instant.zero + DeliveryLimits.acknowledgeTimeout
    #expect(session.next(at: late) == .disconnect)
    guard case .wait(let until) = session.next(at: late) else {
      Issue.record("expected a pause")
      return
    }
    #expect(until > late && until <= late + .seconds(1))
    #expect(session.next(at: until) == .connect)
  }

  @Test("A broker that never answers the connect is given up")
  func connectTimeout() {
    var session = Self.session()
    #expect(session.next(at: .zero) == .connect)
    let deadline = Instant.zero + DeliveryLimits.connectTimeout
    #expect(session.next(at: .zero) == .wait(until: deadline))
    #expect(session.next(at: deadline) == .disconnect)
    #expect(session.statistics.lastError?.recovery == .holdOutput)
  }

  @Test("A rejected event stays, and is sent again on the next connection")
  func rejected() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    session.loaded([Self.entry(1)])
    #expect(Self.publish(&session, packet: 2) == "event 1")
    session.handle(.rejected(PacketNumber(rawValue: 2), reason: "no"), at: .zero)
    #expect(session.next(at: .zero) == .disconnect)
    #expect(session.statistics.rejected == 1)
    let later = Instant.zero + .seconds(60)
    #expect(session.next(at: later) == .connect)
    session.handle(.connected(sessionPresent: true), at: later)
    #expect(Self.publish(&session, packet: 1, at: later) == "online")
    #expect(Self.publish(&session, packet: 2, at: later) == "event 1")
  }

  @Test("Waits grow while a broker only accepts and drops connections")
  func waitsGrow() {
    var session = Self.session()
    var now = Instant.zero
    var longest = TimeSpan.zero
    for _ in 0..<8 {
      #expect(session.next(at: now) == .connect)
      session.handle(.connected(sessionPresent: false), at: now)
      session.handle(.disconnected(.lost(reason: "gone")), at: now)
      guard case .wait(let until) = session.next(at: now) else { break }
      longest = max(longest, until - now)
      now = until
    }
    #expect(longest >= .seconds(30) && longest <= .seconds(60))
  }

  @Test("Values that are replaced before they are sent are counted")
  func coalescing() {
    var session = Self.session()
    for number in 0..<5 {
      session.pointChanged(
        Self.message("value \(number)", .atMostOnce), point: PointIndex(rawValue: 0))
    }
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    session.loaded([])
    #expect(Self.publish(&session, packet: 2) == "value 4")
    #expect(session.statistics.valuesReplaced == 4)
  }

  @Test("A value that is about to be sent is told from one that would wait")
  func aboutToSend() {
    let point = PointIndex(rawValue: 0)
    var session = Self.session()
    session.pointChanged(Self.message("first", .atMostOnce), point: point)
    // Not connected; then the status goes first; then the outbox has not been asked.
    #expect(session.isAboutToSend(point, at: .zero) == false)
    Self.connect(&session)
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(Self.publish(&session, packet: 1) == "online")
    #expect(session.isAboutToSend(point, at: .zero) == false)
    session.loaded([])
    #expect(session.isAboutToSend(point, at: .zero) == true)
    #expect(session.hasValuesToSend == true)
    #expect(session.isAboutToSend(PointIndex(rawValue: 1), at: .zero) == false)
    #expect(Self.publish(&session, packet: 2) == "first")
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(session.hasValuesToSend == false)
    session.pointChanged(Self.message("second", .atMostOnce), point: point)
    #expect(session.isAboutToSend(point, at: .zero) == true)
    #expect(session.next(at: .zero) != .finished)
    // The network takes no more for a while; then events go first.
    session.publishFailed(.congested, at: .zero)
    let later = Instant.zero + DeliveryLimits.holdTime
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(session.isAboutToSend(point, at: later) == true)
    session.eventsStored()
    #expect(session.isAboutToSend(point, at: later) == false)
  }

  @Test("Closing says offline, waits for the answer, and disconnects")
  func closing() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    session.handle(.acknowledged(PacketNumber(rawValue: 1)), at: .zero)
    session.close(offline: Self.message("offline"), at: .zero)
    #expect(Self.publish(&session, packet: 2) == "offline")
    #expect(session.next(at: .zero) == .wait(until: .zero + DeliveryLimits.closeTimeout))
    session.handle(.acknowledged(PacketNumber(rawValue: 2)), at: .zero)
    #expect(session.next(at: .zero) == .disconnect)
    #expect(session.next(at: .zero) == .finished)
  }

  @Test("Closing without a connection, or with a deaf broker, ends all the same")
  func closingOffline() {
    var session = Self.session()
    #expect(session.next(at: .zero) == .connect)
    session.close(offline: Self.message("offline"), at: .zero)
    #expect(session.next(at: .zero) == .disconnect)
    #expect(session.next(at: .zero) == .finished)

    var deaf = Self.session()
    Self.connect(&deaf)
    deaf.close(offline: Self.message("offline"), at: .zero)
    #expect(Self.publish(&deaf, packet: 1) == "offline")
    #expect(deaf.next(at: .zero + DeliveryLimits.closeTimeout) == .disconnect)
    #expect(deaf.next(at: .zero + DeliveryLimits.closeTimeout) == .finished)
  }

  // MARK: Parts

  private static func session() -> DeliverySession {
    DeliverySession(
      plan: DestinationPlan(id: "d", host: "h", port: 1, topicRoot: "a/b"),
      site: RiverSite.description(), online: message("online"), seed: 1, at: .zero)
  }

  private static func message(
    _ text: String, _ quality: MQTTMessage.Quality = .atLeastOnce
  ) -> MQTTMessage {
    MQTTMessage(
      topic: text, payload: Array(text.utf8), quality: quality,
      label: PayloadLabel(schema: "s", site: "s", mode: .test))
  }

  private static func entry(_ position: Int64) -> OutboxEntry {
    OutboxEntry(
      position: OutboxPosition(rawValue: position),
      event: OutboxEvent(id: "\(position)", message: message("event \(position)")))
  }

  private static func connect(_ session: inout DeliverySession) {
    #expect(session.next(at: .zero) == .connect)
    session.handle(.connected(sessionPresent: false), at: .zero)
  }

  /// Takes the next message over under `packet`; returns its text.
  private static func publish(
    _ session: inout DeliverySession, packet: Int32, at now: Instant = .zero
  ) -> String? {
    guard case .publish(let message) = session.next(at: now) else { return nil }
    session.published(PacketNumber(rawValue: packet), at: now)
    return message.text
  }
}

extension Instant {
  fileprivate static var zero: Instant { Instant(nanoseconds: 0) }
}
