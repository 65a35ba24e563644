internal import Delivery
internal import DeviceProfiles

struct RegisterKeys: Keys {
  let table = Key("table", .word(RegisterTable.words))
  let address = Key("address", .later(.form(.address)))
}

struct SpanKeys: Keys {
  let register = RegisterKeys()
  let count = Key("count", .integer(1...65535))
}

struct BlockKeys: Keys {
  let register = RegisterKeys()
  let words = Key("words", .list(of: .later(.integer(0...65535)), 1...125))
}

/// How a profile counts registers; makers print them in all of these ways.
enum ProfileAddressing: String, CaseIterable {
  /// As on the wire, from 0.
  case zeroBased = "zero-based"
  /// From 1.
  case oneBased = "one-based"
  /// With the table as first digit and from 1: 40001 is the first holding register.
  case modicon
  /// Printed like `modicon`, but meant as on the wire: 40001 is register 40001.
  case literal

  /// The address on the wire, or nil after a diagnostic.
  func address(_ node: YAMLNode, in table: RegisterTable) -> UInt16? {
    switch self {
    case .zeroBased, .literal:
      return node.integer(in: 0...65535).map { UInt16($0) }
    case .oneBased:
      return node.integer(in: 1...65536).map { UInt16($0 - 1) }
    case .modicon:
      if table == .coil { return node.integer(in: 1...65536).map { UInt16($0 - 1) } }
      guard let number = node.integer() else { return nil }
      let short = table.modiconDigit * 10_000
      let long = table.modiconDigit * 100_000
      if (short + 1...short + 9999).contains(number) { return UInt16(number - short - 1) }
      if (long + 1...long + 65536).contains(number) { return UInt16(number - long - 1) }
      node.report(
        expected: LocalizedText(
          english: "a number from \(short + 1) to \(short + 9999), or from \(long + 1)"
            + " to \(long + 65536)",
          japanese: "\(short + 1)〜\(short + 9999) または \(long + 1)〜\(long + 65536) の番号"))
      return nil
    }
  }

  /// A table and an address in it.
  func registerAddress(_ section: Section<RegisterKeys>) -> (table: RegisterTable, address: UInt16)?
  {
    let table = section.table.flatMap(RegisterTable.named)
    guard let address = section.address, let table,
      let wire = self.address(address, in: table)
    else { return nil }
    return (table, wire)
  }

  /// `{table: …, address: …, count: …}`.
  func span(_ section: Section<SpanKeys>) -> RegisterSpan? {
    let register = registerAddress(section.register)
    let count = section.count
    guard let register, let count else { return nil }
    let span = RegisterSpan(table: register.table, address: register.address, count: UInt16(count))
    guard span.end <= 65536 else {
      section.node.reportBeyondTable()
      return nil
    }
    return span
  }

  /// `{table: …, address: …, words: […]}`; of bits, 0 or 1.
  func block(_ section: Section<BlockKeys>) -> ProfileCase.Block? {
    let register = registerAddress(section.register)
    let nodes = section.words
    guard let register, let nodes else { return nil }
    let words = nodes.compactMap { $0.integer(in: 0...(register.table.isBits ? 1 : 65535)) }
    guard Int(register.address) + nodes.count <= 65536 else {
      section.node.reportBeyondTable()
      return nil
    }
    return ProfileCase.Block(
      table: register.table, address: register.address, words: words.map { UInt16($0) })
  }
}

extension YAMLNode {
  /// Says that registers behind the last one would be needed.
  func reportBeyondTable() {
    report(
      expected: LocalizedText(
        english: "registers up to address 65535 at most", japanese: "アドレス 65535 以下のレジスタ"))
  }
}

extension RegisterTable {
  /// The words for the tables in profiles.
  static let words = allCases.map(\.word)

  /// The table that a word stands for.
  static func named(_ word: String) -> RegisterTable? { allCases.first { $0.word == word } }

  private var word: String {
    switch self {
    case .coil: "coil"
    case .discreteInput: "discrete"
    case .inputRegister: "input"
    case .holdingRegister: "holding"
    }
  }

  fileprivate var modiconDigit: Int {
    switch self {
    case .coil: 0
    case .discreteInput: 1
    case .inputRegister: 3
    case .holdingRegister: 4
    }
  }
}
