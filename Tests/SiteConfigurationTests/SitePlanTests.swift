import Delivery
import DetectionCore
import DeviceProfiles
import Polling
import SiteConfiguration
import Testing

/// The example sites compile into the plans that a hand calculation gives.
@Suite struct SitePlanTests {
  private func load(_ text: String) throws(ConfigurationError) -> Site {
    try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile
    ).site
  }

  @Test(arguments: ["river", "aire", "estuary"])
  func anExampleSiteHasNoWarnings(name: String) throws {
    let text = try #require(SiteFixtures.read("deploy/sites/\(name).yaml"))
    #expect(SiteFixtures.messages(text) == [])
  }

  @Test func theRiverSiteIsDescribedForItsSubscribers() throws {
    let site = try load(SiteFixtures.river)
    #expect(site.description.id == "river-nagi")
    #expect(site.description.mode == .exercise)
    #expect(site.municipality == "99001")
    #expect(site.description.name.japanese == "凪川 桜橋")
    #expect(
      site.description.points.map(\.id) == [
        "probe.pressure", "probe.temperature", "river.level", "river.elevation", "rain.total",
      ])
    #expect(site.description.points.map(\.unit) == ["bar", "Cel", "m", "m", "mm"])
    #expect(site.description.points.map(\.datum) == [nil, nil, "station-zero", "T.P.", nil])
    #expect(site.description.points.map(\.period.seconds) == [60, 300, 60, 60, 60])
    #expect(site.description.rules.map(\.id) == ["river.observation", "river.stage"])
    #expect(
      site.description.rules[1].stages.map(\.id) == [
        "standby", "caution", "evacuation", "danger",
      ])
    #expect(site.description.outputs.map(\.id) == ["warning-lamp"])
  }

  @Test func pressureBecomesLevelWithTheGainOfWater() throws {
    let points = try load(SiteFixtures.river).detection.points
    guard case .derived(let from, let gain, let offset) = points[2].source else {
      Issue.record("river.level is not derived")
      return
    }
    #expect(from.rawValue == 0)
    // 1 bar is 100,000 Pa; divided by 1000 kg/m3 and 9.80665 m/s2 that is 10.1972 m of water.
    #expect((gain - 10.197162129779283).magnitude < 1e-12)
    #expect(offset == -0.4)
    guard case .derived(let level, 1.0, 16.7) = points[3].source else {
      Issue.record("river.elevation is not the level plus 16.70 m")
      return
    }
    #expect(level.rawValue == 2)
  }

  @Test func aChangeIsToldFromTheValueThatTheSiteSays() throws {
    let written: [(String, ChangeReference)] = [
      ("", .lastUsable), ("longestGap: 2 h, ", .lastUsable(longestGap: .seconds(7200))),
      ("comparedWith: usable, longestGap: 2 h, ", .lastUsable(longestGap: .seconds(7200))),
      ("comparedWith: previous, ", .previous),
    ]
    for (keys, reference) in written {
      let text = try #require(
        SiteFixtures.river.with("rateOfChange: {suspect", "rateOfChange: {\(keys)suspect"))
      #expect(try load(text).detection.points[2].tests.changeReference == reference, "\(keys)")
    }
    // The value before is never one over a gap.
    let both = try #require(
      SiteFixtures.river.with(
        "rateOfChange: {suspect",
        "rateOfChange: {comparedWith: previous, longestGap: 2 h, suspect"))
    let messages = SiteFixtures.messages(both)
    #expect(
      messages.count == 1 && messages[0].contains("points[2].quality.rateOfChange.longestGap"))
  }

  @Test func qualityLimitsAreInThePointsUnitsAndTimesBecomeCounts() throws {
    let points = try load(SiteFixtures.river).detection.points
    let level = points[2]
    #expect(level.tests.grossRange?.fail == ClosedSpan(lower: -0.9, upper: 9.8))
    #expect(level.tests.grossRange?.suspect == ClosedSpan(lower: -0.4, upper: 7.5))
    #expect(level.tests.spike?.suspect == 0.15)
    #expect(level.tests.spike?.fail == 0.5)
    // 3 m/h and 12 m/h are 1/1200 and 1/300 m/s.
    #expect(level.tests.rateOfChange?.suspect == 3.0 / 3600)
    #expect(level.tests.rateOfChange?.fail == 12.0 / 3600)
    // 3 h and 12 h of one reading a minute.
    #expect(level.tests.flatLine?.suspectCount == 180)
    #expect(level.tests.flatLine?.failCount == 720)
    #expect(level.maximumAge == .seconds(300))
    #expect(level.sensorFaultDelay == .seconds(600))
    // Without a span for "suspect" only "fail" is tested.
    #expect(points[4].tests.grossRange?.suspect == ClosedSpan(lower: 0, upper: 100_000))
    #expect(points[3].tests.grossRange == nil)
  }

  @Test func furtherQualityTestsBecomePartsOfThePlan() throws {
    let text = try #require(
      SiteFixtures.river.with(
        "spike: {suspect: 0.15, fail: 0.5}",
        """
        spike: {method: average, suspect: 0.15, fail: 0.5}
              climatology:
                - {months: [11, 2], suspect: [-20 cm, 4]}
                - {daysOfYear: [60, 304], suspect: [-1, 3], fail: [-2, 5]}
              attenuatedSignal: {measure: range, window: 12 h, minimum: 1 h, suspect: 0.5, fail: 0.1}
              neighbour: {point: river.elevation, suspect: 30 mm, maximumAge: 5 min}
        """
      )?.with(
        "{suspect: 3 m/h, fail: 12 m/h}",
        "{suspect: 3 m/h, deviations: 3, window: 25 h, allowance: 10 cm}"))
    let plan = try load(text).detection
    let tests = plan.points[2].tests
    #expect(tests.spikeMethod == .average)
    #expect(plan.seasons.map(\.period) == [.month, .dayOfYear])
    #expect(plan.seasons.map(\.first) == [11, 60])
    #expect(plan.seasons.map(\.suspect.lower) == [-0.2, -1])
    #expect(plan.seasons[0].fail == nil)
    #expect(plan.seasons[1].fail == ClosedSpan(lower: -2, upper: 5))
    #expect(tests.climatology?.seasonCount == 2)
    // 12 h and 25 h of one reading a minute, and one more; half of it where no minimum is given.
    #expect(tests.attenuatedSignal?.window.capacity == 721)
    #expect(tests.attenuatedSignal?.window.minimumCount == 60)
    #expect(tests.deviation?.window.capacity == 1_501)
    #expect(tests.deviation?.window.minimumCount == 750)
    #expect(tests.deviation?.allowance == 0.1)
    #expect(tests.rateOfChange?.suspect == 3.0 / 3600)
    #expect(tests.neighbour?.point.rawValue == 3)
    #expect(tests.neighbour?.limits.suspect == 0.03)
    try plan.check()
  }

  @Test func stagesAndTheLampFollowTheFile() throws {
    let plan = try load(SiteFixtures.river).detection
    #expect(plan.rules.map(\.firstStage) == [0, 1])
    #expect(plan.rules.map(\.stageCount) == [1, 4])
    #expect(plan.rules.map(\.point.rawValue) == [2, 2])
    #expect(plan.stages.map(\.limit) == [1.6, 2.2, 3.0, 3.9, 4.6])
    #expect(plan.stages.map(\.deadband) == [0.1, 0.05, 0.05, 0.05, 0.05])
    #expect(plan.stages.map(\.onDelay.seconds) == [120, 300, 300, 180, 120])
    #expect(plan.stages.map(\.offDelay.seconds) == [600, 600, 600, 600, 600])
    #expect(plan.outputs.map(\.rule) == [1])
    #expect(plan.outputs.map(\.fromStage) == [2])
    #expect(plan.outputs.map(\.maximumOnTime.seconds) == [72 * 3600])
  }

  @Test func theBusReadsWhatThePointsNeedAndWritesOnlyTheLamp() throws {
    let buses = try load(SiteFixtures.river).buses
    #expect(buses.count == 1)
    #expect(
      buses[0].link
        == .serial(
          path: "/dev/nomori/field", SerialSettings(baud: 9600, parity: .none, stopBits: 1)))
    #expect(buses[0].devices.map(\.id) == ["level-probe", "rain-gauge", "lamp-relay"])
    #expect(buses[0].devices.map(\.modbus?.unit) == [1, 192, 2])
    #expect(buses[0].devices.map { $0.points.map(\.point.rawValue) } == [[0, 1], [4], []])
    #expect(buses[0].devices[0].points.map(\.quantity.id) == ["p1", "tob1"])
    #expect(buses[0].devices[0].points.map(\.unitFactor) == [1, 1])
    #expect(buses[0].devices[0].points.map(\.unitOffset) == [0, 0])
    #expect(buses[0].devices.map { $0.outputs.map(\.quantity.id) } == [[], [], ["relay1"]])
    #expect(buses[0].devices[2].outputs[0].output == 0)
  }

  @Test func destinationAndStorageAreAsWritten() throws {
    let site = try load(SiteFixtures.river)
    #expect(site.destinations.map(\.host) == ["127.0.0.1"])
    #expect(site.destinations.map(\.port) == [1883])
    #expect(site.destinations.map(\.security) == [.none])
    #expect(site.destinations.map(\.topicRoot) == ["nomori/v1"])
    #expect(site.recording.maximumBytes == 2_147_483_648)
    #expect(site.recording.chunkInterval == .seconds(30))
    #expect(site.outbox.maximumBytes == 268_435_456)
  }

  @Test func unitsOfTheProfileAreConvertedToThoseOfThePoint() throws {
    let text = try #require(
      SiteFixtures.river.with("unit: Cel", "unit: K")?.with("fail: [-20, 60]", "fail: [250, 340]")?
        .with("suspect: [-2, 40]", "suspect: [271 K, 40 Cel]"))
    let site = try load(text)
    let temperature = site.buses[0].devices[0].points[1]
    #expect(temperature.unitFactor == 1)
    #expect(temperature.unitOffset == 273.15)
    #expect(
      site.detection.points[1].tests.grossRange?.suspect
        == ClosedSpan(lower: 271, upper: 313.15))
  }

  @Test func aRadarsDistanceBecomesALevel() throws {
    let text = """
      site: {id: s, name: {en: S, ja: S}, mode: test}
      buses:
        - id: b
          tcp: {host: 192.0.2.1}
          devices: [{id: radar, profile: geolux/lx-80, unit: 1}]
      points:
        - {id: d, name: {en: D, ja: D}, unit: mm, decimals: 0, period: 30 s,
            source: {device: radar, quantity: distance}}
        - id: level
          name: {en: Level, ja: 水位}
          unit: cm
          decimals: 0
          source: {levelFromDistance: {point: d, mountHeight: 7.5 m}}
      """
    let site = try load(text)
    #expect(site.buses[0].link == .tcp(host: "192.0.2.1", port: 502))
    guard case .derived(_, let gain, let offset) = site.detection.points[1].source else {
      Issue.record("the level is not derived")
      return
    }
    #expect(gain == -0.1)
    #expect(offset == 750)
    #expect(site.description.points[1].period == .seconds(30))
    #expect(site.recording == RecordingSettings())
    #expect(site.outbox == OutboxSettings())
  }

  @Test func aSerialServersLineHasTimesAndIsComparedWithTheFactorySettings() throws {
    let text = """
      site: {id: s, name: {en: S, ja: S}, mode: test}
      buses:
        - id: b
          rtuOverTcp: {host: box.example, port: 4001, baud: 9600, parity: even, stopBits: 1}
          devices: [{id: probe, profile: keller/36xiw, unit: 1}]
      points:
        - {id: p, name: {en: P, ja: P}, unit: bar, decimals: 3, period: 30 s,
            source: {device: probe, quantity: p1}}
      """
    let (site, warnings) = try SiteConfiguration.load(
      site: SourceText(name: "s.yaml", text: text), profiles: SiteFixtures.profile)
    let settings = SerialSettings(baud: 9600, parity: .even, stopBits: 1)
    #expect(site.buses[0].link == .rtuOverTCP(host: "box.example", port: 4001, settings))
    #expect(site.buses[0].link.transmission == TransmissionTime(serial: settings))
    #expect(
      warnings.map { $0.rendered() } == [
        "s.yaml:5:36: warning: buses[0].devices[0].profile: keller/36xiw on 9600 8E1 — expected "
          + "9600 8N1, the factory setting; make sure that the device was changed"
      ])
  }

  @Test func theAireSiteIsOneSeriesAndOneLimit() throws {
    let site = try load(SiteFixtures.aire)
    #expect(site.buses.isEmpty)
    #expect(site.destinations.isEmpty)
    #expect(site.detection.points.count == 1)
    #expect(site.description.points[0].period == .seconds(900))
    #expect(site.detection.stages.map(\.limit) == [3.9])
    #expect(site.detection.stages.map(\.deadband) == [0])
    #expect(site.detection.stages.map(\.onDelay) == [.zero])
    #expect(site.detection.points[0].tests.grossRange?.fail == ClosedSpan(lower: -1, upper: 8))
  }

  @Test func theSameTextsGiveTheSameSite() throws {
    let site = try load(SiteFixtures.river)
    #expect(
      site.sources.map(\.name) == [
        "s.yaml", "keller/36xiw.yaml", "dfrobot/sen0575.yaml",
        "waveshare/modbus-rtu-relay-8ch.yaml",
      ])
    let profiles = Array(site.sources.dropFirst())
    let again = try SiteConfiguration.load(site: site.sources[0]) { id in
      profiles.first { $0.name == "\(id).yaml" }
    }.site
    #expect(String(reflecting: again) == String(reflecting: site))
  }
}
