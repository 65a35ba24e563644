/// What a device's registers say about a quantity.
public enum DecodedValue: Hashable, Sendable {
  /// Why there is nothing.
  public enum Absence: Hashable, Sendable {
    /// A register that is needed was not read.
    case notRead
    /// The device sent the message that it has no value.
    case noMeasurement
  }
  /// Why there is something that must not be used.
  public enum Defect: Hashable, Sendable {
    /// The device says so, by a sentinel or by a status register.
    case reported
    /// Above what the device can measure.
    case overflow
    /// Below what the device can measure.
    case underflow
    /// A register that decides unit or decimals has a value without meaning.
    case unknownScale
    /// The scaled number is not finite.
    case notFinite
    /// The text is no number.
    case unreadable
  }
  /// A finite number in the quantity's unit.
  case value(Double)
  /// There is nothing.
  case missing(Absence)
  /// There is something that must not be used.
  case invalid(Defect)

  init(_ fault: Fault) {
    self =
      switch fault {
      case .missing: .missing(.noMeasurement)
      case .invalid: .invalid(.reported)
      case .overflow: .invalid(.overflow)
      case .underflow: .invalid(.underflow)
      }
  }
}

extension ProfileQuantity {
  /// Decodes the quantity from what was read of the device; total on any words.
  ///
  /// The gates come first, then the sentinels, then `(raw + before) * ratio + after` and the
  /// scalings of companions.
  public func decode(from registers: RegisterReader) -> DecodedValue {
    guard let raw = field.read(from: registers) else { return .missing(.notRead) }
    for gate in gates {
      guard let state = gate.field.read(from: registers) else { return .missing(.notRead) }
      if !gate.accepted.contains(state & gate.mask) { return DecodedValue(gate.fault) }
    }
    if let sentinel = sentinel(matching: raw) { return DecodedValue(sentinel.fault) }
    var value = scaling.value(of: field.number(of: raw))
    for scale in companionScales {
      guard let code = scale.field.read(from: registers) else { return .missing(.notRead) }
      guard let scaling = scale.scaling(for: code) else { return .invalid(.unknownScale) }
      value = scaling.value(of: value)
    }
    return value.isFinite ? .value(value) : .invalid(.notFinite)
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
    var number = value
    for scale in companionScales.reversed() {
      guard let code = scale.field.read(from: current), let scaling = scale.scaling(for: code)
      else { return nil }
      number = scaling.number(of: number)
    }
    guard let raw = field.raw(of: scaling.number(of: number)), sentinel(matching: raw) == nil
    else { return nil }
    return field.words(for: raw, current: current)
  }

  /// The words by which the device says `fault`, or nil where it has none for it; gates are
  /// another way of saying it, through other registers.
  public func encode(_ fault: Fault, current: RegisterReader = { _, _ in nil }) -> [UInt16]? {
    let all = field.type.isFloat ? sentinels + Sentinel.nonFinite : sentinels
    for sentinel in all where sentinel.fault == fault {
      guard let raw = sentinel.raw(in: field), self.sentinel(matching: raw)?.fault == fault
      else { continue }
      return field.words(for: raw, current: current)
    }
    return nil
  }

  private func sentinel(matching raw: UInt64) -> Sentinel? {
    sentinels.first { $0.matches(raw: raw, field: field) }
      ?? Sentinel.nonFinite.first { $0.matches(raw: raw, field: field) }
  }
}
