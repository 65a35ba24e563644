/// A value that CDR can carry and a `ros2msg` schema can name: the primitives below, strings, and
/// sequences of primitives.
public protocol CDRValue: Equatable, Sendable {
  /// The type's name in a `ros2msg` schema, e.g. `float64` or `uint16[]`.
  static var schemaType: String { get }
  /// Appends the value, aligned.
  func write(to writer: inout CDRWriter)
  /// Takes the next value.
  init(from reader: inout CDRReader) throws(CDRError)
}

/// A CDR value of fixed size, aligned to that size.
public protocol CDRPrimitive: CDRValue {
  /// The value's bits as an unsigned number of the same width.
  associatedtype Bits: FixedWidthInteger & UnsignedInteger
  /// The value's bits.
  var cdrBits: Bits { get }
  /// The value of these bits, or nil when there is none.
  init?(cdrBits: Bits)
}

extension CDRPrimitive {
  /// Appends the value, aligned to its size.
  public func write(to writer: inout CDRWriter) { writer.append(bits: cdrBits) }
  /// Takes the next value.
  public init(from reader: inout CDRReader) throws(CDRError) {
    let position = reader.position
    guard let value = Self(cdrBits: try reader.bits()) else {
      throw .invalidValue(type: Self.schemaType, position: position)
    }
    self = value
  }
}

extension CDRPrimitive where Self: FixedWidthInteger, Bits == Magnitude {
  /// The number's two's complement.
  public var cdrBits: Bits { Bits(truncatingIfNeeded: self) }
  /// The number with this two's complement.
  public init?(cdrBits: Bits) { self.init(truncatingIfNeeded: cdrBits) }
}

extension UInt8: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "uint8" }
}
extension UInt16: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "uint16" }
}
extension UInt32: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "uint32" }
}
extension UInt64: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "uint64" }
}
extension Int8: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "int8" }
}
extension Int16: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "int16" }
}
extension Int32: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "int32" }
}
extension Int64: CDRPrimitive {
  /// The pattern of the number's bits.
  public typealias Bits = Magnitude
  /// As ROS 2 names it.
  public static var schemaType: String { "int64" }
}
extension Float: CDRPrimitive {
  /// As ROS 2 names it.
  public static var schemaType: String { "float32" }
  /// The IEEE 754 bits, a NaN's payload included.
  public var cdrBits: UInt32 { bitPattern }
  /// The number of these IEEE 754 bits.
  public init?(cdrBits: UInt32) { self.init(bitPattern: cdrBits) }
}
extension Double: CDRPrimitive {
  /// As ROS 2 names it.
  public static var schemaType: String { "float64" }
  /// The IEEE 754 bits, a NaN's payload included.
  public var cdrBits: UInt64 { bitPattern }
  /// The number of these IEEE 754 bits.
  public init?(cdrBits: UInt64) { self.init(bitPattern: cdrBits) }
}
extension Bool: CDRPrimitive {
  /// As ROS 2 names it.
  public static var schemaType: String { "bool" }
  /// 1 for true.
  public var cdrBits: UInt8 { self ? 1 : 0 }
  /// Nil for anything but 0 and 1.
  public init?(cdrBits: UInt8) {
    guard cdrBits <= 1 else { return nil }
    self = cdrBits == 1
  }
}

extension String: CDRValue {
  /// As ROS 2 names it.
  public static var schemaType: String { "string" }
  /// Appends the length with its closing zero, the UTF-8 bytes, and the zero.
  public func write(to writer: inout CDRWriter) { writer.append(string: self) }
  /// Takes the next string.
  public init(from reader: inout CDRReader) throws(CDRError) { self = try reader.string() }
}

extension Array: CDRValue where Element: CDRPrimitive {
  /// As ROS 2 names it.
  public static var schemaType: String { Element.schemaType + "[]" }
  /// Appends the count, then the elements, each aligned.
  public func write(to writer: inout CDRWriter) { writer.append(sequence: self) }
  /// Takes the next sequence.
  public init(from reader: inout CDRReader) throws(CDRError) { self = try reader.sequence() }
}
