import Foundation
import Polling
import SiteConfiguration
import Testing

@testable import NomoriCommands

/// The buses of the example sites as tables.
@Suite struct BusTableTests {
  static func tables(_ name: String) throws -> [BusTable] {
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "deploy/sites/\(name).yaml"), encoding: .utf8)
    let site = try SiteConfiguration.load(site: SourceText(name: name, text: text)) { id in
      let file = root.appending(path: "Devices/\(id).yaml")
      return (try? String(contentsOf: file, encoding: .utf8)).map {
        SourceText(name: id, text: $0)
      }
    }.site
    return try site.buses.map { try BusTable(site: site, plan: $0) }
  }

  @Test func theRiverSiteIsShownReadByRead() throws {
    let lines = try #require(try Self.tables("river").first)
      .lines(language: .en, style: DeviceProfileTextTests.plain, columns: nil)
    #expect(lines[0] == "field  /dev/nomori/field 9600 8N1")
    // 17 bytes; 10 ms of response delay as the profile says, and 3.5 characters of silence.
    let words = lines[2].split(separator: " ").map(String.init)
    #expect(
      words == [
        "1", "min", "level-probe", "1", "3", "256-257", "(2)", "17", "31.4", "0.05", "166.9",
        "1", "min", "probe.pressure",
      ])
    #expect(lines.contains { $0.contains(" % of the bus's time, of at most 90 %; worst ms: from") })
  }

  @Test(
    arguments: ["river", "road", "wildlife", "estuary", "pond"],
    [(80, Language.en), (80, .ja), (110, .en), (140, .ja)])
  func noLineIsWiderThanTheTerminal(name: String, page: (columns: Int, language: Language)) throws {
    for table in try Self.tables(name) {
      let lines = table.lines(
        language: page.language, style: DeviceProfileTextTests.plain, columns: page.columns)
      #expect(lines.count >= table.load.reads.count + 3)
      // Japanese is not broken between words.
      for line in lines where !line.contains("。") {
        #expect(TerminalText.width(line) <= page.columns, "\(line)")
      }
      for read in table.load.reads {
        for id in table.names(of: read) { #expect(lines.contains { $0.contains(id) }) }
      }
    }
  }

  @Test func programsGetTheSameNumbers() throws {
    let table = try #require(try Self.tables("road").last)
    let json = BusTable.JSON(table)
    #expect(json.bus == "bridge" && json.site == "road-kazami" && json.baud == 9600)
    #expect(abs(json.reads.reduce(0) { $0 + $1.utilisation } - json.utilisation) < 1e-12)
    #expect(json.reads.map(\.points).joined().contains("bridge.water"))
    #expect(json.reads.allSatisfy { $0.worstResponseMs ?? .infinity <= $0.deadlineMs })
    #expect(json.reads.allSatisfy { $0.isAsked && $0.unit != nil && $0.message == nil })
  }

  @Test func aBusOnWhichNothingIsReadHasNoTable() throws {
    let lines = try #require(try Self.tables("pond").last)
      .lines(language: .en, style: DeviceProfileTextTests.plain, columns: nil)
    #expect(lines.count == 3 && lines[1] == "Nothing is read from it.")
    #expect(lines[2].hasPrefix("An output goes first"))
  }

  /// Columns in which no read has anything are left out.
  @Test func sensorsWithMessagesOfTheirOwnAreShownByTheirRequests() throws {
    let tables = try Self.tables("pond")
    #expect(tables.map(\.plan.id) == ["sonar", "rain", "power", "mast", "lamp"])
    let sonar = tables[0].lines(
      language: .en, style: DeviceProfileTextTests.plain, columns: nil)
    #expect(
      sonar[1].split(separator: " ") == ["each", "device", "request", "bytes", "ms", "%", "points"])
    #expect(sonar[2].hasPrefix("150 ms  sonar   none "))
    #expect(sonar.last == "Its sensors send up to 40 bytes a second by themselves.")
    let rain = tables[1].lines(
      language: .en, style: DeviceProfileTextTests.plain, columns: nil)
    #expect(rain[1].contains("request  bytes") && !rain[1].contains("FC"))
    #expect(rain[2].contains("  rain-gauge  R  ") && rain[2].hasSuffix("  1 min  rain.total"))
    let json = BusTable.JSON(tables[0])
    #expect(json.reads.map(\.message) == [0] && json.reads.map(\.isAsked) == [false])
    #expect(json.reads[0].unit == nil && json.unaskedBytesPerSecond == 40)
  }
}
