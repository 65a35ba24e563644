import Delivery
import DeviceProfiles
import SiteConfiguration
import Testing

/// Which quantities a profile may declare as outputs.
@Suite struct ProfileOutputTests {
  private static func read(_ change: (line: String, replacement: String)) -> (
    output: SwitchedValues?, messages: [String]
  ) {
    let log = DiagnosticLog()
    let sound = ProfileDiagnosticsTests.sound
    let text = change.line.isEmpty ? sound : sound.replacing(change.line, with: change.replacement)
    let profile = ProfileDocument.read(
      SourceText(name: "level.yaml", text: text), id: "acme/level", into: log)
    return (
      profile?.quantity("horn")?.output, log.diagnostics.map { $0.rendered(in: .english) }
    )
  }

  @Test func aCoilIsWrittenWithItsTwoValues() {
    for (written, values) in [
      ("{}", SwitchedValues()), ("{onValue: 0, offValue: 1}", SwitchedValues(on: 0, off: 1)),
    ] {
      let (output, messages) = Self.read(
        ("access: read-write", "access: read-write\n    output: \(written)"))
      #expect(messages == [])
      #expect(output == values)
    }
  }

  @Test func whatIsNotDeclaredIsNoOutput() {
    #expect(Self.read(("", "")).output == nil)
  }

  @Test(arguments: [
    ("access: read-write", "output: {onValue: 1}", "a quantity that can be written"),
    (
      "access: read-write", "access: read-write\n    output: {onValue: 2}",
      "two different values that the field can hold"
    ),
    (
      "access: read-write", "access: read-write\n    output: {onValue: 0}",
      "two different values that the field can hold"
    ),
  ])
  func whatCannotBeSwitchedIsRefused(line: String, replacement: String, expected: String) {
    let messages = Self.read((line, replacement)).messages
    #expect(
      messages.contains { $0.contains("horn.output") && $0.contains(expected) }, "\(messages)")
  }

  /// What sets a device up, or switches several outputs at once, is never switched by a site.
  @Test func noShippedProfileOffersASettingAsAnOutput() throws {
    let profiles = try ShippedProfile.all.map { try $0.read() }
    let offered = profiles.flatMap { profile in
      profile.quantities.filter { $0.output != nil }.map { (profile.id, $0) }
    }
    #expect(offered.count > 40)
    for (profile, quantity) in offered {
      let names = ["unit", "baud", "address", "all-", "mode", "clear", "outputs", "safe"]
      #expect(!names.contains { quantity.id.hasPrefix($0) }, "\(profile) \(quantity.id)")
      #expect(quantity.isWritable && quantity.timedOutput == nil, "\(profile) \(quantity.id)")
    }
  }
}
