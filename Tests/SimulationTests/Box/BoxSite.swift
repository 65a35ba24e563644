import Delivery
import DetectionCore
import FieldSimulation
import LinuxHost
import Polling
import SiteConfiguration
import Tables
import TestSupport

@testable import GatewayRuntime
@testable import SimulatedSite

/// How much happens in how long.
struct BoxPace: Sendable {
  var hours: Int64
  /// Seconds between two samples of the level.
  var period: Int64
  /// The least and the most seconds in which the level goes from one height to another.
  var course: ClosedRange<UInt64>
  /// The most that goes wrong.
  var faults: UInt64
  /// The longest times of faults are divided by it.
  var haste: Int64

  /// A day, as slow as rivers are.
  static let day = BoxPace(
    hours: 24, period: 300, course: 600...3_000, faults: 30, haste: 1)
  /// An hour in which the level turns all the time and something is always wrong.
  static let rush = BoxPace(hours: 1, period: 10, course: 10...90, faults: 60, haste: 30)
}

/// The site of the simulated box: the river, whose stages turn at once, with two destinations and a lamp that
/// may be on for twenty minutes.
struct BoxSite {
  static let maximumOnTime = TimeSpan.seconds(20 * 60)

  let site: Site
  let pace: BoxPace

  init(pace: BoxPace = .day) throws {
    self.pace = pace
    site = try River.site(changes: [
      ("Delay: 2 min", "Delay: 0 s"), ("Delay: 3 min", "Delay: 0 s"),
      ("Delay: 5 min", "Delay: 0 s"), ("offDelay: 10 min", "offDelay: 0 s"),
      ("{suspect: 3 m/h, fail: 12 m/h}", "{suspect: 100 m/h, fail: 200 m/h}"),
      ("{suspect: 0.15, fail: 0.5}", "{suspect: 4, fail: 5}"),
      ("period: 5 min", "period: 15 min"), ("period: 1 min", "period: \(pace.period) s"),
      ("maximumAge: 5 min", "maximumAge: 16 min"), ("maximumAge: 20 min", "maximumAge: 50 min"),
      ("suspectAfter: 3 h, failAfter: 12 h", "suspectAfter: 2 h, failAfter: 3 h"),
      ("maximumOnTime: 72 h", "maximumOnTime: 20 min"),
      (
        "  - id: local\n",
        "  - id: office\n    host: 127.0.0.1\n    port: 1884\n    security: none\n"
          + "    topicRoot: nomori/v1\n    keepAlive: 30 s\n"
          + "    observations: [{points: [river.level], every: 30 min, change: 1}]\n"
          + "    commands: {operators: [sato]}\n  - id: local\n"
      ),
    ])
  }

  /// The devices of the one bus, which show the level of `seed` and a little rain.
  func devices(seed: UInt64) throws -> [DeviceModel] {
    let rain = ValueSource.counter(start: 0, perHour: 3)
    let level = ValueSource.series(try course(seed: seed))
    return try site.buses[0].devices.map { plan in
      guard let modbus = plan.modbus else { preconditionFailure("the river speaks Modbus") }
      return try DeviceModel(
        profile: modbus.profile, unit: modbus.unit,
        quantities: site.allQuantities(
          of: plan.points, driven: [("river.level", level), ("rain.total", rain)]))
    }
  }

  /// A level that goes up and down through all stages, and rests at the end.
  private func course(seed: UInt64) throws -> Series {
    var random = SplitMix64(seed: seed ^ 0x1E7E1)
    var seconds: [UInt64] = [0]
    let span = pace.course.upperBound - pace.course.lowerBound
    while let last = seconds.last, last < UInt64(pace.hours * 3_600) {
      seconds.append(last + pace.course.lowerBound + random.next() % span)
    }
    let values = seconds.map { _ in 1 + Double(random.next() % 45) / 10 }
    let series = Series(
      start: nil, offsets: (seconds + [10_000_000]).map { Int64($0) * 1_000_000_000 },
      values: values + values.suffix(1), interpolation: .linear)
    guard let series else { throw SeriesMissing() }
    return series
  }

  private struct SeriesMissing: Error {}
}

/// A format that says the least that the checks need: `kind|id|…`, which is quicker to write and to read than
/// any payload that people get.
struct PlainFormat: PayloadFormat {
  func messages(of fact: Fact, isDurable: Bool, at moment: SendingMoment) -> [MQTTMessage] {
    switch fact.content {
    case .event(let event):
      let alarm = event.alarm
      return [
        message(
          "event",
          [
            "event", fact.id, alarm?.rule.id ?? "", "\(alarm?.previousStage.level ?? 0)",
            "\(alarm?.stage.level ?? 0)", event.kind, event.command?.id ?? "",
            isDurable ? "stored" : "memory",
          ])
      ]
    case .gap(let gap):
      return [
        message(
          "gap",
          ["gap", fact.id, gap.reason.rawValue, "\(gap.counts.reduce(0, +))", "\(gap.counts[2])"])
      ]
    case .observations(let observed):
      let numbers = observed.observations.map { "\($0.point) \($0.number)" }
      return [message("observation", ["observations", fact.id] + numbers)]
    case .rendered(let message): return [message]
    case .removal: return [message("removal", ["removal", fact.id, ""])]
    }
  }

  func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    message(
      "alarm/\(alarm.id)", ["alarm", alarm.id, "\(alarm.snapshot.stage)", alarm.lastEvent ?? ""],
      isRetained: true)
  }

  func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    var point = message("point", ["point"])
    point.quality = .atMostOnce
    return point
  }

  func status(_ connection: ConnectionState, at moment: SendingMoment) -> MQTTMessage { will() }

  func will() -> MQTTMessage { message("status", ["status"], isRetained: true) }

  func answer(_ answer: CommandAnswer) -> MQTTMessage {
    let words =
      switch answer {
      case .accepted(let id): [id, "accepted"]
      case .refused(let id, let reason): [id, "refused", reason.rawValue]
      case .done(let id, let isDurable), .notDone(let id, _, let isDurable):
        [id, "decided", isDurable ? "stored" : "memory"]
      }
    return message("answer", ["answer"] + words)
  }

  private func message(
    _ topic: String, _ words: [String], isRetained: Bool = false
  ) -> MQTTMessage {
    MQTTMessage(
      topic: "nomori/v1/" + topic, payload: Array(words.joined(separator: "|").utf8),
      isRetained: isRetained,
      label: PayloadLabel(schema: "plain", site: "river", mode: .test))
  }
}
