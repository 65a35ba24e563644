import Delivery
import DetectionCore
@testable import SiteConfiguration
import Testing

@Suite struct YAMLNodeTests {
  private func messages(
    _ text: String, language: MessageLanguage = .english, read: (YAMLNode) -> Void = { _ in }
  ) -> [String] {
    let log = DiagnosticLog()
    if let root = YAMLDocument.read(SourceText(name: "a.yaml", text: text), into: log) {
      read(root)
    }
    return log.diagnostics.map { $0.rendered(in: language) }
  }

  @Test func everythingWrongInAMappingIsSaidAtOnce() {
    let text = """
      id: a
      naem: b
      period: 60
      unit: 300
      on: maybe
      colour: blu
      """
    let found = messages(text) { node in
      let section = Section<Known>(node)
      #expect(section.id == "a")
      #expect(section.name == nil)
      #expect(section.period == nil)
      #expect(section.unit == 7)
      #expect(section.on == nil)
      #expect(section.colour == nil)
      #expect(section.note == nil)
    }
    #expect(
      found == [
        "a.yaml:2:1: naem: unknown key — expected a known key; did you mean \"name\"?",
        "a.yaml:1:1: name: missing — expected a value for name",
        "a.yaml:3:9: period: 60 — expected a duration with its unit (ms, s, min, h, d), such as "
          + "5 min",
        "a.yaml:4:7: unit: 300 — expected a whole number from 1 to 247",
        "a.yaml:5:5: on: maybe — expected true or false",
        "a.yaml:6:9: colour: blu — expected one of red, blue; did you mean \"blue\"?",
      ])
  }

  private struct Known: Keys {
    let id = Key("id", .text)
    let name = Key("name", .text)
    let period = Key("period", .duration())
    let unit = Key("unit", .integer(1...247), default: 7)
    let on = Key(optional: "on", .truth)
    let colour = Key("colour", .word(["red", "blue"]))
    let note = Key(optional: "note", .text)
  }

  @Test func aKeyThatNothingAskedForIsUnknownAllTheSame() {
    #expect(messages("nmae: b") { _ = Section<Known>($0) }.first?.contains("\"name\"?") == true)
    #expect(messages("note: b") { _ = Section<Known>($0) } == [])
    #expect(
      messages("[1]") { _ = Section<Known>($0).id } == [
        "a.yaml:1:1: a list — expected a mapping (key: value)"
      ])
  }

  @Test func messagesExistInJapanese() {
    let found = messages("unit: 300", language: .japanese) { node in
      _ = node.required("unit")?.integer(in: 1...247)
    }
    #expect(found == ["a.yaml:1:7: unit: 300 — 必要: 1 以上 247 以下の整数"])
  }

  @Test func pathsNameListsAndKeys() {
    let found = messages("rules:\n  - stages: [{limit: 1}, {limit: high}]\n") { root in
      for rule in root.required("rules")?.list() ?? [] {
        for stage in rule.required("stages")?.list() ?? [] {
          _ = stage.required("limit")?.double()
        }
      }
    }
    #expect(found == ["a.yaml:2:34: rules[0].stages[1].limit: high — expected a number"])
  }

  @Test(
    "what is not one well-formed document is refused with its line",
    arguments: [
      ("a: [1, 2", "a.yaml:2:1: did not find expected ',' or ']' — expected well-formed YAML"),
      ("a: 1\na: 2\n", "a.yaml:1:1: a: key given twice — expected each key once"),
      ("", "a.yaml:1:1: missing — expected a YAML document"),
      (
        "a: &x 1\nb: *x\n",
        "a.yaml:1:4: & — expected a document without anchors (&) and aliases (*)"
      ),
      ("a: 1\n---\nb: 2\n", "a.yaml:2:1: but found another document — expected well-formed YAML"),
      (
        "a: \u{1}\n",
        "a.yaml:1:4: control characters are not allowed — expected well-formed YAML"
      ),
    ])
  func refused(text: String, message: String) {
    #expect(messages(text) == [message])
  }

  @Test func bombsAreRefusedBeforeTheyGoOff() {
    var aliases = "a0: &a0 [x]\n"
    for level in 1...40 {
      aliases += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
    }
    #expect(messages(aliases).count == 1)
    let deep = String(repeating: "[", count: 50_000)
    #expect(messages(deep).count == 1)
    let deepBlock = String(repeating: "- ", count: 50_000)
    #expect(messages(deepBlock).count == 1)
    let closed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(messages(closed).count == 1)
    let huge = "a: " + String(repeating: "x", count: YAMLDocument.maximumBytes)
    #expect(messages(huge) == ["a.yaml:1:1: 262147 bytes — expected at most 262144 bytes"])
  }

  @Test func textsThatInviteQuadraticWorkAreReadAtOnce() {
    let digits = String(repeating: "1", count: 200_000)
    #expect(messages("a: \(digits) min") { _ = $0.required("a")?.duration() }.count == 1)
    let keys = (0..<25_000).map { "k\($0): 1\n" }.joined()
    var entries = 0
    let about = messages(keys) { node in
      entries = node.entries().count
    }
    #expect(about.isEmpty)
    #expect(entries == 25_000)
    #expect(messages(keys) { _ = Section<Known>($0) }.count == 25_000)
    let nested = String(repeating: "[a,", count: 900) + String(repeating: "]", count: 900)
    #expect(messages(nested).count == 1)
  }

  @Test(
    "durations carry their unit",
    arguments: [
      ("500ms", 500_000_000), ("1.5 min", 90_000_000_000), ("72 h", 259_200_000_000_000),
      ("2e-3 s", 2_000_000), ("0 s", 0),
    ] as [(String, Int64)])
  func durations(text: String, nanoseconds: Int64) {
    let found = messages("period: \(text)") { node in
      #expect(node.required("period")?.duration()?.nanoseconds == nanoseconds)
    }
    #expect(found.isEmpty)
  }

  @Test(
    "what only looks like a number is refused",
    arguments: ["nan", "inf", "0x1p3", "1e999", "\"5\"", "1 2", "", "[1]", "１２"])
  func notNumbers(text: String) {
    #expect(messages("a: \(text)") { _ = $0.required("a")?.double() }.count == 1)
  }

  @Test func longAndBinaryValuesAreShownShortOnOneLine() {
    let value = "\"" + String(repeating: "a\\n", count: 100) + "\""
    let found = messages("a: \(value)") { _ = $0.required("a")?.double() }
    #expect(found.count == 1)
    #expect(found[0].count < 120)
    #expect(!found[0].contains("\n"))
  }
}
