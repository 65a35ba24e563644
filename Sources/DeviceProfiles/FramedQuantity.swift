/// One value that a line sensor sends: in which field of which message, and what it means.
public struct FramedQuantity: Hashable, Sendable {
  /// How a field stands for a number.
  public enum Format: Hashable, Sendable {
    /// A decimal number, such as `-12.50`.
    case decimal
    /// A whole number in hexadecimal digits.
    case hexadecimal
    /// Degrees and minutes without a space, such as `3515.50` for 35° 15.50'.
    case degreesMinutes
    /// One of these words, each with its number.
    case words([Word])
    /// A number in the bytes of a binary frame.
    case bytes(BinaryNumber)
  }

  /// A word and its number.
  public struct Word: Hashable, Sendable {
    /// The word.
    public var text: [UInt8]
    /// Its number.
    public var value: Double

    /// Makes a word.
    public init(text: [UInt8], value: Double) {
      self.text = text
      self.value = value
    }
  }

  /// A content of the field that is no measurement.
  public struct Message: Hashable, Sendable {
    /// The content.
    public var text: [UInt8]
    /// What it means.
    public var fault: Fault

    /// Makes a message.
    public init(text: [UInt8], means fault: Fault) {
      self.text = text
      self.fault = fault
    }
  }

  /// A condition on another field of the same message.
  public struct Condition: Hashable, Sendable {
    /// The number of that field.
    public var field: Int
    /// What it must hold, one of these.
    public var accepted: [[UInt8]]
    /// What it means where it holds something else.
    public var fault: Fault

    /// Makes a condition.
    public init(field: Int, accepted: [[UInt8]], fault: Fault = .invalid) {
      self.field = field
      self.accepted = accepted
      self.fault = fault
    }
  }

  /// A scaling that another field of the same message decides, such as the letter of a unit.
  public struct FieldScale: Hashable, Sendable {
    /// One content of that field and its scaling.
    public struct Code: Hashable, Sendable {
      /// The content.
      public var text: [UInt8]
      /// The scaling that it stands for, applied after the quantity's own.
      public var scaling: Scaling

      /// Makes a code.
      public init(text: [UInt8], scaling: Scaling) {
        self.text = text
        self.scaling = scaling
      }
    }
    /// The number of that field.
    public var field: Int
    /// Its contents.
    public var codes: [Code]

    /// Makes a scale.
    public init(field: Int, codes: [Code]) {
      self.field = field
      self.codes = codes
    }
  }

  /// The id within the profile, such as `distance`.
  public var id: String
  /// What it is, in a few English words.
  public var title: String
  /// The place of its message in the protocol.
  public var message: Int
  /// The number of its field in that message.
  public var field: Int
  /// How the field stands for a number.
  public var format: Format
  /// UCUM code of the value; `1` for plain numbers and states.
  public var unit: String
  /// How the number becomes a value.
  public var scaling: Scaling
  /// Further scalings that other fields decide, in the order in which they are applied.
  public var fieldScales: [FieldScale]
  /// Contents that are no measurement.
  public var messages: [Message]
  /// Conditions that must hold for the value to count.
  public var conditions: [Condition]
  /// The values that the sensor can honestly give, in `unit`; nil where the maker does not say.
  public var range: ClosedRange<Double>?

  /// Makes a quantity; what is not given is absent or plain.
  public init(
    id: String, title: String = "", message: Int, field: Int, format: Format = .decimal,
    unit: String, scaling: Scaling = Scaling(), fieldScales: [FieldScale] = [],
    messages: [Message] = [], conditions: [Condition] = [], range: ClosedRange<Double>? = nil
  ) {
    self.id = id
    self.title = title
    self.message = message
    self.field = field
    self.format = format
    self.unit = unit
    self.scaling = scaling
    self.fieldScales = fieldScales
    self.messages = messages
    self.conditions = conditions
    self.range = range
  }
}

