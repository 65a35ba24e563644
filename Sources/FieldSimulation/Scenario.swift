public import DetectionCore
public import Tables

/// What several points of a site show over the same time: one table, one column a point.
///
/// The table is CSV. The row that begins with `time` names the points; what stands above it is
/// comment. Times are dates with their offset from UTC, or seconds or times of the day since the
/// start. An empty cell says nothing new, `---` that the sensor has no value from then on:
///
///     # A cloudburst
///     time,underpass.level,bridge.state
///     2027-01-18T15:00+09:00,0.000,1
///     2027-01-18T15:10+09:00,,3
///     2027-01-18T15:30+09:00,0.240,---
public struct Scenario: Sendable {
  /// How a point's values lie between two samples.
  public typealias Point = (id: String, interpolation: Series.Interpolation)

  /// The points, in the table's order, and what each of them shows; all begin at the first row.
  public let courses: [(point: String, series: Series)]

  /// The wall time of the first row; nil where times carry no date.
  public var start: WallTime? { courses.first?.series.start }

  /// The time from the first row to the last value.
  public var length: TimeSpan { courses.map(\.series.length).max() ?? .zero }

  /// Reads `bytes`, the whole text of a table that `file` names in errors.
  ///
  /// - Parameters:
  ///   - points: The points that may be named.
  public init(_ bytes: [UInt8], file: String, points: [Point]) throws(CSVError) {
    try TableInput(bytes, name: file).checkIsText()
    let header = try Scenario.header(of: bytes, file: file)
    guard header.names.count > 1 else {
      throw CSVError(
        file: file, line: header.line, expected: "the ids of points behind \"\(Self.timeName)\"")
    }
    var courses: [(point: String, series: Series)] = []
    for name in header.names.dropFirst() {
      guard let point = points.first(where: { $0.id == name }) else {
        throw CSVError(
          file: file, line: header.line, column: CellText.shown(Array(name.utf8)[...]),
          expected: "one of the points that a device delivers: "
            + points.map(\.id).joined(separator: ", "))
      }
      let options = CSVOptions(
        timeColumns: [.name(Self.timeName)], valueColumns: [ValueColumn(.name(name))],
        delimiter: .comma, numberForm: .decimalPoint, missing: ["---"], emptyCells: .unchanged,
        repeatedTime: .last)
      let table = try CSVSeries(
        bytes, file: file, options: options, interpolation: point.interpolation)
      guard !table.summary.isNewestFirst else {
        throw CSVError(file: file, expected: "rows from the earliest to the latest")
      }
      courses.append((name, table.series))
    }
    self.courses = courses
  }

  private static let timeName = "time"

  /// The row of names. A row below it with another number of cells is an error: a comma too many
  /// would give its values to other points.
  private static func header(
    of bytes: [UInt8], file: String
  ) throws(CSVError) -> (line: Int, names: [String]) {
    var records = CSVRecords(bytes, delimiter: .comma)
    var header: (line: Int, names: [String])?
    while try records.advance(in: file) {
      guard let names = header?.names else {
        let names = records.cells.map(CellText.string)
        if names.first == timeName { header = (records.line, names) }
        continue
      }
      guard records.cells.count == names.count else {
        throw CSVError(
          file: file, line: records.line,
          expected: "\(names.count) cells, as many as names, but this row has "
            + "\(records.cells.count)")
      }
    }
    guard let header else {
      throw CSVError(
        file: file, expected: "a row of names that begins with \"\(timeName)\"")
    }
    return header
  }
}
