import DetectionCore

/// A series read from a table of comma-, semicolon- or tab-separated values.
///
/// Lines before the row of names are passed over, and so are rows of units below it. Text is
/// UTF-8 or Latin-1, with or without a byte order mark; lines end with LF or CRLF.
public struct CSVSeries: Sendable {
  /// The samples.
  public let series: Series
  /// The value column's name, or its number where the table has no names.
  public let column: String
  /// The unit that the options named.
  public let unit: String?
  /// How the times were written.
  public let timeFormat: TimeFormat
  /// What separated the cells.
  public let delimiter: CSVOptions.Delimiter
  /// Rows left out because their time lay before a row above them.
  public let skippedRows: Int

  /// Reads `bytes`, the whole text of a table that `file` names in errors.
  public init(
    _ bytes: [UInt8], file: String, options: CSVOptions = CSVOptions()
  ) throws(CSVError) {
    try CSVSeries.checkIsText(bytes, file: file)
    let missing = MissingMarkers(options)
    let search = try CSVSeries.search(bytes, file: file, options: options, missing: missing)
    var rows = CSVRows(
      file: file, options: options, missing: missing, layout: search.layout,
      records: search.records)
    try rows.readAll()
    let start = rows.layout.timeFormat.hasDate ? rows.firstTime : nil
    guard
      let series = Series(
        start: start.map { WallTime(nanosecondsSince1970: $0, synchronized: true) },
        offsets: rows.times, values: rows.values, interpolation: options.interpolation,
        ending: options.ending)
    else { throw CSVError(file: file, expected: "at least one row of data") }
    self.series = series
    column = rows.layout.name(rows.layout.valueIndex)
    unit = options.unit
    timeFormat = rows.layout.timeFormat
    delimiter = rows.layout.delimiter
    skippedRows = rows.skipped
  }

  /// Refuses bytes that are no text: packed, or UTF-16.
  package static func checkIsText(_ bytes: [UInt8], file: String) throws(CSVError) {
    if bytes.starts(with: [0x1f, 0x8b]) {
      throw CSVError(file: file, expected: "text; this is gzip data that must be unpacked first")
    }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      throw CSVError(file: file, expected: "UTF-8 or Latin-1 text; this is UTF-16")
    }
  }

  /// Finds the wanted columns with the given delimiter, or with the first one that makes them
  /// appear; where none does, the error is the one of the delimiter that makes the most columns.
  private static func search(
    _ bytes: [UInt8], file: String, options: CSVOptions, missing: MissingMarkers
  ) throws(CSVError) -> (layout: CSVLayout, records: CSVRecords) {
    let candidates = options.delimiter.map { [$0] } ?? [.tab, .semicolon, .comma]
    var failure = CSVError(file: file, expected: "a table")
    var columns = -1
    for delimiter in candidates {
      var search = CSVLayoutSearch(
        bytes, file: file, options: options, missing: missing, delimiter: delimiter)
      do throws(CSVError) {
        return (try search.run(), search.records)
      } catch {
        guard search.widest.names.count > columns else { continue }
        failure = error
        columns = search.widest.names.count
      }
    }
    throw failure
  }
}

/// The cells that stand for a missing value.
struct MissingMarkers {
  private let texts: [String]
  private let numbers: [Double]

  init(_ options: CSVOptions) {
    texts = options.missing.map { $0.lowercased() }
    numbers = options.missing.compactMap {
      NumberText.value(Array($0.utf8)[...], decimalComma: options.decimalComma)
    }
  }

  /// The number in `cell`, NaN for a missing one; nil when it is neither.
  func value(_ cell: ArraySlice<UInt8>, _ options: CSVOptions) -> Double? {
    if let number = NumberText.value(cell, decimalComma: options.decimalComma) {
      return numbers.contains(number) ? .nan : number
    }
    return texts.contains(CellText.string(cell).lowercased()) ? .nan : nil
  }

  /// The number in `cell`; nil for a missing one and for what is no number.
  func number(_ cell: ArraySlice<UInt8>, _ options: CSVOptions) -> Double? {
    value(cell, options).flatMap { $0.isNaN ? nil : $0 }
  }
}
