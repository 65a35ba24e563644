import DetectionCore

/// A series read from one column of a table.
public struct CSVSeries: Sendable {
  /// The samples.
  public let series: Series
  /// What was understood of the table.
  public let summary: TableSummary

  /// The value column's name, or its number where the table has no names.
  public var column: String { summary.columns[0].name }

  /// Reads `bytes`, the whole text of a table that `file` names in errors.
  public init(
    _ bytes: [UInt8], file: String, options: CSVOptions = CSVOptions(),
    interpolation: Series.Interpolation = .step, ending: Series.Ending = .holds
  ) throws(CSVError) {
    let table = try Table(TableInput(bytes, name: file), options: options)
    try self.init(table, interpolation: interpolation, ending: ending)
  }

  /// Reads the first column of values of a table.
  public init(
    _ table: Table, interpolation: Series.Interpolation = .step, ending: Series.Ending = .holds
  ) throws(CSVError) {
    if let damage = table.summary.damage {
      throw CSVError(
        file: table.summary.file, line: damage.lastLine + 1,
        expected: "a whole table, but here it is damaged: \(damage.reason)")
    }
    var rows = try table.rows()
    var times: [Int64] = []
    var values: [Double] = []
    while try rows.next() {
      // The first row is kept in any case: offsets count from it.
      guard rows.isSaid(0) || times.isEmpty else { continue }
      guard times.count < CSVLimits.rows else {
        throw CSVError(
          file: table.summary.file,
          expected: "at most \(CSVLimits.rows) rows of data; cut the table into parts")
      }
      times.append(rows.time)
      values.append(rows.value(0))
    }
    let start = table.summary.isDated ? table.summary.first : nil
    guard
      let series = Series(
        start: start, offsets: times, values: values, interpolation: interpolation, ending: ending)
    else { throw CSVError(file: table.summary.file, expected: "at least one row of data") }
    self.series = series
    summary = table.summary
  }
}
