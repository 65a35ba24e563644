internal import Delivery

/// The ids of one kind of thing in a site, in the order of the file.
struct Names {
  private let kind: LocalizedText
  private var ids: [(id: String, line: Int)] = []

  /// Longer ids make topics and displays unreadable.
  static let maximumLength = 64
  /// More ids than this make a message longer than it helps.
  private static let maximumListed = 8

  init(_ english: String, _ japanese: String) { kind = both(english, japanese) }

  /// How many have been declared.
  var count: Int { ids.count }

  /// The ids that could be read.
  var declared: [String] { ids.map(\.id).filter { !$0.isEmpty } }

  /// Reads an id and gives it the next index. An index is given even to a thing whose id is missing or
  /// wrong, so that the indexes of the others are those in the file.
  mutating func declare(_ idNode: YAMLNode?) -> String? {
    guard let idNode, let id = idNode.string() else {
      ids.append(("", 0))
      return nil
    }
    let first = ids.first { $0.id == id }
    ids.append((first == nil ? id : "", idNode.line))
    guard id.utf8.count <= Self.maximumLength, Self.isTopicLevel(id) else {
      idNode.report(
        expected: both(
          "an id of lower-case letters, digits, \".\", \"-\" and \"_\" (at most "
            + "\(Self.maximumLength))",
          "英小文字・数字・\".\"・\"-\"・\"_\" からなる ID (\(Self.maximumLength) 文字以下)"))
      return nil
    }
    if let first {
      idNode.report(
        expected: both(
          "an id that no other \(kind.english) has; line \(first.line) has it too",
          "他の\(kind.japanese)と重ならない ID (\(first.line) 行目と同じ)"))
      return nil
    }
    return id
  }

  /// The index of the thing that `node` names.
  func index(of node: YAMLNode) -> Int? {
    guard let id = node.string() else { return nil }
    if let index = index(of: id) { return index }
    node.report(expected: expectation(insteadOf: id))
    return nil
  }

  /// The index of the thing with this id.
  func index(of id: String) -> Int? { ids.firstIndex { $0.id == id } }

  /// What should stand where `id` names nothing.
  func expectation(insteadOf id: String) -> LocalizedText {
    let known = declared
    var expected = both("the id of a \(kind.english)", "\(kind.japanese)の ID")
    if let near = nearMiss(of: id, among: known) {
      expected.english += "; did you mean \"\(near)\"?"
      expected.japanese += " (もしかして \"\(near)\"?)"
    } else if (1...Self.maximumListed).contains(known.count) {
      expected.english += ": \(known.joined(separator: ", "))"
      expected.japanese += ": \(known.joined(separator: ", "))"
    }
    return expected
  }

  private static func isTopicLevel(_ id: String) -> Bool {
    id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
