import DetectionCore

/// The rows of data of a table whose columns are known.
struct CSVRows {
  let file: String
  let options: CSVOptions
  let missing: MissingMarkers
  let layout: CSVLayout
  var records: CSVRecords
  /// Nanoseconds; times of the day go on past midnight.
  private(set) var times: [Int64] = []
  private(set) var values: [Double] = []
  private(set) var skipped = 0
  private var lastTime: Int64?
  private var lastTimeCell: ArraySlice<UInt8> = []
  /// Midnights passed, in nanoseconds, where times carry no day.
  private var dayOffset: Int64 = 0

  init(
    file: String, options: CSVOptions, missing: MissingMarkers, layout: CSVLayout,
    records: CSVRecords
  ) {
    self.file = file
    self.options = options
    self.missing = missing
    self.layout = layout
    self.records = records
  }

  /// The time of the first row.
  var firstTime: Int64? { times.first }

  /// Reads from the record on which the search stopped to the end.
  mutating func readAll() throws(CSVError) {
    repeat {
      guard times.count < CSVLimits.rows else {
        throw CSVError(
          file: file, line: records.line,
          expected: "at most \(CSVLimits.rows) rows of data; cut the table into parts")
      }
      try readRow()
    } while try records.advance(in: file)
  }

  private mutating func readRow() throws(CSVError) {
    let timeCell = try cell(layout.timeIndex)
    let valueCell = try cell(layout.valueIndex)
    guard
      var time = layout.timeFormat.nanoseconds(
        timeCell, decimalComma: options.decimalComma, utcOffset: options.utcOffset)
    else {
      throw error(
        layout.timeIndex, timeCell, "a time of the format \"\(layout.timeFormat)\"")
    }
    let saysNothing = valueCell.isEmpty && options.emptyCells == .unchanged
    guard let value = saysNothing ? .nan : missing.value(valueCell, options) else {
      let decimals = options.decimalComma ? "a decimal comma" : "a decimal point"
      throw error(
        layout.valueIndex, valueCell, "a number with \(decimals), or a marker for a missing value")
    }
    time = try onLaterDay(time, timeCell)
    if let lastTime, time < lastTime {
      guard options.backwardTime == .skip else {
        throw error(
          layout.timeIndex, timeCell,
          "a time not before \"\(CellText.shown(lastTimeCell))\" of the row above;"
            + " such rows can be skipped instead")
      }
      skipped += 1
      return
    }
    lastTime = time
    lastTimeCell = timeCell
    // The first row is kept in any case: offsets count from it.
    if saysNothing, !times.isEmpty { return }
    times.append(time)
    values.append(value.isNaN ? value : options.conversion.apply(value))
  }

  /// A time of the day that falls back by more than twelve hours has passed midnight.
  private mutating func onLaterDay(
    _ time: Int64, _ cell: ArraySlice<UInt8>
  ) throws(CSVError) -> Int64 {
    guard case .pattern = layout.timeFormat.kind, !layout.timeFormat.hasDate else { return time }
    let day: Int64 = 86_400_000_000_000
    if let lastTime, time + dayOffset < lastTime - day / 2 { dayOffset += day }
    guard dayOffset < CSVLimits.undatedDays * day else {
      throw error(
        layout.timeIndex, cell,
        "fewer than \(CSVLimits.undatedDays) midnights in a table of times without dates")
    }
    return time + dayOffset
  }

  private func cell(_ index: Int) throws(CSVError) -> ArraySlice<UInt8> {
    guard index < records.cells.count else {
      throw CSVError(
        file: file, line: records.line, column: layout.name(index),
        expected: "at least \(index + 1) columns, but this row has \(records.cells.count)")
    }
    return records.cells[index]
  }

  private func error(
    _ index: Int, _ cell: ArraySlice<UInt8>, _ expected: String
  ) -> CSVError {
    CSVError(
      file: file, line: records.line, column: layout.name(index), value: CellText.shown(cell),
      expected: expected)
  }
}
