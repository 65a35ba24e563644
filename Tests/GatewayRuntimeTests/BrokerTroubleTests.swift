import GatewayStatus
import SimulatedSite
import Delivery
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

    /// A command that comes again, also in another start, is not done again; what the broker kept while
    /// the box was away is not done at all.
    @Test func commandsAreDoneOnceAndNotLate() throws {
      let broker = try BrokerBox()
      var first = try RiverBox(River.site(), brokerPort: broker.port)
      first.site.destinations[0].operators = ["sato"]
      let field = try first.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      try run(first) {
        // Until the box has subscribed, a broker passes nothing on.
        waitUntil {
          (try? publish("take-out-of-service", "a", at: broker)) != nil
            && first.journal.count(.takenOutOfService) == 1
        }
      }
      try publish("return-to-service", "b", at: broker)
      try run(first) {
        waitUntil {
          (try? publish("take-out-of-service", "a", at: broker)) != nil
            && (try? publish("reset", "c", at: broker)) != nil
            && first.journal.count(.commandRefused) > 0
        }
      }
      #expect(first.journal.count(.takenOutOfService) == 1)
      #expect(first.journal.count(.commandRefused) == 1)
      #expect(first.journal.count(.returnedToService) == 0)
    }

    private func run(_ box: RiverBox, until isDone: () -> Bool) throws {
      let gateway = try box.startGateway()
      #expect(isDone())
      _ = gateway.stop()
    }

    private func publish(_ kind: String, _ id: String, at broker: BrokerBox) throws {
      let sender = try ChildProcess([
        "mosquitto_pub", "-h", "127.0.0.1", "-p", "\(broker.port)", "-V", "mqttv5", "-q", "1",
        "-t", "nomori/v1/\(River.site().description.id)/command/\(kind)",
        "-m", #"{"id":"\#(id)","operator":"sato","alarm":"river.stage"}"#,
      ])
      try #require(waitUntil { sender.exit != nil })
    }

    private func firstOccurrences(_ ids: [String]) -> [String] {
      var seen: Set<String> = []
      return ids.filter { seen.insert($0).inserted }
    }
  }
}
