/// Why bytes are not the CDR message that was expected. Positions count from the message's start.
public enum CDRError: Error, Equatable, Sendable {
  /// The first two bytes are not `00 01`: not plain little-endian CDR.
  case unsupportedEncapsulation([UInt8])
  /// A value of `needed` bytes was due at `position`, and only `available` are left.
  case truncated(position: Int, needed: Int, available: Int)
  /// The bytes at `position` are no `type`: a bool that is neither 0 nor 1, text that is not
  /// UTF-8 or not closed by a zero.
  case invalidValue(type: String, position: Int)
  /// The message ended and more than padding followed.
  case trailingBytes(count: Int)
}

/// Decodes what `CDRWriter` writes. Any bytes may be given: the answer is a value or a `CDRError`.
public struct CDRReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  /// Begins to read a message.
  public init(_ bytes: ArraySlice<UInt8>) throws(CDRError) {
    let header = bytes.prefix(CDREncapsulation.byteCount)
    guard header.count == CDREncapsulation.byteCount,
      header.starts(with: CDREncapsulation.littleEndian.prefix(2))
    else { throw .unsupportedEncapsulation(Array(header)) }
    self.bytes = bytes
    index = header.endIndex
  }

  /// Begins to read a message.
  public init(_ bytes: [UInt8]) throws(CDRError) { try self.init(bytes[...]) }

  /// Bytes taken so far, header included.
  public var position: Int { index - bytes.startIndex }
  /// Bytes not yet taken.
  public var remaining: Int { bytes.endIndex - index }

  /// Takes the next value.
  public mutating func read<Value: CDRValue>(
    _ type: Value.Type = Value.self
  ) throws(CDRError) -> Value {
    try Value(from: &self)
  }

  /// Checks that the message is over. Up to three bytes of padding may follow, as DDS pads
  /// messages to whole words.
  public func end() throws(CDRError) {
    guard remaining < 4 else { throw .trailingBytes(count: remaining) }
  }

  mutating func bits<Bits: FixedWidthInteger & UnsignedInteger>() throws(CDRError) -> Bits {
    let size = Bits.bitWidth / 8
    let misalignment = (position - CDREncapsulation.byteCount) % size
    let padding = misalignment == 0 ? 0 : size - misalignment
    try require(padding + size)
    index += padding
    defer { index += size }
    return bytes.littleEndian(at: index)
  }

  mutating func string() throws(CDRError) -> String {
    let start = position
    let count = try elementCount(elementBytes: 1)
    // Some serializers write an empty string without its zero.
    guard count > 0 else { return "" }
    let text = bytes[index..<index + count]
    index += count
    guard text.last == 0, let string = String(validating: text.dropLast(), as: UTF8.self) else {
      throw .invalidValue(type: String.schemaType, position: start)
    }
    return string
  }

  mutating func sequence<Element: CDRPrimitive>() throws(CDRError) -> [Element] {
    let count = try elementCount(elementBytes: Element.Bits.bitWidth / 8)
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try Element(from: &self)) }
    return elements
  }

  /// Takes a count of elements; they must be there before memory is taken for them.
  private mutating func elementCount(elementBytes: Int) throws(CDRError) -> Int {
    let count = try bits() as UInt32
    try require(Int(clamping: Int64(count) * Int64(elementBytes)))
    return Int(count)
  }

  private func require(_ needed: Int) throws(CDRError) {
    guard needed <= remaining else {
      throw .truncated(position: position, needed: needed, available: remaining)
    }
  }
}
