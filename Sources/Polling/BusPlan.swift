public import DetectionCore
public import DeviceProfiles

/// How a bus is reached.
public enum Link: Hashable, Sendable {
  /// A serial line, named by a path that stays the same when the adapter is plugged in again.
  case serial(path: String, SerialSettings)
  /// Modbus TCP.
  case tcp(host: String, port: UInt16)
  /// A serial server that carries RTU frames, unchanged, between a TCP connection and its serial
  /// line, which has these settings.
  case rtuOverTCP(host: String, port: UInt16, SerialSettings)
  /// A TCP connection on which a serial server, or the sensor itself, passes bytes on unchanged.
  case rawTCP(host: String, port: UInt16)

  /// The port's path, or `host:port`.
  public var name: String {
    switch self {
    case .serial(let path, _): path
    case .tcp(let host, let port), .rtuOverTCP(let host, let port, _), .rawTCP(let host, let port):
      "\(host):\(port)"
    }
  }

  /// The line's times, behind a serial server too; nil where nothing is known of one, or frames need
  /// no delay between them, as with Modbus TCP.
  public var transmission: TransmissionTime? {
    switch self {
    case .serial(_, let settings), .rtuOverTCP(_, _, let settings):
      TransmissionTime(serial: settings)
    case .tcp, .rawTCP: nil
    }
  }

  /// How long `count` bytes take; nothing where there is no line.
  func time(bytes count: Int) -> TimeSpan { transmission?.time(bytes: count) ?? .zero }
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
/// them, and in the rest of it nothing is read.
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
  /// Its index in the core's list of outputs.
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

/// What is known of a device that speaks Modbus.
public struct ModbusDevice: Sendable {
  /// The Modbus unit address.
  public var unit: UInt8
  /// The device's profile: limits, companion quantities, what it does before a sample.
  public var profile: DeviceProfile
  /// The outputs written to it.
  public var outputs: [WrittenOutput]
  /// After so long without a request the device itself brings its outputs to their safe state;
  /// set up through the quantity that the profile calls its watchdog. Nil: left as it is.
  public var failSafe: TimeSpan?
  /// True where the device is taken for the profile's whatever it says of itself, as a newer model
  /// that says otherwise.
  public var ignoresIdentity: Bool

  /// Makes a description.
  public init(
    unit: UInt8, profile: DeviceProfile, outputs: [WrittenOutput], failSafe: TimeSpan? = nil,
    ignoresIdentity: Bool = false
  ) {
    self.unit = unit
    self.profile = profile
    self.outputs = outputs
    self.failSafe = failSafe
    self.ignoresIdentity = ignoresIdentity
  }
}

/// What is known of a device that sends framed messages of its own.
public struct FramedDevice: Sendable {
  /// Its protocol, with its address filled in.
  public var line: FramedProtocol
  /// Its messages as its maker writes them, for whoever simulates it.
  public var examples: [FramedExample]

  /// Makes a description.
  public init(line: FramedProtocol, examples: [FramedExample] = []) {
    self.line = line
    self.examples = examples
  }
}

/// How a device speaks, and what only devices that speak so have.
public enum Dialect: Sendable {
  /// It answers Modbus requests.
  case modbus(ModbusDevice)
  /// It sends messages of its own, by itself or when it is asked.
  case framed(FramedDevice)
}

/// One device on a bus. All devices of a bus speak the same dialect.
public struct DevicePlan: Sendable {
  /// The device's id in the site file.
  public var id: String
  /// How much time it needs.
  public var timing: DeviceTiming
  /// The points read from it.
  public var points: [PolledPoint]
  /// How it speaks.
  public var dialect: Dialect

