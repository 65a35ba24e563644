/// Why a number that a device sends is none.
public enum Fault: String, Hashable, Sendable, CaseIterable {
  /// The device has nothing to tell: channel inactive, no echo, no sensor.
  case missing
  /// The device measured and knows that the result is wrong.
  case invalid
  /// Above what the device can measure.
  case overflow
  /// Below what the device can measure.
  case underflow
}

/// A raw value that is no measurement but a message.
public struct Sentinel: Hashable, Sendable {
  /// What is compared.
  public enum Pattern: Hashable, Sendable {
    /// Exactly these raw bits.
    case raw(UInt64)
    /// Any not-a-number of a float type.
    case notANumber
    /// Positive infinity of a float type.
    case positiveInfinity
    /// Negative infinity of a float type.
    case negativeInfinity
  }
  /// What is compared.
  public var pattern: Pattern
  /// What it means.
  public var fault: Fault

  /// Makes a sentinel.
  public init(_ pattern: Pattern, means fault: Fault) {
    self.pattern = pattern
    self.fault = fault
  }

  /// What a float that is no finite number means where a profile does not say otherwise.
  static let nonFinite = [
    Sentinel(.notANumber, means: .invalid),
    Sentinel(.positiveInfinity, means: .overflow),
    Sentinel(.negativeInfinity, means: .underflow),
  ]

  func matches(raw: UInt64, field: RawField) -> Bool {
    switch pattern {
    case .raw(let bits): raw == bits
    case .notANumber: field.type.isFloat && field.number(of: raw).isNaN
    case .positiveInfinity: field.type.isFloat && field.number(of: raw) == .infinity
    case .negativeInfinity: field.type.isFloat && field.number(of: raw) == -.infinity
    }
  }

  /// Raw bits that match, for a device model that wants to send the message.
  func raw(in field: RawField) -> UInt64? {
    switch pattern {
    case .raw(let bits): bits
    case .notANumber: Self.raw(of: .nan, in: field)
    case .positiveInfinity: Self.raw(of: .infinity, in: field)
    case .negativeInfinity: Self.raw(of: -.infinity, in: field)
    }
  }

  private static func raw(of number: Double, in field: RawField) -> UInt64? {
    switch field.type {
    case .float32: UInt64(Float(number).bitPattern)
    case .float64: number.bitPattern
    case .bit, .uint16, .int16, .uint32, .int32, .uint64, .int64: nil
    }
  }
}

/// A condition on another register of the device: only where it holds does a value count.
public struct Gate: Hashable, Sendable {
  /// The companion's id in the profile.
  public var companion: String
  /// Where the companion stands.
  public var field: RawField
  /// The bits of the companion that are looked at.
  public var mask: UInt64
  /// What those bits must be, one of these.
  public var accepted: [UInt64]
  /// What it means when they are something else.
  public var fault: Fault

  /// Makes a gate.
  public init(
    companion: String, field: RawField, mask: UInt64 = .max, accepted: [UInt64],
    fault: Fault = .invalid
  ) {
    self.companion = companion
    self.field = field
    self.mask = mask
    self.accepted = accepted
    self.fault = fault
  }

  /// A gate that is open while bit `bit` of the companion is 0.
  public static func clear(
    bit: UInt8, of companion: String, at field: RawField, fault: Fault = .invalid
  ) -> Gate {
    Gate(
      companion: companion, field: field, mask: 1 << UInt64(bit), accepted: [0], fault: fault)
  }

  /// A gate that is open while bit `bit` of the companion is 1.
  public static func set(
    bit: UInt8, of companion: String, at field: RawField, fault: Fault = .invalid
  ) -> Gate {
    let mask: UInt64 = 1 << UInt64(bit)
    return Gate(
      companion: companion, field: field, mask: mask, accepted: [mask], fault: fault)
  }
}
