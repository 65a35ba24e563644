public import DetectionCore
public import DeviceProfiles
public import Polling

/// One framed sensor of a simulated field: a protocol whose quantities have sources.
///
/// What has no source is sent as in the profile's example. A missing value becomes what the sensor
/// sends instead, and silence where it has nothing. Moments are given as time since the simulation
/// began.
public struct SensorModel: Sendable {
  /// Its protocol, with its address filled in.
  public let line: FramedProtocol
  private let composer: FrameComposer
  private var driven: [(place: Int, shown: SimulatedQuantity)] = []

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
    guard let place = line.quantities.firstIndex(where: { $0.id == quantity.id }) else {
      throw .unknownQuantity(quantity.id, profile: "a framed sensor")
    }
    driven.removeAll { $0.place == place }
    if quantity.source != nil { driven.append((place, quantity)) }
  }

  /// The content of a message as the sensor sends it at that moment; nil for silence.
  public func content(of message: Int, at time: TimeSpan) -> [UInt8]? {
    composer.content(
      of: message, values: driven.map { (quantity: $0.place, value: $0.shown.value(at: time)) })
  }
}
