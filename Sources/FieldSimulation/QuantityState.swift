import DetectionCore
import DeviceProfiles

/// One quantity of a simulated device: its source, and what was written to it.
struct QuantityState: Sendable {
  let quantity: ProfileQuantity
  /// Nil: it answers what stands in the resting image.
  var source: ValueSource? { shown.source }
  private let shown: SimulatedQuantity
  private var written: Double?
  /// Until when a timed output holds it on.
  private var heldUntil: TimeSpan?

  /// What has no source, and can be written, keeps what is written to it.
  init(_ quantity: ProfileQuantity, shown: SimulatedQuantity?) {
    self.quantity = quantity
    var shown = shown ?? SimulatedQuantity(id: quantity.id, source: nil)
    if shown.source == nil, quantity.access != .read { shown.source = .written(initial: 0) }
    self.shown = shown
  }

  /// The value in the profile's unit; nil where there is none.
  func value(at time: TimeSpan) -> Double? {
    guard case .written = source else { return shown.value(at: time) }
    return heldUntil.map { time < $0 } == true ? 1 : written ?? shown.value(at: time)
  }

  /// The words of its field at that moment; nil where the device cannot say anything.
  func words(at time: TimeSpan, current: RegisterReader) -> [UInt16]? {
    guard let value = value(at: time) else { return faultWords([.missing, .invalid], current) }
    if let words = quantity.encode(value, current: current) { return words }
    return faultWords([value > 0 ? .overflow : .underflow, .invalid], current)
  }

  private func faultWords(_ faults: [Fault], _ current: RegisterReader) -> [UInt16]? {
    for fault in faults {
      if let words = quantity.encode(fault, current: current) { return words }
    }
    return nil
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
