import Recording
import Commissioning
import Delivery
import DetectionCore
import Glibc
import LinuxHost
import Polling
import SiteConfiguration
import Synchronization
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import GatewayStatus

extension GatewayTests {
  /// From a site file to readings in the lane, over a pseudo terminal.
  @Suite(.serialized) struct FramedSensors {
    private static func site(_ buses: String, _ points: String) throws -> Site {
      let text = """
        site: {id: lines, name: {en: Lines, ja: ライン}, mode: test}
        buses:
        \(buses)
        points:
        \(points)
        """
      return try SiteConfiguration.load(
        site: SourceText(name: "lines.yaml", text: text), profiles: River.files.profile
      ).site
    }

    private static func newest(_ gateway: Gateway, _ point: Int) -> SiteStatus.Point {
      gateway.status.points[point]
    }

    /// The messages of the sensor `gauge` in a recording.
    private static func frames(
      recordedIn box: RiverBox, of session: UInt32
    ) throws -> [String] {
      var frames: [String] = []
      var cut = 0
      let damages = try box.recording(of: session).readWire { entry in
        guard entry.device == "gauge",
          case .frame(.message, let bytes, let length) = entry.content
        else { return }
        if bytes.count != length { cut += 1 }
        frames.append(String(decoding: bytes, as: UTF8.self))
      }
      #expect(damages.isEmpty)
      #expect(cut == 0)
      return frames
    }

    @Test func aSensorThatSendsByItselfIsReadAndWatched() throws {
      let terminal = try PseudoTerminal()
      let site = try Self.site(
        """
          - id: sonar
            serial: {port: \(terminal.path), baud: 9600, parity: none, stopBits: 1}
            devices: [{id: gauge, profile: maxbotix/hrxl-maxsonar-wr}]
        """,
        """
          - id: distance
            name: {en: Distance, ja: 距離}
            unit: m
            decimals: 3
            period: 150 ms
            source: {device: gauge, quantity: distance}
            quality: {grossRange: {fail: [0.3, 5]}}
            maximumAge: 10 s
          - id: level
            name: {en: Level, ja: 水位}
            unit: m
            decimals: 3
            source: {levelFromDistance: {point: distance, mountHeight: 6 m}}
            quality: {grossRange: {fail: [0, 6]}}
        rules:
          - id: flood
            name: {en: Flood, ja: 洪水}
            point: level
            direction: rising
            stages: [{id: high, name: {en: High, ja: 高い}, limit: 5, deadband: 0.1, onDelay: 0 s, offDelay: 0 s}]
        """)
      let box = try RiverBox(site, speed: 1)
      let sonar = try Talker(terminal, saying: "R1234\r")
      let gateway = try box.startGateway()
      #expect(waitUntil { Self.newest(gateway, 0).value == 1.234 })
      #expect(gateway.status.problems["bus sonar"] == nil)
      sonar.say("R9999\r")
      #expect(waitUntil { Self.newest(gateway, 0).flag == .missing })
      sonar.say("R0750\r")
      #expect(waitUntil { gateway.status.alarms.map(\.stage) == [1] })
      #expect(Self.newest(gateway, 1).value == 5.25)
      let last = gateway.stop()
      #expect(last.buses.map(\.id) == ["sonar"])
      #expect(last.buses[0].total.answers > 5)
      #expect(last.lost.total == 0)
      try Self.expectExplained(last, by: box, of: gateway.session)
    }

    /// Every event can be replayed, and every value explained from the bytes that it was made of.
    private static func expectExplained(
      _ last: SiteStatus, by box: RiverBox, of session: UInt32
    ) throws {
      let replay = try box.replay(of: session)
      #expect(replay.firstDifference == nil)
      #expect(replay.recordedEventCount >= 1)
      let frames = try frames(recordedIn: box, of: session)
      for said in ["R1234\r", "R9999\r", "R0750\r"] {
        #expect(frames.contains { $0.hasSuffix(said) }, "\(said) not in \(frames)")
      }
      #expect(Double(frames.count) < Double(last.buses[0].total.answers))
    }

