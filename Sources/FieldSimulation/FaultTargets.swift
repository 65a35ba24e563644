/// The names to which a fault script may refer.
public struct FaultTargets: Hashable, Sendable {
  /// A sensor with a protocol of its own.
  public struct Sensor: Hashable, Sendable {
    /// Its id.
    public var id: String
    /// The id of its bus.
    public var bus: String
    /// True where its frames carry a checksum.
    public var hasChecksum: Bool
    /// True where it is asked for any of its messages.
    public var isAsked: Bool

    /// Makes a sensor.
    public init(id: String, bus: String, hasChecksum: Bool, isAsked: Bool) {
      self.id = id
      self.bus = bus
      self.hasChecksum = hasChecksum
      self.isAsked = isAsked
    }

    /// What Modbus alone knows, it cannot have, nor what it has no checksum or no request for.
    func canHave(_ fault: FramedFault) -> Bool {
      switch fault {
      case .exception, .wrongUnit: false
      case .badChecksum: hasChecksum
      case .echo: isAsked
      case .noAnswer, .late, .noiseBefore, .noiseAfter, .halfFrame, .frozen, .absurd, .portGone:
        true
      }
    }
  }

  /// The ids of all buses.
  public var buses: [String]
  /// The ids of the Modbus devices.
  public var devices: [String]
  /// The sensors with protocols of their own.
  public var sensors: [Sensor]

  /// Makes the lists.
  public init(buses: [String], devices: [String], sensors: [Sensor] = []) {
    self.buses = buses
    self.devices = devices
    self.sensors = sensors
  }

  /// Whom a fault may name.
  func names(for fault: FramedFault) -> [String] {
    fault == .portGone ? buses : buses + devices + sensors.map(\.id)
  }

  /// True where the fault means something to the target, or to any device where that is nil.
  func canHave(_ fault: FramedFault, _ target: String?) -> Bool {
    guard let target else {
      return fault == .portGone || !devices.isEmpty || sensors.contains { $0.canHave(fault) }
    }
    let hit = sensors.filter { $0.id == target || $0.bus == target }
    if fault == .portGone { return buses.contains(target) }
    return hit.isEmpty || hit.contains { $0.canHave(fault) }
  }
}
