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
    @Test func fullOutboxDropsTheOldestAndSaysHowMany() throws {
      let broker = try BrokerBox(isThere: false)
      var box = try RiverBox(River.nervousSite(), brokerPort: broker.port, speed: 4_800)
      box.site.outbox.maximumBytes = 1
      let waves = (0..<15).flatMap { [(minute: $0 * 20, metres: 1.0), ($0 * 20 + 10, 4.8)] }
      let field = try box.connectField(level: River.course(waves + [(300, 1)]))
      defer { field.end() }
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.uptimeSeconds > 310 * 60 })
      #expect(waitUntil { gateway.status.destinations[0].droppedEvents > 0 })
      try broker.start()
      let subscriber = try broker.subscribe()
      #expect(waitUntil { gateway.status.destinations[0].waitingEvents == 0 })
      #expect(waitUntil { !subscriber.gaps.isEmpty })
      let last = gateway.stop()
      let recorded = try box.replay(of: gateway.session)
      #expect(recorded.firstDifference == nil)
      #expect(last.committedCount >= recorded.recordedEventCount)
      #expect(last.lost.total == 0)
      let dropped = last.destinations[0].droppedEvents
      let arrived = box.journal.ids.filter(Set(subscriber.ids).contains)
      #expect(arrived.count + dropped == recorded.recordedEventCount)
      // The last to go are the newest alarms.
      #expect(arrived.last == box.journal.ids.last)
      #expect(subscriber.gaps.reduce(0, +) == dropped, "each is told to be missing, once")
      print(
        "full outbox: \(arrived.count) of \(recorded.recordedEventCount) events arrived,",
        "\(dropped) were told to be missing")
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
