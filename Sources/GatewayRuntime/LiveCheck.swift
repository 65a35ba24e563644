internal import Delivery
public import DetectionCore
public import DeviceProfiles
public import LinuxHost
public import Polling
public import SiteConfiguration

/// What was found where a site file says that a device is.
public struct LiveDevice: Sendable {
  /// Whether the device is what the site file says.
  public enum Identity: Hashable, Sendable {
    /// All registers by which its profile tells it say so.
    case confirmed
    /// These say something else.
    case mismatch([IdentityCheck])
    /// The profile names no register that tells it, or those could not be read.
    case unknown
  }

  /// The id of its bus.
  public var bus: String
  /// How the bus is reached.
  public var link: BusLink
  /// Its id in the site file.
  public var id: String
  /// Its Modbus unit address.
  public var unit: UInt8
  /// What the site file says that it is.
  public var profile: DeviceProfile
  /// Whether it is.
  public var identity: Identity
  /// True where the site file says that this does not matter.
  public var ignoresIdentity: Bool
  /// What its points showed, and those that are derived from them.
  public var readings: [LiveReading]
  /// In which state its outputs are, of those that can be read back.
  public var outputs: [LiveReading]
  /// Why its bus could not be opened.
  public var portFault: BusFault?
}

/// Reads each point of a site once over the real wiring. Writes nothing, keeps nothing.
public struct LiveCheck {
  private let site: Site
  private let clock: HostClock

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
      let devices = bus.devices.map { (plan: $0, points: points(of: $0, wanted: wanted)) }
        .filter { wanted == nil || !$0.points.isEmpty }
      guard !devices.isEmpty else { continue }
      do throws(BusFault) {
        var line = try FieldBus(opening: bus.link, transmitter: bus.transmitter, clock: clock)
        for (device, points) in devices {
          var examined = examine(device, points, of: bus, on: &line)
          if wanted == nil { examined.outputs = outputs(of: device, on: &line) }
          found(examined)
        }
      } catch {
        for (device, points) in devices {
          var unreached = LiveDevice(device, of: bus)
          unreached.portFault = error
          unreached.readings = readings(of: points, from: device, shown: { _ in .portFault(error) })
          if wanted == nil {
            unreached.outputs = outputs(of: device, shown: { _ in .portFault(error) })
          }
          found(unreached)
        }
      }
    }
  }

  /// How a point comes to its values.
  public enum Origin: Hashable, Sendable {
    /// A bus is asked, for it or for the point that it is derived from.
    case asked
    /// A sensor on a line sends them.
    case heard
    /// A formula makes them of other points, so that no single reading shows them.
    case computed
  }

  /// How the point at that place of the site comes to its values.
  public func origin(ofPoint place: Int) -> Origin {
    let source = source(of: place)
    if case .computed = site.detection.points[source].source { return .computed }
    let isHeard = site.lines.contains { line in
      line.devices.contains { $0.points.contains { Int($0.point.rawValue) == source } }
    }
    return isHeard ? .heard : .asked
  }

  /// The places of the wanted points that `device` shows, directly or behind a derivation.
  private func points(of device: DevicePlan, wanted: [String]?) -> [Int] {
    site.description.points.indices.filter { place in
      guard wanted?.contains(site.description.points[place].id) ?? true else { return false }
      let source = source(of: place)
      return device.points.contains { Int($0.point.rawValue) == source }
    }
  }

  private func source(of place: Int) -> Int {
    Int(AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: site.detection).point.rawValue)
  }

  private func examine(
    _ device: DevicePlan, _ points: [Int], of bus: BusPlan, on line: inout FieldBus
  ) -> LiveDevice {
    var examined = LiveDevice(device, of: bus)
    let sources = points.map(source)
    let polled = device.points.filter { sources.contains(Int($0.point.rawValue)) }
    let read = try? line.read(
      polled.map { WantedPoint($0.quantity) }, unit: device.unit, device: device.profile)
    examined.readings = readings(of: points, from: device) { place in
      guard let read else { return .unreadable }
      let index = polled.firstIndex { Int($0.point.rawValue) == place }
      return index.map { .read(read, place: $0) } ?? .unreadable
    }
    examined.identity = identity(of: device, on: &line, isSilent: read?.isSilent ?? false)
    return examined
  }

  private func outputs(of device: DevicePlan, on line: inout FieldBus) -> [LiveReading] {
    let readable = device.outputs.filter(\.quantity.isReadable)
    let read = try? line.read(
      readable.map { WantedPoint($0.quantity) }, unit: device.unit, device: device.profile)
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
    of points: [Int], from device: DevicePlan, shown: (Int) -> LiveReading.Shown
  ) -> [LiveReading] {
    points.map { place in
      let source = AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: site.detection)
      let origin = Int(source.point.rawValue)
      let description = site.description.points[place]
      let tests = site.detection.points[place].tests
      guard let polled = device.points.first(where: { $0.point == source.point }) else {
        preconditionFailure("point \(origin) is not one of the device \(device.id)")
      }
      guard origin != place else {
        return LiveReading(polled, of: description, tests: tests, shown: shown(origin))
      }
      let behind = LiveReading(
        polled, of: site.description.points[origin], tests: QualityTests(), shown: shown(origin))
      return LiveReading(
        derived: description, gain: source.gain, offset: source.offset, from: behind, tests: tests)
    }
  }

  private func identity(
    of device: DevicePlan, on line: inout FieldBus, isSilent: Bool
  ) -> LiveDevice.Identity {
    let checks = device.profile.identity
    guard !isSilent, !checks.isEmpty else { return .unknown }
    let fields = checks.compactMap { check -> RawField? in
      if case .field(let field, _, _) = check { field } else { nil }
    }
    let read = try? line.read(
      fields.map { WantedPoint(span: $0.span) }, unit: device.unit, device: device.profile)
    let isTold = fields.count < checks.count
    let text = isTold ? line.serverText(unit: device.unit, device: device.profile) : nil
    let answers = checks.map { check in
      (check, check.holds(in: { read?.word($0, $1) }, serverText: text))
    }
    let wrong = answers.filter { $0.1 == false }.map(\.0)
    if !wrong.isEmpty { return .mismatch(wrong) }
    return answers.allSatisfy { $0.1 == true } ? .confirmed : .unknown
  }
}

extension LiveDevice {
  fileprivate init(_ device: DevicePlan, of bus: BusPlan) {
    self.init(
      bus: bus.id, link: bus.link, id: device.id, unit: device.unit, profile: device.profile,
      identity: .unknown, ignoresIdentity: device.ignoresIdentity, readings: [], outputs: [],
      portFault: nil)
  }

  /// The readings of one device by its profile alone, such as of one that lies on the bench.
  ///
  /// - Parameters:
  ///   - quantities: What is read.
  ///   - profile: The device's profile.
  ///   - unit: Its Modbus unit address.
  ///   - timeout: How long to wait for an answer; nil: as long as the profile says.
  ///   - bus: The open bus.
  public static func readings(
    of quantities: [ProfileQuantity], profile: DeviceProfile, unit: UInt8,
    timeout: TimeSpan? = nil, on bus: inout FieldBus
  ) -> [LiveReading] {
    let read = try? bus.read(
      quantities.map { WantedPoint($0) }, unit: unit, device: profile, timeout: timeout)
    return quantities.enumerated().map { place, quantity in
      LiveReading(quantity, shown: read.map { .read($0, place: place) } ?? .unreadable)
    }
  }
}
