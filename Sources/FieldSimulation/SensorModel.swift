public import DetectionCore
public import DeviceProfiles
public import Polling

/// One framed sensor of a simulated field: a protocol whose quantities have sources.
///
/// What has no source is sent as in the profile's example. A missing value becomes what the sensor
/// sends instead, and no message where it has none. Moments are given as time since the simulation
/// began.
public struct SensorModel: Sendable {
  /// Its protocol, with its address filled in.
  public let line: FramedProtocol
  private let composer: FrameComposer
  private var driven: [(index: Int, shown: SimulatedQuantity)] = []

  /// Makes a sensor.
  ///
  /// - Parameters:
  ///   - plan: What the sensor is.
  ///   - quantities: The sources; at most one a quantity.
  public init(
    _ plan: DevicePlan, quantities: [SimulatedQuantity]
  ) throws(DeviceModelError) {
    guard let framed = plan.framed,
      let composer = FrameComposer(framed.line, examples: framed.examples)
    else { throw .noExample(device: plan.id) }
    line = framed.line
    self.composer = composer
    for quantity in quantities {
      guard !driven.contains(where: { $0.shown.id == quantity.id }) else {
        throw .repeatedQuantity(quantity.id, profile: plan.id)
      }
      try drive(quantity)
    }
  }

  /// Lets a quantity show something else from now on.
  public mutating func drive(_ quantity: SimulatedQuantity) throws(DeviceModelError) {
    guard let index = line.quantities.firstIndex(where: { $0.id == quantity.id }) else {
      throw .unknownQuantity(quantity.id, profile: "a framed sensor")
    }
    driven.removeAll { $0.index == index }
    if quantity.source != nil { driven.append((index, quantity)) }
  }

  /// The content of a message as the sensor sends it at that moment; nil where it sends none.
  public func content(of message: Int, at time: TimeSpan) -> [UInt8]? {
    composer.content(
      of: message, values: driven.map { (quantity: $0.index, value: $0.shown.value(at: time)) })
  }
}
