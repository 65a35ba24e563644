/// A season and the values that are to be expected in it: one member of a climatology test.
public struct Season: BitwiseCopyable, Sendable {
  /// What a season's ends are counted in, in UTC.
  public enum Period: UInt8, BitwiseCopyable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z: a season that does not come again.
    case time
    /// Quarters of the year, 1 to 4.
    case quarter
    /// Months, 1 to 12.
    case month
    /// Weeks of ISO 8601, 1 to 53.
    case week
    /// Days of the year, 1 to 366.
    case dayOfYear
    /// Days of the week, 0 for Monday to 6.
    case dayOfWeek
  }
  /// What `first` and `last` are counted in.
  public var period: Period
  /// The first moment, month, … of the season, included.
  public var first: Int64
  /// The last one, included. Before `first`, the season lasts over the turn of the year or week.
  public var last: Int64
  /// Outside this span, ends included, the value is suspect. In the point's unit.
  public var suspect: ClosedSpan
  /// Outside this span, ends included, the value fails; nil where nothing fails.
  public var fail: ClosedSpan?

  /// Makes a season.
  public init(
    _ period: Period, from first: Int64, to last: Int64, suspect: ClosedSpan,
    fail: ClosedSpan? = nil
  ) {
    self.period = period
    self.first = first
    self.last = last
    self.suspect = suspect
    self.fail = fail
  }
}

/// The seasons of one point, in `DetectionPlan.seasons`. Where several match, the last one counts.
public struct Climatology: BitwiseCopyable, Sendable {
  /// The first of the point's seasons.
  public var firstSeason: UInt16
  /// How many seasons it has.
  public var seasonCount: UInt8
  /// Names the seasons.
  public init(firstSeason: UInt16, seasonCount: UInt8) {
    self.firstSeason = firstSeason
    self.seasonCount = seasonCount
  }
}

extension Season.Period {
  /// The numbers that a season may begin and end with.
  public var bounds: ClosedRange<Int64> {
    switch self {
    case .time: .min ... .max
    case .quarter: 1...4
    case .month: 1...12
    case .week: 1...53
    case .dayOfYear: 1...366
    case .dayOfWeek: 0...6
    }
  }

  /// The period that `time` lies in.
  func number(of time: CivilTime) -> Int64 {
    switch self {
    case .time: time.nanosecondsSince1970
    case .quarter: Int64(widening: (time.month + 2) / 3)
    case .month: Int64(widening: time.month)
    case .week: Int64(widening: time.weekOfYear)
    case .dayOfYear: Int64(widening: time.dayOfYear)
    case .dayOfWeek: Int64(widening: time.dayOfWeek)
    }
  }
}
