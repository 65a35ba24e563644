public import DetectionCore

/// OGC SensorThings API 1.1 over MQTT: each value is an Observation of its point's Datastream, with its QARTOD flag
/// as the result's quality. Events, states of alarms, gaps and the status, for which SensorThings has no words, are
/// told in the native format beside them.
///
/// Where the site file names no datastreams of the receiver, the box makes them: the site is a Thing, a point a
/// Datastream with its Sensor and ObservedProperty, each once. Things and datastreams have ids of the box's own,
/// as MQTT does not tell it those that a receiver would give; the others have none, as in a deep insert a receiver
/// takes an id for a link to what it has.
public struct SensorThingsFormat: FormatBesideNative {
  private let plan: SensorThingsPlan
  private let site: SiteDescription
  /// The native format beside it.
  public let native: NativeFormat
  private var made: Announced
  /// The points whose values are given for keeping, so that they are not told twice.
  private let kept: Set<Int>

  /// Makes the format that speaks for `speaker`.
  public init(plan: SensorThingsPlan, speaker: Speaker) {
    self.plan = plan
    site = speaker.site
    native = speaker.nativeFormat
    made = Announced(speaker.memory ?? [])
    kept = Set(speaker.observations.map { Int($0.point.rawValue) })
  }

  /// Observations for keeping as Observations; anything else in the native format.
  public func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    switch fact.content {
    case .observations(let observed):
      return observed.observations.compactMap { message(of: $0, by: moment.reference) }
    case .removal(let removal) where !removal.isAlarm: return []
    case .event, .gap, .removal, .rendered:
      return native.messages(of: fact, isDurable: isDurable, at: moment)
    }
  }

  /// The observation that a reading is; nil for a point without a datastream, and for one whose values are given
  /// for keeping.
  public func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    let reading = assessed.reading
    guard !kept.contains(Int(reading.point.rawValue)),
      let point = site.point(reading.point.rawValue), let datastream = datastream(of: point.id)
    else { return nil }
    let payload = JSONWriter.object { json in
      json.member("phenomenonTime", CivilTime(reading.wallTime))
      json.member("resultTime", CivilTime(reading.wallTime))
      json.result(reading.value, reading.flag.rawValue)
      json.member("parameters") { parameters in
        parameters.meaning(site.mode, at: reading.wallTime)
        for test in assessed.tests.list { parameters.member(test.test, test.flag) }
      }
      json.member("Datastream", datastream)
    }
    return message("Observations", payload, quality: .atMostOnce)
  }

  /// An observation for keeping: a reading, the mean of an interval, or a time in which nobody looked, which has no
  /// result.
  private func message(
    of observation: Observation, by reference: TimeReference?
  ) -> MQTTMessage? {
    guard let datastream = datastream(of: observation.point) else { return nil }
    let time = observation.time.wallTime(by: reference)
    let end = CivilTime(time).timestamp
    let payload = JSONWriter.object { json in
      switch observation.content {
      case .value(let value, let flag):
        json.member("phenomenonTime", end)
        json.result(value ?? .nan, flag)
      case .interval(let interval):
        json.member("phenomenonTime", Self.span(time, interval.lengthNs) + "/" + end)
        json.result(interval.mean ?? .nan, interval.flag)
      case .gap(let gap):
        let start = gap.since.map { CivilTime($0.wallTime(by: reference)).timestamp + "/" }
        json.member("phenomenonTime", (start ?? "") + end)
        json.result(.nan, QualityFlag.missing.rawValue)
      }
      json.member("resultTime", end)
      json.member("parameters") { parameters in
        parameters.meaning(site.mode, at: time)
        parameters.member("kind", observation.content.name)
        parameters.member("number", observation.number)
        switch observation.content {
        case .value: break
        case .interval(let interval):
          parameters.member("minimum", interval.minimum ?? .nan)
          parameters.member("maximum", interval.maximum ?? .nan)
          parameters.member("last", interval.last ?? .nan)
          parameters.member("count", interval.count)
          parameters.member("coverage", interval.coverage)
        case .gap(let gap): parameters.member("reason", gap.reason.rawValue)
        }
      }
      json.member("Datastream", datastream)
    }
    return message("Observations", payload)
  }

  /// The beginning of what was so long when it ended.
  private static func span(_ end: WallTime, _ lengthNs: Int64) -> String {
    let start = WallTime(
      nanosecondsSince1970: end.nanosecondsSince1970 &- lengthNs, synchronized: end.synchronized)
    return CivilTime(start).timestamp
  }

  // MARK: Entities

  /// What the receiver does not have yet: the thing, then each datastream.
  public mutating func announcements(at moment: SendingMoment) -> [MQTTMessage] {
    guard plan.datastreams == nil else { return [] }
    let all = [(Self.thing, thing)] + site.points.map { ($0.id, datastream($0)) }
    let due = all.filter { !made.holds($0.0, 0) }
    // What the site no longer has keeps its past observations.
    _ = made.offer(Dictionary(all.map { ($0.0, 0) }, uniquingKeysWith: { first, _ in first }))
    return due.map(\.1)
  }

  /// The receiver has them all.
  public mutating func announced() { made.accepted() }

  /// Which entities the receiver has.
  public mutating func changedMemory() -> [UInt8]? { made.changedText() }

  /// No id of a point has a capital.
  private static let thing = "Thing"

  private func datastream(of point: String) -> SensorThingsPlan.EntityID? {
    plan.datastreams.map { $0[point] } ?? ownID(of: point)
  }

  private func ownID(of point: String) -> SensorThingsPlan.EntityID {
    .text("\(site.id)/\(point)")
  }

  private var thing: MQTTMessage {
    message(
      "Things",
      JSONWriter.object { json in
        json.id(.text(site.id))
        json.heading(site.name)
        json.member("properties") { $0.member("mode", site.mode.rawValue) }
        guard let position = plan.position else { return }
        json.member("Locations", each: [position]) { location, position in
          location.heading(site.name)
          location.member("encodingType", "application/geo+json")
          location.member("location", position)
        }
      })
  }

  private func datastream(_ point: PointDescription) -> MQTTMessage {
    message(
      "Datastreams",
      JSONWriter.object { json in
        json.id(ownID(of: point.id))
        json.heading(point.name)
        json.member("observationType", Self.measurement)
        json.member("unitOfMeasurement") { unit in
          unit.member("name", point.unit)
          unit.member("symbol", point.unit)
          unit.member("definition", "ucum:\(point.unit)")
        }
        json.member("properties") { properties in
          properties.member("datum", point.datum)
          properties.member("decimals", point.decimals)
        }
        json.member("Thing", .text(site.id))
        json.member("Sensor") { sensor in
          sensor.heading(point.name)
          sensor.member("encodingType", "text/html")
          sensor.member("metadata", point.id)
        }
        json.member("ObservedProperty") { property in
          property.heading(point.name)
          property.member("definition", "urn:nomori:point:\(point.id)")
        }
      })
  }

  private static let measurement =
    "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"

  private func message(
    _ set: String, _ payload: [UInt8], quality: MQTTMessage.Quality = .atLeastOnce
  ) -> MQTTMessage {
    MQTTMessage(
      topic: "\(plan.path)/\(set)", payload: payload, quality: quality,
      label: PayloadLabel(schema: "sensorthings/1.1", site: site.id, mode: site.mode))
  }
}

extension JSONWriter {
  /// A value, nothing where it is missing, with its quality.
  fileprivate mutating func result(_ value: Double, _ flag: UInt8) {
    member("result", flag == QualityFlag.missing.rawValue ? .nan : value)
    member("resultQuality") { quality in
      quality.member("scheme", "QARTOD")
      quality.member("flag", flag)
    }
  }

  /// How far it is meant, and whether its time can be trusted.
  fileprivate mutating func meaning(_ mode: SiteMode, at time: WallTime) {
    member("mode", mode.rawValue)
    member("synchronized", time.synchronized)
  }

  /// What every entity begins with: a name and a description, in both languages.
  fileprivate mutating func heading(_ name: LocalizedText) {
    member("name", name.english)
    member("description", name.japanese)
  }
}
