import DetectionCore
import SiteConfiguration
import Testing

/// Whatever stands in the file, reading it ends with a site, or with a diagnostic that has a line.
@Suite struct SiteFuzzTests {
  /// Pieces that mean something in YAML or in a site file.
  private static let pieces: [String] = [
    "", "\n", "  ", "\t", "-", ": ", "[", "]", "{", "}", "&a ", "*a", "\"", "'", "|\n", "#", "~",
    "---\n", "!!int ", "1e308", "-1e308", "1e-320", "nan", "0x", "9223372036854775807", "-0", "%",
    "1 min", "99999999 d", "m", "Cel", "\u{0}", "\u{FEFF}", "\u{1F30A}", "水位", "1/0", "65536",
  ]

  private func mutated(_ text: String, _ generator: inout SplitMix64) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0...bytes.count, using: &generator)
      let length = Int.random(in: 0...12, using: &generator)
      let end = min(bytes.count, start + length)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.removeSubrange(Int.random(in: start...bytes.count, using: &generator)...)
      case 2:
        let from = Int.random(in: 0...bytes.count, using: &generator)
        let copied = bytes[from..<min(bytes.count, from + 4 * length)]
        bytes.replaceSubrange(start..<end, with: Array(copied))
      default:
        let piece = Self.pieces.randomElement(using: &generator) ?? ""
        bytes.replaceSubrange(start..<end, with: piece.utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func damagedSitesNeverTrapAndAlwaysSayWhere() {
    var seeds = SystemRandomNumberGenerator()
    let seed = seeds.next()
    print("site fuzz seed: \(seed)")
    var generator = SplitMix64(seed: seed)
    let profiles = SiteFixtures.riverProfiles
    for round in 0..<600 {
      let text = mutated(round % 4 == 0 ? SiteFixtures.aire : SiteFixtures.river, &generator)
      do throws(ConfigurationError) {
        _ = try SiteConfiguration.load(site: SourceText(name: "s.yaml", text: text)) { id in
          profiles.first { $0.name == id }
        }
      } catch {
        let errors = error.diagnostics.filter { $0.severity == .error }
        #expect(!errors.isEmpty, "seed \(seed), round \(round)")
        #expect(
          error.diagnostics.allSatisfy {
            $0.position.line >= 1 && $0.position.column >= 1 && $0.rendered().count < 1000
          }, "seed \(seed), round \(round)")
      }
    }
  }

  @Test func everyPrefixOfTheRiverSiteIsASiteOrADiagnostic() {
    let bytes = Array(SiteFixtures.river.utf8)
    let profiles = SiteFixtures.riverProfiles
    var sites = 0
    for count in stride(from: 0, to: bytes.count, by: 23) {
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      do throws(ConfigurationError) {
        _ = try SiteConfiguration.load(site: SourceText(name: "s.yaml", text: text)) { id in
          profiles.first { $0.name == id }
        }
        sites += 1
      } catch {
        #expect(error.diagnostics.contains { $0.severity == .error }, "\(count) bytes")
      }
    }
    print("prefixes that are sites: \(sites)")
  }
}
