/// What a receiver was told of a site once and for all, so that it is not told again without need, and is told
/// what is gone: names, each with a fingerprint of what was said.
struct Announced {
  private var known: [String: UInt64] = [:]
  private var offered: [String: UInt64] = [:]
  private var isChanged = false

  /// What was remembered as `text`; lines that make no sense are left out.
  init(_ text: [UInt8]) {
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let fingerprint = UInt64(parts[0], radix: 16) else { continue }
      known[String(parts[1])] = fingerprint
    }
  }

  /// True where the receiver was told this of `name`.
  func holds(_ name: String, _ fingerprint: UInt64) -> Bool { known[name] == fingerprint }

  /// All that the receiver is to know is on its way; gives the names that it knows and that are gone.
  mutating func offer(_ all: [String: UInt64]) -> [String] {
    offered = all
    return known.keys.filter { all[$0] == nil }.sorted()
  }

  /// The broker has what was offered.
  mutating func accepted() {
    guard known != offered else { return }
    known = offered
    isChanged = true
  }

  /// As it is to be remembered, where it has changed since it last was: a line each, of the fingerprint and the
  /// name.
  mutating func changedText() -> [UInt8]? {
    guard isChanged else { return nil }
    isChanged = false
    let lines = known.sorted { $0.key < $1.key }.map {
      "\(String($0.value, radix: 16)) \($0.key)\n"
    }
    return Array(lines.joined().utf8)
  }

  /// A number that changes with the bytes: FNV-1a of 64 bits (Fowler, Noll, Vo, draft-eastlake-fnv).
  static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
