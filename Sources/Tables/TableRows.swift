import DetectionCore

/// The rows of a table, from the earliest on: what repeats is one row, and what runs back in time
/// is left out as the options say.
public struct TableRows {
  /// One row, in memory that is used again.
  private struct Row {
    var time: Int64 = 0
    var values: [Double]
    var areSaid: [Bool]
    /// Of how many values each one is the mean.
    var counts: [Int]

    init(columns: Int) {
      values = Array(repeating: .nan, count: columns)
      areSaid = Array(repeating: false, count: columns)
      counts = Array(repeating: 0, count: columns)
    }

    mutating func take(_ time: Int64, _ values: [Double], _ areSaid: [Bool]) {
      self.time = time
      for index in self.values.indices {
        self.values[index] = values[index]
        self.areSaid[index] = areSaid[index]
        counts[index] = values[index].isNaN ? 0 : 1
      }
    }

    /// Joins another row of the same time.
    mutating func join(_ other: Row, _ rule: CSVOptions.RepeatedTime) {
      for index in values.indices where other.areSaid[index] {
        let value = other.values[index]
        areSaid[index] = true
        guard !value.isNaN else { continue }
        counts[index] += 1
        if values[index].isNaN || rule == .last {
          values[index] = value
        } else if rule == .mean {
          values[index] += (value - values[index]) / Double(counts[index])
        }
      }
    }
  }

  private let table: Table
  private let repeated: CSVOptions.RepeatedTime
  private var records: CSVRecords
  private var times: TimeReader
  private var cells: CSVRowReader
  private var evidence = NumberEvidence()
  /// How many rows of the file were read.
  private var readRows = 0
  private var current: Row
  private var pending: Row
  private var hasPending = false
  private var latest = Int64.min
  /// Of the steps back, the next one, and the earliest time that each or a later one has.
  private var nextStep = 0
  private let earliestFrom: [Int64]
  /// A table that begins with the newest row, as a whole and turned around.
  private var turned: [Row]?

  init(_ table: Table) throws(CSVError) {
    self.table = table
    let columns = table.layout.valueIndexes.count
    records = table.input.records(table.layout.delimiter)
    times = table.reader
    cells = CSVRowReader(table.input, table.options, table.layout, table.encoding)
    current = Row(columns: columns)
    pending = Row(columns: columns)
    var earliest = Int64.max
    earliestFrom = table.stepsBack.reversed().map { step in
      earliest = min(earliest, step.time)
      return earliest
    }.reversed()
    let isTurned = table.summary.isNewestFirst
    // What is first in the file is last in time.
    switch table.options.repeatedTime {
    case .first where isTurned: repeated = .last
    case .last where isTurned: repeated = .first
    case let rule: repeated = rule
    }
    if isTurned { try turn() }
  }

  /// Nanoseconds since 1970, or since the unknown start where the table has no dates.
  public var time: Int64 { current.time }

  /// How many columns of values there are.
  public var columnCount: Int { current.values.count }

  /// The value of a column; NaN where it is missing.
  public func value(_ column: Int) -> Double { current.values[column] }

  /// Whether a column says something at this time: an empty cell may leave its value as it is.
  public func isSaid(_ column: Int) -> Bool { current.areSaid[column] }

  /// Goes to the next row; false at the end.
  public mutating func next() throws(CSVError) -> Bool {
    var other = Row(columns: 0)
    while let time = try readKept(&other) {
      guard hasPending else {
        take(time, other)
        continue
      }
      guard time == pending.time else {
        swap(&current, &pending)
        take(time, other)
        return true
      }
      if turned == nil {
        other = Row(columns: columnCount)
        other.take(time, cells.values, cells.areSaid)
      }
      pending.join(other, repeated)
    }
    guard hasPending else { return false }
    swap(&current, &pending)
    hasPending = false
    return true
  }

  private mutating func take(_ time: Int64, _ other: Row) {
    hasPending = true
    if turned == nil {
      pending.take(time, cells.values, cells.areSaid)
    } else {
      pending = other
    }
  }

  /// The time of the next row that counts; its values are in the cells, or in `other` where the
  /// table was turned around.
  private mutating func readKept(_ other: inout Row) throws(CSVError) -> Int64? {
    if turned != nil {
      guard let row = turned?.popLast() else { return nil }
      other = row
      return row.time
    }
    while let time = try read() {
      if table.options.backwardTime == .last {
        while nextStep < earliestFrom.count, table.stepsBack[nextStep].row < readRows {
          nextStep += 1
        }
        if nextStep < earliestFrom.count, earliestFrom[nextStep] <= time { continue }
      } else if time < latest {
        continue
      }
      latest = max(latest, time)
      return time
    }
    return nil
  }

  private mutating func turn() throws(CSVError) {
    guard table.summary.rows <= CSVLimits.rows else {
      throw CSVError(
        file: table.input.name,
        expected: "at most \(CSVLimits.rows) rows where the newest comes first; sort the table")
    }
    var rows: [Row] = []
    while let time = try read() {
      var row = Row(columns: columnCount)
      row.take(time, cells.values, cells.areSaid)
      rows.append(row)
    }
    turned = rows
  }

  /// Reads the next row of the file: its time; nil after the last sound one.
  private mutating func read() throws(CSVError) -> Int64? {
    guard readRows < table.summary.rows else { return nil }
    while try records.advance(in: table.input.name) {
      guard records.line >= table.layout.dataLine, try cells.isWanted(records) else { continue }
      guard let time = times.read(records, table.layout) else { continue }
      try cells.read(records, form: table.numberForm, &evidence)
      readRows += 1
      return time
    }
    return nil
  }
}
