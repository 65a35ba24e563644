import DeviceProfiles

/// The content of a device's registers and bits, of those that it knows.
struct RegisterImage: Sendable {
  private struct Address: Hashable {
    var table: RegisterTable
    var number: UInt16
  }

  private var words: [Address: UInt16] = [:]

  /// What stands in the registers that a profile knows: 0, and in those by which it is recognised the
  /// first content that it accepts.
  init(_ profile: DeviceProfile) {
    for quantity in profile.quantities where quantity.access != .write {
      store([UInt16](repeating: 0, count: Int(quantity.field.type.count)), at: quantity.field.span)
    }
    for step in profile.preparation {
      guard case .read(let span) = step.request else { continue }
      for number in Int(span.address)..<span.end {
        guard let address = UInt16(exactly: number), self[span.table, address] == nil else {
          continue
        }
        self[span.table, address] = 0
      }
    }
    for case .field(let field, let mask, let accepted) in profile.identity {
      guard let first = accepted.first else { continue }
      let raw = self[field] ?? 0
      if !accepted.contains(raw & mask) { self[field] = (raw & ~mask) | (first & mask) }
    }
  }

  subscript(table: RegisterTable, address: UInt16) -> UInt16? {
    get { words[Address(table: table, number: address)] }
    set { words[Address(table: table, number: address)] = newValue }
  }

  /// The raw content of a field, beside whatever else stands in its registers; nil where the device
  /// has no such registers.
  subscript(field: RawField) -> UInt64? {
    get { field.read { self[$0, $1] } }
    set {
      guard let newValue else { return }
      store(field.words(for: newValue) { self[$0, $1] }, at: field.span)
    }
  }

  /// Puts words into their place; what lies beyond the last address is dropped.
  private mutating func store(_ content: [UInt16], at span: RegisterSpan) {
    for (index, word) in content.enumerated() {
      guard let address = UInt16(exactly: Int(span.address) + index) else { return }
      self[span.table, address] = word
    }
  }

  // MARK: What quantities show

  /// Opens the gates of a quantity and lets its companions say something with which each of `values`
  /// can be sent; false where they cannot.
  ///
  /// - Parameters:
  ///   - choices: What a companion may say, given what it says now, the best first.
  ///   - isFixed: Whether a field says something of its own, so that it must be left alone.
  mutating func settle(
    _ coding: ValueCoding<RawField>, carrying values: [Double],
    choices: (CompanionScale<RawField>, UInt64) -> [UInt64], isFixed: (RawField) -> Bool
  ) -> Bool {
    for gate in coding.gates where !isFixed(gate.field) {
      guard let first = gate.accepted.first, !gate.accepted.contains(self[gate.field] ?? 0) else {
        continue
      }
      self[gate.field] = first
    }
    let scales = coding.scales(
      carrying: values,
      choices: { scale in
        let current = self[scale.field] ?? 0
        return isFixed(scale.field) ? [current] : choices(scale, current)
      }, form: coding.field.raw(of:))
    guard let scales else { return false }
    for (scale, code) in zip(coding.companionScales, scales) { self[scale.field] = code }
    return true
  }

  /// Lets the registers show a value; false where they cannot.
  mutating func show(
    _ value: Double, as coding: ValueCoding<RawField>, isFixed: (RawField) -> Bool
  ) -> Bool {
    let isSettled = settle(
      coding, carrying: [value],
      choices: { [$1] + $0.contents(of: coding.field) }, isFixed: isFixed)
    let raw = coding.encode(value, content: { self[$0] }, form: coding.field.raw(of:))
    guard isSettled, let raw else { return false }
    self[coding.field] = raw
    return true
  }

  /// Lets the registers say one of the faults, by the quantity's own content or else by a gate that is
  /// closed; false where they cannot.
  mutating func say(_ faults: [Fault], as coding: ValueCoding<RawField>) -> Bool {
    for fault in faults {
      guard let raw = coding.raw(saying: fault) else { continue }
      self[coding.field] = raw
      return true
    }
    for gate in coding.gates {
      let ones: UInt64 = gate.field.width >= 64 ? .max : (1 << UInt64(gate.field.width)) - 1
      for closed in [0, ones] where !gate.accepted.contains(closed) {
        self[gate.field] = closed
        return true
      }
    }
    return false
  }
}

extension CompanionScale<RawField> {
  /// What the companion of a quantity in `field` can say, the finest scale first.
  func contents(of field: RawField) -> [UInt64] {
    switch rule {
    case .codes(let codes): codes.map(\.raw)
    case .decimals: (0...(field.type.count == 1 ? 4 : 9)).reversed()
    }
  }
}
