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
    simulation.run(events: 120)

    #expect(simulation.received.count == simulation.expected.count, "seed \(seed)")
    #expect(Set(simulation.received) == Set(simulation.expected), "seed \(seed)")
    // What a store that does not answer holds is passed over; else the order is that of the events.
    if simulation.passedOver == 0 {
      #expect(simulation.received == simulation.expected, "seed \(seed)")
    }
    #expect(simulation.backlog == 0 && simulation.storedCount == 0, "seed \(seed)")
    let alarm = simulation.retained.first { $0.topic == "nomori/v1/river-nagi/alarm/river.stage" }
    #expect(
      alarm?.text.contains("\"lastEvent\":\"\(simulation.expected.last ?? "")\"") == true,
      "seed \(seed)")
    // Now and then a random run meets no fault at all.
    #expect(run >= 30 || simulation.statistics.connects > 1, "seed \(seed): nothing went wrong")
  }

  @Test("The simulation does repeat messages, send from memory, and let telemetry through")
  func simulationBites() {
    var repeats = 0
    var telemetry = 0
    var fromMemory = 0
    var passedOver = 0
    for seed in 0..<10 as Range<UInt64> {
      var simulation = DeliverySimulation(seed: seed)
      simulation.run(events: 120)
      repeats += simulation.repeats
      telemetry += simulation.telemetry
      fromMemory += simulation.sentFromMemory
      passedOver += simulation.passedOver
    }
    #expect(repeats > 0 && telemetry > 0 && fromMemory > 0 && passedOver > 0)
    print(
      "delivery: \(fromMemory) facts sent from memory, \(passedOver) times older ones passed over")
  }

  @Test("After a connect come the status, the alarms, then events")
  func orderAfterConnect() {
    var session = Self.session()
    session.alarmChanged(RiverSite.state(RiverSite.alarm(.normal, stage: 0)))
    session.pointChanged(RiverSite.reading(4))
    Self.connect(&session)

    #expect(Self.publish(&session, packet: 1) == "online")
    #expect(Self.publish(&session, packet: 2)?.contains("nomori/alarm/3") == true)
    #expect(session.next(at: .zero) == .load(after: .start, limit: DeliveryLimits.page))
    session.loaded(Self.page([1]))
    #expect(Self.publish(&session, packet: 3) == "event 1")
    Self.loadNothing(&session)
    Self.loadNoObservations(&session)
    #expect(Self.publish(&session, packet: 4) == "value 4.0")
    #expect(session.next(at: .zero) == .wait(until: .zero + DeliveryLimits.acknowledgeTimeout))
    session.handle(.acknowledged(PacketNumber(rawValue: 3)), at: .zero)
    #expect(session.next(at: .zero) == .settle(OutboxPosition(rawValue: 1), .delivered))
  }

  @Test("A broker that never acknowledges is left after a while, and found again")
  func acknowledgeTimeout() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    let late = Instant.zero + DeliveryLimits.acknowledgeTimeout
    #expect(session.next(at: late) == .disconnect)
    guard case .wait(let until) = session.next(at: late) else {
      Issue.record("expected a pause")
      return
    }
    #expect(until > late && until <= late + .seconds(1))
    #expect(session.next(at: until) == .connect(will: Self.message("lost")))
  }

  @Test("A broker that never answers the connect is given up")
  func connectTimeout() {
    var session = Self.session()
    #expect(session.next(at: .zero) == .connect(will: Self.message("lost")))
    let deadline = Instant.zero + DeliveryLimits.connectTimeout
    #expect(session.next(at: .zero) == .wait(until: deadline))
    #expect(session.next(at: deadline) == .disconnect)
    #expect(session.statistics.lastError?.recovery == .holdOutput)
  }

  @Test("A fact that the broker refuses each time is set aside, and the others go on in order")
  func rejected() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    #expect(session.next(at: .zero) == .load(after: .start, limit: DeliveryLimits.page))
    session.loaded(Self.page([1, 2]))
    var now = Instant.zero
    for attempt in 0..<Int32(DeliveryLimits.attempts) {
      #expect(Self.publish(&session, packet: 10 + attempt, at: now) == "event 1")
      session.handle(.rejected(PacketNumber(rawValue: 10 + attempt), reason: "no"), at: now)
      guard case .wait(let until) = session.next(at: now) else { break }
      #expect(until == now + DeliveryLimits.refusalPause, "no other overtakes it meanwhile")
      now = until
    }
    #expect(session.statistics.rejected == 3 && session.statistics.setAside == 1)
    #expect(Self.publish(&session, packet: 20, at: now) == "event 2")
  }

  @Test("The next facts are read while the last ones are sent")
  func readAhead() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    _ = session.next(at: .zero)
    session.loaded(Self.page(Array(1...Int64(DeliveryLimits.page))))
    var (sent, acknowledged): (Int32, Int32) = (1, 1)
    var question: DeliverySession.Action?
    while question == nil, sent <= Int32(DeliveryLimits.page) {
      switch session.next(at: .zero) {
      case .publish:
        sent += 1
        session.published(PacketNumber(rawValue: sent), at: .zero)
      case .wait:
        acknowledged += 1
        session.handle(.acknowledged(PacketNumber(rawValue: acknowledged)), at: .zero)
      case .settle: break
      case let action: question = action
      }
    }
    let last = OutboxPosition(rawValue: Int64(DeliveryLimits.page))
    #expect(question == .load(after: last, limit: DeliveryLimits.page))
    #expect(sent < Int32(DeliveryLimits.page), "some are still to be sent")
  }

  @Test("Facts that were set aside are read from the start when they are offered again")
  func offeredAgain() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    _ = session.next(at: .zero)
    session.loaded(Self.page([1, 2]))
    #expect(Self.publish(&session, packet: 2) == "event 1")
    #expect(Self.publish(&session, packet: 3) == "event 2")
    let after = OutboxPosition(rawValue: 2)
    #expect(session.next(at: .zero) == .load(after: after, limit: DeliveryLimits.page))
    session.loaded(OutboxPage(entries: [], through: after))
    session.factsOfferedAgain()
    #expect(session.next(at: .zero) == .load(after: .start, limit: DeliveryLimits.page))
    session.loaded(Self.page([1, 2]))
    // What is on its way is not sent a second time.
    #expect(session.next(at: .zero) == .load(after: after, limit: DeliveryLimits.page))
  }

  @Test("A fact that cannot be sent as it is gets set aside as well")
  func unsendable() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    _ = session.next(at: .zero)
    session.loaded(Self.page([1]))
    var now = Instant.zero
    var outcome: DeliverySession.Action?
    for _ in 0..<10 where outcome == nil {
      switch session.next(at: now) {
      case .publish:
        session.publishFailed(.badMessage(topic: "t", reason: "too large"), at: now)
      case .wait(let until): now = until
      case let action: outcome = action
      }
    }
    #expect(
      outcome
        == .settle(OutboxPosition(rawValue: 1), .setAside(fact: "event 1", reason: "too large")))
  }

  @Test(
    "A fact of two messages leaves when both are acknowledged, and is sent from the first on again")
  func twoMessages() {
    var session = Self.session(format: TextFormat(parts: 2))
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    _ = session.next(at: .zero)
    session.loaded(Self.page([1]))
    #expect(Self.publish(&session, packet: 2) == "event 1")
    #expect(Self.publish(&session, packet: 3) == "event 1")
    session.handle(.acknowledged(PacketNumber(rawValue: 2)), at: .zero)
    session.handle(.disconnected(.lost(reason: "gone")), at: .zero)
    let later = Instant.zero + .seconds(60)
    #expect(session.next(at: later) == .connect(will: Self.message("lost")))
    session.handle(.connected(sessionPresent: true), at: later)
    #expect(Self.publish(&session, packet: 1, at: later) == "online")
    #expect(Self.publish(&session, packet: 2, at: later) == "event 1")
    #expect(Self.publish(&session, packet: 3, at: later) == "event 1")
    session.handle(.acknowledged(PacketNumber(rawValue: 2)), at: later)
    session.handle(.acknowledged(PacketNumber(rawValue: 3)), at: later)
    #expect(session.next(at: later) == .settle(OutboxPosition(rawValue: 1), .delivered))
  }

  @Test("A fact for which the format has no words leaves at once")
  func noMessages() {
    var session = Self.session(format: TextFormat(parts: 0))
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    _ = session.next(at: .zero)
    session.loaded(Self.page([1]))
    #expect(session.next(at: .zero) == .settle(OutboxPosition(rawValue: 1), .delivered))
  }

  @Test(
    "A machine that has just started gives its clock time; what happened before is told rightly then"
  )
  func unsynchronised() throws {
    var session = Self.session(format: RiverSite.format())
    Self.connect(&session)
    _ = session.next(at: .zero)
    session.published(PacketNumber(rawValue: 1), at: .zero)
    _ = session.next(at: .zero)
    var event = RiverSite.event(.stageRaised, stage: 1)
    event.time = Instant(nanoseconds: 5_000_000_000)
    event.wallTime = WallTime(nanosecondsSince1970: 77, synchronized: false)
    let fact = RiverSite.source().fact(DecidedEvent(event))
    session.loaded(
      OutboxPage(
        entries: [OutboxEntry(position: OutboxPosition(rawValue: 1), fact: fact)],
        through: OutboxPosition(rawValue: 1)))
    // More may be there; what is read waits.
    Self.loadNothing(&session)
    Self.loadNoObservations(&session)
    let deadline = Instant.zero + DeliveryLimits.synchronizationTime
    guard case .wait(let until) = session.next(at: .zero) else {
      Issue.record("expected a wait for the clock")
      return
    }
    #expect(until <= deadline)
    let now = FactTime(
      boot: "boot", monotonicNs: 15_000_000_000, wallNs: 1_451_141_110_250_000_000,
      synchronized: true)
    session.clocksShow(now)
    guard case .publish(let message) = session.next(at: .zero) else {
      Issue.record("expected the event")
      return
    }
    #expect(message.text.contains("\"time\":\"2015-12-26T14:45:00.250Z\",\"synchronized\":true"))
  }

  @Test(
    "A fact whose time never becomes known is told as it is, once the machine has run for a while")
  func neverSynchronised() {
    let fact = FactTime(boot: "other", monotonicNs: 5, wallNs: 77, synchronized: false)
    let reference = TimeReference(
      FactTime(boot: "boot", monotonicNs: 9, wallNs: 1_000, synchronized: true))
    // Times of another start of the machine cannot be told from this one's.
    #expect(fact.wallTime(by: reference).nanosecondsSince1970 == 77)
    #expect(!fact.wallTime(by: reference).synchronized)
    var own = fact
    own.boot = "boot"
    #expect(own.wallTime(by: reference).nanosecondsSince1970 == 996)
    #expect(own.wallTime(by: nil).nanosecondsSince1970 == 77)
    // Where the system does not name its starts, one cannot be told from another.
    own.boot = ""
    var unnamed = reference
    unnamed?.boot = ""
    #expect(own.wallTime(by: unnamed).nanosecondsSince1970 == 77)
  }

  @Test("Waits grow while a broker only accepts and drops connections")
  func waitsGrow() {
    var session = Self.session()
    var now = Instant.zero
    var longest = TimeSpan.zero
    for _ in 0..<8 {
      #expect(session.next(at: now) == .connect(will: Self.message("lost")))
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
    for number in 0..<5 { session.pointChanged(RiverSite.reading(Double(number))) }
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    Self.loadNothing(&session)
    Self.loadNoObservations(&session)
    #expect(Self.publish(&session, packet: 2) == "value 4.0")
    #expect(session.statistics.valuesReplaced == 4)
  }

  @Test("A value that is about to be sent is told from one that would wait")
  func aboutToSend() {
    let point = PointIndex(rawValue: 0)
    var session = Self.session()
    session.pointChanged(RiverSite.reading(1))
    // Not connected; then the status goes first; then the outbox has not been asked.
    #expect(session.isAboutToSend(point, at: .zero) == false)
    Self.connect(&session)
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(Self.publish(&session, packet: 1) == "online")
    #expect(session.isAboutToSend(point, at: .zero) == false)
    Self.loadNothing(&session)
    Self.loadNoObservations(&session)
    #expect(session.isAboutToSend(point, at: .zero) == true)
    #expect(session.hasValuesToSend == true)
    #expect(session.isAboutToSend(PointIndex(rawValue: 1), at: .zero) == false)
    #expect(Self.publish(&session, packet: 2) == "value 1.0")
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(session.hasValuesToSend == false)
    session.pointChanged(RiverSite.reading(2))
    #expect(session.isAboutToSend(point, at: .zero) == true)
    #expect(session.next(at: .zero) != .finished)
    // The link is not done with earlier values for a while; events would go at once.
    session.publishFailed(.congested, at: .zero)
    let later = Instant.zero + DeliveryLimits.valuePause
    #expect(session.isAboutToSend(point, at: .zero) == false)
    #expect(session.isAboutToSend(point, at: later) == true)
    session.factsAppended()
    #expect(session.isAboutToSend(point, at: later) == false)
  }

  @Test("Closing says offline, waits for the answer, and disconnects")
  func closing() {
    var session = Self.session()
    Self.connect(&session)
    #expect(Self.publish(&session, packet: 1) == "online")
    session.handle(.acknowledged(PacketNumber(rawValue: 1)), at: .zero)
    session.close(.stopped(since: RiverSite.wallTime), at: .zero)
    #expect(Self.publish(&session, packet: 2) == "offline")
    #expect(session.next(at: .zero) == .wait(until: .zero + DeliveryLimits.closeTimeout))
    session.handle(.acknowledged(PacketNumber(rawValue: 2)), at: .zero)
    #expect(session.next(at: .zero) == .disconnect)
    #expect(session.next(at: .zero) == .finished)
  }

  @Test("Closing without a connection, or with a deaf broker, ends all the same")
  func closingOffline() {
    var session = Self.session()
    #expect(session.next(at: .zero) == .connect(will: Self.message("lost")))
    session.close(.stopped(since: RiverSite.wallTime), at: .zero)
    #expect(session.next(at: .zero) == .disconnect)
    #expect(session.next(at: .zero) == .finished)

    var deaf = Self.session()
    Self.connect(&deaf)
    deaf.close(.stopped(since: RiverSite.wallTime), at: .zero)
    #expect(Self.publish(&deaf, packet: 1) == "offline")
    #expect(deaf.next(at: .zero + DeliveryLimits.closeTimeout) == .disconnect)
    #expect(deaf.next(at: .zero + DeliveryLimits.closeTimeout) == .finished)
  }
}
