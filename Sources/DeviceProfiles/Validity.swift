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

/// A raw content that is no measurement but a message.
public struct Sentinel<Raw: Hashable & Sendable>: Hashable, Sendable {
  /// What is compared.
  public enum Pattern: Hashable, Sendable {
    /// Exactly this content.
    case raw(Raw)
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

  func matches<Field: EncodedField>(_ raw: Raw, field: Field) -> Bool where Field.Raw == Raw {
    switch pattern {
    case .raw(let content): raw == content
    case .notANumber: field.decodedNumber(raw)?.isNaN == true
    case .positiveInfinity: field.decodedNumber(raw) == .infinity
    case .negativeInfinity: field.decodedNumber(raw) == -.infinity
    }
  }

  /// A content that matches, for a device model that wants to send the message.
  func raw<Field: EncodedField>(in field: Field) -> Raw? where Field.Raw == Raw {
    switch pattern {
    case .raw(let content): content
    case .notANumber: field.raw(ofNonFinite: .nan)
    case .positiveInfinity: field.raw(ofNonFinite: .infinity)
    case .negativeInfinity: field.raw(ofNonFinite: -.infinity)
    }
  }
}

/// A condition on another field of the device: only where it holds does a value count.
public struct Gate<Field: EncodedField>: Hashable, Sendable {
  /// The companion's id in the profile, or the name of its field in the message.
  public var companion: String
  /// Where the companion stands, or the one bit of it that is looked at.
  public var field: Field
  /// The bit of the companion that is looked at; nil: all of it.
  public var bit: UInt8?
  /// What must stand there, one of these.
  public var accepted: [Field.Raw]
  /// What it means when there is something else.
  public var fault: Fault

  /// Makes a gate on all of the companion.
  public init(
    companion: String, field: Field, accepted: [Field.Raw], fault: Fault = .invalid
  ) {
    self.companion = companion
    self.field = field
    self.accepted = accepted
    self.fault = fault
  }
}

extension Gate<RawField> {
  /// A gate that is open while bit `bit` of the companion is 0.
  public static func clear(
    bit: UInt8, of companion: String, at field: RawField, fault: Fault = .invalid
  ) -> Gate {
    Gate(bit: bit, of: companion, at: field, accepted: 0, fault: fault)
  }

  /// A gate that is open while bit `bit` of the companion is 1.
  public static func set(
    bit: UInt8, of companion: String, at field: RawField, fault: Fault = .invalid
  ) -> Gate {
    Gate(bit: bit, of: companion, at: field, accepted: 1, fault: fault)
  }

  private init(
    bit: UInt8, of companion: String, at field: RawField, accepted: UInt64, fault: Fault
  ) {
    var part = field
    part.bits = BitField(shift: (field.bits?.shift ?? 0) &+ bit, width: 1)
    self.init(companion: companion, field: part, accepted: [accepted], fault: fault)
    self.bit = bit
  }
}
