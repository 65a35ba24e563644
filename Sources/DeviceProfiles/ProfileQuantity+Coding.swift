extension ProfileQuantity {
  /// Decodes the quantity from what was read of the device; total on any words.
  public func decode(from registers: RegisterReader) -> DecodedValue {
    coding.decode { $0.read(from: registers) }
  }

  /// Decodes the quantity from the words of its own span, for quantities without companions.
  public func decode(words: [UInt16]) -> DecodedValue {
    decode { table, address in
      guard table == field.table, address >= field.address else { return nil }
      let index = Int(address - field.address)
      return index < words.count ? words[index] : nil
    }
  }

  /// The words that carry `value`, or nil where no raw value stands for it: out of the type's
  /// range, not finite, or one that means something else.
  ///
  /// - Parameters:
  ///   - value: the value in the quantity's unit; the nearest that can be expressed is taken.
  ///   - current: what stands in the device now: companions that decide the scale, and the
  ///     neighbours of a bit field (taken as 0 where not known).
  public func encode(
    _ value: Double, current: RegisterReader = { _, _ in nil }
  ) -> [UInt16]? {
    coding.encode(value, content: { $0.read(from: current) }, form: field.raw(of:))
      .map { field.words(for: $0, current: current) }
  }

  /// The words by which the device says `fault`, or nil where it has none for it; gates are
  /// another way of saying it, through other registers.
  public func encode(_ fault: Fault, current: RegisterReader = { _, _ in nil }) -> [UInt16]? {
    coding.raw(saying: fault).map { field.words(for: $0, current: current) }
  }
}
