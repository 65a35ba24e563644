/// How a raw content becomes a value, and a value a raw content: conditions on other fields, contents
/// that are no measurement, the field's own scaling, and the scalings that other fields decide.
///
/// Reading, writing and simulation go through this one type, whatever the device speaks.
public struct ValueCoding<Field: EncodedField>: Hashable, Sendable {
  /// Where the raw content stands and in which form.
  public var field: Field
  /// Conditions that must hold for the value to count.
  public var gates: [Gate<Field>]
  /// Contents that are no measurement.
  public var sentinels: [Sentinel<Field.Raw>]
  /// How the raw number becomes a value.
  public var scaling: Scaling
  /// Further scalings that other fields decide, in the order in which they are applied.
  public var companionScales: [CompanionScale<Field>]

  /// Makes a coding; by default the raw number is the value.
  public init(
    field: Field, gates: [Gate<Field>] = [], sentinels: [Sentinel<Field.Raw>] = [],
    scaling: Scaling = Scaling(), companionScales: [CompanionScale<Field>] = []
  ) {
    self.field = field
    self.gates = gates
    self.sentinels = sentinels
    self.scaling = scaling
    self.companionScales = companionScales
  }

  /// The value; total on any contents.
  ///
  /// The gates come first, then the sentinels, then `(raw + before) * ratio + after` and the
  /// scalings of companions.
  ///
  /// - Parameter content: The content of a field, or nil where it was not read.
  public func decode(content: (Field) -> Field.Raw?) -> DecodedValue {
    guard let raw = content(field) else { return .missing(.notRead) }
    for gate in gates {
      guard let state = content(gate.field) else { return .missing(.notRead) }
      if !gate.accepted.contains(state) { return DecodedValue(gate.fault) }
    }
    if let fault = fault(saidBy: raw) { return DecodedValue(fault) }
    guard let number = field.decodedNumber(raw) else { return .invalid(.unreadable) }
    var value = scaling.value(of: number)
    for scale in companionScales {
      guard let code = content(scale.field) else { return .missing(.notRead) }
      guard let scaling = scale.scaling(for: code) else { return .invalid(.unknownScale) }
      value = scaling.value(of: value)
    }
    return value.isFinite ? .value(value) : .invalid(.notFinite)
  }

  /// The raw content that stands for `value`, or nil where none does: beyond what the field can hold,
  /// not finite, or one that means something else.
  ///
  /// - Parameters:
  ///   - value: The value; the nearest that can be expressed is taken.
  ///   - content: The content of companions, which decide the scale.
  ///   - form: The content that stands for the number nearest to a number, or nil where none does.
  public func encode(
    _ value: Double, content: (Field) -> Field.Raw?, form: (Double) -> Field.Raw?
  ) -> Field.Raw? {
    var number = value
    for scale in companionScales.reversed() {
      guard let code = content(scale.field), let scaling = scale.scaling(for: code) else {
        return nil
      }
      number = scaling.number(of: number)
    }
    return raw(of: number, form)
  }

  /// What the companions must say, one content a scale, so that each of `values` has a raw content;
  /// nil where nothing that they may say makes it so.
  ///
  /// - Parameters:
  ///   - choices: What a companion may say, the best first; of several companions the last counts
  ///     most.
  ///   - form: As for `encode`.
  public func scales(
    carrying values: [Double], choices: (CompanionScale<Field>) -> [Field.Raw],
    form: (Double) -> Field.Raw?
  ) -> [Field.Raw]? {
    scales(companionScales[...], carrying: values, choices, form)
  }

  private func scales(
    _ scales: ArraySlice<CompanionScale<Field>>, carrying values: [Double],
    _ choices: (CompanionScale<Field>) -> [Field.Raw], _ form: (Double) -> Field.Raw?
  ) -> [Field.Raw]? {
    guard let last = scales.last else {
      return values.allSatisfy { raw(of: $0, form) != nil } ? [] : nil
    }
    for code in choices(last) {
      guard let scaling = last.scaling(for: code) else { continue }
      let numbers = values.map { scaling.number(of: $0) }
      if let rest = self.scales(scales.dropLast(), carrying: numbers, choices, form) {
        return rest + [code]
      }
    }
    return nil
  }

  private func raw(of number: Double, _ form: (Double) -> Field.Raw?) -> Field.Raw? {
    guard let raw = form(scaling.number(of: number)), fault(saidBy: raw) == nil else {
      return nil
    }
    return raw
  }

  /// The content by which the device says `fault`, or nil where it has none for it; gates are another
  /// way of saying it, through other fields.
  ///
  /// - Parameter isPossible: Whether the field can hold a content.
  public func raw(
    saying fault: Fault, where isPossible: (Field.Raw) -> Bool = { _ in true }
  ) -> Field.Raw? {
    for sentinel in sentinels + Field.builtInSentinels where sentinel.fault == fault {
      if let raw = sentinel.raw(in: field), isPossible(raw),
        self.fault(saidBy: raw) == fault
      {
        return raw
      }
    }
    return nil
  }

  /// What the content says instead of a measurement; nil where it is one.
  func fault(saidBy raw: Field.Raw) -> Fault? {
    sentinels.first { $0.matches(raw, field: field) }?.fault
      ?? Field.builtInSentinels.first { $0.matches(raw, field: field) }?.fault
  }
}

/// What a device says about a quantity.
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
    /// A field that decides unit or decimals has a content without meaning.
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
