internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
public import LinuxHost
internal import Polling
public import SiteConfiguration

/// Reads each point of a site once over the real wiring, as its gateway does: what a profile's
/// preparation asks for is sent before, to the right device only. Writes nothing else, keeps nothing.
public struct LiveCheck {
  let site: Site
  let clock: HostClock

  /// Prepares to read `site`.
  public init(site: Site, clock: HostClock = HostClock()) {
    self.site = site
    self.clock = clock
  }

  /// Reads device by device, bus by bus, in the order of the site file.
  ///
  /// - Parameters:
  ///   - wanted: The ids of the points that are asked for, derived ones included; nil for all.
  ///     Devices without any are left alone.
  ///   - found: Called after each device.
  public func run(points wanted: [String]? = nil, found: (LiveDevice) -> Void) {
    for bus in site.buses {
      let devices = bus.devices.map { device in
        Asked(plan: device, points: places(behind: device.points.map(\.point), wanted: wanted))
      }.filter { wanted == nil || !$0.points.isEmpty }
      guard !devices.isEmpty else { continue }
      do throws(BusFault) {
        if bus.isFramed {
          try listen(to: bus, devices, found: found)
        } else {
          try ask(bus, devices, withOutputs: wanted == nil, found: found)
        }
      } catch {
        for device in devices {
          found(unreached(device, of: bus, error, withOutputs: wanted == nil))
        }
      }
    }
  }

  /// A device and the points that are asked for, by their indices.
  struct Asked {
    var plan: DevicePlan
    var points: [Int]
  }

  private func ask(
    _ bus: BusPlan, _ devices: [Asked], withOutputs: Bool, found: (LiveDevice) -> Void
  ) throws(BusFault) {
    var line = try FieldBus(opening: bus.link, transmitter: bus.transmitter, clock: clock)
    for device in devices {
      var examined = examine(device.plan, device.points, of: bus, on: &line)
      if withOutputs { examined.outputs = outputs(of: device.plan, on: &line) }
      found(examined)
    }
  }

  private func unreached(
    _ device: Asked, of bus: BusPlan, _ fault: BusFault, withOutputs: Bool
  ) -> LiveDevice {
    var unreached = LiveDevice(device.plan, of: bus, at: clock.now)
    unreached.portFault = fault
    unreached.readings = readings(of: device.points) { point, description, tests in
      let polled = device.plan.points.first { $0.point == point }
      guard let polled, let quantity = polled.quantity.modbus else {
        return LiveReading(nil, of: description, tests: tests, portFault: fault)
      }
      return LiveReading(
        polled, quantity, of: description, tests: tests, shown: .portFault(fault))
    }
    if withOutputs {
      unreached.outputs = outputs(of: device.plan, shown: { _ in .portFault(fault) })
    }
    return unreached
  }

  /// True where a formula makes the point at that place of the site, or the one that it is derived
  /// from, of other points, so that no single reading shows it.
  public func isComputed(_ place: Int) -> Bool {
    let source = AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: site.detection)
    if case .computed = site.detection.points[Int(source.point.rawValue)].source { return true }
    return false
  }

  /// The places of the wanted points that these show, directly or behind a derivation.
  func places(behind points: [PointIndex], wanted: [String]?) -> [Int] {
    site.description.points.indices.filter { place in
      guard wanted?.contains(site.description.points[place].id) ?? true else { return false }
      return points.contains(source(of: place).point)
    }
  }

  func source(of place: Int) -> AcquiredSource {
    AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: site.detection)
  }

  private func examine(
    _ device: DevicePlan, _ points: [Int], of bus: BusPlan, on line: inout FieldBus
  ) -> LiveDevice {
    var examined = LiveDevice(device, of: bus, at: clock.now)
    examined.identity = identity(of: device, on: &line)
    let sources = points.map { source(of: $0).point }
    let polled = device.points.filter { sources.contains($0.point) }
    let read = device.modbus.flatMap { modbus in
      try? line.read(
        polled.compactMap(\.quantity.modbus).map { WantedPoint($0) }, unit: modbus.unit,
        device: modbus.profile, isPrepared: !examined.isStranger)
    }
    examined.readings = readings(of: points, from: device) { point in
      guard let read else { return .unreadable }
      let index = polled.firstIndex { $0.point == point }
      return index.map { .read(read, place: $0) } ?? .unreadable
    }
    examined.examinedAt = clock.now
    return examined
  }

  private func outputs(of device: DevicePlan, on line: inout FieldBus) -> [LiveReading] {
    let readable = device.outputs.filter(\.quantity.isReadable)
    let read = device.modbus.flatMap { modbus in
      try? line.read(
        readable.map { WantedPoint($0.quantity) }, unit: modbus.unit, device: modbus.profile)
    }
    return outputs(of: device) { place in read.map { .read($0, place: place) } ?? .unreadable }
  }

  private func outputs(
    of device: DevicePlan, shown: (_ place: Int) -> LiveReading.Shown
  ) -> [LiveReading] {
    device.outputs.filter(\.quantity.isReadable).enumerated().map { place, output in
      LiveReading(
        output.quantity, of: site.description.outputs[Int(output.output)], shown: shown(place))
    }
  }

  private func readings(
    of places: [Int], from device: DevicePlan, shown: (PointIndex) -> LiveReading.Shown
  ) -> [LiveReading] {
    readings(of: places) { point, description, tests in
      guard let polled = device.points.first(where: { $0.point == point }),
        let quantity = polled.quantity.modbus
      else {
        preconditionFailure("point \(point.rawValue) is not one of the device \(device.id)")
      }
      return LiveReading(polled, quantity, of: description, tests: tests, shown: shown(point))
    }
  }

  /// The readings of points, some of which are derived from another that `acquired` gives.
  func readings(
    of places: [Int],
    acquired: (PointIndex, PointDescription, _ tests: QualityTests) -> LiveReading
  ) -> [LiveReading] {
    places.map { place in
      let source = source(of: place)
      let origin = Int(source.point.rawValue)
      let description = site.description.points[place]
      let tests = site.detection.points[place].tests
      guard origin != place else { return acquired(source.point, description, tests) }
      let behind = acquired(source.point, site.description.points[origin], QualityTests())
      return LiveReading(
        derived: description, gain: source.gain, offset: source.offset, from: behind, tests: tests)
    }
  }

  private func identity(of device: DevicePlan, on line: inout FieldBus) -> LiveDevice.Identity {
    guard let modbus = device.modbus, !modbus.profile.identity.isEmpty else { return .unknown }
    let (unit, profile) = (modbus.unit, modbus.profile)
    let checks = profile.identity
    let fields = checks.compactMap { check -> RawField? in
      if case .field(let field, _, _) = check { field } else { nil }
    }
    let read = try? line.read(
      fields.map { WantedPoint(span: $0.span) }, unit: unit, device: profile)
    guard read?.isSilent != true else { return .unknown }
    let isTold = fields.count < checks.count
    let text = isTold ? line.serverText(unit: unit, device: profile) : nil
    let answers = checks.map { check in
      (check, check.holds(in: { read?.word($0, $1) }, serverText: text))
    }
    let wrong = answers.filter { $0.1 == false }.map(\.0)
    if !wrong.isEmpty { return .mismatch(wrong) }
    return answers.allSatisfy { $0.1 == true } ? .confirmed : .unknown
  }
}
