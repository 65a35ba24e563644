internal import DetectionCore

extension NativeFormat {
  /// Older than this when they are sent, observations are called historical: a moment is nothing to somebody who
  /// keeps values, and to somebody who shows the newest it is much.
  private static let historicalAge = TimeSpan.seconds(120)

  /// Values for keeping.
  func message(
    of observed: ObservationFact, _ fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> MQTTMessage {
    let label = PayloadLabel(schema: "nomori/observation/1", site: fact.site, mode: fact.mode)
    let newest =
      observed.observations.map { $0.time.wallTime(by: moment.reference) }
      .map(\.nanosecondsSince1970).max() ?? .min
    let age = moment.now.nanosecondsSince1970 &- newest
    let payload = JSONWriter.object { json in
      json.heading(label, id: fact.id)
      json.member("historical", age > Self.historicalAge.nanoseconds)
      json.member("durable", isDurable)
      json.member("observations", each: observed.observations) { entry, observation in
        entry.observation(observation, by: moment.reference)
      }
    }
    return MQTTMessage(topic: topics.of(fact.site).observation, payload: payload, label: label)
  }
}

extension JSONWriter {
  fileprivate mutating func observation(
    _ observation: Observation, by reference: TimeReference?
  ) {
    member("point", observation.point)
    member("unit", observation.unit)
    member("datum", observation.datum)
    member("decimals", observation.decimals)
    member("number", observation.number)
    time(observation.time.wallTime(by: reference))
    member("kind", observation.content.name)
    switch observation.content {
    case .value(let value, let flag):
      member("value", value ?? .nan)
      member("flag", flag)
    case .interval(let interval):
      member("seconds", Double(interval.lengthNs) / 1e9)
      member("mean", interval.mean ?? .nan)
      member("minimum", interval.minimum ?? .nan)
      member("maximum", interval.maximum ?? .nan)
      member("last", interval.last ?? .nan)
      member("flag", interval.flag)
      member("count", interval.count)
      member("coverage", interval.coverage)
      member("reason", interval.count == 0 ? "silent" : nil)
    case .gap(let gap):
      member("reason", gap.reason.rawValue)
      member("since", gap.since.map { CivilTime($0.wallTime(by: reference)).timestamp })
    }
  }
}

extension Observation.Content {
  /// What it is called in payloads.
  var name: String {
    switch self {
    case .value: "value"
    case .interval: "interval"
    case .gap: "gap"
    }
  }
}
