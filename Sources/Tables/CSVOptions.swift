public import DetectionCore

/// A column of a table.
public enum CSVColumn: Hashable, Sendable {
  /// The column with this name in its header row, letter by letter.
  case name(String)
  /// The column at this place, counted from 1.
  case number(Int)

  /// A number where `text` is nothing but digits, else a name.
  public init(_ text: String) {
    if text.utf8.allSatisfy(\.isDigit), let number = Int(text) {
      self = .number(number)
    } else {
      self = .name(text)
    }
  }
}

/// How a table of comma-, semicolon- or tab-separated values becomes a series.
///
/// The defaults find the time column and its format, the delimiter, the text encoding and the row
/// of names by themselves; `valueColumn` is needed only where more than one column holds numbers.
public struct CSVOptions: Sendable {
  /// What separates two cells.
  public enum Delimiter: String, Hashable, Sendable, CaseIterable {
    /// A comma.
    case comma
    /// A semicolon.
    case semicolon
    /// A tab.
    case tab

    package var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: UInt8(ascii: "\t")
      }
    }
  }

  /// What happens to a row whose time lies before the row above it.
  public enum BackwardTime: String, Hashable, Sendable, CaseIterable {
    /// The table is refused.
    case refuse
    /// The row is left out and counted, until time has caught up.
    case skip
  }

  /// What an empty cell of the value column says.
  public enum EmptyCells: String, Hashable, Sendable, CaseIterable {
    /// What the list of markers says of it.
    case marked
    /// Nothing: there is no new value at this time.
    case unchanged
  }

  /// Where the time stands; nil: the first column that holds times, else one that is named so.
  public var timeColumn: CSVColumn?
  /// Where the value stands; nil: the only other column of numbers.
  public var valueColumn: CSVColumn?
  /// How times are written; nil: by the first row.
  public var timeFormat: TimeFormat?
  /// How far the table's clock was ahead of UTC, for times that do not say it themselves.
  public var utcOffset: TimeSpan
  /// What separates cells; nil: whatever makes the wanted columns appear.
  public var delimiter: Delimiter?
  /// True where numbers have a decimal comma.
  public var decimalComma: Bool
  /// Cells that stand for a missing value, whatever their letters' case. A marker that is a
  /// number also matches other spellings of that number.
  public var missing: [String]
  /// What an empty cell of the value column says.
  public var emptyCells: EmptyCells
  /// What happens when time runs backwards.
  public var backwardTime: BackwardTime
  /// Changes the table's unit into the wanted one.
  public var conversion: AffineMapping
  /// The unit after the conversion: a label only.
  public var unit: String?
  /// What holds between two samples of the series.
  public var interpolation: Series.Interpolation
  /// What holds after the last sample of the series.
  public var ending: Series.Ending

  /// Cells that instruments and archives commonly write for a missing value.
  public static let usualMissing = ["", "---", "NaN", "NULL", "NA", "M", "-9999"]

  /// Makes options.
  public init(
    timeColumn: CSVColumn? = nil, valueColumn: CSVColumn? = nil, timeFormat: TimeFormat? = nil,
    utcOffset: TimeSpan = .zero, delimiter: Delimiter? = nil, decimalComma: Bool = false,
    missing: [String] = CSVOptions.usualMissing, emptyCells: EmptyCells = .marked,
    backwardTime: BackwardTime = .refuse, conversion: AffineMapping = .identity,
    unit: String? = nil, interpolation: Series.Interpolation = .step, ending: Series.Ending = .holds
  ) {
    self.timeColumn = timeColumn
    self.valueColumn = valueColumn
    self.timeFormat = timeFormat
    self.utcOffset = utcOffset
    self.delimiter = delimiter
    self.decimalComma = decimalComma
    self.missing = missing
    self.emptyCells = emptyCells
    self.backwardTime = backwardTime
    self.conversion = conversion
    self.unit = unit
    self.interpolation = interpolation
    self.ending = ending
  }
}

/// The bounds of what is read, each with its reason.
enum CSVLimits {
  /// Bytes of one record: 80 times the longest line that the instruments at hand write.
  static let recordBytes = 65_536
  /// Rows of data: 16 bytes each make 80 MB, 57 days at one sample a second or 142 years at
  /// one in fifteen minutes.
  static let rows = 5_000_000
  /// Records in which the row of names, or else the first row of data, must appear.
  static let preambleRecords = 200
  /// Rows of units and notes between the names and the data; Campbell's TOA5 has two.
  static let rowsOfUnits = 8
  /// Days over which times of the day may run on; a year, well within what nanoseconds can count.
  static let undatedDays: Int64 = 366
  /// Characters of a cell, and columns of a row, that an error shows.
  static let shownCharacters = 60
  static let shownColumns = 24
}
