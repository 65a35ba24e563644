internal import DetectionCore
internal import DeviceProfiles
internal import FieldSimulation
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

extension SimulatedBus {
  /// A bus of Modbus devices.
  convenience init(
    _ plan: BusPlan, _ devices: [SimulatedDevice], at ports: SimulatedPorts, _ setting: Setting
  ) throws(HostError) {
    let transmission = plan.link.transmission
    try self.init(
      id: plan.id, line: plan.link.serialSettings, transmission: transmission,
      address: SimulatedAddress(plan.id, plan.link, in: ports), setting: setting
    ) {
      ModbusStations(devices, transmission: transmission, start: setting.start)
    }
  }

  /// A line of sensors.
  convenience init(
    _ plan: BusPlan, _ sensors: [SimulatedSensor], at ports: SimulatedPorts, _ setting: Setting
  ) throws(HostError) {
    let transmission = plan.link.transmission
    try self.init(
      id: plan.id, line: plan.link.serialSettings, transmission: transmission,
      address: SimulatedAddress(plan.id, plan.link, in: ports), setting: setting
    ) {
      FramedStations(sensors, transmission: transmission, start: setting.start)
    }
  }
}

extension Link {
  fileprivate var serialPath: String? {
    if case .serial(let path, _) = self { path } else { nil }
  }

  fileprivate var serialSettings: SerialSettings? {
    if case .serial(_, let settings) = self { settings } else { nil }
  }

  fileprivate var tcpPort: UInt16? {
    switch self {
    case .tcp(_, let port), .rtuOverTCP(_, let port, _), .rawTCP(_, let port): port
    case .serial: nil
    }
  }

  /// The same bus at a simulated port.
  func led(to address: SimulatedAddress) -> Link {
    switch (self, address) {
    case (.serial(_, let settings), .path(let path)): .serial(path: path, settings)
    case (.tcp, .socket(let port?)): .tcp(host: "127.0.0.1", port: port)
    case (.rtuOverTCP(_, _, let settings), .socket(let port?)):
      .rtuOverTCP(host: "127.0.0.1", port: port, settings)
    case (.rawTCP, .socket(let port?)): .rawTCP(host: "127.0.0.1", port: port)
    case (_, .path), (_, .socket): self
    }
  }
}

extension SimulatedAddress {
  /// Where a bus is to be found.
  fileprivate init(
    _ id: String, _ link: Link, in ports: SimulatedPorts
  ) throws(HostError) {
    switch (link.serialPath, ports) {
    case (let path?, .asInSite):
      if let end = path.lastIndex(of: "/") { try makeFolder(String(path[..<end])) }
      self = .path(path)
    case (_?, .folder(let folder)):
      try makeFolder(folder)
      self = .path("\(folder)/\(id)")
    case (_?, .anywhere): preconditionFailure("the field has made a folder")
    case (nil, .asInSite): self = .socket(port: link.tcpPort)
    case (nil, _): self = .socket(port: nil)
    }
  }
}

extension BusPlan {
  /// The same bus at a simulated port.
  ///
  /// - Parameter speed: Of the clock. On a fast one a message that a device sends may be as late as
  ///   the machine makes it, though never later in real time than the profile says.
  func led(to address: SimulatedAddress, speed: Double) -> BusPlan {
    var plan = self
    plan.transmitter = nil
    plan.link = link.led(to: address)
    guard speed > 1, isFramed else { return plan }
    let shortestMs = Double(HostClock.shortestTimeout.nanoseconds) / 1e6
    plan.margin = max(plan.margin, .milliseconds(Int64(shortestMs * speed)))
    for index in plan.devices.indices {
      let timeout = Double(plan.devices[index].timing.responseTimeoutMs)
      plan.devices[index].timing.responseTimeoutMs = UInt32(
        min(max(timeout, min(timeout, shortestMs) * speed), Double(UInt32.max)))
    }
    return plan
  }
}
