public import DetectionCore
public import DeviceProfiles

/// How a line of sensors that do not speak Modbus is reached.
public enum FramedLink: Hashable, Sendable {
  /// A serial line, named by a path that stays the same when the adapter is plugged in again.
  case serial(path: String, SerialSettings)
  /// A TCP connection on which a serial server, or the sensor itself, passes bytes on unchanged.
  case tcp(host: String, port: UInt16)

  /// The port's path, or `host:port`.
  public var name: String {
    switch self {
    case .serial(let path, _): path
    case .tcp(let host, let port): "\(host):\(port)"
    }
  }

  /// How long `count` bytes take; nothing over TCP.
  func time(bytes count: Int) -> TimeSpan {
    switch self {
    case .serial(_, let settings): TransmissionTime(serial: settings).time(bytes: count)
    case .tcp: .zero
    }
  }
}

/// One sensor on a line.
public struct FramedDevicePlan: Sendable {
  /// The device's id in the site file.
  public var id: String
  /// Its protocol, with its address filled in.
  public var line: FramedProtocol
  /// How much time it needs.
  public var timing: DeviceTiming
  /// The points read from it.
  public var points: [FramedPoint]
  /// Its messages as its maker writes them, for whoever simulates it.
  public var examples: [FramedExample]

  /// Makes a plan.
  public init(
    id: String, line: FramedProtocol, timing: DeviceTiming, points: [FramedPoint],
    examples: [FramedExample] = []
  ) {
    self.id = id
    self.line = line
    self.timing = timing
    self.points = points
    self.examples = examples
  }
}

/// Everything that is done on one line.
public struct FramedPlan: Sendable {
  /// The line's id in the site file.
  public var id: String
  /// How it is reached.
  public var link: FramedLink
  /// The sensors on it, in the order of the site file.
  public var devices: [FramedDevicePlan]
  /// The points that tell how the line and its sensors do.
  public var links: [DiagnosticPoint] = []
  /// How the driver of a serial line switches its transmitter; nil where the hardware does.
  public var transmitter: TransmitterControl?
  /// Thousandths of the line's time that sensors which do not answer may take from those that do.
  public var deadShare: UInt16
  /// How much longer than usual an answer may always take.
  public var margin: TimeSpan
  /// As `BusPlan.clock`.
  public var clock: TimeZoneRule?

  /// Makes a plan.
  public init(
    id: String, link: FramedLink, devices: [FramedDevicePlan],
    deadShare: UInt16 = PollingLimits.deadShare, transmitter: TransmitterControl? = nil
  ) {
    self.id = id
    self.link = link
    self.devices = devices
    self.deadShare = deadShare
    self.transmitter = transmitter
    margin =
      if case .serial = link { PollingLimits.serialMargin } else { PollingLimits.networkMargin }
  }
}
