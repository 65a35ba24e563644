internal import DetectionCore

// What is told once: events, values for keeping, and what is missing of them. Each is one message, with the time
// at which it happened.

extension SparkplugFormat {
  /// Older than this when it is sent, a fact is for the archive alone.
  private static let lateMs: UInt64 = 120_000

  /// The data message that tells a fact; none for what the site no longer has.
  public mutating func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    let time = fact.time.wallTime(by: moment.reference)
    let changes =
      switch fact.content {
      case .event(let event): self.changes(by: event, fact, at: time)
      case .removal(let removal): removal.event.map { self.changes(by: $0, fact, at: time) } ?? []
      case .observations(let observed):
        observed.observations.flatMap { self.changes(by: $0, at: moment) }
      case .gap(let gap): [(catalogue.gap, Self.reading(of: gap, at: time))]
      case .rendered: [(metric: Int, reading: SparkplugReading)]()
      }
    let newestMs = changes.compactMap(\.reading.timeMs).max() ?? 0
    let isLate = newestMs &+ Self.lateMs < moment.now.milliseconds
    return [data(changes, at: moment, isLate: isLate)].compactMap(\.self)
  }

  private func changes(
    by event: EventFact, _ fact: Fact, at time: WallTime
  ) -> [(metric: Int, reading: SparkplugReading)] {
    let timeMs = time.milliseconds
    var properties = [
      SparkplugProperty("id", fact.id), SparkplugProperty("kind", event.kind),
      SparkplugProperty("mode", fact.mode.rawValue),
      SparkplugProperty("textJa", event.text.japanese),
      SparkplugProperty("synchronized", .boolean(time.synchronized)),
    ]
    for (name, subject) in [
      ("alarm", event.alarm?.rule), ("point", event.point), ("output", event.output),
    ] {
      if let subject { properties.append(SparkplugProperty(name, subject.id)) }
    }
    let words = SparkplugReading(
      timeMs: timeMs, value: .text(event.text.english), properties: properties)
    return alarmChanges(by: event, fact.id, timeMs) + [(catalogue.event, words)]
  }

  /// Where the event left its alarm; none where it says nothing of that.
  private func alarmChanges(
    by event: EventFact, _ id: String, _ timeMs: UInt64
  ) -> [(metric: Int, reading: SparkplugReading)] {
    guard let alarm = event.alarm, event.kind != DetectionEvent.Kind.commandRefused.name else {
      return []
    }
    let parts: [(SparkplugCatalogue.AlarmPart, SparkplugValue)] = [
      (.stage, .integer(Int32(alarm.stage.level))), (.condition, .text(alarm.state)),
      (.acknowledged, .boolean(Self.isAcknowledged(alarm.state))), (.event, .text(id)),
    ]
    return parts.compactMap { part, value in
      catalogue.alarm(alarm.rule.id, part).map {
        (metric: $0, reading: SparkplugReading(timeMs: timeMs, value: value))
      }
    }
  }

  private func changes(
    by observation: Observation, at moment: SendingMoment
  ) -> [(metric: Int, reading: SparkplugReading)] {
    let time = observation.time.wallTime(by: moment.reference)
    let number = SparkplugProperty("number", .long(Int64(clamping: observation.number)))
    func change(_ place: Int?, _ reading: SparkplugReading, _ further: [SparkplugProperty] = [])
      -> [(metric: Int, reading: SparkplugReading)]
    {
      guard let place else { return [] }
      var reading = reading
      reading.properties = [number] + further
      return [(place, reading)]
    }
    switch observation.content {
    case .value(let value, let flag):
      return change(catalogue.point(observation.point), .measured(value, flag: flag, at: time))
    case .gap(let gap):
      return change(
        catalogue.point(observation.point),
        SparkplugReading(timeMs: time.milliseconds, quality: .stale),
        [SparkplugProperty("reason", gap.reason.rawValue)])
    case .interval(let interval):
      let further = [
        SparkplugProperty("seconds", .double(Double(interval.lengthNs) / 1e9)),
        SparkplugProperty("count", .integer(Int32(clamping: interval.count))),
        SparkplugProperty("coverage", .double(interval.coverage)),
      ]
      return [
        (SparkplugCatalogue.IntervalPart.mean, interval.mean), (.minimum, interval.minimum),
        (.maximum, interval.maximum),
      ].flatMap { part, value in
        change(
          catalogue.interval(observation.point, part),
          .measured(value, flag: interval.flag, at: time), further)
      }
    }
  }

  /// What a destination was not told: why, and how much of it.
  private static func reading(of gap: GapFact, at time: WallTime) -> SparkplugReading {
    let counts = zip(["others", "values", "alarms"], [.system, .observation, .alarm]).map {
      (name: String, precedence: FactPrecedence) in
      SparkplugProperty(name, .integer(Int32(clamping: gap.counts[precedence.rawValue])))
    }
    return SparkplugReading(
      timeMs: time.milliseconds, value: .text(gap.reason.rawValue), properties: counts)
  }
}
