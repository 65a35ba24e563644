import DeviceProfiles
import FieldSimulation
import LinuxHost
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import Commissioning
@testable import SimulatedSite

/// A simulated serial line, scanned by the real scanner at several line settings.
@Suite struct SimulatedLineScanTests {
  private static func site(baud: Int, parity: String) throws -> Site {
    let text = """
      site:
        id: scanned
        name: {en: Scanned, ja: スキャン}
        mode: test
      buses:
        - id: line
          serial: {port: /dev/nomori/line, baud: \(baud), parity: \(parity), stopBits: 2}
          devices:
            - {id: gauge, profile: keller/36xiw, unit: 2}
            - {id: relay, profile: waveshare/modbus-rtu-relay-8ch, unit: 3}
      points:
        - id: gauge.pressure
          name: {en: Pressure, ja: 圧力}
          unit: bar
          decimals: 2
          source: {device: gauge, quantity: p1}
          period: 10 s
      """
    return try SiteConfiguration.load(
      site: SourceText(name: "scanned.yaml", text: text), profiles: River.files.profile
    ).site
  }

  @Test(arguments: [(9600, "none"), (19200, "even"), (19200, "odd")])
  func `each device is found once, at the settings of its line`(baud: Int, parity: String) throws {
    let field = try SimulatedField(
      site: Self.site(baud: baud, parity: parity), sources: [], clock: HostClock())
    defer { field.end() }
    guard case .serial(let path, let line) = field.site.buses[0].link else {
      Issue.record("the line is not serial")
      return
    }
    var scan = BusScan(
      plan: ScanPlan(
        rates: [9600, 19200], parities: [.none, .even, .odd], units: [2, 3], profiles: [],
        isThorough: true))
    var scanner = FieldScanner { settings in .serial(path: path, settings ?? line) }
    while try scanner.step(&scan) != nil {}
    #expect(scan.found.map(\.unit).sorted() == [2, 3])
    for unit in scan.found {
      #expect(unit.line?.baud == line.baud && unit.line?.parity == line.parity)
    }
  }
}
