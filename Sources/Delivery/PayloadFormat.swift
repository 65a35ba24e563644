public import DetectionCore

/// How facts and current states are written for one kind of receiver: pure, one file each, made for one
/// destination.
///
/// Topics are whole. Everything is written at the moment of sending, with the time as it is known by then.
/// What the broker did not get is asked for again, so the same question has to give the same message.
public protocol PayloadFormat: Sendable {
  /// What tells a fact, in the order of sending; none where this format has no words for it.
  ///
  /// - Parameters:
  ///   - fact: What is to be told.
  ///   - isDurable: False while it is kept in memory alone.
  ///   - moment: When it is sent.
  mutating func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage]
  /// The message that was asked for last has gone out. One that the network did not take is asked for again
  /// later, or never.
  mutating func published()
  /// What says where an alarm stands; retained.
  mutating func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage?
  /// What says the newest value of a point; nil where the site has no such point, or where this format tells
  /// no values.
  mutating func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage?
  /// What says whether the gateway is there: the first message after each connect, and the last one of a
  /// planned stop.
  mutating func status(_ connection: ConnectionState, at moment: SendingMoment) -> MQTTMessage
  /// What the broker publishes when the gateway is cut off; asked for before each attempt to connect.
  mutating func will() -> MQTTMessage
  /// What says what became of a command.
  func answer(_ answer: CommandAnswer) -> MQTTMessage

  /// What a receiver has to know before it understands anything else; sent after the status of each connect,
  /// and when `take` asks for it.
  mutating func announcements(at moment: SendingMoment) -> [MQTTMessage]
  /// The broker has all that was announced.
  mutating func announced()
  /// When `renewals` has something to say, in nanoseconds since 1970; nil for never.
  var nextRenewalNs: Int64? { get }
  /// What is to be said again, although nothing has changed, before it goes out of date.
  mutating func renewals(at moment: SendingMoment) -> [MQTTMessage]

  /// Whether the receiver is spoken to.
  var presence: FormatPresence { get }
  /// True where the broker is to keep subscriptions while the gateway is away, and to wait a little before it
  /// publishes the last will. Where not, it publishes the will at once, and at an orderly end too (MQTT 5).
  var keepsSession: Bool { get }

  /// What the format wants to hear, beside commands: topic filters.
  var subscriptions: [String] { get }
  /// Something that was subscribed to has come; true where the status is to be said again, and everything to
  /// be announced.
  mutating func take(_ message: ReceivedMessage) -> Bool

  /// What it has to remember over restarts, where that has changed since it was last asked.
  mutating func changedMemory() -> [UInt8]?
}

/// Whether a receiver is spoken to.
public enum FormatPresence: Sendable {
  /// It is.
  case speaks
  /// Nothing is said for now, while the connection stays.
  case waits
  /// The status is said, and the connection is ended and made anew.
  case leaves
}

extension PayloadFormat {
  /// Makes no difference.
  public mutating func published() {}
  /// It always is.
  public var presence: FormatPresence { .speaks }
  /// It is.
  public var keepsSession: Bool { true }
  /// Nothing: the receiver understands each message by itself.
  public mutating func announcements(at moment: SendingMoment) -> [MQTTMessage] { [] }
  /// Nothing was.
  public mutating func announced() {}
  /// Never.
  public var nextRenewalNs: Int64? { nil }
  /// Nothing goes out of date.
  public mutating func renewals(at moment: SendingMoment) -> [MQTTMessage] { [] }
  /// None.
  public var subscriptions: [String] { [] }
  /// Means nothing to the format.
  public mutating func take(_ message: ReceivedMessage) -> Bool { false }
  /// Nothing has to be remembered.
  public mutating func changedMemory() -> [UInt8]? { nil }
}

/// When something is sent, as far as the box knows.
public struct SendingMoment: Sendable {
  /// Now, by the wall clock.
  public var now: WallTime
  /// What turns times of this start of the machine into wall times; nil while nothing does.
  public var reference: TimeReference?

  /// Makes one.
  public init(now: WallTime, reference: TimeReference? = nil) {
    self.now = now
    self.reference = reference
  }
}

/// Whether a gateway is there.
public enum ConnectionState: Hashable, Sendable {
  /// Connected and at work, since it was started.
  case online(since: WallTime)
  /// Stopped as planned.
  case stopped(since: WallTime)
  /// Cut off: the last will. Nobody knows when it will be sent, so it has no time.
  case lost
}
