@testable import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("Sparkplug samples")
struct SparkplugSamplesTests {
  /// Messages of every kind as an edge node sends them, each with a word about what it says;
  /// `Tests/Oracles/sparkplug.check` has them decoded by another implementation.
  static func samples(mode: SiteMode) -> [(word: String, message: MQTTMessage)] {
    let interval = ObservationPlan(
      point: PointIndex(rawValue: 0), interval: .seconds(600), change: 1)
    var format = SparkplugFormatTests.format(mode: mode, observations: [interval])
    var samples: [(String, MQTTMessage)] = []
    func add(_ word: String, _ message: MQTTMessage?) {
      guard let message else { return }
      samples.append((word, message))
      format.published()
    }
    let moment = SparkplugFormatTests.moment(1)
    add("will", format.will())
    add("first", format.status(.online(since: RiverSite.wallTime), at: moment))
    for flag in QualityFlag.allCases {
      for value in [3.92, -1.25e-9, 5e15, .nan, .infinity] {
        let reading = RiverSite.reading(value, point: 1, flag: flag)
        add("river.temperature=\(value)=\(flag.rawValue)", format.point(reading, at: moment))
      }
    }
    for condition in AlarmCondition.allCases {
      let stage: UInt8 = condition == .normal ? 0 : 2
      let state = RiverSite.state(RiverSite.alarm(condition, stage: stage), lastEvent: "e-1")
      add("alarm=\(condition.name)", format.message(of: state, at: moment))
    }
    for (number, kind) in DetectionEvent.Kind.allCases.enumerated() {
      let event = RiverSite.event(
        kind, sequence: UInt64(number), stage: 2, previousStage: 1, value: 3, flag: .suspect)
      let fact = RiverSite.source(mode: mode).fact(DecidedEvent(event))
      for message in format.messages(of: fact, isDurable: true, at: moment) {
        add("event=\(kind.name)", message)
      }
    }
    add("rebirth", format.status(.online(since: RiverSite.wallTime), at: moment))
    add("stopped", format.status(.stopped(since: RiverSite.wallTime), at: moment))
    return samples
  }

  @Test("Samples are written out where asked for", arguments: SiteMode.allCases)
  func samplesAreWritten(mode: SiteMode) throws {
    let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_OUT"]
    let samples = Self.samples(mode: mode)
    #expect(samples.count > 50)
    for (place, (word, message)) in samples.enumerated() where folder != nil {
      let kind = message.topic.split(separator: "/")[2]
      let number = String(1_000 + place).dropFirst()
      let name = "\(folder ?? "")/\(mode.rawValue)~\(number)~\(kind)~\(word).bin"
      try Data(message.payload).write(to: URL(filePath: name))
    }
  }
}
