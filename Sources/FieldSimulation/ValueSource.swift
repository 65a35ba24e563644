public import DetectionCore
public import Tables

/// Where the value of a simulated quantity comes from.
public enum ValueSource: Sendable {
  /// A series, played from the start of the simulation; where it has no value, the device says so.
  case series(Series)
  /// Always the same number.
  case constant(Double)
  /// A formula of the time since this moment of the simulation.
  case formula(Formula, since: TimeSpan = .zero)
  /// A whole number that starts with `start` and grows by `perHour` every hour.
  case counter(start: Double, perHour: Double)
  /// No value: the device says so, or is silent.
  case missing
}

/// One quantity of a device profile, and where its value comes from.
public struct SimulatedQuantity: Sendable {
  /// The quantity's id in the profile.
  public var id: String
  /// Where the value comes from; nil: it shows what the device shows at rest.
  public var source: ValueSource?
  /// How the site derives the source's quantity from the one the device shows, for instance a
  /// level from a pressure: source = gain · device + offset. The model shows the inverse.
  public var derivation: AffineMapping

  /// Makes the pair.
  public init(id: String, source: ValueSource?, derivation: AffineMapping = .identity) {
    self.id = id
    self.source = source
    self.derivation = derivation
  }
}

extension SimulatedQuantity {
  /// What the device shows for it at that moment, in the profile's unit; nil where it has no value.
  func value(at time: TimeSpan) -> Double? {
    source?.value(at: time).map(derivation.invert)
  }
}

extension ValueSource {
  /// The values between which it stays, as far as that is known.
  var extremes: [Double] {
    switch self {
    case .series(let series): [series.minimum, series.maximum].compactMap(\.self)
    case .constant(let value): [value]
    case .formula(let formula, _): [formula.bounds.lowerBound, formula.bounds.upperBound]
    case .counter(let start, _): [start]
    case .missing: []
    }
  }

  fileprivate func value(at time: TimeSpan) -> Double? {
    switch self {
    case .series(let series): series.value(at: time)
    case .constant(let value): value
    case .formula(let formula, let start):
      formula.value(at: TimeSpan(nanoseconds: time.nanoseconds - start.nanoseconds))
    case .missing: nil
    case .counter(let start, let perHour):
      (start + perHour * time.seconds / 3_600).rounded(.down)
    }
  }
}
