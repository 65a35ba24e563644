internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
public import FieldSimulation
internal import Polling
public import SiteConfiguration
public import Tables

/// A point that a simulated device can show.
public struct SimulatedPoint: Sendable {
  /// The point's id.
  public let id: String
  /// UCUM code of its unit.
  public let unit: String
  /// True where the device delivers the point itself, and not one that it is derived from.
  public let isAcquired: Bool
  /// The index of the acquired point behind it; of points that share one, only one can be driven.
  public let source: Int
  /// What holds between two samples: numbers of instruments change evenly; contacts, counters and
  /// codes in steps.
  public let interpolation: Series.Interpolation
}

extension Site {
  /// The points that a simulated device can show, in the site's order.
  public var simulatedPoints: [SimulatedPoint] {
    description.points.enumerated().compactMap { index, point in
      let source = AcquiredSource(of: PointIndex(rawValue: UInt16(index)), in: detection).point
      let delivered = deliveredPoints.first { $0.point == source }
      return delivered.map {
        SimulatedPoint(
          id: point.id, unit: point.unit, isAcquired: index == Int(source.rawValue),
          source: Int(source.rawValue), interpolation: $0.changesInSteps ? .step : .linear)
      }
    }
  }

  /// Reads a scenario for this site.
  ///
  /// - Throws: `CSVError`.
  public func scenario(_ bytes: [UInt8], file: String) throws(CSVError) -> Scenario {
    try Scenario(
      bytes, file: file, points: simulatedPoints.map { ($0.id, $0.interpolation) })
  }

  /// Reads what goes wrong with this site's simulated buses and devices.
  ///
  /// - Parameter seed: Of everything accidental in it.
  /// - Throws: `CSVError`.
  public func faultScript(
    _ bytes: [UInt8], file: String, seed: UInt64
  ) throws(CSVError) -> FaultScript {
    let targets = FaultTargets(
      buses: buses.map(\.id),
      devices: buses.flatMap(\.devices).filter { $0.modbus != nil }.map(\.id),
      sensors: buses.flatMap { bus in
        bus.devices.compactMap { device in
          device.framed.map { framed in
            FaultTargets.Sensor(
              id: device.id, bus: bus.id, hasChecksum: framed.line.framing.hasChecksum,
              isAsked: framed.line.messages.contains { !$0.request.isEmpty })
          }
        }
      })
    return try FaultScript(bytes, file: file, targets: targets, seed: seed)
  }

  func checkIsPolled(_ id: String) throws(SimulationError) {
    let point = try acquiredSource(of: id).point
    guard deliveredPoints.contains(where: { $0.point == point }) else { throw .notPolled(id) }
  }

  /// The quantities of a device with these points that show what `sources` drive.
  func quantities(
    of points: [PolledPoint],
    driven sources: [(point: String, source: ValueSource?)]
  ) throws(SimulationError) -> [SimulatedQuantity] {
    var quantities: [SimulatedQuantity] = []
    for (id, value) in sources {
      let source = try acquiredSource(of: id)
      guard let delivered = points.first(where: { $0.point == source.point }) else { continue }
      // point = gain · (factor · shown + unitOffset) + offset
      let mapping = AffineMapping(
        gain: source.gain * delivered.unitFactor,
        offset: source.gain * delivered.unitOffset + source.offset)
      quantities.append(
        SimulatedQuantity(
          id: delivered.quantity.id, source: value, derivation: mapping ?? .identity))
    }
    return quantities
  }

  /// All quantities of a device with these points: those that show what `sources` drive, and the others
  /// without a source.
  func allQuantities(
    of points: [PolledPoint], driven sources: [(point: String, source: ValueSource?)]
  ) throws(SimulationError) -> [SimulatedQuantity] {
    var quantities = try quantities(of: points, driven: sources)
    for point in points where !quantities.contains(where: { $0.id == point.quantity.id }) {
      quantities.append(SimulatedQuantity(id: point.quantity.id, source: nil))
    }
    return quantities
  }

  private var deliveredPoints: [(point: PointIndex, changesInSteps: Bool)] {
    buses.flatMap(\.devices).flatMap(\.points).map {
      ($0.point, $0.quantity.changesInSteps)
    }
  }

  private func acquiredSource(of id: String) throws(SimulationError) -> AcquiredSource {
    guard let index = description.points.firstIndex(where: { $0.id == id }) else {
      throw .unknownPoint(id, known: simulatedPoints.map(\.id))
    }
    return AcquiredSource(of: PointIndex(rawValue: UInt16(index)), in: detection)
  }
}

extension PolledQuantity {
  /// True where nothing lies between two of its values.
  fileprivate var changesInSteps: Bool {
    switch self {
    case .modbus(let quantity):
      quantity.unit == "1" || quantity.counter != nil || quantity.field.table.isBits
    case .framed(let quantity): quantity.unit == "1"
    }
  }
}
