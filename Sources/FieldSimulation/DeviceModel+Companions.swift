import DeviceProfiles

// What a device's gates, unit codes and decimal places say, so that its quantities can be shown.
extension DeviceModel {
  /// Refuses sources that could not all be read back.
  func checkSources() throws(DeviceModelError) {
    for (index, state) in states.enumerated() where state.hasSource {
      guard state.quantity.isReadable else {
        throw .writeOnly(state.quantity.id, profile: profile.id)
      }
      for other in states[..<index]
      where other.hasSource && other.quantity.field.sharesBits(with: state.quantity.field) {
        throw .sameRegisters(other.quantity.id, state.quantity.id, profile: profile.id)
      }
    }
  }

  /// Lets companions say what the quantities need: first those of quantities with a source, then those
  /// that somebody asked for without one, then those of all others.
  ///
  /// - Throws: `DeviceModelError.cannotShow` where a source has a value that the device could neither
  ///   send nor call out of range.
  mutating func settle() throws(DeviceModelError) {
    var image = RegisterImage(profile)
    var settled: [RawField] = []
    let order = states.indices.sorted { (states[$0].rank, $0) < (states[$1].rank, $1) }
    for index in order where states[index].quantity.isReadable {
      let coding = states[index].quantity.coding
      func mustStay(_ field: RawField) -> Bool {
        isFixed(field, for: index) || settled.contains { $0.sharesBits(with: field) }
      }
      for values in carriedValues(of: index) {
        let isSettled = image.settle(
          coding, carrying: values, choices: { contents(of: $0, besides: $1, for: index) },
          isFixed: mustStay)
        if isSettled { break }
      }
      for value in states[index].extremes {
        var shown = image
        if shown.show(value, as: coding, isFixed: mustStay) { continue }
        guard shown.say([value > 0 ? .overflow : .underflow, .invalid], as: coding) else {
          throw .cannotShow(states[index].quantity.id, value, profile: profile.id)
        }
      }
      settled += coding.gates.map(\.field) + coding.companionScales.map(\.field)
    }
    resting = image
  }

  /// The values for which a scale is wanted, the best first: those that the maker allows and those of
  /// the source, else those of the source alone, else any.
  private func carriedValues(of index: Int) -> [[Double]] {
    let own = states[index].extremes
    guard states[index].hasSource else { return [[]] }
    let range = states[index].quantity.range.map { [$0.lowerBound, $0.upperBound] } ?? []
    return [range + own, own, []]
  }

  /// What a companion may say, the best first: units stay where they are, decimal places are as many
  /// as fit, where there is a value to be shown.
  private func contents(
    of scale: CompanionScale<RawField>, besides current: UInt64, for index: Int
  ) -> [UInt64] {
    let contents = scale.contents(of: states[index].quantity.field)
    guard case .decimals = scale.rule, states[index].hasSource else { return [current] + contents }
    let range = profile.quantity(scale.companion)?.range
    return contents.filter { range?.contains(Double($0)) ?? true }
  }

  /// True where a field says something of its own: another quantity that is driven stands there, or
  /// takes its scale from it.
  func isFixed(_ field: RawField, for index: Int) -> Bool {
    states.indices.contains { other in
      guard other != index, states[other].isDriven else { return false }
      let coding = states[other].quantity.coding
      return coding.field.sharesBits(with: field)
        || coding.companionScales.contains { $0.field == field }
    }
  }
}

extension QuantityState {
  fileprivate var rank: Int { hasSource ? 0 : isWanted ? 1 : 2 }
}

extension RawField {
  /// True where a bit of a register belongs to both.
  func sharesBits(with other: RawField) -> Bool {
    guard overlaps(other) else { return false }
    guard address == other.address, type == other.type, order == other.order else { return true }
    return mask & other.mask != 0
  }

  private var mask: UInt64 {
    guard let bits else { return .max }
    return (bits.width >= 64 ? .max : (1 << UInt64(bits.width)) - 1) << UInt64(bits.shift)
  }
}
