import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Payload samples")
struct PayloadSamplesTests {
  /// Samples of every payload, by name; `Tests/Oracles/payloads.check` holds them against the
  /// schemas.
  static var samples: [(name: String, message: MQTTMessage)] {
    var samples: [(String, MQTTMessage)] = []
    let history = RiverSite.history([3.5, .nan, 3.7, 3.9])
    for mode in SiteMode.allCases {
      let writer = RiverSite.writer(mode: mode)
      for kind in DetectionEvent.Kind.allCases {
        let event = RiverSite.event(
          kind, stage: 2, previousStage: 1, value: 3, limit: .nan, flag: .suspect)
        samples.append(
          (
            "event-\(kind.name)-\(mode)",
            writer.event(DecidedEvent(event, history: history, delay: .milliseconds(3))).message
          ))
      }
      let raised = RiverSite.event(.stageRaised, stage: 1, value: 1e-7, limit: 3)
      samples.append(("event-raised-small-\(mode)", writer.event(DecidedEvent(raised)).message))
      let states: [(String, ConnectionState)] = [
        ("will", .lost), ("online", .online(since: RiverSite.wallTime)),
        ("stopped", .stopped(since: RiverSite.wallTime)),
      ]
      for (name, state) in states {
        samples.append(("status-\(name)-\(mode)", writer.status(state)))
      }
      samples.append(("answer-accepted-\(mode)", writer.answer(.accepted("5c1f"))))
      for reason in CommandAnswer.Reason.allCases {
        samples.append(("answer-\(reason)-\(mode)", writer.answer(.refused("5c1f", reason))))
      }
      for condition in AlarmCondition.allCases {
        for id in [nil, writer.identifier(.max)] {
          let state = RiverSite.alarm(condition, stage: condition == .normal ? 0 : 2)
          if let message = writer.alarm(
            state, rule: 0, since: RiverSite.wallTime, lastEvent: id)
          {
            samples.append(("alarm-\(condition)-\(id == nil)-\(mode)", message))
          }
        }
      }
      for flag in QualityFlag.allCases {
        for value in [3.92, -1.25e-9, 5e15, .nan, .infinity] {
          if let message = writer.point(RiverSite.reading(value, point: 1, flag: flag)) {
            samples.append(("point-\(flag)-\(value)-\(mode)", message))
          }
        }
      }
    }
    return samples
  }

  @Test("Every sample is JSON whose label says what it is; they are written out where asked for")
  func samplesAreWritten() throws {
    let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_OUT"]
    for (name, message) in Self.samples {
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
