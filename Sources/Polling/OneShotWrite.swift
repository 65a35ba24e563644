public import DeviceProfiles

/// One value that somebody wants to stand in a device: what is written for it, and what must read
/// back.
public struct OneShotWrite: Hashable, Sendable {
  /// Why something cannot be written.
  public enum Refusal: Error, Hashable, Sendable {
    /// The profile does not declare it as writable.
    case readOnly
    /// Only coils and holding registers can be written.
    case wrongTable
    /// Outside of what the device takes.
    case outOfRange(ClosedRange<Double>)
    /// No raw value stands for it.
    case noRawValue
    /// It shares its register with other quantities, and those could not be read.
    case neighboursUnknown
  }

  /// What is sent.
  public let request: BusRequest
  /// What is read before and after.
  public let span: RegisterSpan
  /// What must stand there afterwards, in the bits of `mask`; nil where the device shows something
  /// else, or nothing.
  public let expected: [UInt16]?
  /// The bits of each register that are meant.
  public let mask: UInt16

  /// Writes `value` to a quantity that its profile declares as writable.
  ///
  /// - Parameters:
  ///   - value: The value in the quantity's unit.
  ///   - quantity: What is written.
  ///   - current: What stands in the device now: the neighbours of a bit field, and companions.
  public init(
    _ value: Double, to quantity: ProfileQuantity, current: RegisterReader
  ) throws(Refusal) {
    guard quantity.isWritable else { throw .readOnly }
    if let range = quantity.range, !range.contains(value) { throw .outOfRange(range) }
    let field = quantity.field
    guard !quantity.keepsNeighbours || current(field.table, field.address) != nil else {
      throw .neighboursUnknown
    }
    guard let words = quantity.encode(value, current: current) else { throw .noRawValue }
    // Function code and data as the profile asks for them: one register or several, or a number
    // into a coil, which relay modules take as a time.
    guard let request = quantity.busRequest(words: words) else { throw .wrongTable }
    self.request = request
    span = quantity.span
    let mask = words.count == 1 ? field.maskOfWord : .max
    self.mask = mask
    expected =
      quantity.isReadable && quantity.readback == .same ? words.map { $0 & mask } : nil
  }

  /// Writes a raw word of which no profile says anything.
  public init(raw word: UInt16, table: RegisterTable, address: UInt16) throws(Refusal) {
    switch table {
    case .coil:
      guard word <= 1 else { throw .outOfRange(0...1) }
      request = .writeCoil(address: address, on: word == 1)
    case .holdingRegister: request = .writeRegister(address: address, value: word)
    case .discreteInput, .inputRegister: throw .wrongTable
    }
    span = RegisterSpan(table: table, address: address, count: 1)
    expected = [word]
    mask = .max
  }

  /// True where `words`, read back, are what was written; nil where that cannot be told.
  public func isVerified(by words: [UInt16]?) -> Bool? {
    guard let expected, let words else { return nil }
    return words.map { $0 & mask } == expected
  }
}

extension RawField {
  /// The bits that count of a field in one register.
  fileprivate var maskOfWord: UInt16 {
    guard let bits, bits.width < 16 else { return .max }
    let mask = UInt16(truncatingIfNeeded: ((1 << UInt32(bits.width)) - 1) << UInt32(bits.shift))
    return order.isByteSwapped ? mask.byteSwapped : mask
  }
}
