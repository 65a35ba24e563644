public import DetectionCore

/// A request to a simulated device, and what came back, or a message that a
/// sensor sent by itself; times count from the start of the simulation.
public struct SimulatedExchange: Sendable {
  /// The id of the bus.
  public let bus: String
  /// The id of the device.
  public let device: String
  /// The frame that was sent; empty where nobody asked.
  public let request: [UInt8]
  /// All that came back; nothing from a silent device.
  public let answer: [UInt8]
  /// When the request's first bit was on the line, or that of a message without one.
  public let start: TimeSpan
  /// When its last bit was; of a message without a request, the same as `start`.
  public let heard: TimeSpan
  /// When the last bit of the answer was; nil without one.
  public let end: TimeSpan?
}
