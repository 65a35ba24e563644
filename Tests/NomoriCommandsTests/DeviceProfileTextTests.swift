import DeviceProfiles
import Foundation
import SiteConfiguration
import Testing

@testable import NomoriCommands

/// The shipped profiles as lists and as texts.
@Suite struct DeviceProfileTextTests {
  static let profiles: [DeviceProfile] = {
    let folder = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Devices").resolvingSymlinksInPath()
    let files = FileManager.default.enumerator(atPath: folder.path)
    var profiles: [DeviceProfile] = []
    while let path = files?.nextObject() as? String {
      guard path.hasSuffix(".yaml"),
        let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8)
      else { continue }
      let id = String(path.dropLast(5))
      let source = SourceText(name: path, text: text)
      if let profile = ProfileDocument.read(source, id: id, into: DiagnosticLog()) {
        profiles.append(profile)
      }
    }
    return profiles.sorted { $0.id < $1.id }
  }()
  static let plain = TerminalStyle(isColoured: false)

  static func profile(_ id: String) throws -> DeviceProfile {
    try #require(profiles.first { $0.id == id })
  }

  static func text(_ id: String, columns: Int, language: Language = .en) throws -> [String] {
    DeviceProfileText(profile: try profile(id), language: language, style: plain).lines(
      columns: columns)
  }

  @Test(arguments: [80, 100, 120], [Language.en, .ja])
  func noLineIsWiderThanTheTerminal(columns: Int, language: Language) {
    #expect(Self.profiles.count >= 50)
    let listing = DeviceListing(
      profiles: Self.profiles, language: language, style: Self.plain
    ).lines(columns: columns)
    let texts = Self.profiles.flatMap {
      DeviceProfileText(profile: $0, language: language, style: Self.plain).lines(columns: columns)
    }
    // A word that is longer than its column stands alone and may jut out.
    for line in listing + texts where TerminalText.width(line) > columns {
      let longest = line.split(separator: " ").map { TerminalText.width(String($0)) }.max() ?? 0
      #expect(longest > 40, "\(line)")
    }
  }

  @Test func aFileHasOneLineForEachDevice() {
    let lines = DeviceListing(profiles: Self.profiles, language: .en, style: Self.plain)
      .lines(columns: nil)
    #expect(lines.count == Self.profiles.count)
    for (line, profile) in zip(lines, Self.profiles) {
      #expect(line.hasPrefix(profile.id + " ") && line.hasSuffix(profile.summary))
    }
  }

  @Test func aPageNamesEveryQuantityWithItsAddressOnTheWire() throws {
    for profile in Self.profiles {
      let lines = DeviceProfileText(profile: profile, language: .en, style: Self.plain)
        .lines(columns: 120)
      for group in QuantityGroup.groups(of: profile.quantities) {
        let row = lines.first { $0.hasPrefix(group.id + " ") }
        let words = try #require(row, "\(profile.id) \(group.id)").split(separator: " ")
        #expect(words.contains("\(group.first.field.address)"), "\(profile.id) \(group.id)")
      }
    }
  }

  /// Nothing is lost when neighbours are put together.
  @Test func groupsStandForTheirQuantities() throws {
    for profile in Self.profiles {
      let groups = QuantityGroup.groups(of: profile.quantities)
      #expect(groups.reduce(0) { $0 + $1.count } == profile.quantities.count)
      for group in groups where group.count > 1 {
        for number in 1...group.count {
          let id = group.first.id.dropLast() + "\(number)"
          let quantity = try #require(profile.quantity(String(id)))
          let distance = Int(quantity.field.address) - Int(group.first.field.address)
          #expect(distance == (number - 1) * group.step)
        }
      }
    }
    let relays = QuantityGroup.groups(of: try Self.profile("wirenboard/wb-mr6c").quantities)
    #expect(relays.prefix(4).map(\.id) == ["relay1…6", "relay-state1…6", "input1…6", "input-0"])
    #expect(relays.first?.title == "Relay 1…6")
  }

  @Test func aPageSaysWhatTheDeviceNeeds() throws {
    let level = try Self.text("keller/36xiw", columns: 200).joined(separator: "\n")
    #expect(level.contains("Modbus RTU, 9600 baud, 8N1"))
    #expect(level.contains("1 as delivered; never use 250 on a shared line"))
    #expect(level.contains("at most 4 registers, no unused ones between, from even addresses"))
    #expect(level.contains("invalid unless bit 1 of status = 0"))
    #expect(level.contains("NaN: missing; +∞: above the range; −∞: below the range"))
    let relay = try Self.text("waveshare/modbus-rtu-io-8ch", columns: 200)
    #expect(
      relay.contains {
        $0.hasPrefix("flash-on1…8 ")
          && $0.contains("raw / 10; 0.1 to 3276.7; written by function 5")
          && $0.hasSuffix("output1…8 for so long; the device ends it")
      })
    let soil = try Self.text("gropoint/gplp", columns: 200).joined(separator: "\n")
    #expect(soil.contains("5: not ready, ask again after 200\u{A0}ms"))
    #expect(soil.contains("function 17 answers \"RIOTTECHGPLP…\""))
    #expect(!soil.contains("Before reading"))
    let turbidity = try Self.text("yosemitech/y511", columns: 200).joined(separator: "\n")
    #expect(turbidity.contains("read 1 from holding 0x2500, then wait 4\u{A0}s"))
    #expect(turbidity.contains("a site file with this device is refused"))
    let tower = try Self.text("patlite/la6-poe", columns: 200).joined(separator: "\n")
    #expect(tower.contains("Modbus TCP, port 502"))
    #expect(tower.contains("raw − 256") && tower.contains("reads back differently"))
    let wind = try Self.text("vaisala/wxt530-ascii", columns: 200)
    #expect(wind.contains { $0.contains("a protocol of its own, 19200 baud, 8N1") })
    #expect(wind.contains { $0.contains("when it is asked; has an address") })
    #expect(wind.contains { $0.hasPrefix("wind-speed ") && $0.contains("m/s") })
    #expect(!wind.joined().contains("Unit address"))
    let japanese = try Self.text("keller/36xiw", columns: 200, language: .ja)
    #expect(japanese.contains { $0.hasPrefix("回線 ") })
    #expect(japanese.contains { $0.contains("共有回線で 250 は使わないこと") })
  }

  @Test(arguments: [
    (["KELLER"], true), (["submersible", "level"], true), (["36xiw"], true), (["tob1"], true),
    (["serial", "number"], true), (["keller", "rain"], false), ([], true),
  ])
  func everyWordMustBeFound(words: [String], isFound: Bool) throws {
    #expect(try Self.profile("keller/36xiw").matches(words) == isFound)
  }

  @Test(arguments: [
    ("", 10, [""]), ("one two three", 7, ["one two", "three"]),
    ("a-very-long-word b", 5, ["a-very-long-word", "b"]), ("水位 上昇", 4, ["水位", "上昇"]),
    ("水位は上昇中。次", 8, ["水位は上", "昇中。次"]), ("水位です。a-b", 6, ["水位で", "す。", "a-b"]),
  ])
  func textIsBrokenBetweenWords(text: String, columns: Int, lines: [String]) {
    #expect(TerminalText.wrap(text, columns: columns) == lines)
    #expect(TerminalText.wrap(text, columns: nil) == [text])
  }
}
