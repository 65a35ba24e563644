import Delivery
import SiteConfiguration
import Testing

/// Every mistake gets its own message, with line, path, value and expectation.
@Suite struct SiteMistakeTests {
  @Test("a mistake in the river site is named exactly", arguments: siteMistakes)
  func named(mistake: SiteMistake) throws {
    let text = try #require(mistake.applied(to: SiteFixtures.river))
    let diagnostics = SiteFixtures.diagnostics(text)
    #expect(diagnostics.map { $0.rendered() } == mistake.messages)
    for diagnostic in diagnostics {
      let japanese = diagnostic.rendered(in: .japanese)
      #expect(japanese.contains(" — 必要: "))
      #expect(!japanese.contains("— expected"))
    }
  }

  @Test func aStageOutOfOrderIsNamedInJapanese() throws {
    let text = try #require(SiteFixtures.river.with("limit: 3.9", "limit: 2.9"))
    #expect(
      SiteFixtures.messages(text, language: .japanese) == [
        "s.yaml:119:16: rules[1].stages[2].limit: 2.9 — 必要: 前の段階 (\"caution\") の限界値 3.0 より大きい数値"
      ])
  }

  @Test func mistakesInAllSectionsAreSaidAtOnceAndDownTheFile() throws {
    let text = try #require(
      SiteFixtures.river.with("mode: exercise", "mode: drill")?
        .with("keller/36xiw", "keller/none")?
        .with("unit: Cel", "unit: C")?
        .with(
          "direction: rising\n    stages:\n      - id: standby", "stages:\n      - id: standby")?
        .with("limit: 4.6", "limit: high")?
        .with("maximumOnTime: 72 h", "maximumOnTime: 0 s")?
        .with("port: 1883", "port: 70000")?
        .with("chunkInterval: 30 s", "chunkInterval: often"))
    let messages = SiteFixtures.messages(text)
    let lines = messages.compactMap { Int($0.split(separator: ":")[1]) }
    #expect(lines == [8, 18, 41, 100, 124, 135, 140, 149], "\(messages)")
  }

  @Test func aBrokenProfileIsReportedInItsOwnFile() throws {
    let profile = SourceText(name: "keller/36xiw.yaml", text: "maker: [")
    #expect {
      try SiteConfiguration.load(site: SourceText(name: "s.yaml", text: SiteFixtures.river)) {
        $0 == "keller/36xiw" ? profile : SiteFixtures.profile($0)
      }
    } throws: { error in
      let files = (error as? ConfigurationError)?.diagnostics.map(\.file)
      return files == ["keller/36xiw.yaml"]
    }
  }

  /// Such a profile is read and proven; only a site cannot use it.
  @Test func aDeviceThatCannotBePreparedIsRefused() throws {
    let known = try #require(SiteFixtures.profile("keller/36xiw"))
    let step = "{write: {table: input, address: 0, words: [1]}, wait: 1 s}"
    let profile = SourceText(
      name: known.name,
      text: try #require(
        known.text.with("\nquantities:\n", "\npreparation:\n  - \(step)\nquantities:\n")))
    func messages(_ language: MessageLanguage) -> [String] {
      do throws(ConfigurationError) {
        _ = try SiteConfiguration.load(
          site: SourceText(name: "s.yaml", text: SiteFixtures.river)
        ) { $0 == "keller/36xiw" ? profile : SiteFixtures.profile($0) }
        return []
      } catch {
        return error.diagnostics.map { $0.rendered(in: language) }
      }
    }
    #expect(
      messages(.english) == [
        "s.yaml:18:18: buses[0].devices[0].profile: keller/36xiw — expected a device that is "
          + "prepared by requests that exist; the one that this one needs before each reading does "
          + "not"
      ])
    #expect(
      messages(.japanese) == [
        "s.yaml:18:18: buses[0].devices[0].profile: keller/36xiw — 必要: 実在する要求で準備できる機器 "
          + "(この機器が読み出し前に必要とする要求は存在しません)"
      ])
  }

  /// Each reading of such a register would show what came since the other point's.
  @Test func twoPointsOnARegisterThatReadingClearsAreRefused() throws {
    let profile = SourceText(
      name: "a/gauge.yaml",
      text: """
        maker: Acme
        model: Gauge
        summary: Rain.
        provenance: {confidence: C, sources: [none]}
        addressing: zero-based
        unit: 1
        quantities:
          tips: {title: Tips, table: holding, address: 5, type: uint16, unit: "1",
            counter: {width: 16, clearedByReading: true}}
          raw: {title: The same register, table: holding, address: 5, type: uint16, unit: "1"}
          other: {title: Another, table: holding, address: 6, type: uint16, unit: "1"}
        cases:
          - name: one
            registers: [{table: holding, address: 5, words: [1, 2]}]
            expect: {tips: 1, raw: 1, other: 2}
        """)
    func messages(_ second: String) -> [String] {
      let point = "name: {en: P, ja: P}, unit: \"1\", decimals: 0, period: 1 s"
      let text = """
        site: {id: s, name: {en: S, ja: S}, mode: test}
        buses:
          - {id: b, tcp: {host: 127.0.0.1}, devices: [{id: d, profile: a/gauge, unit: 1}]}
        points:
          - {id: p, \(point), source: {device: d, quantity: tips}}
          - {id: q, \(point), source: {device: d, quantity: \(second)}}
        """
      do throws(ConfigurationError) {
        _ = try SiteConfiguration.load(site: SourceText(name: "s.yaml", text: text)) { _ in profile
        }
        return []
      } catch {
        return error.diagnostics.map { $0.rendered() }
      }
    }
    #expect(messages("other") == [])
    for second in ["tips", "raw"] {
      let message = try #require(messages(second).first)
      #expect(message.contains("\(second) — expected a quantity whose register no other point"))
      #expect(message.hasPrefix("s.yaml:6:"))
    }
  }

  @Test func moreThanTheCoreTakesIsRefused() {
    let point = "{name: {en: P, ja: P}, unit: m, decimals: 2, source: series, period: 1 s, id: p"
    let points = (0...1024).map { "  - \(point)\($0)}\n" }.joined()
    #expect(
      SiteFixtures.messages("site: {id: s, name: {en: S, ja: S}, mode: test}\npoints:\n\(points)")
        == ["s.yaml:3:3: points: 1025 — expected a list of 1 to 1024 elements"])
  }

  @Test func pointsDerivedTooDeepAreRefused() {
    var text = """
      site: {id: s, name: {en: S, ja: S}, mode: test, datum: {reference: T.P., zeroHeight: 1 m}}
      points:
        - {id: p0, name: {en: P, ja: P}, unit: m, decimals: 2, source: series, period: 1 s}

      """
    for number in 1...5 {
      text += "  - {id: p\(number), name: {en: P, ja: P}, unit: m, decimals: 2, "
      text += "source: {elevationFromLevel: {point: p\(number - 1)}}}\n"
    }
    #expect(
      SiteFixtures.messages(text) == [
        "s.yaml:8:95: points[5].source.elevationFromLevel.point: p4 — expected at most 4 derived "
          + "points in a row"
      ])
  }
}
