/// A fraction of two whole numbers; unlike 0.1 it can be written down exactly.
public struct Ratio: Hashable, Sendable {
  /// Above the line; never 0.
  public var numerator: Int64
  /// Below the line; at least 1.
  public var denominator: Int64

  /// Makes a ratio.
  public init(_ numerator: Int64, _ denominator: Int64 = 1) {
    self.numerator = numerator
    self.denominator = denominator
  }
}

/// How a raw number becomes a value: `(raw + before) * ratio + after`.
public struct Scaling: Hashable, Sendable {
  /// Added to the raw number first.
  public var before: Double
  /// Multiplied with.
  public var ratio: Ratio
  /// Added last, in the quantity's unit.
  public var after: Double

  /// Makes a scaling; by default the raw number is the value.
  public init(before: Double = 0, ratio: Ratio = Ratio(1), after: Double = 0) {
    self.before = before
    self.ratio = ratio
    self.after = after
  }

  /// Multiplies before it divides, so that a result that has an exact decimal form is the double
  /// next to that form.
  func value(of number: Double) -> Double {
    (number + before) * Double(ratio.numerator) / Double(ratio.denominator) + after
  }

  func number(of value: Double) -> Double {
    (value - after) * Double(ratio.denominator) / Double(ratio.numerator) - before
  }
}

/// A scaling that another register of the device decides.
public struct CompanionScale: Hashable, Sendable {
  /// What the other register says.
  public enum Rule: Hashable, Sendable {
    /// The number of decimal places: the value is divided by ten to that power.
    case decimals
    /// A code, usually of a unit; each code has the scaling that leads to the quantity's unit.
    case codes([Code])
  }
  /// One code and what it means.
  public struct Code: Hashable, Sendable {
    /// The companion's raw value.
    public var raw: UInt64
    /// The scaling that it stands for, applied after the quantity's own.
    public var scaling: Scaling

    /// Makes a code.
    public init(raw: UInt64, scaling: Scaling) {
      self.raw = raw
      self.scaling = scaling
    }
  }
  /// The companion's id in the profile.
  public var companion: String
  /// Where the companion stands.
  public var field: RawField
  /// What it says.
  public var rule: Rule

  /// The most decimal places that are believed; a 16-bit number cannot have more than five digits,
  /// a 32-bit number not more than ten.
  public static var maximumDecimals: UInt64 { 10 }

  /// Makes a scale.
  public init(companion: String, field: RawField, rule: Rule) {
    self.companion = companion
    self.field = field
    self.rule = rule
  }

  /// The scaling for the companion's raw value, or nil where that has no meaning.
  func scaling(for raw: UInt64) -> Scaling? {
    switch rule {
    case .decimals:
      guard raw <= Self.maximumDecimals else { return nil }
      var denominator: Int64 = 1
      for _ in 0..<raw { denominator *= 10 }
      return Scaling(ratio: Ratio(1, denominator))
    case .codes(let codes):
      return codes.first { $0.raw == raw }?.scaling
    }
  }
}
