import DetectionCore

/// What one way of reading a table's times makes of the whole table.
struct TimeSurvey {
  /// The time of a row, as it stands in the file.
  typealias Place = (line: Int, text: String)

  var reader: TimeReader
  private(set) var rows = 0
  private(set) var first: Int64 = 0
  private(set) var earliest: Int64 = .max
  private(set) var latest: Int64 = .min
  /// Steps forward and back.
  private(set) var ups = 0
  private(set) var downs = 0
  /// The first row that lies before the one above it, and that one.
  private(set) var backward: (row: Place, above: String)?
  /// The first row that lies behind the one above it.
  private(set) var forward: (row: Place, above: String)?
  /// Rows of the time of the row above, and the first of them that says something else.
  private(set) var repeated = 0
  private(set) var contradiction: Place?
  /// Rows that lie before a row above them.
  private(set) var overlapping = 0
  /// The steps back: the row that is earlier, counted from 0, and its time.
  private(set) var stepsBack: [(row: Int, time: Int64)] = []
  private(set) var longestStep: Int64 = 0
  private var steps: [(length: Int64, count: Int)] = []
  private var previous: Int64 = 0
  private var above: [UInt8] = []

  init(_ reader: TimeReader) { self.reader = reader }

  /// The length that most steps have, in nanoseconds, and how many have it; nil for fewer than two
  /// rows.
  var step: (length: Int64, count: Int)? { steps.max { $0.count < $1.count } }

  /// How many steps there are.
  var stepCount: Int { ups + downs }

  /// True where each row lies before the one above it; times without a date only ever go on.
  var isNewestFirst: Bool { downs > 0 && ups == 0 && reader.formats.hasDate }

  /// Takes a row; false where this is not a way to read its time.
  ///
  /// - Parameter isSame: Whether it says the same values as the row above.
  mutating func take(
    _ records: borrowing CSVRecords, _ layout: CSVLayout, isSame: Bool
  ) -> Bool {
    guard let time = reader.read(records, layout) else { return false }
    if rows == 0 {
      first = time
    } else if time == previous {
      repeated += 1
      if !isSame, contradiction == nil { contradiction = place(records, layout) }
    } else {
      count(step: time - previous, records, layout)
      if time < previous, stepsBack.count < CSVLimits.stepsBack { stepsBack.append((rows, time)) }
    }
    if time < latest || (time == latest && previous < latest) { overlapping += 1 }
    previous = time
    earliest = min(earliest, time)
    latest = max(latest, time)
    rows += 1
    // Only what an error may have to show is kept as text.
    if backward == nil || forward == nil {
      above.removeAll(keepingCapacity: true)
      above.append(contentsOf: records.cell(layout.timeIndex))
    }
    return true
  }

  private mutating func count(
    step: Int64, _ records: borrowing CSVRecords, _ layout: CSVLayout
  ) {
    if step > 0 {
      ups += 1
      if forward == nil { forward = (place(records, layout), CellText.shown(above[...])) }
    } else {
      downs += 1
      if backward == nil { backward = (place(records, layout), CellText.shown(above[...])) }
    }
    let length = abs(step)
    longestStep = max(longestStep, length)
    if let index = steps.firstIndex(where: { $0.length == length }) {
      steps[index].count += 1
      if index > 0 { steps.swapAt(index, index - 1) }
    } else if steps.count < CSVLimits.steps {
      steps.append((length, 1))
    } else {
      // The rarest makes room: what comes often stays.
      steps[CSVLimits.steps - 1] = (length, 1)
    }
  }

  private func place(_ records: borrowing CSVRecords, _ layout: CSVLayout) -> Place {
    (records.line, CellText.shown(records.cell(layout.timeIndex)))
  }
}
