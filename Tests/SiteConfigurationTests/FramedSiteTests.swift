import Delivery
import DetectionCore
import DeviceProfiles
import Polling
import SiteConfiguration
import Testing

/// Sites with sensors that do not speak Modbus.
@Suite struct FramedSiteTests {
  static let good = """
    site: {id: s, name: {en: S, ja: S}, mode: test}
    buses:
      - id: sonar
        serial: {port: /dev/nomori/sonar, baud: 9600, parity: none, stopBits: 1}
        devices:
          - id: gauge
            profile: maxbotix/hrxl-maxsonar-wr
      - id: mast
        rawTcp: {host: box.example, port: 4001}
        devices:
          - {id: low, profile: vaisala/wxt530-ascii, address: "0"}
          - {id: high, profile: vaisala/wxt530-ascii, address: "1"}
      - id: field
        serial: {port: /dev/nomori/field, baud: 9600, parity: none, stopBits: 1}
        devices:
          - {id: probe, profile: keller/36xiw, unit: 1}
    points:
      - {id: d, name: {en: D, ja: D}, unit: m, decimals: 3, period: 1 min,
          burst: {count: 20, spacing: 1 s}, source: {device: gauge, quantity: distance}}
      - {id: t, name: {en: T, ja: T}, unit: Cel, decimals: 1, period: 10 s,
          source: {device: high, quantity: air-temperature}}
      - {id: p, name: {en: P, ja: P}, unit: bar, decimals: 3, period: 30 s,
          source: {device: probe, quantity: p1}}
    """

