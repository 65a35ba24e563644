/// Where in a table the wanted columns stand.
struct CSVLayout {
  var delimiter: CSVOptions.Delimiter
  /// The names of the columns; empty where the table has no row of names.
  var names: [String]
  var timeIndex: Int
  var valueIndex: Int
  var timeFormat: TimeFormat

  /// The column's name for an error.
  func name(_ index: Int) -> String {
    names.indices.contains(index) ? names[index] : "\(index + 1)"
  }
}

/// Looks for the wanted columns with one delimiter, and stops on the first row of data.
struct CSVLayoutSearch {
  let file: String
  let options: CSVOptions
  let missing: MissingMarkers
  let delimiter: CSVOptions.Delimiter
  /// The records, standing on the first row of data once the search has succeeded.
  private(set) var records: CSVRecords
  /// The row with the most cells so far, and its line: what the table most likely consists of.
  private(set) var widest: (line: Int, names: [String]) = (0, [])
  private var header: (line: Int, names: [String])?

  init(
    _ bytes: [UInt8], file: String, options: CSVOptions, missing: MissingMarkers,
    delimiter: CSVOptions.Delimiter
  ) {
    self.file = file
    self.options = options
    self.missing = missing
    self.delimiter = delimiter
    records = CSVRecords(bytes, delimiter: delimiter.byte)
  }

  /// Goes to the first row of data and says where its columns stand.
  mutating func run() throws(CSVError) -> CSVLayout {
    try findHeader()
    var rows = 0
    while try advance() {
      let names = header?.names ?? []
      if let (timeIndex, format) = timeColumn(names: names) {
        let valueIndex = try valueColumn(besides: timeIndex, names: names)
        return CSVLayout(
          delimiter: delimiter, names: names, timeIndex: timeIndex, valueIndex: valueIndex,
          timeFormat: format)
      }
      try checkIsNotData(names: names)
      if !hasNamedColumn { header = (records.line, text(of: records.cells)) }
      rows += 1
      guard rows < (hasNamedColumn ? CSVLimits.rowsOfUnits : CSVLimits.preambleRecords) else {
        break
      }
    }
    throw noData()
  }

  private var hasNamedColumn: Bool { wantedNames.isEmpty == false }

  private var wantedNames: [String] {
    [options.timeColumn, options.valueColumn].compactMap {
      if case .name(let name)? = $0 { name } else { nil }
    }
  }

  /// Goes to the row that holds every column wanted by name, where there is one.
  private mutating func findHeader() throws(CSVError) {
    for case .number(let number)? in [options.timeColumn, options.valueColumn] where number < 1 {
      throw CSVError(
        file: file, column: "\(number)", expected: "a column number from 1 or a column name")
    }
    guard hasNamedColumn else { return }
    for _ in 0..<CSVLimits.preambleRecords {
      guard try advance() else { break }
      let names = text(of: records.cells)
      guard wantedNames.allSatisfy(names.contains) else { continue }
      for wanted in wantedNames where names.count(where: { $0 == wanted }) > 1 {
        throw CSVError(
          file: file, line: records.line, column: wanted,
          expected: "a column name that appears once; use the column's number instead")
      }
      header = (records.line, names)
      return
    }
    let wanted = wantedNames.map { "\"\($0)\"" }.joined(separator: " and ")
    throw CSVError(
      file: file,
      expected: "a row with the column \(wanted) among the first \(CSVLimits.preambleRecords)"
        + " lines; \(widestRow)")
  }

  private mutating func advance() throws(CSVError) -> Bool {
    guard try records.advance(in: file) else { return false }
    if records.cells.count > widest.names.count {
      widest = (records.line, text(of: records.cells))
    }
    return true
  }

  private func text(of cells: [ArraySlice<UInt8>]) -> [String] { cells.map(CellText.string) }

  private func index(of column: CSVColumn?, names: [String]) -> Int? {
    switch column {
    case .name(let name)?: names.firstIndex(of: name)
    case .number(let number)?: number - 1
    case nil: nil
    }
  }

  /// The time column and its format, if the current record is a row of data.
  private func timeColumn(names: [String]) -> (Int, TimeFormat)? {
    let cells = records.cells
    if let index = index(of: options.timeColumn, names: names) {
      guard index < cells.count, let format = format(of: cells[index]) else { return nil }
      return (index, format)
    }
    let value = index(of: options.valueColumn, names: names)
    for index in cells.indices where index != value {
      guard NumberText.value(cells[index], decimalComma: options.decimalComma) == nil,
        let format = format(of: cells[index])
      else { continue }
      return (index, format)
    }
    for index in cells.indices where index != value && index < names.count {
      guard CSVLayoutSearch.timeNames.contains(names[index].lowercased()),
        let format = format(of: cells[index])
      else { continue }
      return (index, format)
    }
    return nil
  }

  private func format(of cell: ArraySlice<UInt8>) -> TimeFormat? {
    guard let format = options.timeFormat else {
      return TimeFormat.recognize(cell, decimalComma: options.decimalComma)
    }
    let time = format.nanoseconds(
      cell, decimalComma: options.decimalComma, utcOffset: options.utcOffset)
    return time == nil ? nil : format
  }

  private static let timeNames = ["time", "timestamp", "datetime", "date", "epoch", "elapsed", "t"]

  /// The wanted value column, or the only one that holds a number in the first row of data.
  private func valueColumn(besides timeIndex: Int, names: [String]) throws(CSVError) -> Int {
    if let index = index(of: options.valueColumn, names: names) { return index }
    let numbers = records.cells.indices.filter {
      $0 != timeIndex
        && NumberText.value(records.cells[$0], decimalComma: options.decimalComma) != nil
    }
    guard let only = numbers.first, numbers.count == 1 else {
      throw CSVError(
        file: file, line: records.line,
        expected: "exactly one column of numbers besides the time, but there are \(numbers.count);"
          + " name the value column; \(widestRow)")
    }
    return only
  }

  /// Rows before the data are skipped, but not when they look like data with a broken time.
  private func checkIsNotData(names: [String]) throws(CSVError) {
    let cells = records.cells
    guard hasNamedColumn, let value = index(of: options.valueColumn, names: names),
      value < cells.count, missing.number(cells[value], options) != nil
    else { return }
    let time = index(of: options.timeColumn, names: names)
    let shown = time.map { $0 < cells.count ? CellText.shown(cells[$0]) : "" }
    let expected =
      options.timeFormat.map { "a time of the format \"\($0)\"" }
      ?? "a time in a format that is recognised; give the time column and its format"
    throw CSVError(
      file: file, line: records.line,
      column: time.map { $0 < names.count ? names[$0] : "\($0 + 1)" }, value: shown,
      expected: expected)
  }

  private func noData() -> CSVError {
    guard let header, hasNamedColumn else {
      return CSVError(
        file: file,
        expected: "a row with a time among the first \(CSVLimits.preambleRecords) lines;"
          + " \(widestRow)")
    }
    return CSVError(
      file: file, line: header.line,
      expected: "rows of data with a time below this row of names")
  }

  private var widestRow: String {
    guard !widest.names.isEmpty else { return "the file has no text" }
    let shown = widest.names.prefix(CSVLimits.shownColumns)
      .map { "\"\(CellText.shown(Array($0.utf8)[...]))\"" }.joined(separator: ", ")
    let more = widest.names.count > CSVLimits.shownColumns ? ", …" : ""
    return "line \(widest.line) has \(shown)\(more)"
  }
}
