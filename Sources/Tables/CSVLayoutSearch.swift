import DetectionCore

/// Looks for the wanted columns with one delimiter.
struct CSVLayoutSearch {
  let input: TableInput
  let options: CSVOptions
  let encoding: TextEncoding
  let delimiter: CSVOptions.Delimiter
  let head: TableHead

  init(
    _ input: TableInput, _ options: CSVOptions, _ encoding: TextEncoding,
    _ delimiter: CSVOptions.Delimiter
  ) throws(CSVError) {
    self.input = input
    self.options = options
    self.encoding = encoding
    self.delimiter = delimiter
    head = try TableHead(input, delimiter)
  }

  /// Where the columns stand.
  func run() throws(CSVError) -> CSVLayout {
    let named = try namesRow()
    for (index, row) in head.rows.enumerated() {
      if let named, row.line <= named.line { continue }
      guard index < CSVLimits.preambleRecords else { break }
      let header = named ?? header(above: index)
      let names = header.map(text) ?? []
      if let time = timeColumns(at: index, names: names), isSustained(time, from: index) {
        return try layout(index, header: header, names: names, time: time)
      }
      try checkIsNotData(row, names: named.map(text))
    }
    throw noData(named)
  }

  /// Where the time stands, and how it may be written.
  private struct TimeColumns {
    var first: Int
    var second: Int?
    var formats: [TimeFormats]
  }

  private var wantedColumns: [CSVColumn] {
    options.timeColumns + options.valueColumns.compactMap(\.column)
      + options.conditions.map(\.column)
  }

  private var wantedNames: [String] {
    wantedColumns.compactMap { if case .name(let name) = $0 { name } else { nil } }
  }

  private func text(_ row: TableHead.Row) -> [String] {
    row.cells.map { input.text($0, encoding) }
  }

  /// The row that holds every column wanted by name, where one is.
  private func namesRow() throws(CSVError) -> TableHead.Row? {
    for case .number(let number) in wantedColumns where number < 1 {
      throw CSVError(
        file: input.name, column: "\(number)", expected: "a column number from 1 or a column name")
    }
    guard !wantedNames.isEmpty else { return nil }
    let rows = head.rows.prefix(CSVLimits.preambleRecords) + head.comments
    for row in rows where wantedNames.allSatisfy(text(row).contains) { return row }
    let wanted = wantedNames.map { "\"\($0)\"" }.joined(separator: " and ")
    throw CSVError(
      file: input.name,
      expected: "a row with the column \(wanted) among the first \(CSVLimits.preambleRecords)"
        + " lines; \(widestRow)")
  }

  /// The row of names above a row of data, where none was asked for by name: the topmost of the rows
  /// of its width that are directly above it, hold no numbers and name the first column.
  private func header(above index: Int) -> TableHead.Row? {
    let width = head.rows[index].cells.count
    func isOfWidth(_ row: TableHead.Row) -> Bool {
      (width - 1...width + 3).contains(row.cells.count) && row.cells.count > 1
    }
    var found: TableHead.Row?
    for row in head.rows[..<index].reversed() {
      guard isOfWidth(row), !isLoggerLine(row) else { break }
      let hasNumber = row.cells.contains { NumberText.scan($0.span, mark: NumberText.point) != nil }
      if !hasNumber, row.cells.first?.isEmpty == false { found = row }
    }
    let line = head.rows[index].line
    return found ?? head.comments.last { $0.line < line && isOfWidth($0) }
  }

  /// The first line of Campbell's tables, which may have any width.
  private func isLoggerLine(_ row: TableHead.Row) -> Bool {
    row.cells.first.map { ["TOA5", "TOACI1", "TOB1"].contains(CellText.string($0)) } ?? false
  }

  private func index(
    of column: CSVColumn?, names: [String], rows: ArraySlice<TableHead.Row>
  ) throws(CSVError) -> Int? {
    guard case .name(let name)? = column else {
      if case .number(let number)? = column { return number - 1 }
      return nil
    }
    let places = names.indices.filter { names[$0] == name }
    if places.count < 2 { return places.first }
    // Of columns with one name, that of the values has nothing in the rows below it.
    let bare = places.filter { place in
      rows.allSatisfy { $0.cells.count <= place || $0.cells[place].isEmpty }
    }
    guard !rows.isEmpty, bare.count == 1 else {
      throw CSVError(
        file: input.name, line: rows.first?.line ?? head.rows.first?.line, column: name,
        expected: "a column name that appears once; use the column's number instead")
    }
    return bare[0]
  }

  // MARK: Times

