import GatewayStatus
import SimulatedSite
import DetectionCore
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

extension GatewayTests {
  @Suite(.serialized) struct BrokerTrouble {
    @Test func killedBrokerCostsNoEvent() throws {
      let broker = try BrokerBox()
      var box = try RiverBox(River.site(), brokerPort: broker.port)
      let field = try box.connectField(level: River.wave())
      defer { field.end() }
      let subscriber = try broker.subscribe()
      let gateway = try box.startGateway()
      #expect(waitUntil { box.journal.ids.count >= 2 && subscriber.ids.count >= 2 })
      broker.kill()
      #expect(waitUntil { box.journal.count(.outputOn) == 1 })
      #expect(waitUntil { gateway.status.destinations[0].waitingEvents > 0 })
      #expect(!gateway.status.destinations[0].isConnected)
      #expect(gateway.status.destinations[0].problem?.code.hasPrefix("broker") == true)
      try broker.start()
      #expect(
        waitUntil(30) {
          box.journal.count(.outputOff) == 1 && gateway.status.alarms.map(\.stage) == [0, 0]
        })
      #expect(waitUntil { gateway.status.destinations[0].waitingEvents == 0 })
      let last = gateway.stop()
      #expect(last.lost.total == 0)
      #expect(waitUntil { Set(subscriber.ids).isSuperset(of: box.journal.ids) })
      #expect(firstOccurrences(subscriber.ids) == box.journal.ids)
      print("outage: \(box.journal.ids.count) events, \(subscriber.ids.count) received")
    }

    @Test func eventsOfASessionWithoutBrokerGoOutInTheNext() throws {
      let broker = try BrokerBox(isThere: false)
      let first = try RiverBox(River.site(), brokerPort: broker.port)
      let session = try runAlone(first)

      try broker.start()
      let subscriber = try broker.subscribe()
      var second = try RiverBox(River.site(), folder: first.folder, brokerPort: broker.port)
      let field = try second.connectField(level: River.wave())
      defer { field.end() }
      let gateway = try second.startGateway()
      #expect(gateway.session == session + 1)
      #expect(waitUntil { second.journal.ids.count >= 3 })
      let last = gateway.stop()
      #expect(last.destinations[0].waitingEvents == 0)
      let expected = first.journal.ids + second.journal.ids
      #expect(Set(expected).count == expected.count)
      #expect(waitUntil { subscriber.ids.count >= expected.count })
      #expect(firstOccurrences(subscriber.ids) == expected)
    }

    /// One run of a gateway, which is gone with its outbox when this returns; its session's number.
    private func runAlone(_ box: RiverBox) throws -> UInt32 {
      var box = box
      let field = try box.connectField(level: River.wave())
      defer { field.end() }
      let gateway = try box.startGateway()
      #expect(waitUntil { box.journal.ids.count >= 3 })
      let last = gateway.stop()
      #expect(last.destinations[0].waitingEvents == last.committedCount)
      #expect(last.committedCount >= 3)
      #expect(last.destinations[0].problem?.code.hasPrefix("broker") == true)
      return gateway.session
    }

    private func firstOccurrences(_ ids: [String]) -> [String] {
      var seen: Set<String> = []
      return ids.filter { seen.insert($0).inserted }
    }
  }
}
