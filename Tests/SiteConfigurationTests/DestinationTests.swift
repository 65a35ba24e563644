import Delivery
import SiteConfiguration
import Testing

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
}
