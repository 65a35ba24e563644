import Delivery
import DetectionCore
import SiteConfiguration
import Testing

/// Every mistake in an expression gets one message, at the column where it stands.
@Suite struct ExpressionMistakeTests {
  @Test("a mistake in an expression is named exactly", arguments: ExpressionMistake.all)
  func named(mistake: ExpressionMistake) throws {
    let text = ExpressionFixtures.site(adding: mistake.expression, unit: mistake.unit)
    let diagnostics = SiteFixtures.diagnostics(text)
    #expect(diagnostics.map { $0.rendered() } == ["s.yaml:17:\(mistake.message)"])
    for diagnostic in diagnostics {
      let japanese = diagnostic.rendered(in: .japanese)
      #expect(japanese.contains(" — 必要: "))
      #expect(!japanese.contains("expected"))
    }
  }

  @Test func aMistakeIsNamedInJapanese() {
    let text = ExpressionFixtures.site(adding: "river.level + rain.totl", unit: "m")
    #expect(
      SiteFixtures.messages(text, language: .japanese) == [
        "s.yaml:17:97: points[12].source.expression: rain.totl — 必要: 観測点の ID (もしかして "
          + "\"rain.total\"?)"
      ])
  }

  /// The column where the text stands as it is on one line; otherwise the message counts.
  @Test(arguments: [
    ("expression: 1 + $", "s.yaml:21:23: points[12].source.expression: $ — expected", false),
    ("expression: '1 + $'", "s.yaml:21:24: points[12].source.expression: $ — expected", false),
    ("expression: \"1 + $\"", "s.yaml:21:24: points[12].source.expression: $ — expected", false),
    ("expression: \"1\\x20+ $\"", "s.yaml:21:19: points[12].source.expression: $ — expected", true),
    (
      "expression: |\n        1 + $", "s.yaml:21:19: points[12].source.expression: $ — expected",
      true
    ),
    (
      "expression: 1\n        + $", "s.yaml:21:19: points[12].source.expression: $ — expected", true
    ),
  ])
  func theColumnIsThatInTheFile(source: String, expected: String, isCounted: Bool) throws {
    let text =
      ExpressionFixtures.site + """
          - id: new
            name: {en: N, ja: N}
            unit: m
            source:
              \(source)
            decimals: 2

        """
    let message = try #require(SiteFixtures.messages(text).first)
    #expect(message.hasPrefix(expected))
    #expect(message.hasSuffix("operator (character 5 of the text)") == isCounted)
  }

  @Test func whatIsBrokenElsewhereIsNotSaidAgain() throws {
    let text = try #require(
      ExpressionFixtures.site(adding: "rain.total + 1 mm", unit: "mm")
        .with(
          "unit: mm, decimals: 2, source: series, period: 10 min",
          "unit: mm, decimals: 2, period: 10 min"))
    #expect(
      SiteFixtures.messages(text) == [
        "s.yaml:7:5: points[2].source: missing — expected a value for source"
      ])
  }

  @Test(arguments: [
    (
      "points: [[0, 0], [0, 1]]",
      "51: curves[0].points[1][0]: 0 — expected a number above 0.0, the one before"
    ),
    ("points: [[0, 0]]", "41: curves[0].points: 1 — expected a list of 2 to 4096 elements"),
    (
      "points: [[0, 0], [1 s, 1]]",
      "51: curves[0].points[1][0]: 1 s — expected a number in m or in a unit that can be "
        + "converted to it"
    ),
  ])
  func aCurveThatIsNoneIsNamed(points: String, expected: String) throws {
    let text = try #require(
      ExpressionFixtures.site(adding: "curve(rating, river.level)", unit: "m3/s")
        .with("points: [[0, 0], [0.5, 1.2], [200 cm, 30]]", points))
    #expect(SiteFixtures.messages(text) == ["s.yaml:3:\(expected)"])
  }
}
