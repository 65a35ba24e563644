import DeviceProfiles
import Foundation
import Testing

@testable import SiteConfiguration

/// The schemas and the documentation say of each key what its declaration says.
@Suite struct KeyDeclarationTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  @Test func theSchemaOfSitesIsWhatIsDeclared() throws {
    let schema = try Schema(text: Self.text("docs/schemas/site.schema.json"))
    #expect(schema.differences(from: SiteFileKeys.self, at: schema.root) == [])
  }

  @Test(arguments: ["modbusProfile", "lineProfile"])
  func theSchemaOfProfilesIsWhatIsDeclared(kind: String) throws {
    let schema = try Schema(text: Self.text("Devices/schema/device-profile.schema.json"))
    let keys: any Keys.Type =
      kind == "modbusProfile" ? ModbusProfileKeys.self : FramedProfileKeys.self
    #expect(schema.differences(from: keys, at: .object(["$ref": .text("#/$defs/\(kind)")])) == [])
  }

  @Test func aSchemaThatSaysSomethingElseIsFound() throws {
    let whole = try Self.text("docs/schemas/site.schema.json")
    let stale = [
      (
        "\"stopBits\": {\n      \"type\": \"integer\",\n      \"minimum\": 1", "\"minimum\": 1",
        "\"minimum\": 0"
      ),
      ("\"default\": 502", "502", "503"), ("\"start\",", "start", "begin"),
      ("\"probeShare\"", "probeShare", "probingShare"), ("\"maxItems\": 247", "247", "248"),
    ]
    for (part, old, new) in stale where whole.contains(part) {
      let changed = whole.replacing(part, with: part.replacing(old, with: new))
      let schema = try Schema(text: changed)
      #expect(schema.differences(from: SiteFileKeys.self, at: schema.root).count > 0, "\(part)")
    }
    #expect(stale.count { whole.contains($0.0) } >= 4)
  }

  @Test func everyKeyOfASiteIsDocumented() throws {
    try expectDocumented([SiteFileKeys.self], on: "docs/site-file.md", "docs/formats.md")
  }

  @Test func everyKeyOfAProfileIsDocumented() throws {
    try expectDocumented(
      [ModbusProfileKeys.self, FramedProfileKeys.self],
      on: "docs/device-profiles.md")
  }

  @Test func everyKeyOfARelayIsDocumented() throws {
    try expectDocumented([RelayFileKeys.self], on: "docs/relay.md")
  }

  private func expectDocumented(_ kinds: [any Keys.Type], on pages: String...) throws {
    let named = try NamedInCode(page: pages.map(Self.text).joined(separator: "\n"))
    for kind in kinds {
      for key in Self.names(of: kind).sorted() where !named.contains(key) {
        Issue.record("\(pages) does not name the key \(key)")
      }
    }
  }

  /// The names of all keys, also of the mappings within.
  private static func names(of kind: any Keys.Type) -> Set<String> {
    func names(of shape: Shape) -> Set<String> {
      switch shape {
      case .section(let keys): Self.names(of: keys)
      case .open(let keys, let others): Self.names(of: keys).union(names(of: others))
      case .list(let shape, _), .entries(let shape): names(of: shape)
      case .either(let shapes): shapes.reduce(into: []) { $0.formUnion(names(of: $1)) }
      case .form, .text, .integer, .integers, .number, .truth, .words: []
      }
    }
    return kind.init().declarations.reduce(into: []) {
      $0.insert($1.name)
      $0.formUnion(names(of: $1.shape))
    }
  }

  /// Words that a page sets as code: between backticks, or in a block.
  private struct NamedInCode {
    private let words: Set<Substring>

    init(page: String) {
      var words: Set<Substring> = []
      let parts = page.split(separator: "`", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() where !index.isMultiple(of: 2) {
        words.formUnion(part.split { !$0.isLetter && !$0.isNumber })
      }
      self.words = words
    }

    func contains(_ key: String) -> Bool { words.contains(key[...]) }
  }
}
