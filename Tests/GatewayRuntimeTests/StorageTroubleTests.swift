import DetectionCore
import GatewayStatus
import LinuxHost
import Recording
import SimulatedSite
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

extension GatewayTests {
  @Suite(.serialized) struct StorageTrouble {
    /// The smallest outbox holds some dozens of events, and more happen before the broker comes.
    @Test func fullOutboxKeepsEventsWaitingAndLosesNone() throws {
      let broker = try BrokerBox(isThere: false)
      var box = try RiverBox(River.nervousSite(), brokerPort: broker.port, speed: 4_800)
      box.site.outbox.maximumBytes = 1
      let waves = (0..<15).flatMap { [(minute: $0 * 20, metres: 1.0), ($0 * 20 + 10, 4.8)] }
      let field = try box.connectField(level: River.course(waves + [(300, 1)]))
      defer { field.end() }
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.problems["outbox"]?.description.contains("full") == true })
      #expect(waitUntil { gateway.status.uptimeSeconds > 310 * 60 })
      let full = gateway.status
      try broker.start()
      let subscriber = try broker.subscribe()
      #expect(waitUntil { gateway.status.problems["outbox"] == nil })
      #expect(waitUntil { gateway.status.destinations[0].waitingEvents == 0 })
      let last = gateway.stop()
      let recorded = try box.replay(of: gateway.session)
      #expect(recorded.firstDifference == nil)
      #expect(recorded.recordedEventCount > full.committedCount + 20)
      #expect(last.committedCount == recorded.recordedEventCount)
      #expect(last.lost.total == 0)
      #expect(last.destinations[0].waitingEvents == 0)
      #expect(waitUntil { Set(subscriber.ids).count == recorded.recordedEventCount })
      print(
        "full outbox: \(full.committedCount) of \(recorded.recordedEventCount) events had room,",
        "\(Set(subscriber.ids).count) arrived")
    }

    /// No broker comes before the stop: what was never committed is counted as lost, not forgotten.
    @Test func eventsThatNeverFoundRoomAreCountedAsLost() throws {
      let broker = try BrokerBox(isThere: false)
      var box = try RiverBox(River.nervousSite(), brokerPort: broker.port, speed: 4_800)
      box.site.outbox.maximumBytes = 1
      let waves = (0..<6).flatMap { [(minute: $0 * 20, metres: 1.0), ($0 * 20 + 10, 4.8)] }
      let field = try box.connectField(level: River.course(waves + [(120, 1)]))
      defer { field.end() }
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.problems["outbox"] != nil })
      #expect(waitUntil { gateway.status.uptimeSeconds > 125 * 60 })
      let last = gateway.stop()
      let recorded = try box.replay(of: gateway.session).recordedEventCount
      #expect(last.lost.events > 0)
      #expect(last.committedCount + last.lost.events == recorded)
    }

    @Test func folderThatCannotBeMadeCostsTheRecordingOnly() throws {
      var box = try RiverBox(River.site())
      let file = "\(box.folder.path)/file"
      try GrowingFile(creating: file).append([1])
      box.site.recording.folder = "\(file)/recordings"
      let field = try box.connectField(level: River.course([(0, 1), (5, 1), (50, 2.6)]))
      defer { field.end() }
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.problems["recording"] != nil })
      #expect(waitUntil { box.journal.count(.stageRaised) >= 2 })
      let last = gateway.stop()
      #expect(last.problems["recording"]?.description.contains(file) == true)
      #expect(last.recording.path == nil)
      #expect(last.lost.events + last.lost.readings == 0)
    }
  }
}
