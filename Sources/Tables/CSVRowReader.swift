import DetectionCore

/// Reads the values of a table's rows, and tells rows of data from others.
struct CSVRowReader {
  private let input: TableInput
  private let options: CSVOptions
  private let layout: CSVLayout
  private let encoding: TextEncoding
  private let missing: MissingMarkers
  private let neededCells: Int
  /// Cells that were found to say what a condition wants, as they stand in the file.
  private var matches: [[UInt8]?]

  /// The values of the last row; NaN where one is missing.
  private(set) var values: [Double]
  /// Which of them are said, and not only left as they were.
  private(set) var areSaid: [Bool]
  /// Rows that other conditions leave out, and headers between rows.
  private(set) var otherRows = 0
  private(set) var headerRows = 0
  /// Missing values by their markers, and values by their marks.
  private(set) var missingCounts: [(text: String, count: Int)] = []
  private(set) var markCounts: [(text: String, count: Int)] = []

  init(_ input: TableInput, _ options: CSVOptions, _ layout: CSVLayout, _ encoding: TextEncoding) {
    self.input = input
    self.options = options
    self.layout = layout
    self.encoding = encoding
    missing = MissingMarkers(options.missing)
    neededCells = layout.neededCells
    matches = options.conditions.map { _ in nil }
    values = layout.valueIndexes.map { _ in .nan }
    areSaid = layout.valueIndexes.map { _ in true }
  }

  /// True where the current record has all wanted columns and meets the conditions.
  mutating func isWanted(_ records: borrowing CSVRecords) throws(CSVError) -> Bool {
    guard records.bounds.count >= neededCells else {
      if isHeader(records) { return false }
      let missing =
        (layout.valueIndexes + layout.conditionIndexes + [layout.timeIndex]).first {
          $0 >= records.bounds.count
        } ?? 0
      throw CSVError(
        file: input.name, line: records.line, column: layout.name(missing),
        expected: "at least \(missing + 1) columns, but this row has \(records.bounds.count)")
    }
    for (index, place) in layout.conditionIndexes.enumerated() {
      let cell = records.cell(place)
      if let match = matches[index], match[...] == cell { continue }
      guard input.text(cell, encoding) == options.conditions[index].value else {
        otherRows += 1
        return false
      }
      matches[index] = Array(cell)
    }
    return true
  }

  /// True where a record without a time is a header that comes again, or a comment.
  mutating func isHeader(_ records: borrowing CSVRecords) -> Bool {
    let cells = records.cells
    let isComment =
      cells.first.map { $0.starts(with: [0x23]) || $0.starts(with: [0x2f, 0x2f]) } ?? false
    let isRepeated = layout.headerRows.contains { header in
      header.count == cells.count && zip(header, cells).allSatisfy { $0[...] == $1 }
    }
    if isRepeated { headerRows += 1 }
    return isComment || isRepeated
  }

  /// Reads the values of the current record.
  ///
  /// - Parameters:
  ///   - form: How numbers are written; nil where that is still to be seen.
  ///   - evidence: What numbers have shown so far.
  mutating func read(
    _ records: borrowing CSVRecords, form: NumberForm?, _ evidence: inout NumberEvidence
  ) throws(CSVError) {
    let text = records.bytes.span
    for (index, place) in layout.valueIndexes.enumerated() {
      let bounds = records.bounds[place]
      let cell = text.extracting(bounds.range)
      let number = form.map { $0.value(cell) } ?? evidence.take(cell, line: records.line)
      if let number {
        areSaid[index] = true
        if missing.contains(number) {
          values[index] = .nan
          count(records.cell(place), in: &missingCounts)
        } else {
          values[index] = options.valueColumns[index].conversion.apply(number)
        }
      } else if bounds.begin == bounds.end, options.emptyCells == .unchanged {
        areSaid[index] = false
        values[index] = .nan
      } else {
        areSaid[index] = true
        values[index] = try unusual(records.cell(place), place, records.line, form, &evidence)
      }
    }
  }

  /// What a cell says that is no number as it stands.
  private mutating func unusual(
    _ cell: ArraySlice<UInt8>, _ place: Int, _ line: Int, _ form: NumberForm?,
    _ evidence: inout NumberEvidence
  ) throws(CSVError) -> Double {
    if missing.contains(text: input.text(cell, encoding)) {
      count(cell, in: &missingCounts)
      return .nan
    }
    if let (number, mark) = marked(cell) {
      let value = form.map { $0.value(number.span) } ?? evidence.take(number.span, line: line)
      if let value {
        count(mark, in: &markCounts)
        return options.valueColumns[layout.valueIndexes.firstIndex(of: place) ?? 0].conversion
          .apply(value)
      }
    }
    let kind =
      switch form {
      case .decimalPoint?: "a number with a decimal point"
      case .decimalComma?: "a number with a decimal comma"
      case nil: "a number"
      }
    throw CSVError(
      file: input.name, line: line, column: layout.name(place), value: CellText.shown(cell),
      expected: "\(kind), or a marker for a missing value, which --missing names")
  }

  /// A number that a sign or one capital letter follows, such as `1.50*` or `0.7 E`.
  private func marked(_ cell: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
    guard let last = cell.lastIndex(where: { $0.isDigit || $0 == NumberText.point }) else {
      return nil
    }
    let mark = cell[(last + 1)...].drop { $0 == 0x20 }
    guard !mark.isEmpty, mark.count <= 3 else { return nil }
    let isLetter = mark.count == 1 && mark.allSatisfy { (0x41...0x5a).contains($0) }
    let areSigns = mark.allSatisfy { Self.signs.contains($0) }
    return isLetter || areSigns ? (cell[...last], mark) : nil
  }

  private static let signs = Array("*#$!?)]".utf8)

  private func count(_ cell: ArraySlice<UInt8>, in counts: inout [(text: String, count: Int)]) {
    let text = CellText.shown(input.text(cell, encoding))
    if let index = counts.firstIndex(where: { $0.text == text }) {
      counts[index].count += 1
    } else if counts.count < CSVLimits.markers {
      counts.append((text, 1))
    } else {
      counts[CSVLimits.markers - 1].count += 1
    }
  }
}

/// The cells that stand for a missing value.
struct MissingMarkers {
  private let texts: [String]
  private let numbers: [Double]

  init(_ markers: [String]) {
    texts = markers.map { $0.lowercased() }
    numbers = markers.compactMap {
      NumberText.value(Array($0.utf8)[...], decimalComma: false)
    }
  }

  /// True where the number stands for a missing value.
  func contains(_ number: Double) -> Bool {
    for index in numbers.indices where numbers[index] == number { return true }
    return false
  }

  /// True where the text does.
  func contains(text: String) -> Bool { texts.contains(text.lowercased()) }

  /// True where the cell does.
  func contains(_ cell: ArraySlice<UInt8>) -> Bool {
    if let number = NumberText.value(cell, decimalComma: false) { return contains(number) }
    return contains(text: CellText.string(cell))
  }
}
