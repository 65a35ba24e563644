public import DetectionCore
public import DeviceProfiles
public import Polling

/// What was found where a site file says that a device is.
public struct LiveDevice: Sendable {
  /// Whether the device is what the site file says.
  public enum Identity: Hashable, Sendable {
    /// All by which its profile tells it says so.
    case confirmed
    /// These say something else.
    case mismatch([IdentityCheck])
    /// The profile names nothing that tells it, or it did not answer.
    case unknown
  }

  /// The id of its bus.
  public var bus: String
  /// The port's path, or `host:port`.
  public var port: String
  /// Its id in the site file.
  public var id: String
  /// Its Modbus unit address; nil for line sensors.
  public var unit: UInt8?
  /// The id of its profile; nil for line sensors.
  public var profile: String?
  /// Whether it is the device of that profile.
  public var identity = Identity.unknown
  /// True where the site file says that this does not matter.
  public var ignoresIdentity = false
  /// What its points showed, and those that are derived from them.
  public var readings: [LiveReading] = []
  /// In which state its outputs are, of those that can be read back.
  public var outputs: [LiveReading] = []
  /// Why its bus cannot be used.
  public var portFault: BusFault?
  /// When it had been examined: the ages of its readings count to there.
  public var examinedAt: Instant

  init(_ device: DevicePlan, of bus: BusPlan, at now: Instant) {
    self.init(bus: bus.id, port: bus.link.name, id: device.id, examinedAt: now)
    unit = device.modbus?.unit
    profile = device.modbus?.profile.id
    ignoresIdentity = device.modbus?.ignoresIdentity ?? false
  }

  private init(bus: String, port: String, id: String, examinedAt: Instant) {
    self.bus = bus
    self.port = port
    self.id = id
    self.examinedAt = examinedAt
  }

  /// True where it is another device than the site file says, and that matters.
  public var isStranger: Bool {
    if case .mismatch = identity { !ignoresIdentity } else { false }
  }

  /// The readings of one device by its profile alone, such as of one that lies on the bench.
  ///
  /// - Parameters:
  ///   - quantities: What is read.
  ///   - profile: The device's profile.
  ///   - unit: Its Modbus unit address.
  ///   - timeout: How long to wait for an answer; nil: as long as the profile says.
  ///   - isPrepared: Whether the profile's preparation goes before, which may write.
  ///   - bus: The open bus.
  public static func readings(
    of quantities: [ProfileQuantity], profile: DeviceProfile, unit: UInt8,
    timeout: TimeSpan? = nil, isPrepared: Bool = false, on bus: inout FieldBus
  ) -> [LiveReading] {
    let record = try? bus.sample(
      DevicePlan(
        sampling: quantities, unit: unit, profile: profile, timeout: timeout,
        isPrepared: isPrepared))
    return quantities.enumerated().map { index, quantity in
      LiveReading(quantity, shown: record.map { .sampled($0, index) } ?? .unreadable)
    }
  }
}
