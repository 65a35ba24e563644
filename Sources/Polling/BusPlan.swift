public import DetectionCore
public import DeviceProfiles

/// How a bus is reached.
public enum BusLink: Hashable, Sendable {
  /// A serial line, named by a path that stays the same when the adapter is plugged in again.
  case serial(path: String, SerialSettings)
  /// Modbus TCP.
  case tcp(host: String, port: UInt16)
}

/// Several samples in quick succession, of which the core makes one value: a period begins with
/// them, and the rest of it is silent.
public struct Burst: Hashable, Sendable {
  /// How many samples a burst may have: 120 are two minutes of one a second, six times what the
  /// averages of crisis-management gauges take.
  public static var counts: ClosedRange<Int> { 2...120 }

  /// How many samples, from `counts`.
  public let count: Int
  /// Time from one sample to the next; above 0.
  public let spacing: TimeSpan

  /// Makes a burst.
  public init(count: Int, spacing: TimeSpan) {
    precondition(Self.counts.contains(count), "a burst of \(count) samples")
    precondition(spacing > .zero, "samples \(spacing.nanoseconds) ns apart")
    self.count = count
    self.spacing = spacing
  }

  /// The time that all samples take, the spacing behind the last one included: no period of the
  /// point is shorter.
  public var length: TimeSpan { TimeSpan(nanoseconds: Int64(count) * spacing.nanoseconds) }
}

/// One point that is read from a device.
public struct PolledPoint: Sendable {
  /// The point in the core's plan.
  public var point: PointIndex
  /// Where its raw value stands and how it becomes a number.
  public var quantity: ProfileQuantity
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

  /// Makes a polled point.
  public init(
    point: PointIndex, quantity: ProfileQuantity, unitFactor: Double = 1, unitOffset: Double = 0,
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
}

/// One output that the gateway may write.
public struct WrittenOutput: Sendable {
  /// Its place in the core's list of outputs.
  public var output: UInt16
  /// The coil or register; the only one of the device that is ever written.
  public var quantity: ProfileQuantity
  /// How long it may be on, from the request; enforced here too, should whoever requests it have
  /// stopped.
  public var maximumOnTime: TimeSpan
  /// True for what acts on the moment, as a siren does: it is not switched on late. False for what
  /// shows a state, as a lamp does: it follows that state whenever it can.
  public var isMomentary: Bool

  /// Makes an output.
  public init(
    output: UInt16, quantity: ProfileQuantity, maximumOnTime: TimeSpan, isMomentary: Bool = false
  ) {
    self.output = output
    self.quantity = quantity
    self.maximumOnTime = maximumOnTime
    self.isMomentary = isMomentary
  }
}

/// One Modbus unit on a bus.
public struct DevicePlan: Sendable {
  /// The device's id in the site file.
  public var id: String
  /// The Modbus unit address.
  public var unit: UInt8
  /// The device's profile: limits, timing, companion quantities.
  public var profile: DeviceProfile
  /// The points read from it.
  public var points: [PolledPoint]
  /// The outputs written to it.
  public var outputs: [WrittenOutput]

  /// Makes a device plan.
  public init(
    id: String, unit: UInt8, profile: DeviceProfile, points: [PolledPoint],
    outputs: [WrittenOutput]
  ) {
    self.id = id
    self.unit = unit
    self.profile = profile
    self.points = points
    self.outputs = outputs
  }
}

/// Everything that is done on one bus, one transaction after another.
public struct BusPlan: Sendable {
  /// The bus's id in the site file.
  public var id: String
  /// How it is reached.
  public var link: BusLink
  /// The devices on it, in the order of the site file.
  public var devices: [DevicePlan]

  /// Makes a bus plan.
  public init(id: String, link: BusLink, devices: [DevicePlan]) {
    self.id = id
    self.link = link
    self.devices = devices
  }
}

/// Why a bus cannot be run as planned.
public enum BusPlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The device's limits forbid to read these registers of the point.
  case unreadable(PointIndex, RegisterSpan)
  /// The output is not a single coil or a single holding register.
  case unwritable(output: UInt16, RegisterSpan)

  /// The error in one sentence.
  public var description: String {
    switch self {
    case .unreadable(let point, let span):
      "point \(point.rawValue): the device's limits forbid to read \(span.count) of its "
        + "\(span.table.rawValue)s at \(span.address) at once"
    case .unwritable(let output, let span):
      "output \(output): \(span.count) of the device's \(span.table.rawValue)s at "
        + "\(span.address) cannot be written with one request"
    }
  }
}
