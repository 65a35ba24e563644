import Delivery
import DetectionCore
import Polling
import Testing

@testable import SiteConfiguration

/// Bursts of samples, and the on-times of outputs, as a bus gets them from a site file.
@Suite struct BurstSiteTests {
  private static let burst = Burst(count: 20, spacing: .seconds(2))

  private func river() throws -> String {
    try #require(
      SiteFixtures.river.with(
        "quantity: p1}", "quantity: p1}\n    burst: {count: 20, spacing: 2 s}"))
  }

  private func load(_ text: String) throws -> Site {
    try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
  }

  @Test func aBurstReachesTheBusAndLeavesThePeriodAsItIs() throws {
    let site = try load(river())
    let points = site.buses[0].devices[0].points
    #expect(points.map(\.burst) == [Self.burst, nil])
    #expect(points.map(\.period) == [.seconds(60), .seconds(300)])
    #expect(site.description.points[0].period == .seconds(60))
  }

  @Test func whatIsComputedFromABurstHasRoomForIt() throws {
    // Half a minute holds 15 values of a burst, and the plan room for two that come early.
    let text = try #require(
      try river().with(
        "levelFromPressure: {point: probe.pressure, sensorHeight: -0.40 m, density: 1000 kg/m3}",
        "expression: \"mean(probe.pressure, 30 s) / 1 bar * 1 m\""))
    let site = try load(text)
    #expect(site.detection.windows.map(\.window.capacity) == [17])
  }

  @Test func aBusKnowsHowLongItsOutputsMayBeOn() throws {
    let site = try load(SiteFixtures.river)
    let written = site.buses.flatMap(\.devices).flatMap(\.outputs)
    #expect(!written.isEmpty)
    for output in written {
      #expect(output.maximumOnTime == site.detection.outputs[Int(output.output)].maximumOnTime)
    }
  }
}
