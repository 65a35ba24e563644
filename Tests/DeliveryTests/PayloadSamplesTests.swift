@testable import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Payload samples")
struct PayloadSamplesTests {
  /// Samples of every payload, by name; `Tests/Oracles/payloads.check` holds them against the
  /// schemas.
  static func samples() throws -> [(name: String, message: MQTTMessage)] {
    var samples: [(String, MQTTMessage)] = []
    let history = RiverSite.history([3.5, .nan, 3.7, 3.9])
    for mode in SiteMode.allCases {
      let format = RiverSite.format(mode: mode)
      for kind in DetectionEvent.Kind.allCases {
        let event = RiverSite.event(
          kind, stage: 2, previousStage: 1, value: 3, limit: .nan, flag: .suspect)
        let decided = DecidedEvent(event, history: history, delay: .milliseconds(3))
        samples.append(
          ("event-\(kind.name)-\(mode)", try RiverSite.message(decided, mode: mode)))
      }
      let raised = RiverSite.event(.stageRaised, stage: 1, value: 1e-7, limit: 3)
      samples.append(
        ("event-raised-small-\(mode)", try RiverSite.message(DecidedEvent(raised), mode: mode)))
      for reason in GapFact.Reason.allCases {
        samples.append(("gap-\(reason)-\(mode)", try gap(reason, mode: mode)))
      }
      let states: [(String, ConnectionState)] = [
        ("will", .lost), ("online", .online(since: RiverSite.wallTime)),
        ("stopped", .stopped(since: RiverSite.wallTime)),
      ]
      for (name, state) in states {
        samples.append(("status-\(name)-\(mode)", format.status(state, at: RiverSite.moment)))
      }
      samples.append(("observation-\(mode)", try observations(mode: mode)))
      samples.append(("answer-accepted-\(mode)", format.answer(.accepted("5c1f"))))
      samples.append(("answer-done-\(mode)", format.answer(.done("5c1f"))))
      for refusal in CommandRefusal.allCases {
        samples.append(
          (
            "answer-notDone-\(refusal)-\(mode)",
            format.answer(.notDone("5c1f", reason: "\(refusal)"))
          ))
      }
      for reason in CommandAnswer.Reason.allCases {
        samples.append(("answer-\(reason)-\(mode)", format.answer(.refused("5c1f", reason))))
      }
      for condition in AlarmCondition.allCases {
        for id in [nil, RiverSite.source().identifier(.max).description] {
          let state = RiverSite.state(
            RiverSite.alarm(condition, stage: condition == .normal ? 0 : 2), lastEvent: id)
          if let message = format.message(of: state, at: RiverSite.moment) {
            samples.append(("alarm-\(condition)-\(id == nil)-\(mode)", message))
          }
        }
      }
      for flag in QualityFlag.allCases {
        for value in [3.92, -1.25e-9, 5e15, .nan, .infinity] {
          if let message = format.point(
            RiverSite.reading(value, point: 1, flag: flag), at: RiverSite.moment)
          {
            samples.append(("point-\(flag)-\(value)-\(mode)", message))
          }
        }
      }
    }
    return samples
  }

  /// Observations of every kind.
  private static func observations(mode: SiteMode) throws -> MQTTMessage {
    var interval = ObservedInterval(
      lengthNs: 600_000_000_000, mean: 3.1, minimum: 3, maximum: 3.25, last: 3, flag: 3, count: 57,
      coverage: 0.95)
    var contents: [Observation.Content] = [
      .value(3.92, flag: 1), .value(nil, flag: 9), .interval(interval),
    ]
    interval = ObservedInterval(lengthNs: 600_000_000_000, flag: 9, count: 0, coverage: 0)
    contents.append(.interval(interval))
    for reason in ObservationGap.Reason.allCases {
      contents.append(.gap(ObservationGap(reason: reason, since: RiverSite.time)))
      contents.append(.gap(ObservationGap(reason: reason)))
    }
    let observations = contents.enumerated().map { number, content in
      Observation(
        point: "river.level", unit: "m", datum: number == 0 ? nil : "station-zero", decimals: 2,
        number: UInt64(number + 1), time: RiverSite.time, content: content)
    }
    let fact = RiverSite.source(mode: mode).fact(
      ObservationFact(observations), number: 1, at: RiverSite.time)
    return try #require(
      RiverSite.format(mode: mode).messages(of: fact, isDurable: true, at: RiverSite.moment).first)
  }

  /// Alerts of every kind, by name; `Tests/Oracles/cap.check` holds them against the standard.
  static func alerts() -> [(name: String, message: MQTTMessage)] {
    var samples: [(String, MQTTMessage)] = []
    for mode in SiteMode.allCases {
      var format = CAPFormatTests.format(mode: mode)
      let stages: [UInt8] = [0, 1, 2, 1, 0, 2, 0]
      for (step, pair) in zip(stages, stages.dropFirst()).enumerated() {
        let fact = CAPFormatTests.transition(
          UInt64(step + 1), from: pair.0, to: pair.1, after: Int64(step) * 60, mode: mode)
        let moment = CAPFormatTests.moment(Int64(step) * 60 + 1)
        for message in format.messages(of: fact, isDurable: true, at: moment) {
          samples.append(("cap-\(mode)-\(step)-\(pair.0)\(pair.1)", message))
        }
      }
      _ = format.message(of: CAPFormatTests.standing(2), at: CAPFormatTests.moment(400))
      for message in format.renewals(at: CAPFormatTests.moment(400)) {
        samples.append(("cap-\(mode)-renewal", message))
      }
    }
    return samples
  }

  @Test("Alerts are written out where asked for")
  func alertsAreWritten() throws {
    let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_OUT"]
    let alerts = Self.alerts()
    #expect(alerts.count == 3 * 7)
    for (name, message) in alerts where folder != nil {
      try Data(message.payload).write(to: URL(filePath: "\(folder ?? "")/\(name).xml"))
    }
  }

  private static func gap(_ reason: GapFact.Reason, mode: SiteMode) throws -> MQTTMessage {
    var gap = GapFact(reason: reason)
    if reason != .outboxLost {
      gap.add(.system, at: RiverSite.time)
      gap.add(.alarm, at: RiverSite.time)
    }
    let fact = RiverSite.source(mode: mode).fact(
      gap, number: 1, at: Instant(nanoseconds: 1), RiverSite.wallTime)
    return try #require(
      RiverSite.format(mode: mode).messages(of: fact, isDurable: true, at: RiverSite.moment).first)
  }

  @Test("Every sample is JSON whose label says what it is; they are written out where asked for")
  func samplesAreWritten() throws {
    let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_OUT"]
    for (name, message) in try Self.samples() {
      let object = try JSONSerialization.jsonObject(with: Data(message.payload)) as? [String: Any]
      #expect(object?["schema"] as? String == message.label.schema)
      #expect(object?["site"] as? String == message.label.site)
      #expect(object?["mode"] as? String == message.label.mode.rawValue)
      if let folder {
        try Data(message.payload).write(to: URL(filePath: "\(folder)/\(name).json"))
      }
    }
  }
}
