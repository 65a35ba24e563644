import Delivery
import SiteConfiguration
import Testing

@testable import GatewayRuntime

@Suite struct BrokerVersionTests {
  @Test func whatABrokerSpeaksIsRememberedByItsAddress() {
    var plan = DestinationPlan(id: "centre", host: "mqtt.example", port: 8883)
    plan.fallbacks = [BrokerAddress(host: "10.0.0.1", port: 1883, security: .none)]
    let states = plan.states(of: [.v311, nil])
    #expect(plan.provenVersions(in: states) == [.v311, nil])
    // In another order they are still the same brokers.
    (plan.host, plan.port, plan.fallbacks) = (
      "10.0.0.1", 1883, [BrokerAddress(host: "mqtt.example", port: 8883, security: .none)]
    )
    #expect(plan.provenVersions(in: states) == [nil, .v311])
    // Another broker is asked anew.
    plan.host = "new.example"
    #expect(plan.provenVersions(in: states)[0] == nil)
    #expect(plan.provenVersions(in: [])[0] == nil)
  }
}
