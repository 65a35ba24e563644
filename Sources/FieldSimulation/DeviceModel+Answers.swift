public import DetectionCore
public import DeviceProfiles

extension DeviceModel {
  /// Answers a read.
  public func read(_ span: RegisterSpan, at time: TimeSpan) -> DeviceAnswer {
    let limits = profile.limits
    let most = span.table.isBits ? limits.maximumBits : limits.maximumRegisters
    guard span.count >= 1, span.count <= most else { return .illegalValue }
    guard span.end <= 0x1_0000, !limits.forbidden.contains(where: { $0.overlaps(span) }),
      !limits.evenStart || span.address % 2 == 0
    else { return .illegalAddress }
    guard let image = image(of: span, at: time) else { return .noAnswer }
    var words: [UInt16] = []
    var hole = 0
    for index in 0..<span.count {
      if let word = image[span.table, span.address + index] {
        words.append(word)
        hole = 0
      } else {
        words.append(0)
        hole += 1
        let isEdge = index == 0 || index == span.count - 1
        guard !isEdge, hole <= Int(limits.maximumHole) else { return .illegalAddress }
      }
    }
    return .words(words)
  }

  /// Answers a write of one or more neighbouring registers, or of bits as one word each, and
  /// keeps what was written; either all of it or, with an exception, nothing.
  ///
  /// A coil that takes a number in the value field of function code 5 gets that number as its word.
  public mutating func write(
    _ table: RegisterTable, address: UInt16, words: [UInt16], at time: TimeSpan
  ) -> DeviceAnswer {
    guard !words.isEmpty, words.count <= 0x7b0, Int(address) + words.count <= 0x1_0000 else {
      return .illegalValue
    }
    if isPreparation(table, address: address, words: words) { return .written }
    let (image, _) = image(at: time)
    var writes: [(index: Int, value: Double)] = []
    var done = 0
    while done < words.count {
      let register = Int(address) + done
      // Several quantities share a register where each of them is a few of its bits.
      let sharing = states.indices.filter {
        let field = states[$0].quantity.field
        return states[$0].quantity.access != .read && field.table == table
          && Int(field.address) == register && Int(field.type.count) <= words.count - done
      }
      guard let count = sharing.map({ Int(states[$0].quantity.field.type.count) }).max() else {
        return .illegalAddress
      }
      for index in sharing {
        let decoded = states[index].quantity.decode { table, wanted in
          let offset = Int(wanted) - Int(address)
          return words.indices.contains(offset) ? words[offset] : image[table, wanted]
        }
        guard case .value(let value) = decoded else { return .illegalValue }
        writes.append((index, value))
      }
      done += count
    }
    for write in writes { keep(write.value, in: write.index, at: time) }
    return .written
  }

  private mutating func keep(_ value: Double, in index: Int, at time: TimeSpan) {
    states[index].write(value)
    let quantity = states[index].quantity
    guard let driven = quantity.timedOutput, value > 0,
      let target = states.firstIndex(where: { $0.quantity.id == driven })
    else { return }
    let seconds = quantity.unit == "ms" ? value / 1_000 : value
    let end = time.nanoseconds.addingReportingOverflow(Int64(min(seconds, 86_400) * 1e9))
    states[target].hold(until: TimeSpan(nanoseconds: end.overflow ? .max : end.partialValue))
  }

  private func isPreparation(_ table: RegisterTable, address: UInt16, words: [UInt16]) -> Bool {
    profile.preparation.contains {
      $0.request == .write(table: table, address: address, words: words)
    }
  }

  /// The registers at that moment; nil where a quantity within `span` can say nothing.
  private func image(of span: RegisterSpan, at time: TimeSpan) -> RegisterImage? {
    let (image, silent) = image(at: time)
    return silent.contains { $0.overlaps(span) } ? nil : image
  }

  /// The registers at that moment, and those of quantities that can say nothing.
  ///
  /// What decides the scale of others comes before them. Faults come last: they may close a gate that
  /// others share.
  func image(at time: TimeSpan) -> (image: RegisterImage, silent: [RegisterSpan]) {
    var image = resting
    var faults: [(state: QuantityState, faults: [Fault])] = []
    for isScaled in [false, true] {
      for (index, state) in states.enumerated()
      where state.isDriven && state.quantity.coding.companionScales.isEmpty != isScaled {
        guard let value = state.value(at: time) else {
          faults.append((state, [.missing, .invalid]))
          continue
        }
        let isShown = image.show(value, as: state.quantity.coding) { isFixed($0, for: index) }
        if !isShown { faults.append((state, [value > 0 ? .overflow : .underflow, .invalid])) }
      }
    }
    var silent: [RegisterSpan] = []
    for (state, faults) in faults where !image.say(faults, as: state.quantity.coding) {
      silent.append(state.quantity.span)
    }
    return (image, silent)
  }
}
