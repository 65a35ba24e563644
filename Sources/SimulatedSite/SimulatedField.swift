public import DetectionCore
public import FieldSimulation
public import LinuxHost
internal import Polling
public import SiteConfiguration

/// A site's buses and devices without hardware: a pseudo terminal for each serial line, a server on
/// the loopback for each bus over TCP, devices that answer by their profiles.
public final class SimulatedField: Sendable {
  /// The site with its buses led to the simulated ones.
  public var site: Site { parts.site }
  /// How long it has been there, in the field's time.
  public var time: TimeSpan { clock.now - start }
  private let clock: HostClock
  private let start: Instant
  private let original: Site
  private let stop = StopFlag()
  private let parts: Parts
  /// The folder that goes with the field.
  private let folder: String?

  /// Starts the field.
  ///
  /// - Parameters:
  ///   - site: The site whose devices are simulated.
  ///   - sources: For each point's id the values that the point is to show, in the point's unit; a
  ///     derived point is turned back into what its device shows. Points without a source show 0,
  ///     and on a line sensor what its profile's example shows.
  ///   - faults: What goes wrong, and when.
  ///   - ports: Where masters find the buses.
  ///   - clock: In whose time all this happens; it begins now.
  ///   - observer: Told of each request that a device heard, and of each message that a sensor sent
  ///     by itself, on the thread of its bus.
  /// - Throws: `SimulationError`, `DeviceModelError` or `HostError`.
  public init(
    site: Site, sources: [(point: String, source: ValueSource)],
    faults: FaultScript = FaultScript(), ports: SimulatedPorts = .anywhere, clock: HostClock,
    observer: (@Sendable (SimulatedExchange) -> Void)? = nil
  ) throws {
    for (id, _) in sources { try site.checkIsPolled(id) }
    self.clock = clock
    start = clock.now
    let setting = SimulatedBus.Setting(
      clock: clock, start: start, faults: faults, stop: stop, observer: observer)
    folder = ports == .anywhere ? try makeTemporaryFolder(prefix: "nomori-field") : nil
    original = site
    var parts = Parts(site: site)
    do {
      try parts.start(sources, faults, ports: folder.map { .folder($0) } ?? ports, setting)
    } catch {
      // Nothing stays behind of a field that cannot be.
      Self.end(parts, stop, folder: folder)
      throw error
    }
    self.parts = parts
  }

  /// Ends the field: no device answers any more, and its ports are gone.
  public func end() { Self.end(parts, stop, folder: folder) }

  private static func end(_ parts: Parts, _ stop: StopFlag, folder: String?) {
    stop.raise()
    for thread in parts.threads { thread.join() }
    if let folder { removeFolder(folder) }
  }

  /// Lets a point show something else from now on.
  ///
  /// - Parameter source: What it shows; nil: what its device shows at rest.
  /// - Throws: `SimulationError` for a point that no device delivers.
  public func drive(_ point: String, with source: ValueSource?) throws {
    try original.checkIsPolled(point)
    for plan in original.buses.flatMap(\.devices) {
      for quantity in try original.quantities(of: plan.points, driven: [(point, source)]) {
        try parts.devices.first { $0.id == plan.id }?.drive(quantity)
        try parts.sensors.first { $0.id == plan.id }?.drive(quantity)
      }
    }
  }
}

extension SimulatedField {
  /// What a field consists of, as far as it has been started.
  private struct Parts: Sendable {
    var site: Site
    var devices: [SimulatedDevice] = []
    var sensors: [SimulatedSensor] = []
    var threads: [HostThread] = []

    mutating func start(
      _ sources: [(point: String, source: ValueSource)], _ faults: FaultScript,
      ports: SimulatedPorts, _ setting: SimulatedBus.Setting
    ) throws {
      for (index, plan) in site.buses.enumerated() {
        let bus = try bus(plan, sources, faults, ports: ports, setting)
        threads.append(try HostThread(name: plan.id, scheduling: .prompt) { _ in bus.run() })
        site.buses[index] = plan.led(to: bus.address, speed: setting.clock.speed)
      }
    }

    /// The simulated bus of `plan`, with its devices.
    private mutating func bus(
      _ plan: BusPlan, _ sources: [(point: String, source: ValueSource)], _ faults: FaultScript,
      ports: SimulatedPorts, _ setting: SimulatedBus.Setting
    ) throws -> SimulatedBus {
      func made<Device>(
        _ make: (DevicePlan, [SimulatedQuantity], FaultCourse) throws -> Device
      ) throws -> [Device] {
        try plan.devices.map { device in
          try make(
            device, site.allQuantities(of: device.points, driven: sources),
            faults.course(ofDevice: device.id, onBus: plan.id))
        }
      }
      if plan.isFramed {
        let onBus = try made { try SimulatedSensor($0, quantities: $1, faults: $2) }
        sensors += onBus
        return try SimulatedBus(plan, onBus, at: ports, setting)
      }
      let onBus = try made { try SimulatedDevice($0, quantities: $1, faults: $2) }
      devices += onBus
      return try SimulatedBus(plan, onBus, at: ports, setting)
    }
  }
}

/// Why a site cannot be simulated.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A series for a point that the site does not have, beside those that devices deliver.
  case unknownPoint(String, known: [String])
  /// A series for a point that no device delivers.
  case notPolled(String)
  /// A unit address that no Modbus server may have.
  case badUnit(UInt8, device: String)

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .notPolled(let id):
      "no device of the site delivers \(id), so nothing can be simulated; "
        + "nomori replay --series plays a table through the rules alone"
    case .badUnit(let unit, let device): "device \(device): no server can have unit \(unit)"
    case .unknownPoint(let id, let known):
      "the site has no point \(id); its devices deliver \(known.joined(separator: ", "))"
    }
  }
}
