public import DetectionCore
public import DeviceProfiles

/// One point that is read from a device, of which `Quantity` says where its value stands.
public struct AcquiredPoint<Quantity: Sendable>: Sendable {
  /// The point in the core's plan.
  public var point: PointIndex
  /// Where its value stands and how it becomes a number.
  public var quantity: Quantity
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

  /// Makes a point.
  public init(
    point: PointIndex, quantity: Quantity, unitFactor: Double = 1, unitOffset: Double = 0,
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

/// One point that is read from the registers of a Modbus device.
public typealias PolledPoint = AcquiredPoint<ProfileQuantity>

/// One point that is read from the messages of a line sensor.
public typealias FramedPoint = AcquiredPoint<FramedQuantity>
