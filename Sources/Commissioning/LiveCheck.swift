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
        Asked(
          plan: device, points: indices(behind: device.points.map(\.point), wanted: wanted),
          outputs: wanted == nil ? device.outputs.filter(\.quantity.isReadable) : [])
      }.filter { wanted == nil || !$0.points.isEmpty }
      guard !devices.isEmpty else { continue }
      do throws(BusFault) {
        var line = try FieldBus(opening: bus, clock: clock)
        for device in devices { found(examine(device, of: bus, on: &line)) }
      } catch {
        for device in devices { found(unreached(device, of: bus, error)) }
      }
    }
  }

  /// True where a formula makes the point at that index of the site, or the one that it is derived
  /// from, of other points, so that no single reading shows it.
  public func isComputed(_ index: Int) -> Bool {
    let source = source(of: index)
    if case .computed = site.detection.points[Int(source.point.rawValue)].source { return true }
    return false
  }

  /// A device, and the points and outputs of the site that are asked for.
  private struct Asked {
    var plan: DevicePlan
    /// Indices of points, derived ones included.
    var points: [Int]
    var outputs: [WrittenOutput]
  }

  /// The indices of the wanted points that these show, directly or behind a derivation.
  private func indices(behind points: [PointIndex], wanted: [String]?) -> [Int] {
    site.description.points.indices.filter { index in
      guard wanted?.contains(site.description.points[index].id) ?? true else { return false }
      return points.contains(source(of: index).point)
    }
  }

  private func source(of index: Int) -> AcquiredSource {
    AcquiredSource(of: PointIndex(rawValue: UInt16(index)), in: site.detection)
  }

  private func unreached(_ device: Asked, of bus: BusPlan, _ fault: BusFault) -> LiveDevice {
    var unreached = LiveDevice(device.plan, of: bus, at: clock.now)
    unreached.portFault = fault
    unreached.readings = readings(of: device) { _ in .portFault(fault) }
    unreached.outputs = outputs(of: device) { _ in .portFault(fault) }
    return unreached
  }

  private func examine(
    _ device: Asked, of bus: BusPlan, on line: inout FieldBus
  ) -> LiveDevice {
    var examined = LiveDevice(device.plan, of: bus, at: clock.now)
    let sources = device.points.map { source(of: $0).point }
    var sampled = device.plan
    sampled.points.removeAll { !sources.contains($0.point) }
    let polled = sampled.points.map(\.point)
    sampled.points += outputPoints(device.outputs)
    let record = sample(sampled, into: &examined, on: &line)
    if let fault = record?.portFault { return unreached(device, of: bus, fault) }
    examined.readings = readings(of: device) { point in
      guard let record, let index = polled.firstIndex(of: point) else { return .unreadable }
      return .sampled(record, index)
    }
    examined.outputs = outputs(of: device) { index in
      record.map { .sampled($0, polled.count + index) } ?? .unreadable
    }
    examined.examinedAt = clock.now
    return examined
  }

  /// Samples a device once its identity is known as far as it can be: a check that does not hold ends
  /// the sample, and the device is sampled again without that one. A device that turns out to be
  /// another one is not prepared.
  private func sample(
    _ device: DevicePlan, into examined: inout LiveDevice, on line: inout FieldBus
  ) -> SampleRecord? {
    var device = device
    let all = device.modbus?.profile.identity ?? []
    var (unchecked, wrong, isProven) = (all, [IdentityCheck](), true)
    if device.points.isEmpty { device.points = identityPoints(of: device) }
    while true {
      device.modbus?.profile.identity = unchecked
      device.modbus?.ignoresIdentity = false
      if examined.isStranger { device.modbus?.profile.preparation = [] }
      let record = try? line.sample(device)
      let failed = unchecked.firstIndex { record?.holds($0) != true }
      guard let record, record.portFault == nil, let failed else {
        if !all.isEmpty, wrong.isEmpty, isProven, record != nil { examined.identity = .confirmed }
        return record
      }
      isProven = false
      if record.holds(unchecked[failed]) == false { wrong.append(unchecked[failed]) }
      if !wrong.isEmpty { examined.identity = .mismatch(wrong) }
      unchecked.removeFirst(failed + 1)
    }
  }

  /// What is read of a device of which the site reads nothing, so that it is asked who it is.
  private func identityPoints(of device: DevicePlan) -> [PolledPoint] {
    for case .field(let field, _, _) in device.modbus?.profile.identity ?? [] {
      return [polled(.raw(field.span), 0)]
    }
    return []
  }

  /// Outputs as points behind those of the site, to read their states.
  private func outputPoints(_ outputs: [WrittenOutput]) -> [PolledPoint] {
    outputs.enumerated().map { polled($1.quantity, $0) }
  }

  private func polled(_ quantity: ProfileQuantity, _ index: Int) -> PolledPoint {
    PolledPoint(
      point: PointIndex(rawValue: UInt16(site.description.points.count + index)),
      quantity: quantity, period: .seconds(1))
  }

  private func outputs(
    of device: Asked, shown: (_ index: Int) -> LiveReading.Shown
  ) -> [LiveReading] {
    device.outputs.enumerated().map { index, output in
      LiveReading(
        output.quantity, of: site.description.outputs[Int(output.output)], shown: shown(index))
    }
  }

  /// The readings of a device's points, some of which are derived from another.
  private func readings(
    of device: Asked, shown: (PointIndex) -> LiveReading.Shown
  ) -> [LiveReading] {
    device.points.map { index in
      let source = source(of: index)
      let origin = Int(source.point.rawValue)
      let quantity = device.plan.points.first { $0.point == source.point }?.quantity.modbus
      let tests = site.detection.points[index].tests
      let acquired = LiveReading(
        quantity, of: site.description.points[origin],
        tests: origin == index ? tests : QualityTests(), shown: shown(source.point))
      guard origin != index else { return acquired }
      return LiveReading(
        derived: site.description.points[index], gain: source.gain, offset: source.offset,
        from: acquired, tests: tests)
    }
  }
}

extension SampleRecord {
  /// Whether the device proves a check; nil where it did not answer what that needs.
  fileprivate func holds(_ check: IdentityCheck) -> Bool? {
    check.holds(in: { word($0, $1) }, serverText: serverText)
  }
}