  private func timeColumns(at row: Int, names: [String]) -> TimeColumns? {
    let cells = head.rows[row].cells
    if !options.timeColumns.isEmpty {
      let places = options.timeColumns.compactMap { column -> Int? in
        switch column {
        case .number(let number): number - 1
        case .name(let name): names.firstIndex(of: name)
        }
      }
      guard places.count == options.timeColumns.count, places.allSatisfy({ $0 < cells.count })
      else { return nil }
      return columns(places[0], places.count > 1 ? places[1] : nil, cells, isTimeColumn: true)
    }
    let values = Set(
      options.valueColumns.compactMap { value -> Int? in
        switch value.column {
        case .number(let number)?: number - 1
        case .name(let name)?: names.firstIndex(of: name)
        case nil: nil
        }
      })
    let places = cells.indices.filter { !values.contains($0) }
    let isNamed = { (place: Int) in
      names.isEmpty ? place == 0 : place < names.count && Self.isTimeName(names[place])
    }
    for place in places where !isNumber(cells[place]) {
      if let found = pair(place, cells, places) { return found }
      if let found = columns(place, nil, cells, isTimeColumn: false) { return found }
    }
    for place in places
    where isNumber(cells[place]) && (isNamed(place) || options.timeFormat != nil) {
      if let found = pair(place, cells, places) { return found }
      if let found = columns(place, nil, cells, isTimeColumn: true) { return found }
    }
    return nil
  }

  private func isNumber(_ cell: ArraySlice<UInt8>) -> Bool {
    NumberText.scan(cell.span, mark: NumberText.point) != nil
      || NumberText.scan(cell.span, mark: NumberText.comma) != nil
  }

  /// Date and clock in two columns, one after the other.
  private func pair(
    _ place: Int, _ cells: [ArraySlice<UInt8>], _ places: [Int]
  ) -> TimeColumns? {
    let own = TimeFormat.candidates(cells[place], isTimeColumn: false)
    guard let first = own.first, !first.hasZone else { return nil }
    for other in [place + 1, place - 1] where places.contains(other) {
      let others = TimeFormat.candidates(cells[other], isTimeColumn: false)
      guard let second = others.first, second.hasDate != first.hasDate,
        !Self.isWhole(first), !Self.isWhole(second)
      else { continue }
      let columns = (min(place, other), max(place, other))
      if let found = self.columns(columns.0, columns.1, cells, isTimeColumn: false) { return found }
    }
    return nil
  }

  /// True where a format has a date and a clock.
  private static func isWhole(_ format: TimeFormat) -> Bool {
    guard case .pattern(let pieces) = format.kind else { return true }
    return format.hasDate
      && pieces.contains { $0.part == .hour || $0.part == .halfDayHour }
  }

  private func columns(
    _ first: Int, _ second: Int?, _ cells: [ArraySlice<UInt8>], isTimeColumn: Bool
  ) -> TimeColumns? {
    var formats: [TimeFormats] = []
    if let given = options.timeFormat {
      let parts = given.description.split(separator: " ", maxSplits: 1).compactMap {
        TimeFormat(String($0))
      }
      if second == nil {
        formats = [TimeFormats(first: given)]
      } else if parts.count == 2 {
        formats = [TimeFormats(first: parts[0], second: parts[1])]
      }
    } else if let second {
      for one in TimeFormat.candidates(cells[first], isTimeColumn: isTimeColumn) {
        for other in TimeFormat.candidates(cells[second], isTimeColumn: isTimeColumn) {
          formats.append(TimeFormats(first: one, second: other))
        }
      }
    } else {
      formats = TimeFormat.candidates(cells[first], isTimeColumn: isTimeColumn).map {
        TimeFormats(first: $0)
      }
    }
    formats = formats.filter { reads(cells, first, second, $0) }
    return formats.isEmpty ? nil : TimeColumns(first: first, second: second, formats: formats)
  }

  private func reads(
    _ cells: [ArraySlice<UInt8>], _ first: Int, _ second: Int?, _ formats: TimeFormats
  ) -> Bool {
    guard first < cells.count, (second ?? 0) < cells.count, formats.first.reads(cells[first])
    else { return false }
    guard let second, let format = formats.second else { return true }
    return format.reads(cells[second])
  }

  /// True where most rows below have times as well: a line above the table may have one.
  private func isSustained(_ time: TimeColumns, from index: Int) -> Bool {
    let rows = head.rows[index...].prefix(20)
    let timed = rows.count { row in
      time.formats.contains { reads(row.cells, time.first, time.second, $0) }
    }
    return timed * 4 >= rows.count * 3 || rows.count - timed <= 1
  }

  /// True for the name of a column of times, in the languages whose tables are read here.
  static func isTimeName(_ name: String) -> Bool {
    let name = name.lowercased()
    return timeNames.contains(name) || timeWords.contains { name.contains($0) }
  }

  private static let timeNames = ["epoch", "elapsed", "t", "tm", "jd"]
  private static let timeWords = [
    "time", "date", "datum", "zeit", "fecha", "heure", "日時", "年月日", "日付", "時刻", "時間",
  ]

