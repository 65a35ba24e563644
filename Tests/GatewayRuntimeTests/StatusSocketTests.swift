import DetectionCore
import LinuxHost
import Polling
import SimulatedSite
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import GatewayStatus

/// What a running gateway tells programs on its own machine.
@Suite(.serialized) struct StatusSocketTests {
  @Test func aRunningGatewayTellsOfItsBusesAndPoints() throws {
    var box = try RiverBox(River.site(), speed: 60)
    let field = try box.connectField(level: River.course([(0, 1.5), (1000, 1.5)]))
    defer { field.end() }
    #expect(throws: SiteStatus.Refusal.notRunning) { try SiteStatus.ask(box.site) }

    let gateway = try box.startGateway()
    let thread = try StatusThread(of: gateway, site: box.site)
    func probe() -> SiteStatus.Device? {
      (try? SiteStatus.ask(box.site))?.buses.first?.devices.first { $0.recent.answers > 2 }
    }
    #expect(waitUntil { probe() != nil })
    let report = try SiteStatus.ask(box.site)
    #expect(report.site == "river-nagi" && report.session == gateway.session)
    let bus = try #require(report.buses.first)
    #expect(bus.isOpen && bus.total.openings == 1 && bus.recent == bus.total)
    #expect(bus.devices.map(\.id) == ["level-probe", "rain-gauge", "lamp-relay"])
    #expect(bus.devices.allSatisfy { !$0.isLost })
    #expect(bus.devices[0].responseMs?.p50 ?? 0 > 0)
    #expect(bus.recent.busySeconds > 0)
    let level = try #require(report.points.first { $0.id == "river.level" })
    #expect((level.value ?? 0) > 1.4 && level.flag != .missing)
    #expect(level.ageSeconds ?? .infinity < 10_000)

    thread.stop()
    #expect(throws: SiteStatus.Refusal.notRunning) { try SiteStatus.ask(box.site) }
    _ = gateway.stop()
  }

  @Test func whoTakesNothingHoldsNobodyUp() throws {
    let box = try RiverBox(River.site())
    let gateway = try box.startGateway()
    let thread = try StatusThread(of: gateway, site: box.site)
    let idle = try (0..<3).map { _ in try connectLocally(box.site.statusPath) }
    #expect(try SiteStatus.ask(box.site).buses.count == 1)
    _ = idle
    thread.stop()
    _ = gateway.stop()
  }

  @Test func somethingElseAtThePathIsNoReport() throws {
    let box = try RiverBox(River.site())
    let listener = try LocalListener(path: box.site.statusPath)
    let babbler = try HostThread(name: "babbler") { _ in
      guard !readable([listener.descriptor], timeoutMs: 20_000).isEmpty else { return }
      try? listener.accept()?.write(Array("{\"format\":\"other\"}".utf8))
    }
    #expect(throws: SiteStatus.Refusal.unreadable) { try SiteStatus.ask(box.site) }
    babbler.join()
    var site = box.site
    site.outbox.path += String(repeating: "x", count: 100)
    #expect(throws: SiteStatus.Refusal.self) { try SiteStatus.ask(site) }
  }
}
