public import DetectionCore

/// The numbers that bound a `DeliverySession`, and why they are what they are.
public enum DeliveryLimits {
  /// Messages sent and not yet acknowledged. Below the 20 that brokers take by default
  /// (MQTT 5 Receive Maximum of common configurations), so that the client library queues none.
  public static let window = 16
  /// Facts that are read from the outbox at once: the more, the fewer times its disk is waited for while a
  /// backlog is sent, and some hundred kilobytes at most.
  public static let page = 128
  /// Facts with observations that are read from the outbox at once: few, so that what is read while an alarm
  /// stands is the newest.
  public static let observationPage = 16
  /// Observations that one fact holds at most: some three kilobytes, which is what an event may have to wait for
  /// on a slow link.
  public static let observationsAtOnce = 20
  /// The least time that the readings before an event span where its sentence says how fast the value changes.
  public static let toldTrendTime = TimeSpan.seconds(180)
  /// How long a broker may take to accept a connection. Longer than a TLS handshake over a
  /// slow LTE link, shorter than the patience of a person at the box.
  public static let connectTimeout = TimeSpan.seconds(30)
  /// How long a broker may take to acknowledge a message before the connection counts as broken.
  public static let acknowledgeTimeout = TimeSpan.seconds(60)
  /// How long an orderly end may take; below the 90 s in which systemd wants a service gone.
  public static let closeTimeout = TimeSpan.seconds(2)
  /// How often a fact is offered to a broker that refuses it before it is set aside: once more after a
  /// fault of the moment, and once more for certainty.
  public static let attempts = 3
  /// Pause after a refused message; other facts wait meanwhile, so that their order holds.
  public static let refusalPause = TimeSpan.seconds(1)
  /// How long after the machine's start facts wait for the wall clock to be set before they are told without
  /// a trusted time: longer than a modem and a time server take.
  public static let synchronizationTime = TimeSpan.seconds(120)
  /// Pause after the network or the store took no more.
  public static let holdTime = TimeSpan.milliseconds(100)
  /// Pause of telemetry while a slow link has not carried what it was given.
  public static let valuePause = TimeSpan.milliseconds(50)
  /// How long a last will waits for the site to come back, in seconds (MQTT 5): a short
  /// reconnect is not worth an `offline`.
  public static let willDelaySeconds: UInt32 = 10
  /// How long a broker keeps our subscriptions after the connection is gone, in seconds
  /// (MQTT 5): one day.
  public static let sessionExpirySeconds: UInt32 = 86_400
}
