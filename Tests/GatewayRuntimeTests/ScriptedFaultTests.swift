import DetectionCore
import FieldSimulation
import GatewayStatus
import SimulatedSite
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

extension GatewayTests {
  @Suite struct ScriptedFaults {
    @Test func aProbeThatFallsSilentIsReportedAndWelcomedBack() throws {
      var box = try RiverBox(River.site())
      let script = try box.site.faultScript(
        Array("from,until,target,fault,share\n30 min,4 h,level-probe,no-answer,\n".utf8),
        file: "faults.csv", seed: 1)
      let field = try SimulatedField(
        site: box.site, sources: [("river.level", .constant(1))], faults: script,
        clock: box.clock)
      defer { field.end() }
      box.site.buses = field.site.buses
      let gateway = try box.startGateway()
      // Pressure and temperature; what is derived from them shares their fault.
      #expect(waitUntil { box.journal.count(.sensorFaultRaised) == 2 })
      #expect(waitUntil { box.journal.count(.sensorFaultCleared) == 2 })
      #expect(gateway.stop().lost.total == 0)
    }
  }
}
