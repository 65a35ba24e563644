/// How a value in one unit becomes one in another: `value * factor + offset`.
public struct UnitConversion: Hashable, Sendable {
  /// Multiplied with the value.
  public let factor: Double
  /// Added after the multiplication.
  public let offset: Double

  /// Makes the conversion between two units, named by their UCUM codes.
  ///
  /// - Returns: nil where a code is unknown or the two do not measure the same.
  public init?(from source: String, to target: String) {
    guard let source = Unit.named(source), let target = Unit.named(target),
      let conversion = source.conversion(to: target)
    else { return nil }
    factor = conversion.factor
    offset = conversion.offset
  }
}
