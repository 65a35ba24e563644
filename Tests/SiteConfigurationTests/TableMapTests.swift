import Delivery
import Foundation
import Tables
import Testing

@testable import SiteConfiguration

@Suite struct TableMapTests {
  private static func site() throws -> Site {
    try SiteConfiguration.load(
      site: SourceText(name: "river.yaml", text: SiteFixtures.river),
      profiles: SiteFixtures.profile
    ).site
  }

  private static func load(_ text: String) throws -> Result<TableMap, ConfigurationError> {
    let site = try site()
    return Result { () throws(ConfigurationError) in
      try TableMap.load(SourceText(name: "map.yaml", text: text), for: site)
    }
  }

  /// The file that docs/tables.md shows.
  @Test func `the page's example is good, and means what it says`() throws {
    let page = try KeyDeclarationTests.text("docs/tables.md")
    let start = try #require(page.range(of: "```yaml\ntables:\n"))
    let end = try #require(page.range(of: "\n```", range: start.upperBound..<page.endIndex))
    let text = "tables:\n" + page[start.upperBound..<end.lowerBound] + "\n"
    let entry = try #require(try Self.load(text).get().entries.first)
    let names = try entry.points.map { try Self.site().description.points[$0].id }
    #expect(names == ["river.level"])
    #expect(entry.options.repeatedTime == .last && entry.options.backwardTime == .first)
    #expect(entry.options.missing.contains("Eis"))
    // Centimetres into the point's metres.
    #expect(entry.options.valueColumns.first?.conversion.apply(250) == 2.5)
  }

  @Test(arguments: [
    ("{point: river.levle, column: W}", "map.yaml:2", "a point of the site"),
    ("{point: river.level, column: W, unit: kg}", "map.yaml:2", "a unit that converts to m"),
    ("{point: river.level}", "map.yaml:2", "column"),
  ])
  func `what is wrong is named with its line`(_ point: String, _ place: String, _ words: String)
    throws
  {
    guard case .failure(let error) = try Self.load("tables:\n  - {points: [\(point)]}\n") else {
      Issue.record("it was taken")
      return
    }
    let text = error.diagnostics.map { $0.rendered() }.joined()
    #expect(text.contains(place) && text.contains(words), "\(text)")
  }
}
