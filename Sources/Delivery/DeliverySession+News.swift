public import DetectionCore

// What happens on the gateway's side, and what a receiver says.

extension DeliverySession {
  /// New facts are in the outbox.
  public mutating func factsAppended() {
    reader.factsAppended()
    observationReader.factsAppended()
  }

  /// The store answers again: what was passed over can be read.
  public mutating func storeRecovered() {
    reader.storeRecovered()
    observationReader.storeRecovered()
  }

  /// Facts that were set aside are to be offered again.
  public mutating func factsOfferedAgain() {
    reader.factsOfferedAgain()
    observationReader.factsOfferedAgain()
  }

  /// An alarm stands anew.
  public mutating func alarmChanged(_ state: AlarmState) { queue.setAlarm(state) }

  /// A point has a newer value; one not yet sent is replaced.
  public mutating func pointChanged(_ assessed: AssessedReading) {
    if !queue.setPoint(assessed) { statistics.valuesReplaced += 1 }
  }

  /// The clocks show `time`. Where the wall clock can be trusted, times of this start of the machine are known
  /// from now on.
  public mutating func clocksShow(_ time: FactTime) {
    guard clock.show(time) else { return }
    queue.sayAlarms { !$0.since.synchronized && $0.since.boot == time.boot }
  }

  /// What the format wants to hear, beside commands.
  public var subscriptions: [String] { queue.format.subscriptions }

  /// Something that the format wants to hear has come.
  public mutating func take(_ message: ReceivedMessage) { queue.take(message) }
}
