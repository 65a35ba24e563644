import DetectionCore

/// The first pass over a table: each way of reading its times is followed until a row speaks against
/// it.
struct TablePass {
  private let input: TableInput
  private let options: CSVOptions
  private let layout: CSVLayout
  private let encoding: TextEncoding
  private let zone: TimeZoneRule
  private var surveys: [TimeSurvey] = []
  private var values: CSVRowReader
  private var evidence = NumberEvidence()
  private var columns: [TableSummary.Column]
  private var aboveValues: [Double]
  private var lastLine = 0
  private var firstTime = ""
  private var damage: TableSummary.Damage?

  init(
    _ input: TableInput, _ options: CSVOptions, _ layout: CSVLayout, _ encoding: TextEncoding,
    zone: TimeZoneRule
  ) {
    self.input = input
    self.options = options
    self.layout = layout
    self.encoding = encoding
    self.zone = zone
    values = CSVRowReader(input, options, layout, encoding)
    columns = zip(layout.valueIndexes, layout.units).map {
      TableSummary.Column(name: layout.name($0), unit: $1)
    }
    aboveValues = columns.map { _ in .nan }
    surveys = layout.formats.map { TimeSurvey(reader(of: $0)) }
  }

  /// A reader that begins at the first row.
  func reader(of formats: TimeFormats) -> TimeReader {
    TimeReader(formats, zone: zone, start: options.start)
  }

  mutating func run() throws(CSVError) {
    var records = input.records(layout.delimiter)
    while try records.advance(in: input.name) {
      guard records.line >= layout.dataLine else { continue }
      do throws(CSVError) {
        try take(records)
      } catch {
        // A last line without its end, and with fewer cells than others, was cut off.
        guard records.isUnended, lastLine > 0, records.bounds.count < layout.dataCells else {
          throw error
        }
        damage = TableSummary.Damage(
          reason: "line \(records.line) is cut off", lastLine: lastLine)
      }
    }
    if let reason = records.damage {
      damage = TableSummary.Damage(reason: reason, lastLine: lastLine)
    }
    guard lastLine > 0 else {
      throw CSVError(
        file: input.name,
        expected: values.otherRows > 0
          ? "at least one row that meets the conditions" : "at least one row of data")
    }
  }

  private mutating func take(_ records: borrowing CSVRecords) throws(CSVError) {
    guard try values.isWanted(records) else { return }
    do throws(CSVError) {
      try values.read(records, form: options.numberForm, &evidence)
    } catch {
      if values.isHeader(records) { return }
      throw error
    }
    let isSame = isSameAsAbove()
    var refusing: UInt64 = 0
    for index in surveys.indices where !surveys[index].take(records, layout, isSame: isSame) {
      refusing |= 1 << UInt64(index)
    }
    if refusing != 0 {
      let left = surveys.indices.filter { refusing & 1 << UInt64($0) == 0 }
      guard !left.isEmpty else {
        if values.isHeader(records) { return }
        throw timeError(records)
      }
      surveys = left.map { surveys[$0] }
    }
    if lastLine == 0 { firstTime = timeText(records) }
    lastLine = records.line
    count()
  }

  private mutating func isSameAsAbove() -> Bool {
    var isSame = true
    for index in aboveValues.indices {
      let (value, above) = (values.values[index], aboveValues[index])
      if value != above, !value.isNaN, !above.isNaN { isSame = false }
      aboveValues[index] = value
    }
    return isSame
  }

  private mutating func count() {
    for index in columns.indices {
      let value = values.values[index]
      guard !value.isNaN else { continue }
      columns[index].count += 1
      columns[index].low = min(columns[index].low, value)
      columns[index].high = max(columns[index].high, value)
      if let plausible = options.valueColumns[index].plausible, !plausible.contains(value) {
        columns[index].implausible += 1
      }
    }
  }

  private func timeText(_ records: borrowing CSVRecords) -> String {
    let first = CellText.shown(records.cell(layout.timeIndex))
    guard let second = layout.secondTimeIndex else { return first }
    return first + " " + CellText.shown(records.cell(second))
  }

  private func timeError(_ records: borrowing CSVRecords) -> CSVError {
    let formats = surveys.map(\.reader.formats)
    let isReadable = formats[0].first.reads(records.cell(layout.timeIndex))
    let expected =
      if isReadable, layout.zoneIndex != nil {
        "a time whose zone is known"
      } else if isReadable, !formats[0].runsOn {
        "fewer than \(CSVLimits.undatedDays) midnights in a table of times without dates"
      } else {
        "a time of the format "
          + formats.map { "\"\($0.description)\"" }.joined(separator: " or ")
      }
    return CSVError(
      file: input.name, line: records.line, column: layout.name(layout.timeIndex),
      value: timeText(records), expected: expected)
  }

  // MARK: What the whole table says

  /// The one way of reading times that is left.
  func decision() throws(CSVError) -> TimeSurvey {
    var left = surveys
    func keep(_ isKept: (TimeSurvey) -> Bool) {
      let kept = left.filter(isKept)
      if left.count > 1, !kept.isEmpty { left = kept }
    }
    if let latest = options.latest?.nanosecondsSince1970 {
      keep { !$0.reader.formats.hasDate || $0.latest <= latest }
    }
    keep { $0.ups == 0 || $0.downs == 0 }
    // Rows of less than a day go on from day to day, and do not leap from month to month.
    let month = 27 * Self.day
    keep { $0.longestStep < month && ($0.step.map { $0.length < Self.day } ?? false) }
    guard left.count == 1 else { throw choice(left) }
    try checkOrder(left[0])
    return left[0]
  }

