import DetectionCore

/// Where in a table the wanted columns stand.
struct CSVLayout: Sendable {
  var delimiter: CSVOptions.Delimiter
  /// The line of the names, and they; empty where the table has no row of names.
  var namesLine: Int?
  var names: [String]
  /// The line of the first row of data.
  var dataLine: Int
  /// How many cells it has.
  var dataCells: Int
  /// Cells of the header that may come again between rows, as Campbell's loggers write them.
  var headerRows: [[[UInt8]]]
  var timeIndex: Int
  /// Where the clock stands, if the time's column holds only the date, or the other way round.
  var secondTimeIndex: Int?
  var valueIndexes: [Int]
  /// What the header says of each value column's unit, where it has a row for that.
  var units: [String?]
  var conditionIndexes: [Int]
  /// Where each row names its zone.
  var zoneIndex: Int?
  /// The formats that the time can have; with two columns, those of both, in the order of the
  /// columns.
  var formats: [TimeFormats]

  /// The column's name for an error.
  func name(_ index: Int) -> String {
    names.indices.contains(index) && !names[index].isEmpty ? names[index] : "\(index + 1)"
  }

  /// How many cells a row must have.
  var neededCells: Int {
    (valueIndexes + conditionIndexes + [timeIndex, secondTimeIndex ?? 0]).max().map { $0 + 1 } ?? 0
  }
}

/// How a time is written: in one cell, or date and clock in two.
struct TimeFormats: Hashable, Sendable {
  var first: TimeFormat
  var second: TimeFormat?

  var hasDate: Bool { first.hasDate || second?.hasDate ?? false }
  var hasZone: Bool { first.hasZone || second?.hasZone ?? false }
  var runsOn: Bool { hasDate || first.runsOn }
  /// As the option that names it is written.
  var description: String {
    first.description + (second.map { " " + $0.description } ?? "")
  }
}

/// The head of a table, cut into cells with one delimiter.
struct TableHead {
  /// A record and its line.
  typealias Row = (line: Int, cells: [ArraySlice<UInt8>])

  /// Records, comments left out.
  private(set) var rows: [Row] = []
  /// The line of each comment that was left out, and its cells without the comment's sign: a row of
  /// names may be one.
  private(set) var comments: [Row] = []

  /// Cuts the first records of `input`.
  init(_ input: TableInput, _ delimiter: CSVOptions.Delimiter) throws(CSVError) {
    var records = input.records(delimiter)
    while rows.count < CSVLimits.preambleRecords + CSVLimits.sampleRows,
      comments.count < CSVLimits.preambleRecords, try records.advance(in: input.name)
    {
      let cells = records.cells
      guard let first = cells.first else { continue }
      if let sign = [[0x23], [0x2f, 0x2f]].first(where: { first.starts(with: $0) }), first.count > 1
      {
        comments.append((records.line, [first.dropFirst(sign.count)] + cells.dropFirst()))
      } else {
        rows.append((records.line, cells))
      }
    }
  }

  /// The row with the most cells: what the table most likely consists of.
  var widest: Row? {
    (rows + comments).max {
      $0.cells.count == $1.cells.count
        ? $0.line > $1.line : $0.cells.count < $1.cells.count
    }
  }
}