  private static func messages(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      return try SiteConfiguration.load(
        site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
      ).warnings.map { $0.rendered() }
    } catch {
      return error.diagnostics.map { $0.rendered() }
    }
  }

  @Test func busesStandInTheOrderOfTheFileHoweverTheirDevicesSpeak() throws {
    let (site, warnings) = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: Self.good), profiles: SiteFixtures.profile)
    #expect(warnings.isEmpty)
    #expect(site.buses.map(\.id) == ["sonar", "mast", "field"])
    #expect(
      site.buses.prefix(2).map(\.link) == [
        .serial(
          path: "/dev/nomori/sonar", SerialSettings(baud: 9600, parity: .none, stopBits: 1)),
        .rawTCP(host: "box.example", port: 4001),
      ])
    let gauge = try #require(site.buses[0].devices.first?.points.first)
    #expect(gauge.point.rawValue == 0 && gauge.unitFactor == 0.001)
    #expect(gauge.burst == Burst(count: 20, spacing: .seconds(1)))
    let mast = site.buses[1].devices
    #expect(mast.map(\.points.count) == [0, 1])
    #expect(mast[1].points[0].point.rawValue == 1)
    #expect(
      mast.map { $0.framed?.line.messages[1].requestBytes } == [
        Array("0R2\r\n".utf8), Array("1R2\r\n".utf8),
      ])
    #expect(site.buses[2].devices[0].points[0].point.rawValue == 2)
  }

  @Test func aDriverSwitchesTheTransmitterWhereTheSiteSaysSo() throws {
    let text = try #require(
      Self.good.with(
        "/dev/nomori/field, baud: 9600, parity: none, stopBits: 1",
        "/dev/ttyUSB1, baud: 9600, parity: none, stopBits: 1, "
          + "rs485: {rtsOnSend: low, delayAfter: 2 ms}")?
        .with("sonar, baud: 9600, ", "sonar, baud: 9600, rs485: {rtsOnSend: high}, "))
    let (site, warnings) = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile)
    #expect(
      site.buses.map(\.transmitter) == [
        TransmitterControl(isHighOnSend: true), nil,
        TransmitterControl(isHighOnSend: false, delayAfterMs: 2),
      ])
    #expect(
      warnings.map { $0.rendered() } == [
        "s.yaml:14:20: warning: buses[2].serial.port: /dev/ttyUSB1 — expected a path that stays "
          + "the same when adapters are plugged in again, such as one below /dev/serial/by-id or "
          + "/dev/serial/by-path"
      ])
    #expect(warnings.first?.rendered(in: .japanese).contains("抜き差し") == true)
    for (part, replacement, expected) in [
      ("rtsOnSend: low", "rtsOnSend: up", "rs485.rtsOnSend: up — expected one of high, low"),
      (
        "delayAfter: 2 ms", "delayAfter: 2 s",
        "rs485.delayAfter: 2 s — expected a duration from 0 s"
      ),
      ("rtsOnSend: low, ", "", "rs485.rtsOnSend: missing"),
    ] {
      let wrong = try #require(text.with(part, replacement))
      let messages = Self.messages(wrong)
      #expect(messages.contains { $0.contains(expected) }, "\(messages)")
    }
  }

  @Test func theShareOfTheDeadIsRead() throws {
    let text = try #require(
      Self.good.with("address: \"1\"}", "address: \"1\"}\n    probeShare: 0.5 %"))
    let (site, _) = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile)
    #expect(site.buses.map(\.probeShare) == [20, 5, 20])
  }

  @Test(
    arguments: [
      (
        "box.example, port: 4001", "box.example",
        ["s.yaml:9:13: buses[1].rawTcp.port: missing — expected a value for port"]
      ),
      (
        "address: \"1\"", "address: \"0\"",
        [
          "s.yaml:12:60: buses[1].devices[1].address: \"0\" — expected a device that is asked by "
            + "another request than low"
        ]
      ),
      (
        ", address: \"1\"", "",
        [
          "s.yaml:12:9: buses[1].devices[1].address: missing — expected a value for address"
        ]
      ),
      (
        "address: \"1\"", "address: a-b",
        [
          "s.yaml:12:60: buses[1].devices[1].address: a-b — expected 1 to 8 letters or digits, "
            + "such as 0"
        ]
      ),
      (
        "profile: maxbotix/hrxl-maxsonar-wr", "profile: maxbotix/hrxl-maxsonar-wr\n        unit: 1",
        [
          "s.yaml:8:9: buses[0].devices[0].unit: unknown key — expected a Modbus device; "
            + "maxbotix/hrxl-maxsonar-wr speaks a protocol of its own"
        ]
      ),
      (
        "rawTcp: {host: box.example, port: 4001}", "tcp: {host: box.example, port: 4001}",
        ["vaisala/wxt530-ascii speaks a protocol of its own", "vaisala/wxt530-ascii"]
      ),
      (
        "serial: {port: /dev/nomori/field, baud: 9600, parity: none, stopBits: 1}",
        "rawTcp: {host: box.example, port: 4002}",
        ["keller/36xiw speaks Modbus and needs serial, tcp or rtuOverTcp"]
      ),
      (
        "keller/36xiw, unit: 1}",
        "keller/36xiw, unit: 1}\n      - {id: other, profile: maxbotix/hrxl-maxsonar-wr}",
        ["maxbotix/hrxl-maxsonar-wr speaks a protocol of its own"]
      ),
      (
        "maxbotix/hrxl-maxsonar-wr",
        "maxbotix/hrxl-maxsonar-wr\n      - {id: other, profile: truebner/smt100-ascii}",
        ["no other device on the bus; gauge sends without being asked"]
      ),
      (
        "high, profile: vaisala/wxt530-ascii, address: \"1\"",
        "high, profile: truebner/smt100-ascii",
        [
          "a device whose answers cannot be taken for those of low: a line of its own",
          "a quantity of truebner/smt100-ascii",
        ]
      ),
      (
        "quantity: distance", "quantity: distanc",
        ["a quantity of maxbotix/hrxl-maxsonar-wr; did you mean \"distance\"?"]
      ),
      (
        "unit: m, decimals: 3, period: 1 min", "unit: bar, decimals: 3, period: 1 min",
        ["distance in mm — expected a quantity that can be converted to bar"]
      ),
      (
        "profile: maxbotix/hrxl-maxsonar-wr",
        "profile: maxbotix/hrxl-maxsonar-wr\n    probeShare: 1 %",
        [
          "s.yaml:8:17: buses[0].probeShare: 1 % — expected no such key; a sensor that sends by "
            + "itself takes no time from others"
        ]
      ),
      (
        "count: 20, spacing: 1 s", "count: 20, spacing: 100 ms",
        ["100 ms — expected a duration of at least 150 ms"]
      ),
    ] as [(String, String, [String])])
  func aMistakeIsNamed(part: String, replacement: String, expected: [String]) throws {
    let text = try #require(Self.good.with(part, replacement))
    let messages = Self.messages(text)
    #expect(messages.count == expected.count, "\(messages)")
    for (message, part) in zip(messages, expected) {
      #expect(message.contains(part), "\(message)")
    }
  }

  /// A mast of WXT530 at 1200 baud: 8 bytes for the request and some 60 for the answer take half a
  /// second.
  @Test func aLineThatCannotKeepUpIsRefusedWithTheNumbers() throws {
    let text = try #require(
      Self.good.with(
        "rawTcp: {host: box.example, port: 4001}",
        "serial: {port: /dev/nomori/mast, baud: 1200, parity: none, stopBits: 1}")?
        .with("decimals: 1, period: 10 s", "decimals: 1, period: 1 s")
        .map {
          $0 + """

              - {id: w, name: {en: W, ja: W}, unit: m/s, decimals: 1, period: 1 s,
                  source: {device: low, quantity: wind-speed}}
              - {id: v, name: {en: V, ja: V}, unit: m/s, decimals: 1, period: 1 s,
                  source: {device: high, quantity: wind-speed}}
            """
        })
    let messages = Self.messages(text).filter { !$0.contains("warning") }
    #expect(messages.count == 1, "\(messages)")
    #expect(
      messages.first?.contains("% — expected reads that take at most 90 %")
        == true, "\(messages)")
    let slower = text.replacing("period: 1 s,", with: "period: 10 s,")
    #expect(Self.messages(slower).allSatisfy { $0.contains("warning") })
  }
}
