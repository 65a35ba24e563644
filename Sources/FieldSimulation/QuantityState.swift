import DetectionCore
import DeviceProfiles
import Tables

/// One quantity of a simulated device: its source, and what was written to it.
struct QuantityState: Sendable {
  let quantity: ProfileQuantity
  private let shown: SimulatedQuantity?
  private var written: Double?
  /// Until when a timed output holds it on.
  private var heldUntil: TimeSpan?

  /// What has no source, and can be written, keeps what is written to it.
  init(_ quantity: ProfileQuantity, shown: SimulatedQuantity?) {
    self.quantity = quantity
    self.shown = shown
  }

  /// True where somebody asked for it, with a source or without one.
  var isWanted: Bool { shown != nil }

  /// True where it has a source, so that something else than the device at rest is shown.
  var hasSource: Bool { shown?.source != nil }

  /// True where its registers hold its own content, and not what the device shows at rest.
  var isDriven: Bool { quantity.isReadable && (hasSource || written != nil) }

  /// The values between which its source stays, in the profile's unit; none without a source.
  var extremes: [Double] {
    guard let shown else { return [] }
    return (shown.source?.extremes ?? []).map(shown.derivation.invert)
  }

  /// The value in the profile's unit; nil where there is none.
  func value(at time: TimeSpan) -> Double? {
    if hasSource { return shown?.value(at: time) }
    return heldUntil.map { time < $0 } == true ? 1 : written
  }

  /// Keeps what was written, and ends a timed hold.
  mutating func write(_ value: Double) {
    written = value
    heldUntil = nil
  }

  /// Holds it on until `end`.
  mutating func hold(until end: TimeSpan) {
    written = 0
    heldUntil = end
  }
}
