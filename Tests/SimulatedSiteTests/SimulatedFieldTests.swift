import DetectionCore
import DeviceProfiles
import FieldSimulation
import LinuxHost
import ModbusPort
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import SimulatedSite

/// The river's devices, asked by libmodbus.
@Suite struct SimulatedFieldTests {
  /// The pressure that the level is derived from.
  static let pressure = RegisterSpan(table: .holdingRegister, address: 0x0100, count: 2)

  /// Reads the probe's pressure.
  static func read(
    _ port: inout ModbusConnection, timeout: TimeSpan = .seconds(2)
  ) throws(BusFault) -> [UInt16] {
    var words: [UInt16] = []
    try port.read(unit: 1, span: pressure, timeout: timeout, into: &words)
    return words
  }

  /// The level that a pressure stands for: the probe hangs 0.40 m below the station's zero.
  static func level(_ words: [UInt16]) -> Double {
    let bar = Double(Float(bitPattern: UInt32(words[0]) << 16 | UInt32(words[1])))
    return bar * 1e5 / (1000 * 9.80665) - 0.40
  }

  /// A field in which `fault` hits every answer of the probe.
  static func field(
    _ fault: FramedFault? = nil, site: Site? = nil, value: String = "2.3"
  ) throws -> SimulatedField {
    let formula = try #require(Formula(value))
    let faults = FaultScript(episodes: fault.map { [FaultEpisode($0, of: "level-probe")] } ?? [])
    return try SimulatedField(
      site: site ?? River.site(), sources: [("river.level", .formula(formula))], faults: faults,
      clock: HostClock())
  }

  @Test func aReadingTakesNoLessThanItsTimeOnTheLine() throws {
    let field = try Self.field()
    defer { field.end() }
    var port = ModbusConnection(link: field.site.buses[0].link)
    try port.open()
    let line = try #require(field.site.buses[0].link.transmission)
    let clock = HostClock()
    let start = clock.now
    let words = try Self.read(&port)
    // 8 bytes, the profile's response delay of 10 ms, 9 bytes.
    #expect(clock.now - start >= line.time(bytes: 17) + .milliseconds(10))
    #expect(abs(Self.level(words) - 2.3) < 1e-5)
  }

  @Test(arguments: [
    (FramedFault.noAnswer, [BusFault.timeout]), (.late(.seconds(1)), [.timeout]),
    (.badChecksum, [.badChecksum]), (.exception(6), [.exception(6)]),
    (.wrongUnit, [.wrongUnit]), (.halfFrame, [.timeout]),
  ])
  func aFaultIsWhatTheMasterSees(fault: FramedFault, seen: [BusFault]) throws {
    let field = try Self.field(fault)
    defer { field.end() }
    var port = ModbusConnection(link: field.site.buses[0].link)
    try port.open()
    let error = #expect(throws: BusFault.self) {
      try Self.read(&port, timeout: .milliseconds(400))
    }
    #expect(error.map(seen.contains) == true, "\(String(describing: error))")
    // Others on the line are as well as ever.
    var words: [UInt16] = []
    try? port.drain(silence: .milliseconds(800))
    try port.read(
      unit: 2, span: RegisterSpan(table: .coil, address: 0, count: 8), timeout: .seconds(2),
      into: &words)
    #expect(words == Array(repeating: 0, count: 8))
  }

  @Test func noiseBeforeAnAnswerDoesNotHideIt() throws {
    let field = try Self.field(.noiseBefore)
    defer { field.end() }
    var port = ModbusConnection(link: field.site.buses[0].link)
    try port.open()
    #expect(abs(Self.level(try Self.read(&port, timeout: .seconds(2))) - 2.3) < 1e-5)
  }

  @Test func aFrozenProbeGoesOnShowingWhatItMeasured() throws {
    let field = try Self.field(.frozen, value: "ramp(100, 1 s)")
    defer { field.end() }
    var port = ModbusConnection(link: field.site.buses[0].link)
    try port.open()
    for _ in 0..<5 { #expect(abs(Self.level(try Self.read(&port))) < 1e-5) }
  }

  @Test func aPointShowsWhatItIsToldAndNoOtherCan() throws {
    let field = try Self.field()
    defer { field.end() }
    var port = ModbusConnection(link: field.site.buses[0].link)
    try port.open()
    try field.drive("river.level", with: .constant(1.25))
    #expect(abs(Self.level(try Self.read(&port)) - 1.25) < 1e-5)
    #expect(throws: SimulationError.self) { try field.drive("lake.level", with: .constant(1)) }
  }

  @Test(arguments: [
    "tcp: {host: 192.0.2.1, port: 502}",
    "rtuOverTcp: {host: 192.0.2.1, port: 4001, baud: 9600, parity: none, stopBits: 1}",
  ])
  func aBusOverTCPStandsOnTheLoopback(link: String) throws {
    let serial = "serial: {port: /dev/nomori/field, baud: 9600, parity: none, stopBits: 1}"
    let site = try River.site(changes: [(serial, link)])
    let field = try Self.field(site: site)
    defer { field.end() }
    for _ in 0..<2 {
      var port = ModbusConnection(link: field.site.buses[0].link)
      try port.open()
      #expect(abs(Self.level(try Self.read(&port)) - 2.3) < 1e-5)
      port.close()
    }
  }

  @Test func aPortGoesAndComesBackAtItsPath() throws {
    let faults = FaultScript(episodes: [
      FaultEpisode(.portGone, of: "field", from: .milliseconds(300), until: .milliseconds(900))
    ])
    let field = try SimulatedField(
      site: River.site(), sources: [], faults: faults, clock: HostClock())
    defer { field.end() }
    let link = field.site.buses[0].link
    func isThere() -> Bool {
      var port = ModbusConnection(link: link)
      guard (try? port.open()) != nil else { return false }
      return (try? Self.read(&port, timeout: .milliseconds(200))) != nil
    }
    #expect(isThere())
    #expect(waitUntil { !isThere() })
    #expect(waitUntil { isThere() })
  }
}

private func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
  TimeSpan(nanoseconds: left.nanoseconds + right.nanoseconds)
}
