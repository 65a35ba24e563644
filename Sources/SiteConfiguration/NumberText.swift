/// A finite decimal number, such as `-1.5` or `2e-3`; nil for anything else, hexadecimal,
/// infinity and "nan" included.
func decimal(_ text: some StringProtocol) -> Double? {
  let allowed = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
  guard allowed, let value = Double(text), value.isFinite else { return nil }
  return value
}

/// A whole number, decimal or hexadecimal with `0x`.
func wholeNumber(_ text: String) -> Int? {
  if text.hasPrefix("0x") || text.hasPrefix("0X") { return Int(text.dropFirst(2), radix: 16) }
  return Int(text)
}

/// A number and the unit behind it, such as `1.5 m/h`; the space may be left out. The unit is
/// empty where none stands there.
func numberAndUnit(_ text: String) -> (number: Double, unit: String)? {
  // No number that anyone writes has more characters; without a bound the search is quadratic.
  let longestNumber = 32
  var found: (number: Double, unit: Substring)?
  for index in text.indices.prefix(longestNumber) {
    guard "0123456789+-.eE".contains(text[index]) else { break }
    let end = text.index(after: index)
    if let number = decimal(text[..<end]) { found = (number, text[end...]) }
  }
  return found.map { ($0.number, String($0.unit.drop { $0 == " " })) }
}

/// The name among `names` that `word` was most likely meant to be: at most two letters, and less
/// than half of the name, changed, left out, added, or swapped with a neighbour.
func nearMiss(of word: String, among names: [String]) -> String? {
  var best: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(
      Array(word.prefix(64).lowercased()), Array(name.prefix(64).lowercased()))
    guard distance <= 2, distance * 2 < name.count, distance < best?.distance ?? .max else {
      continue
    }
    best = (name, distance)
  }
  return best?.name
}

/// The optimal string alignment distance: insertions, deletions, substitutions, and swaps of
/// neighbours (Damerau 1964).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for row in left.indices {
    var current = [row + 1]
    for column in right.indices {
      let change = left[row] == right[column] ? 0 : 1
      var cost = min(previous[column] + change, previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        cost = min(cost, beforePrevious[column - 1] + 1)
      }
      current.append(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
