import Delivery
@testable import DetectionCore
import Testing

/// A small river site that the tests of this folder speak about.
enum RiverSite {
  static func description(mode: SiteMode = .actual) -> SiteDescription {
    SiteDescription(
      id: "river-nagi", name: LocalizedText(english: "Nagi bridge", japanese: "奈義橋"), mode: mode,
      points: [
        PointDescription(
          id: "river.level", name: LocalizedText(english: "River level", japanese: "河川水位"),
          unit: "m", datum: "station-zero", decimals: 2, period: .seconds(10)),
        PointDescription(
          id: "river.temperature", name: LocalizedText(english: "Water", japanese: "水温"),
          unit: "Cel", datum: nil, decimals: 1, period: .seconds(600)),
      ],
      rules: [
        RuleDescription(
          id: "river.stage", name: LocalizedText(english: "Flood", japanese: "増水"),
          point: PointIndex(rawValue: 0),
          stages: [
            StageDescription(
              id: "standby", name: LocalizedText(english: "Stand-by", japanese: "待機"), limit: 3),
            StageDescription(
              id: "caution", name: LocalizedText(english: "Caution", japanese: "注意"), limit: 3.9,
              instruction: LocalizedText(
                english: "Keep away from the bank", japanese: "岸に近づかないでください")),
          ])
      ],
      outputs: [
        OutputDescription(
          id: "lamp", name: LocalizedText(english: "Warning lamp", japanese: "警告灯"))
      ], zone: TimeZoneRule(offsetSeconds: 32_400))
  }

  static let session = SessionIdentity(epoch: "5f0c9a1e", number: 12)

  static func format(mode: SiteMode = .actual) -> NativeFormat {
    NativeFormat(site: description(mode: mode), session: session, version: "0.1.0")
  }

  static func source(mode: SiteMode = .actual) -> FactSource {
    FactSource(site: description(mode: mode), session: session, boot: "boot")
  }

  /// What is sent of an event.
  static func message(
    _ decided: DecidedEvent, mode: SiteMode = .actual, incident: String? = nil
  ) throws -> MQTTMessage {
    let fact = source(mode: mode).fact(decided, incident: incident)
    return try #require(format(mode: mode).messages(of: fact, isDurable: true, at: moment).first)
  }

  /// 2015-12-26T14:45:00.250Z
  static let wallTime = WallTime(
    nanosecondsSince1970: 1_451_141_100_250_000_000, synchronized: true)

  static func event(
    _ kind: DetectionEvent.Kind, sequence: UInt64 = 345, subject: UInt16 = 0, stage: UInt8 = 0,
    previousStage: UInt8 = 0, value: Double = .nan, limit: Double = .nan,
    flag: QualityFlag = .pass
  ) -> DetectionEvent {
    var event = DetectionEvent(
      sequence: sequence, kind: kind, subject: subject, time: Instant(nanoseconds: 1),
      wallTime: wallTime)
    event.stage = stage
    event.previousStage = previousStage
    event.condition = stage > 0 ? .unacknowledged : .normal
    event.value = value
    event.limit = limit
    event.flag = flag
    return event
  }

  /// When it is sent.
  static let moment = SendingMoment(now: wallTime)

  /// The same moment as a fact has it.
  static let time = FactTime(
    boot: "boot", monotonicNs: 1, wallNs: wallTime.nanosecondsSince1970, synchronized: true)

  /// Where the alarm of `rule` stands, for its destinations.
  static func state(
    _ snapshot: AlarmSnapshot, rule: Int = 0, lastEvent: String? = nil
  ) -> AlarmState {
    AlarmState(
      rule: rule, id: "river.stage", snapshot: snapshot, since: time, lastEvent: lastEvent)
  }

  static func alarm(
    _ condition: AlarmCondition, stage: UInt8, silencedBy suppression: AlarmSuppression = .none
  ) -> AlarmSnapshot {
    var alarm = AlarmSnapshot()
    alarm.condition = condition
    alarm.stage = stage
    alarm.suppression = suppression
    return alarm
  }

  /// A reading a second up to the time of `event`, missing where there is no number.
  static func history(_ values: [Double]) -> ReadingHistory {
    var history = ReadingHistory()
    for (index, value) in values.enumerated() {
      history.append(
        ReadingHistory.Entry(
          time: Instant(nanoseconds: 1 - Int64(values.count - 1 - index) * 1_000_000_000),
          value: value, flag: value.isNaN ? .missing : .pass))
    }
    return history
  }

  static func reading(
    _ value: Double, point: UInt16 = 0, flag: QualityFlag = .pass
  ) -> AssessedReading {
    AssessedReading(
      reading: Reading(
        point: PointIndex(rawValue: point), value: value, flag: flag,
        time: Instant(nanoseconds: 1), wallTime: wallTime),
      tests: TestFlags(grossRange: .pass, spike: .suspect))
  }
}

extension MQTTMessage {
  var text: String { String(decoding: payload, as: UTF8.self) }
}
