import DetectionCore
import DeviceProfiles
import Polling
import Testing

@testable import SiteConfiguration

/// What a site file says of the health of its buses and devices.
@Suite struct DiagnosticSiteTests {
  private static let point = """
    points:
      - id: rain.link
        name: {en: Link to the rain gauge, ja: 雨量計の応答}
        unit: ms
        decimals: 0
        source: {device: rain-gauge, health: responseTime}
        period: 1 min
      - id: field.load
        name: {en: Load of the field bus, ja: 回線使用率}
        unit: "%"
        decimals: 1
        source: {bus: field, health: load}
        period: 5 min

    """

  private func river(_ old: String, _ new: String) throws -> String {
    try #require(SiteFixtures.river.with(old, new))
  }

  private func load(_ text: String) throws -> Site {
    try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
  }

  @Test func linksBecomePoints() throws {
    let bus = try load(river("points:\n", Self.point)).buses[0]
    #expect(
      bus.links == [
        DiagnosticPoint(
          point: PointIndex(rawValue: 0), device: 1, measure: .responseTime, unitFactor: 1000,
          period: .seconds(60)),
        DiagnosticPoint(
          point: PointIndex(rawValue: 1), device: nil, measure: .load, period: .seconds(300)),
      ])
    #expect(bus.devices[0].points.map(\.point.rawValue) == [2, 3])
  }

  @Test(arguments: [
    (
      "health: load}", "health: lode}",
      "points[1].source.health: lode — expected one of responseTime, failures, load, missed, "
        + "openings"
    ),
    (
      "bus: field, health", "bus: filed, health",
      "points[1].source.bus: filed — expected the id of a bus; did you mean \"field\"?"
    ),
    (
      "health: load}", "health: responseTime}",
      "points[1].source.health: responseTime in s — expected a measure that can be converted to %"
    ),
  ]) func mistakesAreNamed(old: String, new: String, message: String) throws {
    let text = try river("points:\n", try #require(Self.point.with(old, new)))
    let messages = SiteFixtures.messages(text)
    #expect(messages.contains { $0.hasSuffix(message) }, "\(messages)")
  }

  private static let linePoints = """
      - {id: r, name: {en: R, ja: R}, unit: ms, decimals: 0, period: 1 min,
          source: {device: high, health: responseTime}}
      - {id: f, name: {en: F, ja: F}, unit: "%", decimals: 0, period: 1 min,
          source: {device: gauge, health: failures}}
      - {id: l, name: {en: L, ja: L}, unit: "%", decimals: 0, period: 1 min,
          source: {bus: mast, health: load}}
      - {id: b, name: {en: B, ja: B}, unit: "%", decimals: 0, period: 1 min,
          source: {bus: field, health: load}}
    rules:
      - {id: cable, name: {en: Cable, ja: ケーブル}, point: t, direction: falling,
          stages: [{id: low, name: {en: L, ja: L}, limit: 5, deadband: 0.1, onDelay: 0 s, offDelay: 0 s}]}
    """

  @Test func linesAndTheirSensorsBecomePointsAsBusesDo() throws {
    let text = try #require(
      (FramedSiteTests.good + "\n" + Self.linePoints).with(
        "{device: high, quantity: air-temperature}",
        "{device: high, quantity: air-temperature}, quality: {grossRange: {fail: [-50, 60]}}"))
    let site = try load(text)
    #expect(site.buses.map(\.id) == ["sonar", "mast", "field"])
    #expect(
      site.buses[0].links == [
        DiagnosticPoint(
          point: PointIndex(rawValue: 4), device: 0, measure: .failures, period: .seconds(60))
      ])
    #expect(
      site.buses[1].links == [
        DiagnosticPoint(
          point: PointIndex(rawValue: 3), device: 1, measure: .responseTime, unitFactor: 1000,
          period: .seconds(60)),
        DiagnosticPoint(
          point: PointIndex(rawValue: 5), device: nil, measure: .load, period: .seconds(60)),
      ])
    #expect(site.buses[2].links.map(\.point.rawValue) == [6])
    #expect(site.buses[1].devices[1].points.map(\.isWatched) == [true])
    #expect(site.buses[0].devices[0].points.map(\.isWatched) == [false])
    let wrong = try #require(text.with("device: high, health", "device: gauge, health"))
    let messages = SiteFixtures.messages(wrong)
    #expect(
      messages.contains {
        $0.hasSuffix(
          "points[3].source.health: responseTime — expected a sensor that is asked; one that sends "
            + "by itself has no response time")
      }, "\(messages)")
  }

  @Test func theShareOfProbesIsRead() throws {
    let key = "stopBits: 1}\n"
    #expect(try load(SiteFixtures.river).buses[0].probeShare == 20)
    #expect(try load(river(key, key + "    probeShare: 0.5 %\n")).buses[0].probeShare == 5)
    #expect(
      try SiteFixtures.messages(river(key, key + "    probeShare: 0 %\n")) == [
        "s.yaml:16:17: buses[0].probeShare: 0 % — expected 0.1 % to 100 %"
      ])
  }

  @Test func theFormerNameOfTheShareIsReadWithAWarning() throws {
    let key = "stopBits: 1}\n"
    let former = try river(key, key + "    deadShare: 0.5 %\n")
    #expect(try load(former).buses[0].probeShare == 5)
    #expect(
      SiteFixtures.messages(former) == [
        "s.yaml:16:16: warning: buses[0].deadShare: former key — expected the key probeShare, as it is "
          + "called now"
      ])
  }

  @Test func samplesCanBeTakenByTheClock() throws {
    let key = "stopBits: 1}\n"
    #expect(try load(SiteFixtures.river).buses[0].clock == nil)
    #expect(try load(river(key, key + "    sampleTimes: start\n")).buses[0].clock == nil)
    let site = try load(river(key, key + "    sampleTimes: clock\n"))
    #expect(site.buses[0].clock == site.detection.site.zone)
    #expect(
      try SiteFixtures.messages(river(key, key + "    sampleTimes: noon\n")) == [
        "s.yaml:16:18: buses[0].sampleTimes: noon — expected one of start, clock"
      ])
  }

  @Test func anIdentityCanBeIgnoredAndThatIsAWarning() throws {
    let gauge = "unit: 0xC0\n"
    #expect(
      try load(SiteFixtures.river).buses[0].devices.allSatisfy {
        $0.modbus?.ignoresIdentity == false
      })
    let ignoring = try river(gauge, gauge + "        identity: ignore\n")
    #expect(
      try load(ignoring).buses[0].devices.map(\.modbus?.ignoresIdentity) == [false, true, false])
    #expect(
      SiteFixtures.messages(ignoring) == [
        "s.yaml:23:19: warning: buses[0].devices[1].identity: ignore — expected check; whatever "
          + "answers here is read and written as dfrobot/sen0575"
      ])
    #expect(SiteFixtures.messages(try river(gauge, gauge + "        identity: check\n")).isEmpty)
    let probe = "        unit: 1\n"
    #expect(
      SiteFixtures.messages(try river(probe, probe + "        identity: ignore\n")) == [
        "s.yaml:20:19: buses[0].devices[0].identity: ignore — expected no such key; nothing tells "
          + "keller/36xiw from other devices"
      ])
  }

  @Test func aFailSafeTimeNeedsAWatchdog() throws {
    let relay = "profile: waveshare/modbus-rtu-relay-8ch\n        unit: 2\n"
    let fed = "profile: wirenboard/wb-mr6c\n        unit: 2\n"
    let site = try load(river(relay, fed + "        failSafe: 30 s\n"))
    #expect(site.buses[0].devices[2].modbus?.failSafe == .seconds(30))
    let errors = try [
      river(relay, relay + "        failSafe: 30 s\n"),
      river(relay, fed + "        failSafe: 20 h\n"),
    ].map { SiteFixtures.messages($0).filter { $0.contains("failSafe") } }
    #expect(
      errors == [
        [
          "s.yaml:26:19: buses[0].devices[2].failSafe: 30 s — expected no such key; "
            + "waveshare/modbus-rtu-relay-8ch has no watchdog"
        ],
        [
          "s.yaml:26:19: buses[0].devices[2].failSafe: 20 h — expected a time that "
            + "safety-timeout of wirenboard/wb-mr6c takes (1 s – 65534 s)"
        ],
      ])
  }

  @Test func anOutputMayHaveATimer() throws {
    let key = "quantity: relay1\n"
    let site = try load(
      river(key, key + "    timer: flash-on1\n").with("maximumOnTime: 72 h", "maximumOnTime: 30 s")
        ?? "")
    #expect(site.buses[0].devices[2].outputs[0].timer?.id == "flash-on1")
    let errors = try [
      river(key, key + "    timer: flash-on2\n"), river(key, key + "    timer: flash-on1\n"),
    ].map { SiteFixtures.messages($0).map { $0.drop { $0 != " " } } }
    #expect(
      errors == [
        [" outputs[0].timer: flash-on2 — expected a quantity that switches relay1 for a time"],
        [" outputs[0].timer: flash-on1 — expected a timer that takes the maximumOnTime of 3 d"],
      ])
  }

  /// Triggered by a read and left alone for 4 s: no point of it is read more often.
  @Test func aDeviceIsPreparedForEachSample() throws {
    let device = "\n      - id: turbidity\n        profile: yosemitech/y511\n        unit: 9\n"
    func text(period: String) throws -> String {
      let point = """
        points:
          - id: turbidity
            name: {en: Turbidity, ja: 濁度}
            unit: "[NTU]"
            decimals: 1
            source: {device: turbidity, quantity: turbidity}
            period: \(period)

        """
      return try #require(
        try river("\n      - id: lamp-relay\n", device + "      - id: lamp-relay\n")
          .with("points:\n", point))
    }
    let site = try load(text(period: "5 s"))
    #expect(site.buses[0].devices[2].modbus?.profile.preparationMs == 4000)
    #expect(
      try SiteFixtures.messages(text(period: "2 s")).contains {
        $0.hasSuffix("period: 2 s — expected at least 4 s, the time that yosemitech/y511 needs")
      })
  }
}
