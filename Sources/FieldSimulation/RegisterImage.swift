import DeviceProfiles

/// The content of a device's registers and bits, of those that it knows.
struct RegisterImage: Sendable {
  private struct Place: Hashable {
    var table: RegisterTable
    var address: UInt16
  }

  private var words: [Place: UInt16] = [:]

  /// What stands in a device's registers at rest: 0, and in companions of other quantities, unit
  /// codes and identity registers the first content that the profile accepts.
  init(resting profile: DeviceProfile) {
    for quantity in profile.quantities where quantity.access != .write {
      store([UInt16](repeating: 0, count: Int(quantity.field.type.count)), at: quantity.field)
    }
    for quantity in profile.quantities {
      for gate in quantity.gates {
        accept(gate.accepted, mask: gate.mask, in: gate.field)
      }
      for scale in quantity.companionScales {
        guard case .codes(let codes) = scale.rule else { continue }
        accept(codes.map(\.raw), mask: .max, in: scale.field)
      }
    }
    for case .field(let field, let mask, let accepted) in profile.identity {
      accept(accepted, mask: mask, in: field)
    }
  }

  subscript(table: RegisterTable, address: UInt16) -> UInt16? {
    words[Place(table: table, address: address)]
  }

  /// Puts the words of a field into their place; what lies beyond the last address is dropped.
  mutating func store(_ content: [UInt16], at field: RawField) {
    for (index, word) in content.enumerated() {
      guard let address = UInt16(exactly: Int(field.address) + index) else { return }
      words[Place(table: field.table, address: address)] = word
    }
  }

  /// Makes one of the gates say that its value does not count; false where none of them can.
  mutating func close(_ gates: [Gate]) -> Bool {
    for gate in gates {
      let raw = gate.field.read { self[$0, $1] } ?? 0
      for closed in [0, gate.mask] where !gate.accepted.contains(closed) {
        let changed = (raw & ~gate.mask) | closed
        store(gate.field.words(for: changed) { self[$0, $1] }, at: gate.field)
        return true
      }
    }
    return false
  }

  /// Makes the masked bits of a field one of `accepted`, where they are none of them.
  private mutating func accept(_ accepted: [UInt64], mask: UInt64, in field: RawField) {
    let raw = field.read { self[$0, $1] } ?? 0
    guard let first = accepted.first, !accepted.contains(raw & mask) else { return }
    store(field.words(for: (raw & ~mask) | (first & mask)) { self[$0, $1] }, at: field)
  }
}
