public import DetectionCore

/// How facts and current states are written for one kind of receiver: pure, one file each.
///
/// Topics lack the destination's root. Everything is written at the moment of sending, with the time as it
/// is known by then.
public protocol PayloadFormat: Sendable {
  /// What tells a fact, in the order of sending; none where this format has no words for it.
  ///
  /// - Parameters:
  ///   - fact: What is to be told.
  ///   - isDurable: False while it is kept in memory alone.
  ///   - reference: What turns times of this start of the machine into wall times; nil while nothing does.
  func messages(of fact: Fact, isDurable: Bool, by reference: TimeReference?) -> [MQTTMessage]
  /// What says where an alarm stands; retained.
  func message(of alarm: AlarmState, by reference: TimeReference?) -> MQTTMessage?
  /// What says the newest value of a point; nil where the site has no such point.
  func point(_ assessed: AssessedReading) -> MQTTMessage?
  /// What says whether the gateway is there.
  func status(_ connection: ConnectionState) -> MQTTMessage
  /// What says what became of a command.
  func answer(_ answer: CommandAnswer) -> MQTTMessage
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
