import DetectionCore
import Foundation
import Tables
import Testing

/// A sample of each dialect, and what is to be understood of it: `Dialects/<name>.csv` beside this
/// file, one line a sample in `Dialects/understood.txt`.
@Suite struct DialectTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Dialects")

  private static let japan = TimeZoneRule(offsetSeconds: 32_400)

  /// The samples, and what has to be said of each.
  private static let samples: [(name: String, options: CSVOptions)] = [
    ("plain", CSVOptions()),
    ("blanks", CSVOptions()),
    ("campbell-toa5", CSVOptions(valueColumns: [ValueColumn(.name("Lvl_Avg"))])),
    ("onset-hobo", CSVOptions(valueColumns: [ValueColumn(.name("Water Level, meters"))])),
    ("nerrs", CSVOptions(valueColumns: [ValueColumn(.name("Level"))])),
    ("environment-agency", CSVOptions(valueColumns: [ValueColumn(.name("Value[m]"))])),
    ("usgs-rdb", CSVOptions(valueColumns: [ValueColumn(.name("1234_00065"))])),
    ("german", CSVOptions()),
    ("japan-hydrology", CSVOptions(zone: japan)),
    (
      "japan-meteorology",
      CSVOptions(valueColumns: [ValueColumn(.name("降水量(mm)"))], zone: japan)
    ),
    ("compact-24h", CSVOptions(zone: japan)),
    ("month-names", CSVOptions()),
    ("twelve-hours", CSVOptions()),
    ("excel-days", CSVOptions(timeFormat: .excel)),
    ("elapsed-days", CSVOptions(timeFormat: .elapsedDays, start: 1_704_067_200_000_000_000)),
    ("day-of-a-run", CSVOptions()),
    ("thousands", CSVOptions()),
    (
      "stations",
      CSVOptions(
        valueColumns: [ValueColumn(.name("level"))],
        conditions: [CSVOptions.Condition(column: .name("station"), value: "B2")])
    ),
  ]

  @Test func `each dialect is understood as the list says`() throws {
    let list = Self.folder.appending(path: "understood.txt")
    let expected = try String(contentsOf: list, encoding: .utf8)
    var understood = ""
    for sample in Self.samples {
      understood += "\(sample.name): \(try Self.text(sample.name, sample.options))\n"
    }
    if ProcessInfo.processInfo.environment["NOMORI_GOLDEN"] == "write" {
      try understood.write(to: list, atomically: true, encoding: .utf8)
    }
    #expect(understood == expected)
  }

  private static func text(_ name: String, _ options: CSVOptions) throws -> String {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name + ".csv")))
    // Foundation reads Shift_JIS here; the program asks iconv.
    let input = TableInput(
      name: name,
      decode: { cell, _ in String(data: Data(cell), encoding: .shiftJIS) },
      open: {
        // In pieces that cut every line somewhere.
        var rest = bytes[...]
        return {
          guard !rest.isEmpty else { return .end }
          defer { rest = rest.dropFirst(7) }
          return .bytes(Array(rest.prefix(7)))
        }
      })
    do throws(CSVError) {
      let table = try Table(input, options: options)
      let series = try CSVSeries(table).series
      let values = (0..<series.count).map { series[$0].value.map { "\($0)" } ?? "-" }
      let summary = table.summary
      return "\(summary.encoding.rawValue), \(summary.delimiter.rawValue), names "
        + "\(summary.namesLine.map { "\($0)" } ?? "-"), data \(summary.dataLine), "
        + "\(summary.timeColumns) as \(summary.timeFormat), \(summary.columns[0].name), "
        + "\(text(summary.first)) to \(text(summary.last)), \(summary.numberForm.rawValue), \(values.joined(separator: " "))"
    } catch {
      return error.description
    }
  }

  private static func text(_ time: WallTime) -> String {
    let civil = CivilTime(time)
    return String(
      format: "%04d-%02d-%02dT%02d:%02d:%02d", civil.year, civil.month, civil.day, civil.hour,
      civil.minute, civil.second)
  }
}
