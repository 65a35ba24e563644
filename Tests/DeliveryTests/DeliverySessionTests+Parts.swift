import Delivery
import DetectionCore
import Testing

/// What the tests of sessions are made of.
extension DeliverySessionTests {
  static func session(
    format: any PayloadFormat = TextFormat(), isGivenObservations: Bool = false
  ) -> DeliverySession {
    DeliverySession(
      format: format, site: RiverSite.description(), isGivenObservations: isGivenObservations,
      online: .online(since: RiverSite.wallTime),
      time: RiverSite.time, seed: 1, at: .zero)
  }

  static func message(_ text: String) -> MQTTMessage { TextFormat.message(text) }

  static func page(_ positions: [Int64]) -> OutboxPage {
    OutboxPage(
      entries: positions.map { number in
        OutboxEntry(
          position: OutboxPosition(rawValue: number),
          fact: Fact(
            id: "event \(number)", site: "s", mode: .test, precedence: .alarm,
            time: RiverSite.time, content: .gap(GapFact(reason: .quota))))
      }, through: OutboxPosition(rawValue: positions.last ?? 0))
  }

  /// Answers the session's question with nothing.
  static func loadNothing(_ session: inout DeliverySession) {
    guard case .load(let position, _) = session.next(at: .zero) else {
      Issue.record("expected a question to the outbox")
      return
    }
    session.loaded(OutboxPage(entries: [], through: position))
  }

  /// Answers the session's question for observations of an earlier start with none.
  static func loadNoObservations(_ session: inout DeliverySession) {
    guard case .loadObservations = session.next(at: .zero) else {
      Issue.record("expected a question for observations")
      return
    }
    session.observationsLoaded([])
  }

  static func connect(_ session: inout DeliverySession) {
    guard case .connect = session.next(at: .zero) else {
      Issue.record("expected an attempt to connect")
      return
    }
    session.handle(.connected(sessionPresent: false), at: .zero)
  }

  /// Takes the next message over under `packet`; returns its text.
  static func publish(
    _ session: inout DeliverySession, packet: Int32, at now: Instant = .zero
  ) -> String? {
    guard case .publish(let message) = session.next(at: now) else { return nil }
    session.published(PacketNumber(rawValue: packet), at: now)
    return message.text
  }
}

extension Instant {
  static var zero: Instant { Instant(nanoseconds: 0) }
}

/// A format whose messages are easily read: a fact is its id, as often as `parts` says.
struct TextFormat: PayloadFormat {
  var parts = 1

  static func message(_ text: String, _ quality: MQTTMessage.Quality = .atLeastOnce) -> MQTTMessage
  {
    MQTTMessage(
      topic: text, payload: Array(text.utf8), quality: quality,
      label: PayloadLabel(schema: "s", site: "s", mode: .test))
  }

  func messages(of fact: Fact, isDurable: Bool, at moment: SendingMoment) -> [MQTTMessage] {
    Array(repeating: Self.message(fact.id), count: parts)
  }
  func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    RiverSite.format().message(of: alarm, at: moment)
  }
  func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    Self.message("value \(assessed.reading.value)", .atMostOnce)
  }
  func status(_ connection: ConnectionState, at moment: SendingMoment) -> MQTTMessage {
    if case .stopped = connection { Self.message("offline") } else { Self.message("online") }
  }
  func will() -> MQTTMessage { Self.message("lost") }
  func answer(_ answer: CommandAnswer) -> MQTTMessage { Self.message("answer") }
}
