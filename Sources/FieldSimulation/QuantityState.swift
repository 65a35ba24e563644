import DetectionCore
import DeviceProfiles

/// One quantity of a simulated device: its source, and what was written to it.
struct QuantityState: Sendable {
  let quantity: ProfileQuantity
  /// Nil: it answers what stands in the resting image.
  let source: ValueSource?
  let derivation: AffineMapping
  private var written: Double?
  /// Until when a timed output holds it on.
  private var heldUntil: TimeSpan?

  init(quantity: ProfileQuantity, source: ValueSource?, derivation: AffineMapping) {
    self.quantity = quantity
    self.source = source
    self.derivation = derivation
  }

  /// The value in the profile's unit; nil where there is none.
  func value(at time: TimeSpan) -> Double? {
    switch source {
    case .series(let series): series.value(at: time).map(derivation.invert)
    case .constant(let value): derivation.invert(value)
    case .formula(let formula): derivation.invert(formula.value(at: time))
    case .counter(let start, let perHour):
      derivation.invert((start + perHour * time.seconds / 3_600).rounded(.down))
    case .written(let initial):
      heldUntil.map { time < $0 } == true ? 1 : written ?? derivation.invert(initial)
    case nil: nil
    }
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
