/// `gain · x + offset`: a change of unit, or a site's derivation of one quantity from another.
public struct AffineMapping: Hashable, Sendable {
  /// What `x` is multiplied with; never 0, always finite.
  public let gain: Double
  /// What is added afterwards; always finite.
  public let offset: Double

  /// Makes the mapping; nil when `gain` is 0 or one of the two is not finite, because such a
  /// mapping has no inverse.
  public init?(gain: Double, offset: Double = 0) {
    guard gain.isFinite, offset.isFinite, gain != 0 else { return nil }
    self.gain = gain
    self.offset = offset
  }

  private init(validGain: Double, offset: Double) {
    gain = validGain
    self.offset = offset
  }

  /// The mapping that changes nothing.
  public static let identity = AffineMapping(validGain: 1, offset: 0)

  /// `gain · x + offset`.
  public func apply(_ x: Double) -> Double { gain * x + offset }

  /// The `x` that `apply` takes to `y`.
  public func invert(_ y: Double) -> Double { (y - offset) / gain }
}