    @Test func sensorsThatAreAskedAnswerEachForItself() throws {
      let terminal = try PseudoTerminal()
      let site = try Self.site(
        """
          - id: mast
            serial: {port: \(terminal.path), baud: 19200, parity: none, stopBits: 1}
            devices:
              - {id: low, profile: vaisala/wxt530-ascii, address: "0"}
              - {id: high, profile: vaisala/wxt530-ascii, address: "1"}
        """,
        ["low", "high"].map { device in
          """
            - id: \(device).temperature
              name: {en: Air, ja: 気温}
              unit: Cel
              decimals: 1
              period: 1 s
              source: {device: \(device), quantity: air-temperature}
          """
        }.joined(separator: "\n"))
      let box = try RiverBox(site, speed: 1)
      let mast = try Answerer(terminal) { request in
        switch request {
        case "0R2\r\n": "0R2,Ta=-3.5C,Ua=50.0P,Pa=1013.0H\r\n"
        case "1R2\r\n": "1R2,Ta=-4.5C,Ua=50.0P,Pa=1012.0H\r\n"
        default: "?"
        }
      }
      let gateway = try box.startGateway()
      #expect(
        waitUntil {
          Self.newest(gateway, 0).value == -3.5 && Self.newest(gateway, 1).value == -4.5
        })
      withExtendedLifetime(mast) {}
      let last = gateway.stop()
      #expect(last.buses[0].total.timeouts == 0)
      #expect(last.buses[0].total.openings == 1)
      #expect(last.buses[0].devices.map(\.id) == ["low", "high"])
      #expect(last.buses[0].devices.allSatisfy { !$0.isLost })
      #expect(last.buses[0].devices.allSatisfy { $0.responseMs != nil })
      var sent: [String] = []
      _ = try box.recording(of: gateway.session).readWire { entry in
        guard let device = entry.device, case .frame(.request, let bytes, _) = entry.content
        else { return }
        sent.append(device + " " + String(decoding: bytes, as: UTF8.self))
      }
      #expect(sent.contains("low 0R2\r\n") && sent.contains("high 1R2\r\n"))
      #expect(last.problems["bus mast"] == nil)
    }

    @Test func aLineThatIsNotThereIsNamedAndTheGatewayEnds() throws {
      let folder = try TemporaryFolder()
      let site = try Self.site(
        """
          - id: sonar
            serial: {port: \(folder.path)/none, baud: 9600, parity: none, stopBits: 1}
            devices: [{id: gauge, profile: maxbotix/hrxl-maxsonar-wr}]
        """,
        """
          - {id: d, name: {en: D, ja: D}, unit: mm, decimals: 0, period: 1 s,
              source: {device: gauge, quantity: distance}}
        """)
      let box = try RiverBox(site, speed: 1)
      let gateway = try box.startGateway()
      #expect(
        waitUntil {
          gateway.status.problems["bus sonar"]?.description == "\(folder.path)/none: no such port"
        })
      #expect(waitUntil { Self.newest(gateway, 0).flag == .missing })
      #expect(gateway.stop().buses[0].total.portFaults >= 1)
    }
  }
}

/// A sensor on a pseudo terminal that says the same every 20 ms until it is let go.
private final class Talker: Sendable {
  private let shared: Shared
  private let thread: HostThread

  private final class Shared: Sendable {
    let text: Mutex<String>
    let isStopped = Atomic(false)
    init(_ text: String) { self.text = Mutex(text) }
  }

  init(_ terminal: PseudoTerminal, saying text: String) throws {
    let shared = Shared(text)
    self.shared = shared
    // Nobody may be listening yet or any more, and a full line must not hold the thread.
    let flags = fcntl(terminal.master.number, F_GETFL)
    _ = fcntl(terminal.master.number, F_SETFL, flags | O_NONBLOCK)
    thread = try HostThread(name: "talker") { _ in
      while !shared.isStopped.load(ordering: .acquiring) {
        try? terminal.master.write(Array(shared.text.withLock { $0 }.utf8))
        usleep(20_000)
      }
    }
  }

  func say(_ text: String) { shared.text.withLock { $0 = text } }

  deinit {
    shared.isStopped.store(true, ordering: .releasing)
    thread.join()
  }
}

/// Sensors on a pseudo terminal that answer lines.
private final class Answerer: Sendable {
  private let stop: StopSignal
  private let thread: HostThread

  private final class StopSignal: Sendable {
    let isRaised = Atomic(false)
  }

  init(_ terminal: PseudoTerminal, answer: @escaping @Sendable (String) -> String) throws {
    let stop = StopSignal()
    self.stop = stop
    thread = try HostThread(name: "answerer") { _ in
      var buffer = [UInt8](repeating: 0, count: 64)
      var request: [UInt8] = []
      while !stop.isRaised.load(ordering: .acquiring) {
        guard let count = terminal.master.read(into: &buffer, timeoutMs: 10) else {
          usleep(1000)
          continue
        }
        request += buffer.prefix(count)
        guard request.last == 0x0A else { continue }
        try? terminal.master.write(
          Array(answer(String(decoding: request, as: UTF8.self)).utf8))
        request = []
      }
    }
  }

  deinit {
    stop.isRaised.store(true, ordering: .releasing)
    thread.join()
  }
}
