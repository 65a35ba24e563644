public import DetectionCore

/// A column of a table.
public enum CSVColumn: Hashable, Sendable {
  /// The column with this name in its header row, letter by letter.
  case name(String)
  /// The column at this place, counted from 1.
  case number(Int)

  /// A number where `text` is nothing but digits, else a name.
  public init(_ text: String) {
    if !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let number = Int(text) {
      self = .number(number)
    } else {
      self = .name(text)
    }
  }
}

/// A column of values, and what is made of them.
public struct ValueColumn: Sendable {
  /// Where they stand; nil: the only column of numbers besides the time.
  public var column: CSVColumn?
  /// Changes the table's unit into the wanted one.
  public var conversion: AffineMapping
  /// Between these, in the wanted unit, values can be; nil where anything can.
  public var plausible: ClosedRange<Double>?

  /// Makes a column.
  public init(
    _ column: CSVColumn? = nil, conversion: AffineMapping = .identity,
    plausible: ClosedRange<Double>? = nil
  ) {
    self.column = column
    self.conversion = conversion
    self.plausible = plausible
  }
}

/// How a table of comma-, semicolon- or tab-separated values becomes a series.
///
/// The defaults find the time column and its format, the delimiter, the text encoding, the form of
/// numbers and the row of names by themselves; columns of values are needed only where more than
/// one column holds numbers.
public struct CSVOptions: Sendable {
  /// What separates two cells.
  public enum Delimiter: String, Hashable, Sendable, CaseIterable {
    /// A comma.
    case comma
    /// A semicolon.
    case semicolon
    /// A tab.
    case tab
    /// A vertical bar.
    case pipe
    /// Any number of spaces and tabs.
    case blanks

    package var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: UInt8(ascii: "\t")
      case .pipe: UInt8(ascii: "|")
      case .blanks: UInt8(ascii: " ")
      }
    }
  }

  /// What happens to rows that have the same time as the row above them.
  public enum RepeatedTime: String, Hashable, Sendable, CaseIterable {
    /// They are one where they say the same; else the table is refused.
    case refuse
    /// The first one counts, or the last one, or the mean of all.
    case first, last, mean
  }

  /// What happens to a row whose time lies before the row above it.
  public enum BackwardTime: String, Hashable, Sendable, CaseIterable {
    /// The table is refused.
    case refuse
    /// The rows that came first count: later ones are left out until time has caught up.
    case first
    /// The rows that came last count: they replace those that lie at or after them.
    case last
  }

  /// What an empty cell of a column of values says.
  public enum EmptyCells: String, Hashable, Sendable, CaseIterable {
    /// What the list of markers says of it.
    case marked
    /// Nothing: there is no new value at this time.
    case unchanged
  }

  /// Only rows whose cell in a column says a certain thing are read.
  public struct Condition: Hashable, Sendable {
    /// Which column.
    public var column: CSVColumn
    /// What its cell says, without quotes and blanks around it.
    public var value: String

    /// Makes a condition.
    public init(column: CSVColumn, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// Where the time stands, or where its date and its clock do; empty: the first column that holds
  /// times, else one that is named so.
  public var timeColumns: [CSVColumn]
  /// Where the values stand.
  public var valueColumns: [ValueColumn]
  /// How times are written; nil: as the whole table can be read.
  public var timeFormat: TimeFormat?
  /// The clock that times tell, if they do not say it themselves.
  public var zone: TimeZoneRule
  /// True where `zone` holds whatever the table's names say.
  public var isZoneCertain: Bool
  /// When a table without dates begins, or what its times count from, in nanoseconds since 1970 by
  /// the clock of `zone`; nil where that is not known.
  public var start: Int64?
  /// No time of the table can be later; nil where any can.
  public var latest: WallTime?
  /// What separates cells; nil: whatever makes the wanted columns appear.
  public var delimiter: Delimiter?
  /// How numbers are written; nil: as the whole table can be read.
  public var numberForm: NumberForm?
  /// Cells that stand for a missing value, whatever their letters' case. A marker that is a
  /// number also matches other spellings of that number.
  public var missing: [String]
  /// What an empty cell of a column of values says.
  public var emptyCells: EmptyCells
  /// What happens to rows of the same time.
  public var repeatedTime: RepeatedTime
  /// What happens when time runs backwards.
  public var backwardTime: BackwardTime
  /// Which rows are read.
  public var conditions: [Condition]

  /// Cells that instruments and archives commonly write for a missing value.
  public static let usualMissing = [
    "", "-", "--", "---", "NaN", "NULL", "NA", "N/A", "#N/A", "None", "M", "INF", "+INF", "-INF",
    "///", "×", "欠測", "-9999", "-9999.99", "-99999", "-999", "-7999", "-6999",
  ]

  /// Makes options.
  public init(
    timeColumns: [CSVColumn] = [], valueColumns: [ValueColumn] = [ValueColumn()],
    timeFormat: TimeFormat? = nil, zone: TimeZoneRule = .utc, isZoneCertain: Bool = false,
    start: Int64? = nil, latest: WallTime? = nil, delimiter: Delimiter? = nil,
    numberForm: NumberForm? = nil, missing: [String] = CSVOptions.usualMissing,
    emptyCells: EmptyCells = .marked, repeatedTime: RepeatedTime = .refuse,
    backwardTime: BackwardTime = .refuse, conditions: [Condition] = []
  ) {
    self.timeColumns = timeColumns
    self.valueColumns = valueColumns
    self.timeFormat = timeFormat
    self.zone = zone
    self.isZoneCertain = isZoneCertain
    self.start = start
    self.latest = latest
    self.delimiter = delimiter
    self.numberForm = numberForm
    self.missing = missing
    self.emptyCells = emptyCells
    self.repeatedTime = repeatedTime
    self.backwardTime = backwardTime
    self.conditions = conditions
  }
}

/// The bounds of what is read, each with its reason.
enum CSVLimits {
  /// Bytes of one record: 80 times the longest line that the instruments at hand write.
  static let recordBytes = 65_536
  /// Rows of a table that has to be in memory as a whole, as it is turned around or simulated: 16
  /// bytes each make 80 MB, 57 days at one sample a second or 142 years at one in fifteen minutes.
  static let rows = 5_000_000
  /// Records in which the row of names, or else the first row of data, must appear.
  static let preambleRecords = 200
  /// Rows of data from which the columns are told.
  static let sampleRows = 40
  /// Days over which times of the day may run on; a year, well within what nanoseconds can count.
  static let undatedDays: Int64 = 366
  /// Steps back in time of which the later rows are to count.
  static let stepsBack = 10_000
  /// Lengths of steps that are counted apart; the others are counted as others.
  static let steps = 32
  /// Different markers of a missing value, and marks of values, that are counted apart.
  static let markers = 32
  /// Characters of a cell, and columns of a row, that an error shows.
  static let shownCharacters = 60
  static let shownColumns = 24
}