  /// Makes the plan of a Modbus unit, which needs the time that its profile says.
  public init(
    id: String, unit: UInt8, profile: DeviceProfile, points: [PolledPoint],
    outputs: [WrittenOutput], failSafe: TimeSpan? = nil, ignoresIdentity: Bool = false
  ) {
    self.id = id
    timing = profile.timing
    self.points = points
    dialect = .modbus(
      ModbusDevice(
        unit: unit, profile: profile, outputs: outputs, failSafe: failSafe,
        ignoresIdentity: ignoresIdentity))
  }

  /// Makes the plan of a device with messages of its own.
  public init(
    id: String, line: FramedProtocol, timing: DeviceTiming, points: [PolledPoint],
    examples: [FramedExample] = []
  ) {
    self.id = id
    self.timing = timing
    self.points = points
    dialect = .framed(FramedDevice(line: line, examples: examples))
  }

  /// What only a Modbus unit has; nil for other devices, which stay as they are when it is set.
  public var modbus: ModbusDevice? {
    get { if case .modbus(let device) = dialect { device } else { nil } }
    set {
      guard let newValue, case .modbus = dialect else { return }
      dialect = .modbus(newValue)
    }
  }

  /// What only a device with messages of its own has; nil for Modbus units, which stay as they are
  /// when it is set.
  public var framed: FramedDevice? {
    get { if case .framed(let device) = dialect { device } else { nil } }
    set {
      guard let newValue, case .framed = dialect else { return }
      dialect = .framed(newValue)
    }
  }

  /// The outputs written to it; only a Modbus unit has any.
  public var outputs: [WrittenOutput] {
    get { modbus?.outputs ?? [] }
    set { modbus?.outputs = newValue }
  }

  /// The shortest period that its points may have: what the device needs, its preparation included.
  public var minimumPeriod: TimeSpan {
    .milliseconds(Int64(max(timing.minimumPeriodMs, modbus?.profile.preparationMs ?? 0)))
  }
}

/// Everything that is done on one bus, strictly one after another.
public struct BusPlan: Sendable {
  /// The bus's id in the site file.
  public var id: String
  /// How it is reached.
  public var link: Link
  /// The devices on it, in the order of the site file.
  public var devices: [DevicePlan]
  /// The points that tell how the bus and its devices do.
  public var links: [DiagnosticPoint] = []
  /// Thousandths of the bus time that devices which do not answer may take from those that do.
  public var probeShare: UInt16
  /// How much longer than usual an answer may always take.
  public var margin: TimeSpan
  /// How the driver of a serial line switches its transmitter; nil where the hardware does.
  public var transmitter: TransmitterControl?
  /// Where the clock hangs that shows multiples of a point's period when its samples are due; nil to
  /// count periods from the start.
  public var clock: TimeZoneRule?

  /// Makes a bus plan.
  public init(
    id: String, link: Link, devices: [DevicePlan], probeShare: UInt16 = PollingLimits.probeShare,
    transmitter: TransmitterControl? = nil
  ) {
    self.id = id
    self.link = link
    self.devices = devices
    self.probeShare = probeShare
    self.transmitter = transmitter
    margin =
      if case .serial = link { PollingLimits.serialMargin } else { PollingLimits.networkMargin }
  }

  /// True where the devices send messages of their own; a bus without devices may be said to speak
  /// Modbus, unless nothing but bytes can pass.
  public var isFramed: Bool {
    switch (devices.first?.dialect, link) {
    case (.framed, _), (nil, .rawTCP): true
    case (.modbus, _), (nil, .serial), (nil, .tcp), (nil, .rtuOverTCP): false
    }
  }

  /// The plan with `point` read each `period` where that is more often than it is read now, as far
  /// as its burst and its device allow: what `BusEngine.setPeriod` would make of it.
  public mutating func hasten(_ point: PointIndex, to period: TimeSpan) {
    for device in devices.indices {
      let shortest = devices[device].minimumPeriod
      for index in devices[device].points.indices
      where devices[device].points[index].point == point {
        devices[device].points[index].hasten(to: period, atLeast: shortest)
      }
    }
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
