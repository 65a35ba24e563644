public import DetectionCore
public import DeviceProfiles

/// How a bus is reached.
public enum BusLink: Hashable, Sendable {
  /// A serial line, named by a path that stays the same when the adapter is plugged in again.
  case serial(path: String, SerialSettings)
  /// Modbus TCP.
  case tcp(host: String, port: UInt16)
  /// A serial server that carries RTU frames, unchanged, between a TCP connection and its serial
  /// line, which has these settings.
  case rtuOverTCP(host: String, port: UInt16, SerialSettings)
}

/// How the driver of a serial port switches the transmitter of an RS-485 line, where the hardware
/// does not do so by itself.
public struct TransmitterControl: Hashable, Sendable {
  /// True where the RTS line is high while the port sends, false where it is low.
  public var isHighOnSend: Bool
  /// How long the transmitter is on before the first bit, in milliseconds.
  public var delayBeforeMs: UInt32
  /// How long it stays on behind the last bit, in milliseconds.
  public var delayAfterMs: UInt32

  /// Makes a control.
  public init(isHighOnSend: Bool, delayBeforeMs: UInt32 = 0, delayAfterMs: UInt32 = 0) {
    self.isHighOnSend = isHighOnSend
    self.delayBeforeMs = delayBeforeMs
    self.delayAfterMs = delayAfterMs
  }
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

/// One output that the gateway may write.
public struct WrittenOutput: Sendable {
  /// Its place in the core's list of outputs.
  public var output: UInt16
  /// The coil or register that is switched, and read back.
  public var quantity: ProfileQuantity
  /// The values that are written.
  public var values: SwitchedValues
  /// The quantity of the same device that switches the output on for a time which the device itself
  /// ends, even when the line is cut; nil to switch it on by `quantity`.
  public var timer: ProfileQuantity?
  /// How long it may be on, from the request; enforced here too, should whoever requests it have
  /// stopped.
  public var maximumOnTime: TimeSpan
  /// True for what acts on the moment, as a siren does: it is not switched on late. False for what
  /// shows a state, as a lamp does: it follows that state whenever it can.
  public var isMomentary: Bool

  /// Makes an output.
  public init(
    output: UInt16, quantity: ProfileQuantity, values: SwitchedValues = SwitchedValues(),
    timer: ProfileQuantity? = nil, maximumOnTime: TimeSpan, isMomentary: Bool = false
  ) {
    self.output = output
    self.quantity = quantity
    self.values = values
    self.timer = timer
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
  /// After so long without a request the device itself brings its outputs to their safe state;
  /// set up through the quantity that the profile calls its watchdog. Nil: left as it is.
  public var failSafe: TimeSpan?
  /// True where the device is taken for the profile's whatever it says of itself, as a newer model
  /// that says otherwise.
  public var ignoresIdentity: Bool

  /// Makes a device plan.
  public init(
    id: String, unit: UInt8, profile: DeviceProfile, points: [PolledPoint],
    outputs: [WrittenOutput], failSafe: TimeSpan? = nil, ignoresIdentity: Bool = false
  ) {
    self.id = id
    self.unit = unit
    self.profile = profile
    self.points = points
    self.outputs = outputs
    self.failSafe = failSafe
    self.ignoresIdentity = ignoresIdentity
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
  /// The points that tell how the bus and its devices do.
  public var links: [DiagnosticPoint] = []
  /// Thousandths of the bus time that devices which do not answer may take from those that do.
  public var deadShare: UInt16
  /// How the driver of a serial line switches its transmitter; nil where the hardware does.
  public var transmitter: TransmitterControl?
  /// Where the clock hangs that shows multiples of a point's period when its samples are due; nil to
  /// count periods from the start.
  public var clock: TimeZoneRule?

  /// Makes a bus plan.
  public init(
    id: String, link: BusLink, devices: [DevicePlan], deadShare: UInt16 = PollingLimits.deadShare,
    transmitter: TransmitterControl? = nil
  ) {
    self.id = id
    self.link = link
    self.devices = devices
    self.deadShare = deadShare
    self.transmitter = transmitter
  }
}

/// Why a bus cannot be run as planned.
public enum BusPlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The device's limits forbid to read these registers of the point.
  case unreadable(PointIndex, RegisterSpan)
  /// The output's two values have no encoding, or no request writes them.
  case unwritable(output: UInt16, RegisterSpan)
  /// The output's timer cannot be set to its maximum on-time.
  case untimable(output: UInt16)
  /// The device has no watchdog that can be set to this fail-safe time.
  case unsettable(device: String)
  /// A step of the device's preparation is no request that a bus carries.
  case unpreparable(device: String)

  /// The error in one sentence.
  public var description: String {
    switch self {
    case .unreadable(let point, let span):
      "point \(point.rawValue): the device's limits forbid to read \(span.count) of its "
        + "\(span.table.rawValue)s at \(span.address) at once"
    case .unwritable(let output, let span):
      "output \(output): its values cannot be written to \(span.count) of the device's "
        + "\(span.table.rawValue)s at \(span.address)"
    case .untimable(let output): "output \(output): its timer does not take its maximum on-time"
    case .unsettable(let id): "device \(id): its watchdog cannot be set to the fail-safe time"
    case .unpreparable(let id): "device \(id): a step of its preparation cannot be carried out"
    }
  }
}
