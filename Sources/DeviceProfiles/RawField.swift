/// How the bits of a quantity are to be understood before any scaling.
public enum RawType: String, Hashable, Sendable, CaseIterable {
  /// A coil or discrete input.
  case bit
  /// One register, not signed.
  case uint16
  /// One register, two's complement.
  case int16
  /// Two registers, not signed.
  case uint32
  /// Two registers, two's complement.
  case int32
  /// Four registers, not signed.
  case uint64
  /// Four registers, two's complement.
  case int64
  /// Two registers, IEEE 754 single precision.
  case float32
  /// Four registers, IEEE 754 double precision.
  case float64

  /// How many registers (or, for `bit`, bits) the type takes.
  public var count: UInt16 {
    switch self {
    case .bit, .uint16, .int16: 1
    case .uint32, .int32, .float32: 2
    case .uint64, .int64, .float64: 4
    }
  }

  /// How many bits of payload the type has.
  public var width: UInt8 { self == .bit ? 1 : UInt8(count * 16) }

  /// True for the two IEEE 754 types.
  public var isFloat: Bool { self == .float32 || self == .float64 }

  /// True for the two's complement types.
  public var isSigned: Bool { self == .int16 || self == .int32 || self == .int64 }
}

/// In which order the bytes of a number travel; A is the most significant one of a 32-bit number.
///
/// A 64-bit number follows the same two rules, words in order or reversed, bytes in order or
/// swapped within each word; of a single register only the second rule is left.
public enum WordOrder: String, Hashable, Sendable, CaseIterable {
  /// High word first, high byte first: the Modbus convention.
  case abcd = "ABCD"
  /// Low word first, high byte first.
  case cdab = "CDAB"
  /// High word first, low byte first.
  case badc = "BADC"
  /// Low word first, low byte first: fully little-endian.
  case dcba = "DCBA"

  /// True where the least significant word has the lowest address.
  public var isLowWordFirst: Bool { self == .cdab || self == .dcba }
  /// True where each word carries its low byte first.
  public var isByteSwapped: Bool { self == .badc || self == .dcba }
}

/// A run of bits inside an integer, such as a nibble of a status word.
public struct BitField: Hashable, Sendable {
  /// The lowest bit, counted from 0.
  public var shift: UInt8
  /// How many bits; at least 1.
  public var width: UInt8

  /// Makes a bit field.
  public init(shift: UInt8, width: UInt8) {
    self.shift = shift
    self.width = width
  }

  /// Ones where the field stands.
  var mask: UInt64 { lowBits(width) << UInt64(shift) }
}

/// Gives the word at an address of a table, or nil where it was not read; of a coil or discrete
/// input, 0 or 1. It stands for whatever holds a device's last answers.
public typealias RegisterReader = (_ table: RegisterTable, _ address: UInt16) -> UInt16?

/// Where raw bits stand in a device and in which form: everything short of their meaning.
public struct RawField: Hashable, Sendable {
  /// The table.
  public var table: RegisterTable
  /// The first address, counted from 0 as on the wire.
  public var address: UInt16
  /// The raw form; `bit` in the two bit tables. A coil of type `uint16` is one that takes a
  /// number in the value field of function code 5 and can only be written.
  public var type: RawType
  /// The order of words and bytes.
  public var order: WordOrder
  /// The part of the integer that counts; nil: all of it. A part is never signed.
  public var bits: BitField?

  /// Makes a field.
  public init(
    table: RegisterTable, address: UInt16, type: RawType, order: WordOrder = .abcd,
    bits: BitField? = nil
  ) {
    self.table = table
    self.address = address
    self.type = type
    self.order = order
    self.bits = bits
  }

  /// The registers that the field needs, always to be read in one transaction.
  public var span: RegisterSpan {
    RegisterSpan(table: table, address: address, count: type.count)
  }

  /// True where a write of one of the two could change the other.
  public func overlaps(_ other: RawField) -> Bool {
    guard table == other.table, span.end > Int(other.address), other.span.end > Int(address) else {
      return false
    }
    guard address == other.address, type.count == 1, other.type.count == 1, bits != nil,
      other.bits != nil
    else { return true }
    let mine = words(for: lowBits(width))[0]
    return mine & other.words(for: lowBits(other.width))[0] != 0
  }

  /// How many bits count.
  public var width: UInt8 { bits?.width ?? type.width }

  /// Collects the field's bits, or gives nil where one of its registers was not read.
  public func read(from registers: RegisterReader) -> UInt64? {
    guard let whole = readWhole(from: registers) else { return nil }
    guard let bits else { return whole }
    return (whole & bits.mask) >> UInt64(bits.shift)
  }

  /// The words that carry `raw`; a bit field keeps what `current` says of its neighbours.
  public func words(for raw: UInt64, current: RegisterReader = { _, _ in nil }) -> [UInt16] {
    var whole = raw & lowBits(type.width)
    if let bits {
      let rest = (readWhole(from: current) ?? 0) & ~bits.mask
      whole = rest | ((raw << UInt64(bits.shift)) & bits.mask)
    }
    let count = Int(type.count)
    return (0..<count).map { index in
      let position = order.isLowWordFirst ? index : count - 1 - index
      let word = UInt16(truncatingIfNeeded: whole >> UInt64(position * 16))
      return order.isByteSwapped ? word.byteSwapped : word
    }
  }

  private func readWhole(from registers: RegisterReader) -> UInt64? {
    let count = Int(type.count)
    guard span.end <= 0x1_0000 else { return nil }
    var whole: UInt64 = 0
    for index in 0..<count {
      guard let word = registers(table, address + UInt16(index)) else { return nil }
      let position = order.isLowWordFirst ? index : count - 1 - index
      whole |= UInt64(order.isByteSwapped ? word.byteSwapped : word) << UInt64(position * 16)
    }
    return type == .bit ? (whole == 0 ? 0 : 1) : whole
  }
}

extension RawField {
  /// The number that `raw` stands for.
  public func number(of raw: UInt64) -> Double {
    if bits != nil { return Double(raw) }
    return switch type {
    case .bit, .uint16, .uint32, .uint64: Double(raw)
    case .int16: Double(Int16(truncatingIfNeeded: raw))
    case .int32: Double(Int32(truncatingIfNeeded: raw))
    case .int64: Double(Int64(bitPattern: raw))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
    case .float64: Double(bitPattern: raw)
    }
  }

  /// The bits that stand for the number nearest to `number`, or nil where the type has none.
  public func raw(of number: Double) -> UInt64? {
    switch type {
    case .float32:
      let single = Float(number)
      return single.isFinite ? UInt64(single.bitPattern) : nil
    case .float64:
      return number.isFinite ? number.bitPattern : nil
    case .bit, .uint16, .int16, .uint32, .int32, .uint64, .int64:
      let whole = number.rounded()
      if type.isSigned && bits == nil {
        guard let signed = Int64(exactly: whole) else { return nil }
        let limit = Int64(truncatingIfNeeded: lowBits(width - 1))
        guard signed >= -limit - 1, signed <= limit else { return nil }
        return UInt64(bitPattern: signed) & lowBits(width)
      }
      guard let unsigned = UInt64(exactly: whole), unsigned <= lowBits(width) else { return nil }
      return unsigned
    }
  }
}

/// The `width` lowest bits set; all 64 from there on.
func lowBits(_ width: UInt8) -> UInt64 {
  width >= 64 ? .max : (1 << UInt64(width)) - 1
}
