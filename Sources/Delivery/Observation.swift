public import DetectionCore

/// Values of points that one destination is given for keeping, each with its number in the stream of its point.
public struct ObservationFact: Hashable, Codable, Sendable {
  /// In the order in which they came to be.
  public var observations: [Observation]

  /// Makes one.
  public init(_ observations: [Observation]) { self.observations = observations }
}

/// What was seen of one point, or why nothing was.
public struct Observation: Hashable, Codable, Sendable {
  /// What it says.
  public enum Content: Hashable, Codable, Sendable {
    /// One reading.
    case value(Double?, flag: UInt8)
    /// What an interval of the clock that has ended held.
    case interval(ObservedInterval)
    /// Nothing was looked at since then.
    case gap(ObservationGap)
  }

  /// The point's id.
  public var point: String
  /// UCUM code of its unit.
  public var unit: String
  /// What its values are counted from.
  public var datum: String?
  /// Decimal places that are worth showing.
  public var decimals: Int
  /// Counts what the destination was given of the point, from 1, over all starts: where a number is missing, an
  /// observation is.
  public var number: UInt64
  /// When it was read; the end of an interval or gap.
  public var time: FactTime
  /// What it says.
  public var content: Content
}

/// What an interval of the clock held: the usable values, and how many there were.
public struct ObservedInterval: Hashable, Codable, Sendable {
  /// Its length in nanoseconds.
  public var lengthNs: Int64
  /// The arithmetic mean; nil where no value was usable, and so are the next three.
  public var mean: Double?
  /// The lowest.
  public var minimum: Double?
  /// The highest.
  public var maximum: Double?
  /// The last.
  public var last: Double?
  /// The worst QARTOD flag of all readings: 1, 2, 3, 4 and 9 from good to bad.
  public var flag: UInt8
  /// How many values were usable.
  public var count: Int
  /// The usable values among those that the point's period gives, 0 to 1.
  public var coverage: Double
}

/// A time in which nobody looked at a point.
public struct ObservationGap: Hashable, Codable, Sendable {
  /// Why.
  public enum Reason: String, Codable, CaseIterable, Sendable {
    /// The box was off.
    case boxOff
    /// The clock was set, or was not known, so that it cannot be told how long it was.
    case clockUnknown
  }
  /// Why.
  public var reason: Reason
  /// When it began; nil where nobody knows.
  public var since: FactTime?
}

/// Which values of one point a destination is given for keeping, and how thinned.
public struct ObservationPlan: Hashable, Sendable {
  /// The point.
  public var point: PointIndex
  /// The length of the intervals of the clock that are summed up; nil for none.
  public var interval: TimeSpan?
  /// A reading is given whenever it differs by so much from the one given before, in the point's unit; nil for
  /// never.
  public var change: Double?

  /// Makes a plan.
  public init(point: PointIndex, interval: TimeSpan?, change: Double?) {
    self.point = point
    self.interval = interval
    self.change = change
  }
}
