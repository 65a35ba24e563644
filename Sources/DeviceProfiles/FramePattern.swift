/// What a line of text looks like, and where its fields stand in it.
///
/// Written as the line itself, with:
/// - `{name}`: a field, up to the next literal text of the pattern or to the end;
/// - `{name:4}`: a field of exactly four characters;
/// - `{address}`: the address that the site gives the device;
/// - `?`: any one character;
/// - `*`: anything, up to the next literal text or to the end; directly behind a last `{name}`, which
///   then ends at the first blank, comma or semicolon, whatever a newer device says more.
///
/// For example `Acc {acc} mm, *` or `?WMWV,{angle},R,{speed},{unit},{status}`. A blank stands for one
/// or more of them, and blanks around a field's content are none of it: devices pad their numbers.
/// (Before `?` and a field of fixed length, whose own blanks these may be, it is one.) The first position
/// where a literal text fits counts, so that matching takes one pass; between two parts of open
/// length there must be a literal text.
public struct FramePattern: Hashable, Sendable {
  /// Why a text is no pattern.
  public enum Fault: Error, Hashable, Sendable {
    /// A brace that is not closed, an empty or repeated name, or a width that is none.
    case field
    /// Two parts of open length stand side by side.
    case ambiguous
    /// No characters, too many, or some outside of printable ASCII.
    case text
  }

  private enum Part: Hashable, Sendable {
    case literal(UInt8)
    case any
    case skip
    case field(Int, width: Int?)
    case address

    var isOpen: Bool {
      switch self {
      case .skip, .field(_, width: nil): true
      default: false
      }
    }
  }

  /// The names of the fields, by their numbers.
  public private(set) var names: [String] = []
  private var parts: [Part] = []