/// A whole number in the bytes of a frame.
public enum BinaryNumber: String, Hashable, Sendable, CaseIterable {
  /// One byte.
  case uint8
  /// One byte, two's complement.
  case int8
  /// Two bytes, high byte first.
  case uint16
  /// Two bytes, high byte first, two's complement.
  case int16
  /// Two bytes, low byte first.
  case uint16LowFirst = "uint16-low-first"
  /// Two bytes, low byte first, two's complement.
  case int16LowFirst = "int16-low-first"
  /// Four bytes, high byte first.
  case uint32
  /// Four bytes, low byte first.
  case uint32LowFirst = "uint32-low-first"

  /// How many bytes it has.
  public var count: Int {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16, .uint16LowFirst, .int16LowFirst: 2
    case .uint32, .uint32LowFirst: 4
    }
  }

  /// The number in exactly so many bytes.
  func number(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard bytes.count == count else { return nil }
    var raw: UInt32 = 0
    for offset in 0..<count {
      let place = isLowFirst ? bytes.endIndex - 1 - offset : bytes.startIndex + offset
      raw = raw << 8 | UInt32(bytes[place])
    }
    return switch self {
    case .int8: Double(Int8(truncatingIfNeeded: raw))
    case .int16, .int16LowFirst: Double(Int16(truncatingIfNeeded: raw))
    case .uint8, .uint16, .uint16LowFirst, .uint32, .uint32LowFirst: Double(raw)
    }
  }

  var isLowFirst: Bool {
    switch self {
    case .uint16LowFirst, .int16LowFirst, .uint32LowFirst: true
    case .uint8, .int8, .uint16, .int16, .uint32: false
    }
  }
}

extension FramedQuantity {
  /// Decodes the quantity from a message; total on any bytes.
  ///
  /// The conditions come first, then the contents that mean something else, then
  /// `(number + before) * ratio + after` and the scalings of other fields. An empty field means
  /// that the sensor has no value.
  ///
  /// - Parameters:
  ///   - frame: The content of the frame.
  ///   - fields: Where the message's fields stand in it.
  public func decode(_ frame: [UInt8], fields: [Range<Int>]) -> DecodedValue {
    for condition in conditions {
      let state = trimmed(frame[fields[condition.field]])
      if !condition.accepted.contains(where: { state.elementsEqual($0) }) {
        return DecodedValue(condition.fault)
      }
    }
    let content = format.isText ? trimmed(frame[fields[field]]) : frame[fields[field]]
    if let message = messages.first(where: { content.elementsEqual($0.text) }) {
      return DecodedValue(message.fault)
    }
    if content.isEmpty { return .missing(.noMeasurement) }
    guard let number = format.number(content) else { return .invalid(.unreadable) }
    var value = scaling.value(of: number)
    for scale in fieldScales {
      let code = trimmed(frame[fields[scale.field]])
      guard let found = scale.codes.first(where: { code.elementsEqual($0.text) }) else {
        return .invalid(.unknownScale)
      }
      value = found.scaling.value(of: value)
    }
    return value.isFinite ? .value(value) : .invalid(.notFinite)
  }
}

extension FramedQuantity.Format {
  fileprivate var isText: Bool {
    if case .bytes = self { return false }
    return true
  }

  fileprivate func number(_ content: ArraySlice<UInt8>) -> Double? {
    switch self {
    case .decimal: return decimalNumber(content)
    case .hexadecimal: return hexadecimalNumber(content)
    case .degreesMinutes: return DeviceProfiles.degreesMinutes(content)
    case .words(let words): return words.first { content.elementsEqual($0.text) }?.value
    case .bytes(let type): return type.number(content)
    }
  }
}

/// Without the spaces around it, with which many sensors keep their columns.
func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var rest = bytes
  while rest.first == 0x20 { rest.removeFirst() }
  while rest.last == 0x20 { rest.removeLast() }
  return rest
}
