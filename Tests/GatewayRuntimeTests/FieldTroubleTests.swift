import DetectionCore
import FieldSimulation
import Foundation
import GatewayStatus
import LinuxHost
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import SimulatedSite

extension GatewayTests {
  @Suite(.serialized) struct FieldTrouble {
    /// At a fifth of the usual speed, so that a machine that stands still for a second is not taken for
    /// a sensor that does; faults of all points come after ten minutes, which are two seconds.
    @Test func portThatIsAbsentComesGoesAndComesAgain() throws {
      let site = try River.site(changes: [
        ("maximumAge: 20 min", "maximumAge: 10 min"),
        ("sensorFaultDelay: 1 h", "sensorFaultDelay: 10 min"),
      ])
      var box = try RiverBox(site, speed: RiverBox.speed / 5)
      let path = "\(box.folder.path)/port"
      guard case .serial(_, let settings) = box.site.buses[0].link else {
        Issue.record("the river's bus is a serial line")
        return
      }
      box.site.buses[0].link = .serial(path: path, settings)
      let gateway = try box.startGateway()

      #expect(
        waitUntil { gateway.status.problems["bus field"]?.description == "\(path): no such port" })
      #expect(waitUntil { box.faultyPointCount == 3 })
      #expect(!gateway.status.points.contains { $0.flag?.isUsable ?? false })

      try connectAndLose(box, gateway, path: path)
      #expect(
        waitUntil { gateway.status.problems["bus field"]?.description.hasPrefix(path) == true })
      #expect(waitUntil { box.faultyPointCount == 3 })

      let field = try plugIn(box, path: path)
      defer { field.end() }
      #expect(waitUntil { box.journal.count(.sensorFaultCleared) >= 6 })
      #expect(waitUntil { gateway.status.problems["bus field"] == nil })
      #expect(gateway.stop().lost.total == 0)
    }

    /// The devices come, are read, and vanish together with their port.
    private func connectAndLose(_ box: RiverBox, _ gateway: Gateway, path: String) throws {
      let field = try plugIn(box, path: path)
      #expect(waitUntil { box.journal.count(.sensorFaultCleared) >= 3 })
      #expect(waitUntil { gateway.status.problems["bus field"] == nil })
      #expect(
        waitUntil {
          gateway.status.points[Int(River.level)].flag?.isUsable == true
        })
      field.end()
    }

    /// A simulated line behind `path`; whatever stood there before is gone.
    private func plugIn(_ box: RiverBox, path: String) throws -> SimulatedField {
      let field = try box.makeField(level: River.course([(0, 1), (600, 1.5)]))
      guard case .serial(let terminal, _) = field.site.buses[0].link else {
        throw CocoaError(.featureUnsupported)
      }
      removeFile(path)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: terminal)
      return field
    }
  }
}

extension RiverBox {
  /// Points whose sensor fault was raised and not yet cleared; three is every point of the site that
  /// a device delivers.
  fileprivate var faultyPointCount: Int {
    journal.count(.sensorFaultRaised) - journal.count(.sensorFaultCleared)
  }
}