  // MARK: The rest

  private func layout(
    _ index: Int, header: TableHead.Row?, names: [String], time: TimeColumns
  ) throws(CSVError) -> CSVLayout {
    let row = head.rows[index]
    let below = head.rows[..<index].drop { row in header.map { row.line <= $0.line } ?? true }
    var values: [Int] = []
    for value in options.valueColumns {
      if let place = try self.index(of: value.column, names: names, rows: below) {
        values.append(place)
      } else {
        values.append(try onlyNumber(from: index, besides: time, names: names))
      }
    }
    var conditions: [Int] = []
    for condition in options.conditions {
      guard let place = try self.index(of: condition.column, names: names, rows: below) else {
        continue
      }
      conditions.append(place)
    }
    if let place = values.first(where: { $0 == time.first || $0 == time.second }) {
      throw CSVError(
        file: input.name, line: row.line,
        column: place < names.count ? names[place] : "\(place + 1)",
        expected: "a column of values; this one holds the times")
    }
    let units = values.map { place in
      below.lazy.filter { $0.cells.count > place && !$0.cells[place].isEmpty }.first
        .map { input.text($0.cells[place], encoding) }
    }
    return CSVLayout(
      delimiter: delimiter, namesLine: header?.line, names: names, dataLine: row.line,
      dataCells: row.cells.count,
      headerRows: head.rows[..<index].map { $0.cells.map { Array($0) } }, timeIndex: time.first,
      secondTimeIndex: time.second, valueIndexes: values, units: units,
      conditionIndexes: conditions, zoneIndex: names.firstIndex(of: "tz_cd"),
      formats: time.formats)
  }

  /// The only column of numbers besides the time.
  private func onlyNumber(
    from index: Int, besides time: TimeColumns, names: [String]
  ) throws(CSVError) -> Int {
    let rows = head.rows[index...].prefix(CSVLimits.sampleRows)
    let missing = MissingMarkers(options.missing)
    let numbers = head.rows[index].cells.indices.filter { place in
      guard place != time.first, place != time.second else { return false }
      var evidence = NumberEvidence()
      let cells = rows.compactMap { $0.cells.count > place ? $0.cells[place] : nil }
      let count = cells.count { evidence.take($0.span, line: 0) != nil }
      let others = cells.count { evidence.take($0.span, line: 0) == nil && !missing.contains($0) }
      return count > 0 && others <= max(1, count / 4)
    }
    guard let only = numbers.first, numbers.count == 1 else {
      throw CSVError(
        file: input.name, line: head.rows[index].line,
        expected: "exactly one column of numbers besides the time, but there are \(numbers.count);"
          + " name the value column; \(shown(names))")
    }
    return only
  }

  private func shown(_ names: [String]) -> String {
    guard let row = (head.rows + head.comments).first(where: { text($0) == names }), !names.isEmpty
    else { return widestRow }
    return "line \(row.line) has \(list(row))"
  }

  /// Rows before the data are skipped, but not when they look like data with a broken time.
  private func checkIsNotData(_ row: TableHead.Row, names: [String]?) throws(CSVError) {
    guard let names, let column = options.valueColumns.first?.column else { return }
    let place: Int? =
      switch column {
      case .number(let number): number - 1
      case .name(let name): names.firstIndex(of: name)
      }
    guard let place, place < row.cells.count, isNumber(row.cells[place]),
      !MissingMarkers(options.missing).contains(row.cells[place])
    else { return }
    _ = try index(of: column, names: names, rows: [])
    let time = try index(of: options.timeColumns.first, names: names, rows: [])
    let expected =
      options.timeFormat.map { "a time of the format \"\($0)\"" }
      ?? "a time in a format that is recognised; give the time column and its format"
    throw CSVError(
      file: input.name, line: row.line,
      column: time.map { $0 < names.count ? names[$0] : "\($0 + 1)" },
      value: time.map { $0 < row.cells.count ? CellText.shown(row.cells[$0]) : "" },
      expected: expected)
  }

  private func noData(_ header: TableHead.Row?) -> CSVError {
    guard let header else {
      return CSVError(
        file: input.name,
        expected: "a row with a time among the first \(CSVLimits.preambleRecords) lines;"
          + " \(widestRow)")
    }
    return CSVError(
      file: input.name, line: header.line,
      expected: "rows of data with a time below this row of names")
  }

  private var widestRow: String {
    guard let widest = head.widest else { return "the file has no text" }
    return "line \(widest.line) has \(list(widest))"
  }

  private func list(_ row: TableHead.Row) -> String {
    let shown = text(row).prefix(CSVLimits.shownColumns)
      .map { "\"\(CellText.shown($0))\"" }.joined(separator: ", ")
    return shown + (row.cells.count > CSVLimits.shownColumns ? ", …" : "")
  }
}
