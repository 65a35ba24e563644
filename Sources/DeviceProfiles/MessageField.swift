/// One field of a message, by its number, and how it stands for a number.
public struct MessageField: EncodedField {
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
    /// A text that stands for no number, such as a letter that says whether a value counts.
    case text
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

  /// Its number among the fields of the message.
  public var number: Int
  /// How it stands for a number.
  public var format: Format

  /// Makes a field.
  public init(_ number: Int, format: Format = .decimal) {
    self.number = number
    self.format = format
  }

  /// An empty field says that the sensor has no value.
  public static let builtInSentinels = [Sentinel<ArraySlice<UInt8>>(.raw([]), means: .missing)]

  /// The number for which a text or bytes stand; nil where they are none.
  public func decodedNumber(_ content: ArraySlice<UInt8>) -> Double? {
    switch format {
    case .decimal: decimalNumber(content)
    case .hexadecimal: hexadecimalNumber(content)
    case .degreesMinutes: degreesMinutes(content)
    case .words(let words): words.first { content.elementsEqual($0.text) }?.value
    case .bytes(let type): type.number(content)
    case .text: nil
    }
  }

  /// Texts stand for finite numbers only.
  public func raw(ofNonFinite number: Double) -> ArraySlice<UInt8>? { nil }

  /// What stands in the field: bytes as they are, text without the spaces around it, with which many
  /// sensors keep their columns.
  func content(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    if case .bytes = format { return bytes }
    var rest = bytes
    while rest.first == 0x20 { rest.removeFirst() }
    while rest.last == 0x20 { rest.removeLast() }
    return rest
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
      let position = isLowFirst ? bytes.endIndex - 1 - offset : bytes.startIndex + offset
      raw = raw << 8 | UInt32(bytes[position])
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
