import DetectionCore
import DeviceProfiles
import FieldSimulation
import LinuxHost
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import Commissioning
@testable import SimulatedSite

/// The river's wiring read once, and scanned, against libmodbus's server.
@Suite(.serialized) struct LiveCheckTests {
  /// What a check of the site finds, by device.
  static func devices(of site: Site, points: [String]? = nil) -> [LiveDevice] {
    var devices: [LiveDevice] = []
    LiveCheck(site: site).run(points: points) { devices.append($0) }
    return devices
  }

  static func field(level: Double, site: Site) throws -> SimulatedField {
    try SimulatedField(
      site: site,
      sources: [
        ("river.level", .constant(level)), ("probe.temperature", .constant(12)),
      ], clock: HostClock())
  }

  @Test func everyPointIsReadAndJudged() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    let devices = Self.devices(of: field.site)
    #expect(devices.map(\.id) == ["level-probe", "rain-gauge", "lamp-relay"])
    #expect(devices.map(\.identity) == [.unknown, .confirmed, .unknown])
    let readings = devices.flatMap(\.readings)
    #expect(
      readings.map(\.id) == [
        "probe.pressure", "probe.temperature", "river.level", "river.elevation", "rain.total",
      ])
    #expect(readings.map(\.flag) == [.pass, .pass, .pass, .notEvaluated, .pass])
    #expect((readings[2].value - 1.5).magnitude < 0.001)
    #expect((readings[3].value - 18.2).magnitude < 0.001)
    #expect(readings[2].source == "probe.pressure" && readings[2].responseTime == nil)
    #expect(readings[0].responseTime ?? .zero > .zero)
    #expect(devices[2].outputs.map(\.value) == [0])
  }

  @Test func whatIsNotToBeExpectedIsSuspectAndWhatCannotBeFails() throws {
    let site = try River.site(changes: [
      (
        "grossRange: {fail: [-0.9, 9.8], suspect: [-0.4, 7.5]}",
        "grossRange: {fail: [-0.9, 9.8], suspect: [-0.4, 1.0]}"
      ),
      ("fail: [-20, 60], suspect: [-2, 40]", "fail: [-20, 10], suspect: [-2, 9]"),
    ])
    let field = try Self.field(level: 1.5, site: site)
    defer { field.end() }
    let readings = Self.devices(of: field.site).flatMap(\.readings)
    #expect(readings[1].flag == .fail)
    #expect(readings[1].remark == .impossible(ClosedSpan(lower: -20, upper: 10)))
    #expect(readings[2].flag == .suspect)
    #expect(readings[2].remark == .unexpected(ClosedSpan(lower: -0.4, upper: 1)))
  }

  @Test func onlyTheWantedPointsAreRead() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    let devices = Self.devices(of: field.site, points: ["river.elevation"])
    #expect(devices.map(\.id) == ["level-probe"])
    #expect(devices[0].readings.map(\.id) == ["river.elevation"])
    #expect(devices[0].outputs.isEmpty)
  }

  @Test func aDeviceThatIsSilentOrAPortThatIsAbsentLosesItsPoints() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    var site = field.site
    site.buses[0].devices[1].modbus?.unit = 99
    let devices = Self.devices(of: site)
    #expect(devices[1].readings.map(\.remark) == [.fault(.timeout)])
    #expect(devices[1].readings.map(\.flag) == [.missing])
    #expect(devices[1].identity == .unknown)
    #expect(devices[0].readings.map(\.flag) == [.pass, .pass, .pass, .notEvaluated])

    site.buses[0].link = .serial(
      path: "/dev/nomori-none", SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    let absent = Self.devices(of: site)
    #expect(absent.allSatisfy { $0.portFault == .portUnavailable(.notFound) })
    #expect(absent.flatMap(\.readings).allSatisfy { $0.flag == .missing })
    #expect(absent[0].readings[2].remark == .sourceMissing)
    #expect(absent[2].outputs.map(\.flag) == [.missing])
  }

  @Test func aTextTellsADeviceToo() throws {
    let site = try SiteConfiguration.load(
      site: SourceText(
        name: "soil.yaml",
        text: """
          site: {id: soil, name: {en: Soil, ja: 土壌}, mode: test}
          buses:
            - id: field
              serial: {port: /dev/field, baud: 19200, parity: even, stopBits: 1}
              devices: [{id: soil, profile: gropoint/gplp, unit: 1}]
          points:
            - id: moisture
              name: {en: Moisture, ja: 水分}
              unit: "%"
              decimals: 1
              source: {device: soil, quantity: moisture1}
              period: 1 min
          """), profiles: River.files.profile
    ).site
    let field = try SimulatedField(
      site: site, sources: [("moisture", .constant(31))], clock: HostClock())
    defer { field.end() }
    let devices = Self.devices(of: field.site)
    #expect(devices.map(\.identity) == [.confirmed])
    var other = field.site
    other.buses[0].devices[0].modbus?.profile.identity = [.serverText("ROCK")]
    #expect(Self.devices(of: other)[0].isStranger)
  }

  @Test func everyValueHasAnAge() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    for device in Self.devices(of: field.site) {
      for reading in device.readings {
        let age = try #require(reading.age(at: device.examinedAt))
        #expect(age >= .zero && age < .seconds(30), "\(reading.id)")
      }
    }
  }

  @Test func onlyTheRightDeviceIsPrepared() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    var site = field.site
    // The lamp's coil stands for what a probe wants written before it measures.
    let step = SampleTriggerStep(
      request: .write(table: .coil, address: 0, words: [1]), waitMs: 50)
    let relay = site.buses[0].devices[2]
    site.buses[0].devices[1].modbus?.unit = relay.modbus?.unit ?? 0
    site.buses[0].devices[1].modbus?.profile.preparation = [step]
    let check = IdentityCheck.field(
      RawField(table: .coil, address: 0, type: .bit), mask: .max, accepted: [1])
    site.buses[0].devices[1].modbus?.profile.identity = [check]
    let stranger = Self.devices(of: site)
    #expect(stranger[1].isStranger && stranger[2].outputs.map(\.value) == [0])
    site.buses[0].devices[1].modbus?.ignoresIdentity = true
    let taken = Self.devices(of: site)
    #expect(!taken[1].isStranger && taken[1].identity == .mismatch([check]))
    #expect(taken[2].outputs.map(\.value) == [1])
  }

  @Test func aLineSensorIsHeardOrSaidToBeSilent() throws {
    let terminal = try PseudoTerminal()
    let site = try SiteConfiguration.load(
      site: SourceText(
        name: "lines.yaml",
        text: """
          site: {id: lines, name: {en: Lines, ja: ライン}, mode: test}
          buses:
            - id: sonar
              serial: {port: \(terminal.path), baud: 9600, parity: none, stopBits: 1}
              devices: [{id: gauge, profile: maxbotix/hrxl-maxsonar-wr}]
          points:
            - id: distance
              name: {en: Distance, ja: 距離}
              unit: m
              decimals: 3
              period: 1 h
              source: {device: gauge, quantity: distance}
              quality: {grossRange: {fail: [0.3, 5]}}
            - id: level
              name: {en: Level, ja: 水位}
              unit: m
              decimals: 3
              source: {levelFromDistance: {point: distance, mountHeight: 6 m}}
          """), profiles: River.files.profile
    ).site
    let isStopped = StopFlag()
    let sonar = try HostThread(name: "sonar") { _ in
      while !isStopped.isRaised {
        try? terminal.master.write(Array("R1234\r".utf8))
        HostClock().sleep(for: .milliseconds(50))
      }
    }
    let heard = Self.devices(of: site)
    isStopped.raise()
    sonar.join()
    #expect(heard.map(\.id) == ["gauge"] && heard[0].unit == nil)
    #expect(heard[0].readings.map(\.value) == [1.234, 4.766])
    #expect(heard[0].readings.map(\.flag) == [.pass, .notEvaluated])
    #expect(heard[0].readings[1].source == "distance")
    #expect(
      heard[0].readings.allSatisfy { $0.age(at: heard[0].examinedAt) ?? .seconds(99) < .seconds(5) }
    )

    var absent = site
    absent.buses[0].link = .serial(
      path: "/dev/nomori-none", SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    let lost = Self.devices(of: absent, points: ["level"])
    #expect(lost.map(\.portFault) == [.portUnavailable(.notFound)])
    #expect(lost[0].readings.map(\.flag) == [.missing])
  }

  @Test func anotherDeviceAtTheAddressIsNoticed() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    var site = field.site
    let field0 = RawField(table: .inputRegister, address: 0, type: .uint16)
    let check = IdentityCheck.field(field0, mask: .max, accepted: [1])
    site.buses[0].devices[1].modbus?.profile.identity = [check]
    #expect(Self.devices(of: site)[1].identity == .mismatch([check]))
  }

  @Test func aScanFindsTheSimulatedUnits() throws {
    let field = try Self.field(level: 1.5, site: River.site())
    defer { field.end() }
    guard case .serial(let path, _) = field.site.buses[0].link else {
      Issue.record("the river's bus is a serial line")
      return
    }
    let profiles = field.site.buses[0].devices.compactMap(\.modbus?.profile)
    let plan = ScanPlan(
      rates: [9600], parities: [.none], units: [1, 2, 3, 4, 0xC0], profiles: profiles)
    var scan = BusScan(plan: plan)
    var scanner = FieldScanner { settings in
      .serial(path: path, settings ?? SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    }
    while try scanner.step(&scan) != nil {}
    #expect(scan.found.map(\.unit).sorted() == [1, 2, 0xC0])
    let gauge = scan.found.first { $0.unit == 0xC0 }
    #expect(
      gauge?.guesses.first
        == FoundUnit.Guess(profile: "dfrobot/sen0575", strength: .recognised))
    #expect(
      scan.found.first { $0.unit == 1 }?.guesses.map(\.profile).contains("keller/36xiw") == true)
  }

  @Test func aScanOfAPortThatIsAbsentSaysSo() {
    var scan = BusScan(plan: ScanPlan(profiles: []))
    var scanner = FieldScanner { settings in
      .serial(
        path: "/dev/nomori-none",
        settings ?? SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    }
    #expect(throws: BusFault.portUnavailable(.notFound)) { _ = try scanner.step(&scan) }
  }
}