  /// Reads a pattern.
  public init(_ text: String) throws(Fault) {
    let bytes = Array(text.utf8)
    guard (1...Framing.longestFrame).contains(bytes.count),
      bytes.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 })
    else { throw .text }
    var position = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "?"): parts.append(.any)
      case UInt8(ascii: "*"): parts.append(.skip)
      case UInt8(ascii: "{"):
        guard let close = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else { throw .field }
        parts.append(try field(bytes[(position + 1)..<close]))
        position = close
      case let byte: parts.append(.literal(byte))
      }
      position += 1
    }
    try checkOpenParts()
  }

  private mutating func field(_ bytes: ArraySlice<UInt8>) throws(Fault) -> Part {
    let pieces = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let name = String(decoding: pieces[0], as: UTF8.self)
    guard !name.isEmpty, pieces.count <= 2, !names.contains(name) else { throw .field }
    if name == "address", pieces.count == 1 { return .address }
    var width: Int?
    if pieces.count == 2 {
      width = Int(String(decoding: pieces[1], as: UTF8.self))
      guard let width, (1...Framing.longestFrame).contains(width) else { throw .field }
    }
    names.append(name)
    return .field(names.count - 1, width: width)
  }

  private func checkOpenParts() throws(Fault) {
    var isOpen = false
    for part in hasIgnoredRest ? parts.dropLast() : parts[...] {
      if part.isOpen {
        if isOpen { throw .ambiguous }
        isOpen = true
      } else if case .literal = part {
        isOpen = false
      }
    }
  }

  /// True where the last field ends at the first separator and the rest of the line is ignored.
  private var hasIgnoredRest: Bool {
    guard parts.last == .skip, case .field(_, nil)? = parts.dropLast().last else { return false }
    return true
  }

  /// The pattern of a device with this address.
  public func resolved(address: [UInt8]) -> FramePattern {
    var resolved = self
    resolved.parts = parts.flatMap { part -> [Part] in
      part == .address ? address.map { .literal($0) } : [part]
    }
    return resolved
  }

  /// True where the pattern needs an address.
  public var needsAddress: Bool { parts.contains(.address) }

  /// Whether `line` looks like this; its fields then stand in `fields`, by their numbers.
  ///
  /// - Parameters:
  ///   - line: The content of a frame.
  ///   - fields: As many ranges as the pattern has names.
  public func matches(_ line: [UInt8], fields: inout [Range<Int>]) -> Bool {
    walk(line) { part, range in
      if case .field(let number, _) = part { fields[number] = range }
    }
  }

  /// The line that says the same under another address: what stands between the literal texts of
  /// this pattern in `line`, between those of `other`, which is the same one resolved otherwise.
  /// Nil where `line` does not look like this.
  func rewritten(_ line: [UInt8], as other: FramePattern) -> [UInt8]? {
    var contents: [ArraySlice<UInt8>] = []
    let isHeld = walk(line) { part, range in
      if case .literal = part { return }
      contents.append(line[range])
    }
    guard isHeld else { return nil }
    var rest = contents[...]
    return other.parts.flatMap { part -> [UInt8] in
      if case .literal(let byte) = part { [byte] } else { Array(rest.popFirst() ?? []) }
    }
  }

  /// The characters that a field always has; nil where their number is open.
  func width(ofField number: Int) -> Int? {
    for case .field(number, let width) in parts { return width }
    return nil
  }

  /// Whether `line` looks like this; tells where each part stands, as far as it does.
  private func walk(_ line: [UInt8], note: (Part, Range<Int>) -> Void) -> Bool {
    var position = 0
    for index in parts.indices {
      let end: Int
      switch parts[index] {
      case .literal(let byte):
        guard position < line.count, line[position] == byte else { return false }
        end = isRun(index) ? Self.endOfBlanks(in: line, from: position) : position + 1
      case .any: end = position + 1
      case .field(_, .some(let width)): end = position + width
      case .field(_, nil), .skip:
        guard let open = endOfOpenPart(index, in: line, from: position) else { return false }
        end = open
      case .address: return false
      }
      guard end <= line.count else { return false }
      note(
        parts[index], isOpenField(index) ? Self.trimmed(position..<end, of: line) : position..<end)
      position = end
    }
    return position == line.count
  }

  private static var blank: UInt8 { UInt8(ascii: " ") }

  /// True for a blank that stands for one or more.
  private func isRun(_ index: Int) -> Bool {
    guard parts[index] == .literal(Self.blank) else { return false }
    guard index + 1 < parts.count else { return true }
    switch parts[index + 1] {
    case .any, .field(_, width: .some), .literal(Self.blank): return false
    case .skip, .field(_, width: nil), .address, .literal: return true
    }
  }

  /// True for a field of open length.
  private func isOpenField(_ index: Int) -> Bool {
    if case .field(_, nil) = parts[index] { true } else { false }
  }

  private static func endOfBlanks(in line: [UInt8], from start: Int) -> Int {
    var end = start
    while end < line.count, line[end] == blank { end += 1 }
    return end
  }

  private static func trimmed(_ range: Range<Int>, of line: [UInt8]) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, line[start] == blank { start += 1 }
    while end > start, line[end - 1] == blank { end -= 1 }
    return start..<end
  }

  /// True where some line could fit both patterns, whatever stands in their open parts.
  ///
  /// `fits[i]` says whether the beginning of a line can bring this pattern to its character `i` and
  /// the other one to the character at hand.
  func mayFitWhatFits(_ other: FramePattern) -> Bool {
    let (own, others) = (characters, other.characters)
    var fits = [Bool](repeating: false, count: own.count + 1)
    fits[0] = true
    for next in others.map(Optional.some) + [nil] {
      var beyond = [Bool](repeating: false, count: own.count + 1)
      for (index, character) in (own.map(Optional.some) + [nil]).enumerated() where fits[index] {
        if character == .open || next == .open {
          if character != nil { fits[index + 1] = true }
          beyond[index] = true
        } else if let character, let next, character.agrees(with: next) {
          beyond[index + 1] = true
          // A run may take more than one character of the other.
          if character == .blanks { beyond[index] = true }
          if next == .blanks { fits[index + 1] = true }
        }
      }
      if next == nil { break }
      fits = beyond
    }
    return fits[own.count]
  }

  private enum Character: Equatable {
    case literal(UInt8)
    /// One blank or more.
    case blanks
    case any
    case open

    func agrees(with other: Character) -> Bool {
      guard let byte, let others = other.byte else { return true }
      return byte == others
    }

    private var byte: UInt8? {
      switch self {
      case .literal(let byte): byte
      case .blanks: FramePattern.blank
      case .any, .open: nil
      }
    }
  }

  /// What stands in a line, character by character; an open part as one.
  private var characters: [Character] {
    parts.indices.flatMap { index -> [Character] in
      switch parts[index] {
      case .literal where isRun(index): [.blanks]
      case .literal(let byte): [.literal(byte)]
      case .any: [.any]
      case .field(_, .some(let width)): Array(repeating: .any, count: width)
      case .skip, .field(_, nil), .address: [.open]
      }
    }
  }

  /// Where the open part at `index` ends: before the first fit of the parts of fixed length and
  /// the literal text behind it.
  private func endOfOpenPart(_ index: Int, in line: [UInt8], from start: Int) -> Int? {
    if hasIgnoredRest, index == parts.count - 2 { return Self.endOfWord(in: line, from: start) }
    var fixed = 0
    var next = index + 1
    while next < parts.count {
      if case .literal = parts[next] { break }
      if case .field(_, .some(let width)) = parts[next] { fixed += width } else { fixed += 1 }
      next += 1
    }
    guard next < parts.count else {
      return start + fixed <= line.count ? line.count - fixed : nil
    }
    var position = start + fixed
    while position < line.count {
      if literalFits(next, in: line, at: position) { return position - fixed }
      position += 1
    }
    return nil
  }

  /// The first blank, comma or semicolon, or the end.
  private static func endOfWord(in line: [UInt8], from start: Int) -> Int {
    let separators = [blank, UInt8(ascii: ","), UInt8(ascii: ";")]
    return line[start...].firstIndex { separators.contains($0) } ?? line.count
  }

  private func literalFits(_ first: Int, in line: [UInt8], at position: Int) -> Bool {
    var part = first
    var at = position
    while part < parts.count, case .literal(let byte) = parts[part] {
      guard at < line.count, line[at] == byte else { return false }
      at = isRun(part) ? Self.endOfBlanks(in: line, from: at) : at + 1
      part += 1
    }
    return true
  }
}
