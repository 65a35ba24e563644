public import DetectionCore

/// What was understood of a table, before anything is done with it.
public struct TableSummary: Sendable {
  /// A column of values.
  public struct Column: Sendable {
    /// Its name, or its number where the table has no names.
    public var name: String
    /// What the header says of its unit, where it has a row for that.
    public var unit: String?
    /// Values that are there.
    public var count = 0
    /// The smallest and the largest of them, in the wanted unit; infinite where there is none.
    public var low = Double.infinity
    /// The largest.
    public var high = -Double.infinity
    /// Values outside of what was said to be plausible.
    public var implausible = 0
  }

  /// Where the zone of the times comes from.
  public enum ZoneOrigin: Sendable {
    /// Each time says it.
    case times
    /// The table's names, or a column, say it, by this name.
    case table(String)
    /// The options do.
    case options
    /// The times are of no day.
    case none
  }

  /// Why a table ends before its end.
  public struct Damage: Sendable {
    /// In words.
    public var reason: String
    /// The line of the last row that is sound.
    public var lastLine: Int
  }

  /// The file, as the user named it.
  public var file: String
  /// How its text is written.
  public var encoding: TextEncoding
  /// What separates its cells.
  public var delimiter: CSVOptions.Delimiter
  /// The line of the row of names; nil where there is none.
  public var namesLine: Int?
  /// The line of the first row of data.
  public var dataLine: Int
  /// The column of times, or those of the date and the clock.
  public var timeColumns: [String]
  /// The columns of values.
  public var columns: [Column]
  /// How times are written, as the option that names it is.
  public var timeFormat: String
  /// Where the zone of the times comes from.
  public var zoneOrigin: ZoneOrigin
  /// The zone of the times that do not say it.
  public var zone: TimeZoneRule
  /// How numbers are written.
  public var numberForm: NumberForm
  /// Whether the times have dates, or a start that gives them one.
  public var isDated: Bool
  /// The earliest and the latest time; of no day where `isDated` is false.
  public var first: WallTime
  /// The latest time.
  public var last: WallTime
  /// The length that most steps have, and what share of them; nil for a single row.
  public var step: (length: TimeSpan, share: Double)?
  /// Rows of data.
  public var rows: Int
  /// Missing values by their markers, and values with marks, by these.
  public var missing: [(text: String, count: Int)]
  /// Values with marks, by these.
  public var marks: [(text: String, count: Int)]
  /// Rows of the time of the row above them.
  public var repeatedRows: Int
  /// Rows that lie before one above them; of tables that begin with the newest, none.
  public var backwardRows: Int
  /// True where each row lies before the one above it.
  public var isNewestFirst: Bool
  /// Rows that the conditions leave out, and headers between rows.
  public var otherRows: Int
  /// Headers between rows.
  public var headerRows: Int
  /// Times that the zone's clock skips.
  public var skippedTimes: Int
  /// Times that the clock shows twice, by which of the two they were taken for.
  public var doubledTimes: (earlier: Int, later: Int)
  /// Why the table ends before its end; nil where it does not.
  public var damage: Damage?
}
