import Delivery
import DetectionCore
import Foundation
import Testing

@testable import SiteConfiguration

/// What a destination of a site file may say besides its broker.
@Suite struct DestinationTests {
  private static func site(_ line: String, from text: String = SiteFixtures.river) throws -> String
  {
    try #require(text.with("    keepAlive: 30 s", "    keepAlive: 30 s\n    \(line)"))
  }

  private static func plan(_ text: String) throws -> DestinationPlan {
    let source = SourceText(name: "s.yaml", text: text)
    let site = try SiteConfiguration.load(site: source, profiles: SiteFixtures.profile).site
    return try #require(site.destinations.first)
  }

  @Test func idsInTopicsAreWrittenAsTheDestinationWants() throws {
    #expect(try Self.plan(SiteFixtures.river).idSeparator == .dot)
    for separator in IDSeparator.allCases {
      let text = try Self.site("idSeparator: \(separator.rawValue)")
      #expect(try Self.plan(text).idSeparator == separator)
    }
  }

  @Test func brokersStandInTheirOrderEachWithItsOwnSecurity() throws {
    let text = try Self.site(
      "fallbacks: [{host: 127.0.0.2, security: none, port: 1999}, {host: b.example, security: tls}]"
    )
    let brokers = try Self.plan(text).brokers
    #expect(brokers.map(\.host) == ["127.0.0.1", "127.0.0.2", "b.example"])
    #expect(brokers.map(\.port) == [1883, 1999, 8883])
    #expect(brokers.map { $0.security == .none } == [true, true, false])
    #expect(brokers.allSatisfy { $0.fallbacks.isEmpty && $0.topicRoot == "nomori/v1" })
    #expect(SiteFixtures.messages(text) == [])
    let unsafe = SiteFixtures.messages(
      try Self.site("fallbacks: [{host: b.example, security: none}]"))
    #expect(unsafe.count == 1 && unsafe[0].contains("destinations[0].fallbacks[0].security"))
  }

