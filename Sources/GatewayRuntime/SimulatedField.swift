internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
public import FieldSimulation
public import LinuxHost
internal import ModbusPort
internal import Polling
public import SiteConfiguration
internal import Synchronization

/// A site's buses and devices without hardware: one simulated RS-485 line a bus, one libmodbus
/// server a device, values from series.
public final class SimulatedField: Sendable {
  /// The site with its buses led to the simulated lines.
  public let site: Site
  private let stop = StopFlag()
  private let lines: [SimulatedLine]
  private let threads: [HostThread]

  /// Starts the field.
  ///
  /// - Parameters:
  ///   - site: The site whose devices are simulated; only those with a serial line can be.
  ///   - series: For each point's id the values that the point is to show, in the point's unit; a
  ///     derived point is turned back into what its device shows. Points without a series show 0.
  ///   - clock: In whose time the series are played; they begin now.
  /// - Throws: `SimulationError`, `DeviceModelError` or `HostError`.
  public init(site: Site, series: [(point: String, series: Series)], clock: HostClock) throws {
    for (id, _) in series { try site.checkIsPolled(id) }
    if let line = site.lines.first { throw SimulationError.lineSensors(bus: line.id) }
    let start = clock.now
    var simulated = site
    var lines: [SimulatedLine] = []
    var threads: [HostThread] = []
    for (place, bus) in site.buses.enumerated() {
      guard let transmission = bus.link.transmission else {
        throw SimulationError.notSerial(bus: bus.id)
      }
      var devices: [SimulatedLine.Device] = []
      for device in bus.devices {
        let (line, end) = try OwnedDescriptor.pair()
        devices.append(SimulatedLine.Device(unit: device.unit, end: line))
        let server = try DeviceServer(
          device: device, quantities: site.quantities(of: device, driven: series), end: end,
          clock: clock, start: start, stop: stop)
        threads.append(try HostThread(name: device.id) { _ in server.run() })
      }
      let line = try SimulatedLine(
        devices: devices, transmission: transmission, clock: clock, stop: stop)
      threads.append(try HostThread(name: "line") { _ in line.run() })
      simulated.buses[place].link = .serial(path: line.path, transmission.serial)
      lines.append(line)
    }
    self.site = simulated
    self.lines = lines
    self.threads = threads
  }

  /// Ends the field: no device answers any more.
  public func end() {
    stop.raise()
    for thread in threads { thread.join() }
  }
}

/// Why a site cannot be simulated.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A bus that is no serial line.
  case notSerial(bus: String)
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
    case .notSerial(let bus): "bus \(bus) is not a serial line; only those are simulated"
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

/// One device of a simulated line.
private final class DeviceServer: Sendable {
  private let model: Mutex<DeviceModel>
  private let unit: UInt8
  private let turnaround: TimeSpan
  private let end: OwnedDescriptor
  private let clock: HostClock
  private let start: Instant
  private let stop: StopFlag

  init(
    device: DevicePlan, quantities: [SimulatedQuantity], end: OwnedDescriptor, clock: HostClock,
    start: Instant, stop: StopFlag
  ) throws {
    model = Mutex(
      try DeviceModel(profile: device.profile, unit: device.unit, quantities: quantities))
    unit = device.unit
    turnaround = .milliseconds(Int64(device.profile.timing.turnaroundMs))
    self.end = end
    self.clock = clock
    self.start = start
    self.stop = stop
    // Fails here, where somebody hears of it, and not on the server's own thread.
    guard ModbusServer(fileDescriptor: end.number, unit: device.unit) != nil else {
      throw SimulationError.badUnit(device.unit, device: device.id)
    }
  }

  func run() {
    guard var server = ModbusServer(fileDescriptor: end.number, unit: unit) else { return }
    while !stop.isRaised {
      let event = server.serve(timeoutMs: 100) { request in
        clock.sleep(for: turnaround)
        return model.withLock { answer(request, by: &$0) }
      }
      if event == .closed { return }
    }
  }

  private func answer(_ request: ServerRequest, by model: inout DeviceModel) -> ServerAnswer {
    switch model.answer(to: request.asBusRequest, at: clock.now - start) {
    case .words(let words): .words(words)
    case .written: .written
    case .exception(let code): .exception(code)
    case .silence: .silence
    }
  }
}

extension ServerRequest {
  fileprivate var asBusRequest: BusRequest {
    switch self {
    case .read(let span): .read(span)
    case .write(let span, let words):
      if span.table == .coil {
        .writeCoil(address: span.address, on: words.first != 0)
      } else {
        .writeRegister(address: span.address, value: words.first ?? 0)
      }
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

  /// The quantities of `device` that show the points which `series` drive.
  fileprivate func quantities(
    of device: DevicePlan, driven series: [(point: String, series: Series)]
  ) throws(SimulationError) -> [SimulatedQuantity] {
    var quantities: [SimulatedQuantity] = []
    for (id, series) in series {
      let source = try acquiredSource(of: id)
      guard let polled = device.points.first(where: { $0.point == source.point }) else { continue }
      // point = gain · (factor · shown + unitOffset) + offset
      let mapping = AffineMapping(
        gain: source.gain * polled.unitFactor,
        offset: source.gain * polled.unitOffset + source.offset)
      quantities.append(
        SimulatedQuantity(
          id: polled.quantity.id, source: .series(series), derivation: mapping ?? .identity))
    }
    return quantities
  }

  private func acquiredSource(of id: String) throws(SimulationError) -> AcquiredSource {
    let ids = description.points.map(\.id)
    guard let place = ids.firstIndex(of: id) else { throw .unknownPoint(id, known: ids) }
    return AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: detection)
  }
}
