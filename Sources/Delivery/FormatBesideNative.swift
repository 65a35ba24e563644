/// A format that has words for some things only: what it does not say itself is said in the native format beside
/// it.
public protocol FormatBesideNative: PayloadFormat {
  /// The native format at the same destination.
  var native: NativeFormat { get }
}

extension FormatBesideNative {
  /// What tells a fact, in the native format.
  public func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    native.messages(of: fact, isDurable: isDurable, at: moment)
  }

  /// Where an alarm stands, in the native format.
  public func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    native.message(of: alarm, at: moment)
  }

  /// Whether the gateway is there, in the native format.
  public func status(
    _ connection: ConnectionState, at moment: SendingMoment
  ) -> MQTTMessage {
    native.status(connection, at: moment)
  }

  /// That the gateway was cut off, in the native format.
  public func will() -> MQTTMessage { native.will() }

  /// What became of a command, in the native format.
  public func answer(_ answer: CommandAnswer) -> MQTTMessage { native.answer(answer) }
}

extension Speaker {
  /// The native format that speaks for it.
  var nativeFormat: NativeFormat {
    NativeFormat(site: site, session: session, version: version, topics: topics)
  }
}