  @Test func observationsAreGivenOnceAPoint() throws {
    let plan = try Self.plan(
      Self.site(
        "liveValues: false\n    observations: [{points: [river.level], every: 10 min, change: 2 cm}, {every: 1 h}]"
      ))
    #expect(!plan.hasLiveValues)
    let points = Set(plan.observations.map(\.point.rawValue))
    #expect(plan.observations.count == 5 && points.count == 5)
    let level = try #require(plan.observations.first)
    #expect(level.interval == .seconds(600) && level.change == 0.02)
    #expect(
      plan.observations.dropFirst().allSatisfy {
        $0.interval == .seconds(3_600) && $0.change == nil
      })
    #expect(try Self.plan(SiteFixtures.river).hasLiveValues)
  }

  @Test(arguments: [
    ("{points: [river.level]}", "a mapping — expected every, change, or both"),
    ("{points: [river.lvl], every: 1 h}", "points[0]: river.lvl"),
    ("{every: 1 s}", "every: 1 s — expected a duration of at least 10 s"),
    ("{every: 1 h}, {every: 2 h}", "points: another entry already stands for all others"),
    (
      "{points: [river.level, river.level], every: 1 h}",
      "points[1]: river.level — expected a point that no other entry names"
    ),
    ("{points: [river.level], change: 2 s}", "change: 2 s"),
  ])
  func mistakesOfObservations(entries: String, expected: String) throws {
    let found = SiteFixtures.messages(try Self.site("observations: [\(entries)]"))
    #expect(found.count == 1 && found[0].contains(expected), "\(found)")
  }

  @Test func twoIdsWhoseTopicsWouldBeTheSameAreRefused() throws {
    let alike = try #require(SiteFixtures.river.with("- id: rain.total", "- id: river-level"))
    #expect(SiteFixtures.messages(try Self.site("idSeparator: slash", from: alike)) == [])
    let messages = SiteFixtures.messages(try Self.site("idSeparator: dash", from: alike))
    #expect(
      messages == [
        "s.yaml:145:18: destinations[0].idSeparator: dash — expected another value: the topics of "
          + "river.level and river-level would be the same"
      ])
  }

  /// The site with these destinations.
  private static func site(destinations: String) throws -> String {
    let text = SiteFixtures.river
    let start = try #require(text.range(of: "destinations:\n"))
    let end = try #require(text.range(of: "recording:\n"))
    return text[..<start.lowerBound] + destinations + "\n" + text[end.lowerBound...]
  }

  @Test func everySampleOfThePageOfFormatsIsRead() throws {
    let page = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/formats.md"), encoding: .utf8)
    let samples = page.components(separatedBy: "<!-- destinations -->\n```yaml\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }
    #expect(!samples.isEmpty)
    for sample in samples {
      let text = try Self.site(destinations: sample)
      #expect(SiteFixtures.messages(text) == [], "\(sample)")
      #expect(try Self.plan(text).format != .native)
    }
  }

  private static let cap = "format: {cap: {sender: a@b, area: {en: Town, ja: 町}"

  @Test func anAlertsPlanIsRead() throws {
    let keys =
      "category: Met, circle: {latitude: 35, longitude: 134.2, radius: 800 m}, severities: [Severe]"
    guard
      case .cap(let plan) = try Self.plan(Self.site("\(Self.cap), \(keys), renewal: 10 min}}"))
        .format
    else {
      Issue.record("expected the format cap")
      return
    }
    #expect(plan.sender == "a@b" && plan.area.japanese == "町" && plan.category == .meteorology)
    #expect(plan.circle?.radiusKilometres == 0.8 && plan.severities == [.severe])
    #expect(plan.renewal == .seconds(600))
    // The check digit of 99001: 9 * 6 + 9 * 5 + 0 + 0 + 1 * 2 is 101, which leaves 2.
    #expect(plan.municipality == "990019")
    #expect(try Self.plan(Self.site("format: native")).format == .native)
  }

  @Test func anEdgeNodesPlanIsRead() throws {
    let plan = { (keys: String) in try Self.plan(Self.site("format: {sparkplug: {\(keys)}}")).format
    }
    #expect(try plan("group: Town") == .sparkplug(SparkplugPlan(group: "Town")))
    #expect(
      try plan("group: 町, primaryHost: SCADA")
        == .sparkplug(SparkplugPlan(group: "町", primaryHost: "SCADA")))
    let fallbacks = "fallbacks: [{host: 127.0.0.2, security: none}]"
    #expect(
      SiteFixtures.messages(
        try Self.site("format: {sparkplug: {group: a}}\n    \(fallbacks)")) == [])
    let walking = SiteFixtures.messages(
      try Self.site("format: {sparkplug: {group: a, primaryHost: b}}\n    \(fallbacks)"))
    #expect(walking.count == 1 && walking[0].contains("no further brokers beside a primaryHost"))
  }

  @Test(arguments: [
    ("", "port: 1884\n", nil), ("", "topicRoot: other\n", nil),
    ("", "format: {sparkplug: {group: a}}\n", nil),
    ("", "\n", "everything on nomori/v1 comes there twice"),
    (
      "format: {sparkplug: {group: a}}", "format: {sparkplug: {group: a}}\n",
      "at one broker both would be the same edge node"
    ),
    ("format: {sparkplug: {group: a}}", "format: {sparkplug: {group: b}}\n", nil),
  ])
  func twoDestinationsOfOneBrokerSayDifferentTopics(
    _ first: String, _ second: String, _ message: String?
  ) throws {
    let other = "  - id: other\n    host: 127.0.0.1\n    security: none\n    \(second)"
    let text = try #require(
      Self.site(first).with("destinations:\n", "destinations:\n\(other)"))
    let messages = SiteFixtures.messages(text)
    #expect(messages.count == (message == nil ? 0 : 1), "\(messages)")
    #expect(message.map { messages[0].contains($0) } ?? true)
  }

  @Test(arguments: ["group: a/b", "group: +", "group: STATE", "group: a, primaryHost: \"#\""])
  func anEdgeNodesNamesAreTopicLevels(_ keys: String) throws {
    let messages = SiteFixtures.messages(try Self.site("format: {sparkplug: {\(keys)}}"))
    #expect(messages.count == 1 && messages[0].contains("a name without +, / and #"))
  }

  @Test(arguments: [
    (
      "format: JSON",
      [
        "destinations[0].format: JSON — expected one of native, homeAssistant, {cap: {…}}, {homeAssistant: {…}}, {ngsiLD: {…}}, {sensorThings: {…}}, {sparkplug: {…}}"
      ]
    ),
    ("format: {}", ["destinations[0].format: a mapping — expected one format"]),
    (
      "format: {cap: {area: {en: a, ja: b}}}",
      ["destinations[0].format.cap.sender: missing — expected a value for sender"]
    ),
    (
      "format: {cap: {sender: a b, area: {en: a, ja: b}}}",
      [
        "destinations[0].format.cap.sender: a b — expected a name without spaces, commas, < and &, "
          + "such as bosai@town.example.jp"
      ]
    ),
    (
      "\(cap), circle: {latitude: 135, longitude: 35, radius: 1 km}}}",
      ["destinations[0].format.cap.circle.latitude: 135 — expected a number from -90.0 to 90.0"]
    ),
    (
      "\(cap), severities: [Grave]}}",
      [
        "destinations[0].format.cap.severities[0]: Grave — expected one of Minor, Moderate, Severe, "
          + "Extreme"
      ]
    ),
    (
      "\(cap), renewal: 5 s}}",
      ["destinations[0].format.cap.renewal: 5 s — expected a duration of at least 1 min"]
    ),
  ])
  func mistakesOfAFormat(line: String, expected: [String]) throws {
    let found = SiteFixtures.messages(try Self.site(line))
    let without = found.map { String($0.drop { $0 != " " }.dropFirst()) }
    #expect(without == expected)
  }

  @Test(arguments: [
    ("13101", "131016"), ("09201", "092011"), ("01100", "011002"), ("27000", "270008"),
  ])
  func theCheckDigitOfAMunicipality(code: String, whole: String) {
    #expect(SiteReader.sixDigits(code) == whole && SiteReader.sixDigits(whole) == whole)
  }
}
