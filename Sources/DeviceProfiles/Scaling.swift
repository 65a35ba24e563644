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

/// A scaling that another field of the device decides, such as the register of a unit or the letter of
/// one in a message.
public struct CompanionScale<Field: EncodedField>: Hashable, Sendable {
  /// What the other field says.
  public enum Rule: Hashable, Sendable {
    /// The number of decimal places: the value is divided by ten to that power.
    case decimals
    /// A code, usually of a unit; each code has the scaling that leads to the quantity's unit.
    case codes([ScaleCode<Field.Raw>])
  }
  /// The companion's id in the profile, or the name of its field in the message.
  public var companion: String
  /// Where the companion stands.
  public var field: Field
  /// What it says.
  public var rule: Rule

  /// Makes a scale.
  public init(companion: String, field: Field, rule: Rule) {
    self.companion = companion
    self.field = field
    self.rule = rule
  }

  /// The scaling for the companion's raw content, or nil where that has no meaning.
  func scaling(for raw: Field.Raw) -> Scaling? {
    switch rule {
    case .decimals:
      guard let number = field.decodedNumber(raw), let decimals = Int(exactly: number),
        (0...mostDecimals).contains(decimals)
      else { return nil }
      var denominator: Int64 = 1
      for _ in 0..<decimals { denominator *= 10 }
      return Scaling(ratio: Ratio(1, denominator))
    case .codes(let codes):
      return codes.first { $0.raw == raw }?.scaling
    }
  }
}

/// One content of a companion and the scaling for which it stands.
public struct ScaleCode<Raw: Hashable & Sendable>: Hashable, Sendable {
  /// The companion's raw content.
  public var raw: Raw
  /// The scaling that it stands for, applied after the quantity's own.
  public var scaling: Scaling

  /// Makes a code.
  public init(raw: Raw, scaling: Scaling) {
    self.raw = raw
    self.scaling = scaling
  }
}

/// The most decimal places that are believed; a 16-bit number cannot have more than five digits,
/// a 32-bit number not more than ten.
public let mostDecimals = 10
