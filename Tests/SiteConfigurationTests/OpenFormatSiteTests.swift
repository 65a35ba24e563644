import Delivery
import SiteConfiguration
import Testing

/// What a destination of a site file may say of the formats of receivers that collect things and values.
@Suite struct OpenFormatSiteTests {
  private static func text(_ format: String, _ site: String = SiteFixtures.river) throws -> String {
    try #require(site.with("    keepAlive: 30 s", "    keepAlive: 30 s\n    format: \(format)"))
  }

  private static func plan(_ format: String) throws -> FormatPlan? {
    let source = SourceText(name: "s.yaml", text: try text(format))
    let site = try SiteConfiguration.load(site: source, profiles: SiteFixtures.profile).site
    return site.destinations.first?.format
  }

  private static func messages(_ format: String) throws -> [String] {
    SiteFixtures.messages(try text(format)).map {
      String($0.drop { $0 != " " }.dropFirst())
    }
  }

  @Test func aWordStandsForWhatNeedsNothing() throws {
    #expect(try Self.plan("homeAssistant") == .homeAssistant(HomeAssistantPlan()))
  }

  @Test func everyKeyIsRead() throws {
    #expect(
      try Self.plan("{homeAssistant: {discoveryPrefix: ha, language: ja}}")
        == .homeAssistant(HomeAssistantPlan(discoveryPrefix: "ha", language: .japanese)))
    #expect(
      try Self.plan(
        "{sensorThings: {path: sta/v1.1, position: {latitude: 35, longitude: 134.2}, "
          + "datastreams: {river.level: 17, rain.total: \"18\", probe.pressure: a/b}}}")
        == .sensorThings(
          SensorThingsPlan(
            path: "sta/v1.1", position: GeoPosition(latitude: 35, longitude: 134.2),
            datastreams: [
              "river.level": .number(17), "rain.total": .text("18"), "probe.pressure": .text("a/b"),
            ])))
    #expect(
      try Self.plan(
        "{ngsiLD: {form: keyValues, alerts: {category: weather, subCategory: snow/ice}}}")
        == .ngsiLD(
          NGSIPlan(form: .keyValues, category: .weather, subCategory: "snow/ice")))
  }

  @Test func valuesAreConvertedToTheUnitOfTheModel() throws {
    let plan = try Self.plan(
      "{ngsiLD: {points: {river.level: WeatherObserved.streamGauge, "
        + "probe.temperature: WaterQualityObserved.temperature}, "
        + "position: {latitude: 35, longitude: 134}}}")
    guard case .ngsiLD(let ngsi)? = plan else {
      Issue.record("\(String(describing: plan))")
      return
    }
    #expect(ngsi.form == .normalized && ngsi.category == nil)
    #expect(ngsi.feeds.count == 2 && ngsi.feeds["river.level"]?.factor == 100)
    #expect(ngsi.feeds["river.level"]?.attribute.name == "streamGauge")
    #expect(ngsi.feeds["probe.temperature"]?.factor == 1)
    #expect(ngsi.feeds["probe.temperature"]?.offset == 0)
  }

  @Test(
    "a mistake is named exactly",
    arguments: [
      (
        "{ngsiLD: {}, homeAssistant: {}}",
        ["destinations[0].format: a mapping — expected one format"]
      ),
      ("{ngsiLD: {form: normalized}}", ["points, alerts or both"]),
      (
        "{ngsiLD: {points: {river.level: WaterObserved.waterLevel}}}",
        ["a position beside points: WaterObserved must say where it is"]
      ),
      (
        "{ngsiLD: {points: {river.level: FloodMonitoring.currentLevle}}}",
        ["did you mean \"FloodMonitoring.currentLevel\"?"]
      ),
      (
        "{ngsiLD: {points: {river.levle: FloodMonitoring.currentLevel}}}",
        ["expected the id of a point; did you mean \"river.level\"?"]
      ),
      (
        "{ngsiLD: {points: {probe.temperature: FloodMonitoring.currentLevel}}}",
        ["expected what is measured in m; probe.temperature is in Cel"]
      ),
      (
        "{ngsiLD: {alerts: {category: flood}}}",
        ["expected one of traffic, naturalDisaster, weather, environment"]
      ),
      (
        "{sensorThings: {position: {latitude: 91, longitude: 0}}}",
        ["destinations[0].format.sensorThings.position.latitude: 91"]
      ),
      (
        "{sensorThings: {datastreams: {river.levle: 17}}}",
        ["expected the id of a point; did you mean \"river.level\"?"]
      ),
      (
        "{sensorThings: {datastreams: {river.level: -1}}}",
        ["destinations[0].format.sensorThings.datastreams.river.level: -1"]
      ),
      (
        "{sensorThings: {path: v1.1}}",
        ["a position, as observations must be of a place; or datastreams of the receiver"]
      ),
      (
        "{homeAssistant: {discoveryPrefix: a/#}}",
        ["destinations[0].format.homeAssistant.discoveryPrefix: a/#"]
      ),
      ("homeAssistent", ["expected one of native, homeAssistant, {cap: {…}}"]),
    ])
  func mistakes(format: String, expected: [String]) throws {
    let messages = try Self.messages(format)
    #expect(messages.count == expected.count, "\(messages)")
    for (message, part) in zip(messages, expected) {
      #expect(message.contains(part), "\(message)")
    }
  }

  /// Home Assistant takes no dot, so that two ids could become one.
  @Test func thingsThatHomeAssistantWouldTakeForOneAreRefused() throws {
    let alike = try #require(SiteFixtures.river.with("- id: rain.total", "- id: river_level"))
    for format in ["homeAssistant", "{homeAssistant: {language: ja}}"] {
      let messages = SiteFixtures.messages(try Self.text(format, alike))
      #expect(messages.count == 1, "\(messages)")
      #expect(
        messages.first?.contains("Home Assistant could not tell river.level and river_level apart")
          == true)
    }
    #expect(SiteFixtures.messages(try Self.text("native", alike)) == [])
  }
}
