internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
public import FieldSimulation
public import LinuxHost
internal import Polling
public import SiteConfiguration

/// A site's buses and devices without hardware: a pseudo terminal for each serial line, a server on
/// the loopback for each bus over TCP, devices that answer by their profiles.
public final class SimulatedField: Sendable {
  /// The site with its buses led to the simulated ones.
  public let site: Site
  private let original: Site
  private let stop = StopFlag()
  private let devices: [SimulatedDevice]
  private let threads: [HostThread]
  /// The folder that goes with the field.
  private let folder: String?

  /// Starts the field.
  ///
  /// - Parameters:
  ///   - site: The site whose devices are simulated.
  ///   - sources: For each point's id the values that the point is to show, in the point's unit; a
  ///     derived point is turned back into what its device shows. Points without a source show 0.
  ///   - faults: What goes wrong, and when.
  ///   - ports: Where masters find the buses.
  ///   - clock: In whose time all this happens; it begins now.
  ///   - observer: Told of each request that a device heard, on the thread of its bus.
  /// - Throws: `SimulationError`, `DeviceModelError` or `HostError`.
  public init(
    site: Site, sources: [(point: String, source: ValueSource)],
    faults: FaultScript = FaultScript(), ports: SimulatedPorts = .anywhere, clock: HostClock,
    observer: (@Sendable (SimulatedExchange) -> Void)? = nil
  ) throws {
    for (id, _) in sources { try site.checkIsPolled(id) }
    if let line = site.lines.first { throw SimulationError.lineSensors(bus: line.id) }
    let setting = SimulatedBus.Setting(
      clock: clock, start: clock.now, faults: faults, stop: stop, observer: observer)
    folder = ports == .anywhere ? try makeTemporaryFolder(prefix: "nomori-field") : nil
    original = site
    var simulated = site
    var devices: [SimulatedDevice] = []
    var threads: [HostThread] = []
    for (place, plan) in site.buses.enumerated() {
      let onBus = try plan.devices.map { device in
        try SimulatedDevice(
          device, quantities: site.quantities(of: device, driven: sources),
          faults: faults.course(ofDevice: device.id, onBus: plan.id))
      }
      let bus = try Self.makeBus(plan, onBus, ports: folder.map { .folder($0) } ?? ports, setting)
      threads.append(try HostThread(name: plan.id, scheduling: .prompt) { _ in bus.run() })
      simulated.buses[place].link = plan.link.led(to: bus.address)
      devices += onBus
    }
    self.site = simulated
    self.devices = devices
    self.threads = threads
  }

  /// Ends the field: no device answers any more, and its ports are gone.
  public func end() {
    stop.raise()
    for thread in threads { thread.join() }
    if let folder { removeFolder(folder) }
  }

  /// Lets a point show something else from now on.
  ///
  /// - Throws: `SimulationError` for a point that no device delivers.
  public func drive(_ point: String, with source: ValueSource) throws {
    try original.checkIsPolled(point)
    for plan in original.buses.flatMap(\.devices) {
      for quantity in try original.quantities(of: plan, driven: [(point, source)]) {
        try devices.first { $0.id == plan.id }?.drive(quantity)
      }
    }
  }

  private static func makeBus(
    _ plan: BusPlan, _ devices: [SimulatedDevice], ports: SimulatedPorts,
    _ setting: SimulatedBus.Setting
  ) throws(HostError) -> SimulatedBus {
    func bus(at address: SimulatedAddress) throws(HostError) -> SimulatedBus {
      try SimulatedBus(
        id: plan.id, devices: devices, transmission: plan.link.transmission, address: address,
        setting: setting)
    }
    switch (plan.link, ports) {
    case (.serial(let path, _), .asInSite):
      if let end = path.lastIndex(of: "/") { try makeFolder(String(path[..<end])) }
      return try bus(at: .path(path))
    case (.serial, .folder(let folder)):
      try makeFolder(folder)
      return try bus(at: .path("\(folder)/\(plan.id)"))
    case (.serial, .anywhere): preconditionFailure("the field has made a folder")
    case (.tcp(_, let port), .asInSite), (.rtuOverTCP(_, let port, _), .asInSite):
      return try bus(at: .socket(port: port))
    case (.tcp, _), (.rtuOverTCP, _): return try bus(at: .socket(port: nil))
    }
  }
}

/// Why a site cannot be simulated.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A bus of sensors that do not speak Modbus.
  case lineSensors(bus: String)
  /// A series for a point that the site does not have.
  case unknownPoint(String, known: [String])
  /// A series for a point that no device delivers.
  case notPolled(String)
  /// A unit address that no Modbus server may have.
  case badUnit(UInt8, device: String)

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .lineSensors(let bus):
      "the sensors on bus \(bus) do not speak Modbus; only those that do are simulated"
    case .notPolled(let id):
      "no device of the site delivers \(id), so nothing can be simulated; "
        + "nomori replay --series plays a table through the rules alone"
    case .badUnit(let unit, let device): "device \(device): no server can have unit \(unit)"
    case .unknownPoint(let id, let known):
      "the site has no point \(id); it has \(known.joined(separator: ", "))"
    }
  }
}

extension BusLink {
  /// The same bus at a simulated port.
  fileprivate func led(to address: SimulatedAddress) -> BusLink {
    switch (self, address) {
    case (.serial(_, let settings), .path(let path)): .serial(path: path, settings)
    case (.tcp, .socket(let port?)): .tcp(host: "127.0.0.1", port: port)
    case (.rtuOverTCP(_, _, let settings), .socket(let port?)):
      .rtuOverTCP(host: "127.0.0.1", port: port, settings)
    case (_, .path), (_, .socket): self
    }
  }
}

extension Site {
  fileprivate func checkIsPolled(_ id: String) throws(SimulationError) {
    let point = try acquiredSource(of: id).point
    let isPolled = buses.contains { bus in
      bus.devices.contains { $0.points.contains { $0.point == point } }
    }
    guard isPolled else { throw .notPolled(id) }
  }

  /// The quantities of `device` that show the points which `sources` drive.
  fileprivate func quantities(
    of device: DevicePlan, driven sources: [(point: String, source: ValueSource)]
  ) throws(SimulationError) -> [SimulatedQuantity] {
    var quantities: [SimulatedQuantity] = []
    for (id, value) in sources {
      let source = try acquiredSource(of: id)
      guard let polled = device.points.first(where: { $0.point == source.point }) else { continue }
      // point = gain · (factor · shown + unitOffset) + offset
      let mapping = AffineMapping(
        gain: source.gain * polled.unitFactor,
        offset: source.gain * polled.unitOffset + source.offset)
      quantities.append(
        SimulatedQuantity(
          id: polled.quantity.id, source: value, derivation: mapping ?? .identity))
    }
    return quantities
  }

  private func acquiredSource(of id: String) throws(SimulationError) -> AcquiredSource {
    let ids = description.points.map(\.id)
    guard let place = ids.firstIndex(of: id) else { throw .unknownPoint(id, known: ids) }
    return AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: detection)
  }
}
