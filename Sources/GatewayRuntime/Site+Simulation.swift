internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
public import FieldSimulation
internal import Polling
public import SiteConfiguration

/// A point that a simulated device can show.
public struct SimulatedPoint: Sendable {
  /// The point's id.
  public let id: String
  /// UCUM code of its unit.
  public let unit: String
  /// True where the device delivers the point itself, and not one that it is derived from.
  public let isAcquired: Bool
  /// The place of the acquired point behind it; of points that share one, only one can be driven.
  public let source: Int
  /// What holds between two samples: numbers of instruments change evenly; contacts, counters and
  /// codes in steps.
  public let interpolation: Series.Interpolation
}

extension Site {
  /// The points that a simulated device can show, in the site's order.
  public var simulatedPoints: [SimulatedPoint] {
    description.points.enumerated().compactMap { place, point in
      let source = AcquiredSource(of: PointIndex(rawValue: UInt16(place)), in: detection).point
      let polled = buses.lazy.flatMap(\.devices).flatMap(\.points).first { $0.point == source }
      return polled.map {
        SimulatedPoint(
          id: point.id, unit: point.unit, isAcquired: place == Int(source.rawValue),
          source: Int(source.rawValue),
          interpolation: $0.quantity.changesInSteps ? .step : .linear)
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
      buses: buses.map(\.id), devices: buses.flatMap(\.devices).map(\.id))
    return try FaultScript(bytes, file: file, targets: targets, seed: seed)
  }
}

extension ProfileQuantity {
  fileprivate var changesInSteps: Bool {
    unit == "1" || counter != nil || field.table.isBits
  }
}
