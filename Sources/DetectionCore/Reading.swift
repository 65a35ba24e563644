/// The index of a point in its site's plan.
public struct PointIndex: RawRepresentable, BitwiseCopyable, Equatable, Sendable {
  /// The index, counted from 0.
  public var rawValue: UInt16
  /// Makes the index `rawValue`.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// One value as acquisition delivers it to the core.
public struct Reading: BitwiseCopyable, Sendable {
  // The order keeps a reading within 32 bytes, and what all inputs have at the same offset in each.
  /// When the answer arrived, on the monotonic time line.
  public var time: Instant
  /// When the answer arrived, in civil time.
  public var wallTime: WallTime
  /// `.notEvaluated` for a value that was read, `.missing` where the device gave none,
  /// `.fail` where the answer was malformed or the device itself called the value invalid.
  public var flag: QualityFlag
  /// Which point was read.
  public var point: PointIndex
  /// The value in the point's unit; NaN when there is none.
  public var value: Double

  /// Makes a reading.
  @inlinable public init(
    point: PointIndex, value: Double, flag: QualityFlag, time: Instant, wallTime: WallTime
  ) {
    self.point = point
    self.value = value
    self.flag = flag
    self.time = time
    self.wallTime = wallTime
  }
}

/// Everything that can go into the core, in the order in which the lane takes it.
///
/// Every case begins with its time and wall time. Where cases agree on what stands where, an input is
/// taken apart without shuffling its bytes, which would cost a tenth of a reading's time.
public enum DetectionInput: BitwiseCopyable, Sendable {
  /// A value from a device.
  case reading(Reading)
  /// Time has passed; carries no value.
  case tick(at: Instant, wallTime: WallTime)
  /// A person wants something done.
  case command(at: Instant, wallTime: WallTime, DetectionCommand)
  /// `count` inputs were lost on the way to the lane since the last input.
  case lost(at: Instant, wallTime: WallTime, count: UInt32)
}

/// The flags of the single tests behind a roll-up, in the order of the QARTOD manual.
///
/// The first two say how the reading came. They stand beside the roll-up: that a reading came does
/// not make its value a tested one.
public struct TestFlags: BitwiseCopyable, Equatable, Sendable {
  /// Missing when no value came within the point's maximum age, or the device gave none; pass when
  /// one came. Evaluated for points with a maximum age.
  public var gap: QualityFlag
  /// Fail when the answer was malformed or the device itself called the value invalid. Evaluated
  /// for acquired points.
  public var syntax: QualityFlag
  /// Sensor and user span.
  public var grossRange: QualityFlag
  /// The span of the season.
  public var climatology: QualityFlag
  /// A single value that stands out from both neighbours.
  public var spike: QualityFlag
  /// Change per second, or against the deviation of the recent past.
  public var rateOfChange: QualityFlag
  /// A value that does not move.
  public var flatLine: QualityFlag
  /// A change that a second point does not show.
  public var multivariate: QualityFlag
  /// Values that move too little.
  public var attenuatedSignal: QualityFlag
  /// The difference from a second point.
  public var neighbour: QualityFlag

  /// Makes a set of flags, by default none of them evaluated.
  @inlinable public init(
    gap: QualityFlag = .notEvaluated, syntax: QualityFlag = .notEvaluated,
    grossRange: QualityFlag = .notEvaluated, climatology: QualityFlag = .notEvaluated,
    spike: QualityFlag = .notEvaluated, rateOfChange: QualityFlag = .notEvaluated,
    flatLine: QualityFlag = .notEvaluated, multivariate: QualityFlag = .notEvaluated,
    attenuatedSignal: QualityFlag = .notEvaluated, neighbour: QualityFlag = .notEvaluated
  ) {
    self.gap = gap
    self.syntax = syntax
    self.grossRange = grossRange
    self.climatology = climatology
    self.spike = spike
    self.rateOfChange = rateOfChange
    self.flatLine = flatLine
    self.multivariate = multivariate
    self.attenuatedSignal = attenuatedSignal
    self.neighbour = neighbour
  }
}

/// A value after the core has tested it: what rules, subscribers and recordings see.
public struct AssessedReading: BitwiseCopyable, Sendable {
  /// The reading, with `flag` now the roll-up of all tests.
  public var reading: Reading
  /// The flag of every single test.
  public var tests: TestFlags

  /// Makes an assessed reading.
  @inlinable public init(reading: Reading, tests: TestFlags) {
    self.reading = reading
    self.tests = tests
  }
}

#if !hasFeature(Embedded)
  extension PointIndex: Hashable {}
#endif
