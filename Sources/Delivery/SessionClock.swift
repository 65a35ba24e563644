import DetectionCore

/// What a session knows of the time: what all clocks show, and whether that can be trusted.
struct SessionClock {
  /// The moment from which facts are told whatever the clock says.
  static let deadline = Instant(nanoseconds: 0) + DeliveryLimits.synchronizationTime

  private var time: FactTime
  /// What turns times of this start of the machine into wall times; nil while nothing does.
  private var reference: TimeReference?

  init(_ time: FactTime) { self.time = time }

  /// The clocks show `time`; true where the wall clock can be trusted for the first time.
  mutating func show(_ time: FactTime) -> Bool {
    self.time = time
    guard let reference = TimeReference(time) else { return false }
    defer { self.reference = reference }
    return self.reference == nil
  }

  /// What a format is to know of the time.
  var moment: SendingMoment {
    SendingMoment(
      now: WallTime(nanosecondsSince1970: time.wallNs, synchronized: time.synchronized),
      reference: reference)
  }

  /// False for a fact whose time is not known and may soon be: a machine that has just started has some time
  /// to learn it.
  func mayTell(_ fact: Fact, at now: Instant) -> Bool {
    fact.time.synchronized || reference != nil || fact.time.boot != time.boot
      || now >= Self.deadline
  }

  /// When the wall clock will show `wallNs` nanoseconds since 1970, `now` at the earliest.
  func instant(atNs wallNs: Int64, from now: Instant) -> Instant {
    wallNs <= time.wallNs ? now : now + TimeSpan(nanoseconds: wallNs &- time.wallNs)
  }
}
