import Delivery
import DetectionCore
import Testing

/// A format that introduces itself, renews something, listens and remembers what it has told.
private struct TalkativeFormat: PayloadFormat {
  var nextRenewalNs: Int64?
  var announcementsDelivered = 0
  private var isChanged = false

  init(renewalNs: Int64? = nil) { nextRenewalNs = renewalNs }

  mutating func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    isChanged = true
    return [TextFormat.message(fact.id)]
  }
  mutating func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    TextFormat.message("alarm")
  }
  mutating func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? { nil }
  mutating func status(_ connection: ConnectionState, at moment: SendingMoment) -> MQTTMessage {
    TextFormat.message("status")
  }
  mutating func will() -> MQTTMessage { TextFormat.message("lost") }
  func answer(_ answer: CommandAnswer) -> MQTTMessage { TextFormat.message("answer") }

  mutating func announcements(at moment: SendingMoment) -> [MQTTMessage] {
    ["one", "two"].map { TextFormat.message("\($0) after \(announcementsDelivered)") }
  }
  mutating func announced() { announcementsDelivered += 1 }
  mutating func renewals(at moment: SendingMoment) -> [MQTTMessage] {
    nextRenewalNs = nextRenewalNs.map { $0 + 60_000_000_000 }
    return [TextFormat.message("renewed")]
  }
  var subscriptions: [String] { ["rebirth"] }
  mutating func take(_ message: ReceivedMessage) -> Bool { message.topic == "rebirth" }
  mutating func changedMemory() -> [UInt8]? {
    defer { isChanged = false }
    return isChanged ? [1] : nil
  }
}

/// What a session does for a format beside rendering.
@Suite("Formats in a session")
struct FormatHookTests {
  private typealias Parts = DeliverySessionTests

  /// Sends and acknowledges all that is due, the outbox being empty; returns the texts in their order.
  private static func drain(
    _ session: inout DeliverySession, from packet: Int32, at now: Instant = .zero
  ) -> [String] {
    var texts: [String] = []
    while true {
      switch session.next(at: now) {
      case .publish(let message):
        session.published(PacketNumber(rawValue: packet + Int32(texts.count)), at: now)
        texts.append(message.text)
        continue
      case .load(let position, _):
        session.loaded(OutboxPage(entries: [], through: position))
        continue
      case .loadObservations:
        session.observationsLoaded([])
        continue
      case .remember:
        continue
      default: break
      }
      break
    }
    for index in texts.indices {
      session.handle(.acknowledged(PacketNumber(rawValue: packet + Int32(index))), at: now)
    }
    return texts
  }

  private static func session(renewalNs: Int64? = nil) -> DeliverySession {
    var session = Parts.session(format: TalkativeFormat(renewalNs: renewalNs))
    session.alarmChanged(RiverSite.state(RiverSite.alarm(.unacknowledged, stage: 1)))
    return session
  }

  @Test(
    "The introduction comes after the status and before alarms, after each connect and when asked for"
  )
  func introduction() {
    var session = Self.session()
    Parts.connect(&session)
    #expect(Self.drain(&session, from: 1) == ["status", "one after 0", "two after 0", "alarm"])
    #expect(session.subscriptions == ["rebirth"])
    session.take(ReceivedMessage(topic: "other", payload: [], isRetained: false))
    #expect(Self.drain(&session, from: 11) == [])
    session.take(ReceivedMessage(topic: "rebirth", payload: [], isRetained: false))
    #expect(Self.drain(&session, from: 21) == ["status", "one after 1", "two after 1", "alarm"])
    session.handle(.disconnected(.lost(reason: "x")), at: .zero)
    let later = Instant.zero + .seconds(3_600)
    guard case .connect = session.next(at: later) else {
      Issue.record("expected an attempt to connect")
      return
    }
    session.handle(.connected(sessionPresent: false), at: later)
    let again = Self.drain(&session, from: 31, at: later)
    #expect(again == ["status", "one after 2", "two after 2", "alarm"])
  }

  @Test("An introduction that was cut off is not delivered, and said whole again")
  func introductionCutOff() {
    var session = Self.session()
    Parts.connect(&session)
    #expect(Parts.publish(&session, packet: 1) == "status")
    #expect(Parts.publish(&session, packet: 2) == "one after 0")
    session.handle(.disconnected(.lost(reason: "x")), at: .zero)
    let later = Instant.zero + .seconds(3_600)
    _ = session.next(at: later)
    session.handle(.connected(sessionPresent: false), at: later)
    let again = Self.drain(&session, from: 11, at: later)
    #expect(again == ["status", "one after 0", "two after 0", "alarm"])
  }

  @Test("What a format remembers is stored before what it told is settled")
  func memory() {
    var session = Self.session()
    Parts.connect(&session)
    _ = Self.drain(&session, from: 1)
    session.factsAppended()
    guard case .load = session.next(at: .zero) else {
      Issue.record("expected a question to the outbox")
      return
    }
    session.loaded(Parts.page([1]))
    #expect(Parts.publish(&session, packet: 9) == "event 1")
    session.handle(.acknowledged(PacketNumber(rawValue: 9)), at: .zero)
    #expect(session.next(at: .zero) == .remember([1]))
    #expect(session.next(at: .zero) == .settle(OutboxPosition(rawValue: 1), .delivered))
  }

  @Test("While the network takes no more, a renewal that is due makes nobody spin")
  func renewalWhileHeld() {
    var session = Self.session(renewalNs: RiverSite.wallTime.nanosecondsSince1970 - 1)
    Parts.connect(&session)
    _ = session.next(at: .zero)
    session.publishFailed(.congested, at: .zero)
    #expect(session.next(at: .zero) == .wait(until: .zero + DeliveryLimits.holdTime))
  }

  @Test("What goes out of date is renewed when its time comes, once, behind all facts")
  func renewal() {
    let start = RiverSite.wallTime.nanosecondsSince1970
    var session = Self.session(renewalNs: start + 10_000_000_000)
    Parts.connect(&session)
    _ = Self.drain(&session, from: 1)
    #expect(session.next(at: .zero) == .wait(until: .zero + .seconds(10)))
    var time = RiverSite.time
    time.wallNs = start + 10_000_000_000
    session.clocksShow(time)
    session.factsAppended()
    let now = Instant.zero + .seconds(10)
    guard case .load = session.next(at: now) else {
      Issue.record("expected a question to the outbox")
      return
    }
    session.loaded(Parts.page([1]))
    #expect(Self.drain(&session, from: 11, at: now) == ["event 1", "renewed"])
    #expect(session.next(at: now) == .settle(OutboxPosition(rawValue: 1), .delivered))
    #expect(session.next(at: now) == .wait(until: now + .seconds(60)))
  }
}
