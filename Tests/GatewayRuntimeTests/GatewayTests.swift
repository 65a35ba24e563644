import Recording
import GatewayStatus
import SimulatedSite
import DetectionCore
import DeviceProfiles
import FieldSimulation
import LinuxHost
import ModbusPort
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

/// Whole gateways with their threads, one at a time: the machine's time is what they compete for.
@Suite(.serialized) struct GatewayTests {
  @Suite(.serialized) struct OrdinaryTimes {
    @Test func floodPassesThroughAndIsReplayedTheSame() throws {
      let broker = try BrokerBox()
      var box = try RiverBox(River.site(), brokerPort: broker.port)
      let field = try box.connectField(level: River.wave())
      defer { field.end() }
      let subscriber = try broker.subscribe()
      let gateway = try box.startGateway()
      #expect(
        waitUntil(30) {
          box.journal.count(.outputOff) == 1 && gateway.status.alarms.map(\.stage) == [0, 0]
        })
      let last = gateway.stop()

      let events = box.journal.events
      #expect(events.map(\.sequence) == (0..<UInt64(events.count)).map { $0 + events[0].sequence })
      #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
      expectUnbrokenStages(events, peak: River.caution)
      #expect(last.committedCount == events.count)
      #expect(last.destinations[0].waitingEvents == 0)
      #expect(last.lost.total == 0)
      #expect(last.problems == [:])
      #expect(waitUntil { subscriber.ids.count >= events.count })
      #expect(subscriber.ids == box.journal.ids)

      let replay = try box.replay(of: gateway.session)
      #expect(replay.firstDifference == nil)
      #expect(replay.recordedEventCount == events.count)
      #expect(replay.inputCount > 400)
      #expect(replay.damages.isEmpty)
      #expect(try isLampOn(box) == false)
      print(
        "flood: \(last.readingCount) readings, \(events.count) events, replayed",
        "\(replay.inputCount) inputs the same")
    }

    /// A gateway that dies soon, again and again, is to leave something to look at.
    @Test func theRecordingBeginsWithTheGateway() throws {
      var box = try RiverBox(River.site())
      box.site.recording.chunkInterval = .seconds(3_600)
      let field = try box.connectField(level: River.wave())
      defer { field.end() }
      let gateway = try box.startGateway()
      let folder = box.site.recording.folder
      #expect(waitUntil { folderNames(folder).contains { $0.hasSuffix(".mcap") } })
      _ = gateway.stop()
    }

    /// Each rule goes from stage to stage without a gap, up to the peak and back to normal.
    private func expectUnbrokenStages(_ events: [DetectionEvent], peak: UInt8) {
      let turns = events.filter { $0.kind == .stageRaised || $0.kind == .stageCleared }
      for rule in [UInt16(0), River.stageRule] {
        let own = turns.filter { $0.subject == rule }
        #expect(own.map(\.previousStage) == [0] + own.map(\.stage).dropLast())
        #expect(own.last?.stage == 0)
        #expect(own.allSatisfy { ($0.kind == .stageRaised) == ($0.stage > $0.previousStage) })
      }
      #expect(turns.map(\.stage).max() == peak)
    }

    @Test func lampFollowsTheStageAlsoWhenItFellWhileNobodyWatched() throws {
      var box = try RiverBox(River.site(), speed: 2_400)
      // High from the 70th to the 240th minute; at 2400 the lower end comes after six seconds.
      let field = try box.connectField(
        level: River.course([(0, 1), (10, 1), (70, 3.6), (240, 3.6), (241, 1)]))
      defer { field.end() }
      try runUntilLampIsOn(box)
      // A gateway that ends leaves every output off.
      #expect(try isLampOn(box) == false)

      let start = box.clock.now
      #expect(waitUntil { (box.clock.now - start).seconds > 240 * 60 })
      let before = box.journal.events.count
      let gateway = try box.startGateway()
      // It goes on where the first run stood, and needs the whole delay to find that it is over.
      #expect(
        gateway.status.alarms.map(\.stage) == [1, River.caution]
          && gateway.status.outputs.map(\.isOn) == [true])
      #expect(
        waitUntil {
          gateway.status.alarms.map(\.stage) == [0, 0]
            && gateway.status.outputs.map(\.isOn) == [false]
        })
      #expect(gateway.stop().lost.total == 0)
      #expect(try isLampOn(box) == false)
      let events = box.journal.events[before...]
      #expect(events.allSatisfy { $0.kind != .stageRaised })
      #expect(events.count { $0.kind == .stageCleared && $0.stage == 0 } == 2)
      let replay = try box.replay(of: gateway.session)
      #expect(replay.firstDifference == nil && replay.recordedEventCount == events.count)
    }

    /// One run of a gateway, which is gone with its outbox when this returns.
    private func runUntilLampIsOn(_ box: RiverBox) throws {
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.outputs.map(\.isOn) == [true] })
      let answers = gateway.status.buses[0].total.answers
      #expect(waitUntil { gateway.status.buses[0].total.answers > answers + 20 })
      _ = gateway.stop()
    }

    /// What the simulated relay itself says of its first coil.
    private func isLampOn(_ box: RiverBox) throws -> Bool {
      var port = ModbusConnection(link: box.site.buses[0].link)
      try port.open()
      var words: [UInt16] = []
      try port.read(
        unit: 2, span: RegisterSpan(table: .coil, address: 0, count: 1), timeout: .seconds(2),
        into: &words)
      port.close()
      return words == [1]
    }
  }
}
