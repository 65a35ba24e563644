import GatewayStatus
import Commissioning
import DetectionCore
import FieldSimulation
import LinuxHost
import Polling
import SiteConfiguration
import Synchronization
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import SimulatedSite

extension GatewayTests {
  /// A gateway on simulated line sensors: a battery and a sonar that send by themselves, and two
  /// weather transmitters that are asked, behind a serial server.
  @Suite(.serialized) struct SimulatedLines {
    private static func site() throws -> Site {
      let points = [
        ("battery.voltage", "V", "battery", "voltage"), ("level", "m", "gauge", "distance"),
        ("low", "Cel", "low", "air-temperature"), ("high", "Cel", "high", "air-temperature"),
      ]
      let text = """
        site: {id: lines, name: {en: Lines, ja: ライン}, mode: test}
        buses:
          - id: power
            serial: {port: /dev/nomori/power, baud: 19200, parity: none, stopBits: 1, rs485: {rtsOnSend: high}}
            devices: [{id: battery, profile: victron/ve-direct-bmv}]
          - id: sonar
            serial: {port: /dev/nomori/sonar, baud: 9600, parity: none, stopBits: 1}
            devices: [{id: gauge, profile: maxbotix/hrxl-maxsonar-wr}]
          - id: mast
            rawTcp: {host: 192.0.2.1, port: 4001}
            devices:
              - {id: low, profile: vaisala/wxt530-ascii, address: "0"}
              - {id: high, profile: vaisala/wxt530-ascii, address: "1"}
        points:
        """
        + points.map { point, unit, device, quantity in
          "\n  - {id: \(point), name: {en: P, ja: P}, unit: \(unit), decimals: 3, period: 1 s, "
            + "source: {device: \(device), quantity: \(quantity)}, maximumAge: 10 min, "
            + "sensorFaultDelay: 5 min}"
        }.joined()
      return try SiteConfiguration.load(
        site: SourceText(name: "lines.yaml", text: text), profiles: River.files.profile
      ).site
    }

    private static let sources: [(point: String, source: ValueSource)] = [
      ("battery.voltage", .constant(12.615)), ("level", .constant(1.234)),
      ("low", .constant(-3.5)), ("high", .constant(21.25)),
    ]

    private static func values(_ gateway: Gateway) -> [Double?] {
      gateway.status.points.map { point in
        point.flag == .notEvaluated ? point.value : nil
      }
    }

    @Test(arguments: [1, 600.0]) func aGatewayReadsWhatTheyShow(speed: Double) throws {
      var box = try RiverBox(Self.site(), speed: speed)
      let field = try SimulatedField(
        site: box.site, sources: Self.sources, clock: box.clock)
      defer { field.end() }
      box.site.buses = field.site.buses
      let gateway = try box.startGateway()
      #expect(waitUntil { Self.values(gateway) == [12.615, 1.234, -3.5, 21.3] })
      try field.drive("level", with: .constant(0.75))
      try field.drive("high", with: nil)
      // The maker's own example again.
      #expect(waitUntil { Self.values(gateway) == [12.615, 0.75, -3.5, 23.6] })
      let last = gateway.stop()
      #expect(last.buses.map(\.total.timeouts) == [0, 0, 0])
      #expect(last.problems.isEmpty, "\(last.problems)")
    }

    @Test func aSensorThatFallsSilentIsReportedAndWelcomedBack() throws {
      var box = try RiverBox(Self.site(), speed: 600)
      let script = try box.site.faultScript(
        Array("from,until,target,fault,share\n30 min,90 min,sonar,no-answer,\n".utf8),
        file: "faults.csv", seed: 1)
      let field = try SimulatedField(
        site: box.site, sources: Self.sources, faults: script, clock: box.clock)
      defer { field.end() }
      box.site.buses = field.site.buses
      let gateway = try box.startGateway()
      #expect(waitUntil { box.journal.count(.sensorFaultRaised) == 1 })
      #expect(waitUntil { box.journal.count(.sensorFaultCleared) == 1 })
      let last = gateway.stop()
      #expect(last.lost.events + last.lost.readings == 0)
    }

    @Test func aLineWhosePortGoesIsFoundAgain() throws {
      var box = try RiverBox(Self.site(), speed: 1)
      let script = try box.site.faultScript(
        Array("from,until,target,fault,share\n1 s,3 s,sonar,port-gone,\n".utf8),
        file: "faults.csv", seed: 1)
      let field = try SimulatedField(
        site: box.site, sources: Self.sources, faults: script, clock: box.clock)
      defer { field.end() }
      box.site.buses = field.site.buses
      let gateway = try box.startGateway()
      #expect(waitUntil { gateway.status.problems["bus sonar"] != nil })
      #expect(
        waitUntil {
          gateway.status.problems["bus sonar"] == nil && Self.values(gateway)[1] == 1.234
        })
      #expect(gateway.stop().buses[2].total.portFaults == 0)
    }

    @Test func aFieldThatCannotBeLeavesNoPortsBehind() throws {
      let folder = try TemporaryFolder()
      // Where the second line's port would be, something else stands.
      try GrowingFile(creating: "\(folder.path)/sonar").append([])
      #expect(throws: HostError.self) {
        try SimulatedField(
          site: Self.site(), sources: [], ports: .folder(folder.path), clock: HostClock())
      }
      #expect(folderNames(folder.path) == ["sonar"])
    }

    /// What a reader of the bytes themselves hears, and when.
    @Test func aByteTakesItsTimeOnTheLine() throws {
      let heard = Mutex<[SimulatedExchange]>([])
      let field = try SimulatedField(site: Self.site(), sources: Self.sources, clock: HostClock()) {
        exchange in heard.withLock { $0.append(exchange) }
      }
      defer { field.end() }
      // Nobody hears the line who is not set to its baud rate and parity.
      var port = FieldPort(field.site.buses[1])
      defer { port.close() }
      var words: [UInt16] = []
      #expect(port.perform(.open, into: &words) == .done)
      func sonar() -> [SimulatedExchange] { heard.withLock { $0.filter { $0.bus == "sonar" } } }
      // The port may have been opened in the midst of the first message.
      #expect(waitUntil { sonar().filter { $0.end != nil }.count >= 5 })
      let messages = sonar().filter { $0.end != nil }.dropFirst().prefix(4)
      #expect(messages.allSatisfy { $0.answer == Array("R1234\r".utf8) && $0.request.isEmpty })
      let starts = messages.map(\.start.nanoseconds)
      #expect(starts.allSatisfy { $0 % 150_000_000 == 0 }, "\(starts)")
      // Six bytes of ten bits at 9600 baud.
      #expect(messages.map(\.end?.nanoseconds) == starts.map { $0 + 6_250_000 })
    }
  }
}