  private static let day: Int64 = 86_400_000_000_000

  private func choice(_ surveys: [TimeSurvey]) -> CSVError {
    let readings = surveys.map { survey in
      let formats = survey.reader.formats
      let time =
        formats.hasDate
        ? zone.local(WallTime(nanosecondsSince1970: survey.first, synchronized: true)).minuteText
        : "\(firstTime) after the start"
      return "\(time) with --time-format \"\(formats.description)\""
    }
    return CSVError(
      file: input.name, line: layout.dataLine, column: layout.name(layout.timeIndex),
      value: firstTime,
      expected: "a time that can be read in one way only, but it is "
        + readings.joined(separator: ", or ") + "; no row tells which, so give one of these")
  }

  private func checkOrder(_ survey: TimeSurvey) throws(CSVError) {
    let column = layout.name(layout.timeIndex)
    let skipped = survey.reader.clockCounts.skipped
    let hint =
      skipped == 0
      ? ""
      : "; the zone's clock skips \(skipped) times of the table as summer time begins, so that the"
        + " table may keep none, which --utc-offset says"
    if survey.downs > 0, !survey.isNewestFirst, options.backwardTime == .refuse {
      let isForward = survey.ups >= survey.downs || survey.ups == 0
      guard let (row, above) = isForward ? survey.backward : survey.forward else { return }
      throw CSVError(
        file: input.name, line: row.line, column: column, value: row.text,
        expected: "a time not \(isForward ? "before" : "after") \"\(above)\" of the row above;"
          + " --backward says which rows count" + hint)
    }
    if survey.stepsBack.count == CSVLimits.stepsBack, options.backwardTime == .last {
      throw CSVError(
        file: input.name,
        expected: "fewer than \(CSVLimits.stepsBack) steps back in time; sort the table")
    }
    if let row = survey.contradiction, options.repeatedTime == .refuse {
      throw CSVError(
        file: input.name, line: row.line, column: column, value: row.text,
        expected: "another time than that of the row above, which has other values; --repeated says"
          + " which counts, and --where chooses one of several stations" + hint)
    }
  }

  /// How the table writes its numbers.
  func numberForm() throws(CSVError) -> NumberForm {
    if let form = options.numberForm { return form }
    let column = layout.valueIndexes.count == 1 ? layout.name(layout.valueIndexes[0]) : nil
    if let comma = evidence.comma, let point = evidence.point {
      let later = comma.line > point.line ? comma : point
      let earlier = comma.line > point.line ? point : comma
      throw CSVError(
        file: input.name, line: later.line, column: column, value: CellText.shown(later.text[...]),
        expected: "a number with the decimal mark of \"\(CellText.shown(earlier.text[...]))\" in"
          + " line \(earlier.line); --decimal-comma or --decimal-point says which is right")
    }
    if evidence.comma != nil { return .decimalComma }
    guard evidence.point == nil, let doubt = evidence.doubtfulComma else { return .decimalPoint }
    throw CSVError(
      file: input.name, line: doubt.line, column: column, value: CellText.shown(doubt.text[...]),
      expected: "a number that can be read in one way only; it has decimals with --decimal-comma,"
        + " and is above a thousand with --decimal-point")
  }

  func summary(
    _ survey: TimeSurvey, _ form: NumberForm, _ origin: TableSummary.ZoneOrigin
  ) -> TableSummary {
    let formats = survey.reader.formats
    let clock = survey.reader.clockCounts
    let isDated = formats.hasDate || options.start != nil
    return TableSummary(
      file: input.name, encoding: encoding, delimiter: layout.delimiter,
      namesLine: layout.namesLine, dataLine: layout.dataLine,
      timeColumns: [layout.timeIndex, layout.secondTimeIndex].compactMap { $0 }.map(layout.name),
      columns: columns, timeFormat: formats.description,
      zoneOrigin: formats.hasDate && formats.hasZone ? .times : origin,
      zone: zone, numberForm: form, isDated: isDated,
      first: WallTime(nanosecondsSince1970: survey.earliest, synchronized: isDated),
      last: WallTime(nanosecondsSince1970: survey.latest, synchronized: isDated),
      step: survey.step.map {
        (TimeSpan(nanoseconds: $0.length), Double($0.count) / Double(survey.stepCount))
      },
      rows: survey.rows, missing: values.missingCounts, marks: values.markCounts,
      repeatedRows: survey.repeated,
      backwardRows: survey.isNewestFirst ? 0 : survey.overlapping,
      isNewestFirst: survey.isNewestFirst, otherRows: values.otherRows,
      headerRows: values.headerRows, skippedTimes: clock.skipped,
      doubledTimes: (clock.earlier, clock.later), damage: damage)
  }
}

extension CivilTime {
  /// `2024-02-03 01:00`.
  fileprivate var minuteText: String {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(year)-\(two(month))-\(two(day)) \(two(hour)):\(two(minute))"
  }
}
