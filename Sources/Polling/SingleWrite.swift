public import DeviceProfiles

/// One value that somebody wants to stand in a device, as the output that `SingleSample` writes.
public struct SingleWrite: Sendable {
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

  /// What is switched on: that writes the value, and reads it back where that is possible.
  public let output: WrittenOutput
  /// What must stand there afterwards, in the bits that are meant; nil where the device shows something
  /// else, or nothing.
  public let expected: [UInt16]?

  /// What is read before and after.
  public var span: RegisterSpan { output.quantity.span }

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
    guard let words = quantity.encode(value, current: current),
      let raw = field.read(from: { words[Int($1 - field.address)] })
    else { throw .noRawValue }
    guard quantity.busRequest(words: words) != nil else { throw .wrongTable }
    // Companions have said what the raw value is, which is all that the device gets.
    var plain = quantity
    plain.coding = ValueCoding(field: field)
    try self.init(raw: field.number(of: raw), to: plain, words: words)
  }

  /// Writes a raw word of which no profile says anything.
  ///
  /// - Parameter isReadable: Whether the device lets it be read back.
  public init(
    raw word: UInt16, table: RegisterTable, address: UInt16, isReadable: Bool = true
  ) throws(Refusal) {
    guard table == .coil || table == .holdingRegister else { throw .wrongTable }
    guard table == .holdingRegister || word <= 1 else { throw .outOfRange(0...1) }
    var quantity = ProfileQuantity.raw(RegisterSpan(table: table, address: address, count: 1))
    if !isReadable { quantity.access = .write }
    try self.init(raw: Double(word), to: quantity, words: [word])
  }

  private init(
    raw number: Double, to quantity: ProfileQuantity, words: [UInt16]
  ) throws(Refusal) {
    output = WrittenOutput(
      output: 0, quantity: quantity, values: SwitchedValues(on: number, off: number),
      maximumOnTime: PollingLimits.longestPeriod)
    do throws(BusPlanError) {
      let field = try WrittenField(output)
      let mask = words.count == 1 ? quantity.field.maskOfWord : .max
      expected = field.isVerified ? words.map { $0 & mask } : nil
    } catch { throw .noRawValue }
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
