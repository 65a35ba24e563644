public import DetectionCore
public import DeviceProfiles

/// Where the value of a point stands, and how it becomes a number.
public enum PolledQuantity: Sendable {
  /// In registers of a Modbus unit.
  case modbus(ProfileQuantity)
  /// In a message of a device that does not speak Modbus.
  case framed(FramedQuantity)

  /// The quantity's id in the profile.
  public var id: String {
    switch self {
    case .modbus(let quantity): quantity.id
    case .framed(let quantity): quantity.id
    }
  }

  /// UCUM code of the unit of its numbers.
  public var unit: String {
    switch self {
    case .modbus(let quantity): quantity.unit
    case .framed(let quantity): quantity.unit
    }
  }

  /// How it stands in registers; nil where it stands in a message.
  public var modbus: ProfileQuantity? {
    if case .modbus(let quantity) = self { quantity } else { nil }
  }

  /// How it stands in a message; nil where it stands in registers.
  public var framed: FramedQuantity? {
    if case .framed(let quantity) = self { quantity } else { nil }
  }
}

/// One point that is read from a device.
public struct PolledPoint: Sendable {
  /// The point in the core's plan.
  public var point: PointIndex
  /// Where its value stands and how it becomes a number.
  public var quantity: PolledQuantity
  /// Multiplied with the profile's value to get the point's unit.
  public var unitFactor: Double
  /// Added after the multiplication.
  public var unitOffset: Double
  /// Time between two readings, or between the beginnings of two bursts; not below the burst's
  /// length.
  public var period: TimeSpan
  /// The samples that are read each period; nil for one.
  public var burst: Burst?
  /// True where a rule watches the point, or one that is computed from it: it is read before
  /// others with the same deadline.
  public var isWatched: Bool

  /// Makes a point that is read from registers.
  public init(
    point: PointIndex, quantity: ProfileQuantity, unitFactor: Double = 1, unitOffset: Double = 0,
    period: TimeSpan, burst: Burst? = nil, isWatched: Bool = false
  ) {
    self.init(
      point: point, quantity: .modbus(quantity), unitFactor: unitFactor, unitOffset: unitOffset,
      period: period, burst: burst, isWatched: isWatched)
  }

  /// Makes a point that is read from messages.
  public init(
    point: PointIndex, quantity: FramedQuantity, unitFactor: Double = 1, unitOffset: Double = 0,
    period: TimeSpan, burst: Burst? = nil, isWatched: Bool = false
  ) {
    self.init(
      point: point, quantity: .framed(quantity), unitFactor: unitFactor, unitOffset: unitOffset,
      period: period, burst: burst, isWatched: isWatched)
  }

  /// Makes a point that is read from either.
  public init(
    point: PointIndex, quantity: PolledQuantity, unitFactor: Double = 1, unitOffset: Double = 0,
    period: TimeSpan, burst: Burst? = nil, isWatched: Bool = false
  ) {
    self.point = point
    self.quantity = quantity
    self.unitFactor = unitFactor
    self.unitOffset = unitOffset
    self.period = period
    self.burst = burst
    self.isWatched = isWatched
  }

  /// Reads the point each `wanted` where that is more often than now, as far as its burst and
  /// the `shortest` period of its device allow.
  mutating func hasten(to wanted: TimeSpan, atLeast shortest: TimeSpan) {
    let possible = max(PollingLimits.shortestPeriod, shortest, burst?.length ?? .zero)
    period = min(period, max(wanted, possible))
  }

  /// The value in the point's unit and its flag.
  func reading(of decoded: DecodedValue) -> (value: Double, flag: QualityFlag) {
    switch decoded {
    case .value(let value):
      let scaled = value * unitFactor + unitOffset
      return scaled.isFinite ? (scaled, .notEvaluated) : (.nan, .fail)
    case .missing: return (.nan, .missing)
    case .invalid: return (.nan, .fail)
    }
  }
}
