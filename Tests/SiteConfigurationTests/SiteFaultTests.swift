import DeviceProfiles
import Polling
import SiteConfiguration
import Testing

/// Settings that no port, bus or device can have are refused before anything is opened.
@Suite struct SiteFaultTests {
  private static func site(
    link: String = "serial: {port: /dev/nomori/a, baud: 9600, parity: none, stopBits: 1}",
    device: String = "profile: keller/36xiw, unit: 1", expression: String = "p * 2"
  ) -> String {
    """
    site: {id: s, name: {en: S, ja: S}, mode: test}
    buses:
      - id: b
        \(link)
        devices: [{id: d, \(device)}]
    points:
      - id: p
        name: {en: P, ja: P}
        unit: bar
        decimals: 2
        source: {device: d, quantity: p1}
        period: 1 min
      - id: q
        name: {en: Q, ja: Q}
        unit: bar
        decimals: 2
        source: {expression: "\(expression)"}
    """
  }

  private func buses(_ text: String) throws -> [BusPlan] {
    try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site.buses
  }

  @Test(arguments: [16, 17, 100])
  func starsOfExpressionsAreNoAliases(count: Int) {
    let product = Array(repeating: "1", count: count).joined(separator: " *")
    let text = Self.site(expression: "p *\(product)") + "\n# & && *x\n"
    #expect(SiteFixtures.messages(text) == [])
  }

  @Test func aliasesOfAnAnchorAreCounted() {
    let bomb = "a: &x [1]\nb: [" + Array(repeating: "*x", count: 17).joined(separator: ", ") + "]\n"
    #expect(
      SiteFixtures.messages(bomb) == [
        "s.yaml:1:1: * — expected a document without anchors (&) and aliases (*)"
      ])
  }

  @Test(arguments: [0, 1, 247, 255])
  func unitsThatCanBeAskedOverTCPAreTaken(unit: Int) {
    let text = Self.site(
      link: "tcp: {host: 192.0.2.1}", device: "profile: keller/36xiw, unit: \(unit)")
    #expect(!SiteFixtures.diagnostics(text).contains { $0.severity == .error })
  }

  @Test(arguments: [248, 251, 254])
  func unitsThatCannotBeAskedAreRefused(unit: Int) {
    let text = Self.site(
      link: "tcp: {host: 192.0.2.1}", device: "profile: keller/36xiw, unit: \(unit)")
    #expect(
      SiteFixtures.diagnostics(text).filter { $0.severity == .error }.map { $0.rendered() } == [
        "s.yaml:5:52: buses[0].devices[0].unit: \(unit) — expected a unit from 0 to 247, or 255; "
          + "Modbus reserves the others, and they cannot be asked"
      ])
  }

  @Test(arguments: SerialSettings.rates)
  func ratesOfPortsAreTaken(rate: UInt32) {
    let link = "serial: {port: /dev/nomori/a, baud: \(rate), parity: none, stopBits: 1}"
    let errors = SiteFixtures.diagnostics(Self.site(link: link)).filter { $0.severity == .error }
    // At 300 baud the reads may not fit; what is judged here is the rate.
    #expect(!errors.contains { $0.path.hasSuffix("baud") })
  }

  @Test(arguments: [301, 9601, 14400, 250_000, 1_000_000])
  func ratesThatNoPortHasAreRefused(rate: Int) {
    let link = "serial: {port: /dev/nomori/a, baud: \(rate), parity: none, stopBits: 1}"
    let messages = SiteFixtures.messages(Self.site(link: link))
    #expect(messages.count == 1)
    #expect(
      messages.first?.hasPrefix(
        "s.yaml:4:41: buses[0].serial.baud: \(rate) — expected one of 300, 600, 1200, 2400, 4800, 9600"
      ) == true, "\(messages)")
    // The line behind a serial server is not this machine's to set.
    let server = "rtuOverTcp: {host: h, port: 1, baud: \(rate), parity: none, stopBits: 1}"
    #expect(
      !SiteFixtures.diagnostics(Self.site(link: server)).contains { $0.path.hasSuffix("baud") })
  }

  @Test func timesOfADeviceCanBeSaidBySite() throws {
    let usual = try #require(buses(Self.site())[0].devices.first).timing
    let said =
      "profile: keller/36xiw, unit: 1, "
      + "timing: {responseTimeout: 2 s, responseDelay: 120 ms, guard: 50 ms}"
    var expected = usual
    expected.responseTimeoutMs = 2_000
    expected.responseDelayMs = 120
    expected.guardMs = 50
    #expect(try buses(Self.site(device: said))[0].devices[0].timing == expected)
  }

  @Test(arguments: [
    (
      "responseTimeout: 5 ms",
      "timing.responseTimeout: 5 ms — expected a duration from 10 ms to 10 min"
    ),
    ("guard: 11 s", "timing.guard: 11 s — expected a duration from 0 s to 10 s"),
    ("guard: 1.5 ms", "timing.guard: 1.5 ms — expected a whole number of milliseconds"),
    (
      "minimumPeriod: 1 s",
      "timing.minimumPeriod: unknown key — expected one of responseTimeout, responseDelay, guard, "
        + "afterWrite"
    ),
    (
      "responseTimeout: 1 s, responseDelay: 1 s",
      "timing: responseDelay 1000 ms, responseTimeout 1000 ms — expected a responseTimeout longer "
        + "than the responseDelay, each here or in keller/36xiw"
    ),
  ])
  func timesOutOfRangeAreRefused(timing: String, message: String) {
    let text = Self.site(device: "profile: keller/36xiw, unit: 1, timing: {\(timing)}")
    let messages = SiteFixtures.messages(text)
    #expect(messages.count == 1)
    #expect(messages.first?.hasSuffix(message) == true, "\(messages)")
  }
}
