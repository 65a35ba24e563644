internal import DeviceProfiles

/// Quantities that differ in their number only, such as relay1 to relay8.
struct QuantityGroup {
  var first: ProfileQuantity
  var count = 1
  /// How far apart they stand.
  var step = 0

  /// Neighbours of the same kind put together.
  static func groups(of quantities: [ProfileQuantity]) -> [QuantityGroup] {
    var groups: [QuantityGroup] = []
    for quantity in quantities {
      if groups.last?.takes(quantity) == true {
        let address = groups[groups.count - 1].first.field.address
        if groups[groups.count - 1].count == 1 {
          groups[groups.count - 1].step = Int(quantity.field.address) - Int(address)
        }
        groups[groups.count - 1].count += 1
      } else {
        groups.append(QuantityGroup(first: quantity))
      }
    }
    return groups
  }

  /// The id of one, or of the first with the number of the last.
  var id: String { count == 1 ? first.id : "\(first.id)…\(count)" }

  /// What they are: the title of the first, with the number of the last beside its own.
  var title: String {
    guard count > 1 else { return first.title }
    return first.title.split(separator: " ").map(String.init).map { word in
      word.filter(\.isNumber) == "1" ? word.replacing("1", with: "1…\(count)") : word
    }.joined(separator: " ")
  }

  /// A text about the first as one about all: ids of companions have its number.
  func generalised(_ text: String) -> String {
    guard count > 1 else { return text }
    let companions =
      first.coding.gates.map(\.companion) + first.coding.companionScales.map(\.companion)
      + [first.timedOutput].compactMap(\.self)
    return companions.filter { $0.hasSuffix("1") }
      .reduce(text) { $0.replacing($1, with: "\($1)…\(count)") }
  }

  private func takes(_ quantity: ProfileQuantity) -> Bool {
    let number = "\(count + 1)"
    guard first.id.hasSuffix("1"), quantity.id == first.id.dropLast() + number else { return false }
    let distance = Int(quantity.field.address) - Int(first.field.address)
    guard count == 1 ? distance > 0 : distance == count * step else { return false }
    return plain(quantity) == plain(first)
      && words(quantity.title) == words(first.title)
  }

  /// The quantity without what the number decides.
  private func plain(_ quantity: ProfileQuantity) -> ProfileQuantity {
    var plain = quantity
    plain.id = ""
    plain.title = ""
    plain.field.address = 0
    plain.timedOutput = plain.timedOutput.map { _ in "" }
    for index in plain.coding.gates.indices {
      plain.coding.gates[index].companion = ""
      plain.coding.gates[index].field.address = 0
    }
    for index in plain.coding.companionScales.indices {
      plain.coding.companionScales[index].companion = ""
      plain.coding.companionScales[index].field.address = 0
    }
    return plain
  }

  private func words(_ title: String) -> [String] {
    title.split(separator: " ").filter { !$0.contains(where: \.isNumber) }.map(String.init)
  }
}
