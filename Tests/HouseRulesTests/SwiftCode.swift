/// What a rule needs to know of Swift's grammar: where comments and strings are, and where
/// functions begin and end.
///
/// Regular-expression literals are read as code, so one that holds an odd number of quotation marks
/// would mislead it.
struct SwiftCode {
  private let bytes: [UInt8]
  private var blank: [UInt8]
  private var position = 0

  private init(_ text: String) {
    bytes = Array(text.utf8)
    blank = bytes
  }

  /// The text with every comment and string turned into spaces; lines keep their numbers.
  static func blanked(_ text: String) -> String {
    var code = SwiftCode(text)
    while code.position < code.bytes.count { code.advance() }
    return String(decoding: code.blank, as: UTF8.self)
  }

  private func starts(with text: StaticString, at index: Int) -> Bool {
    let end = index + text.utf8CodeUnitCount
    return end <= bytes.count && bytes[index..<end].elementsEqual("\(text)".utf8)
  }

  private mutating func erase(_ range: Range<Int>) {
    for index in range where blank[index] != UInt8(ascii: "\n") {
      blank[index] = UInt8(ascii: " ")
    }
  }

  /// Passes over one byte of code, or one whole comment or string.
  private mutating func advance() {
    let start = position
    if starts(with: "//", at: start) {
      position = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    } else if starts(with: "/*", at: start) {
      passBlockComment()
    } else if let hashes = openingHashes() {
      passString(hashes: hashes)
    } else {
      position += 1
      return
    }
    erase(start..<position)
  }

  private mutating func passBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*", at: position) {
        depth += 1
        position += 2
      } else if starts(with: "*/", at: position) {
        depth -= 1
        position += 2
      } else {
        position += 1
      }
    } while depth > 0 && position < bytes.count
  }

  /// How many `#` stand before a string that begins here; nothing where none begins.
  private func openingHashes() -> Int? {
    var index = position
    while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
    return index - position
  }

  private func hashes(_ count: Int, at index: Int) -> Bool {
    index + count <= bytes.count
      && bytes[index..<index + count].allSatisfy { $0 == UInt8(ascii: "#") }
  }

  private mutating func passString(hashes count: Int) {
    position += count
    let isMultiline = starts(with: "\"\"\"", at: position)
    let quotes = isMultiline ? 3 : 1
    position += quotes
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\\"), hashes(count, at: position + 1) {
        position += 1 + count
        passEscape()
      } else if isMultiline
        ? starts(with: "\"\"\"", at: position) : bytes[position] == UInt8(ascii: "\""),
        hashes(count, at: position + quotes)
      {
        position += quotes + count
        return
      } else if !isMultiline, bytes[position] == UInt8(ascii: "\n") {
        return
      } else {
        position += 1
      }
    }
  }

  /// Passes over what follows a backslash: one byte, or the whole of an interpolation.
  private mutating func passEscape() {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "(") else {
      position = min(position + 1, bytes.count)
      return
    }
    var depth = 0
    repeat {
      switch bytes[position] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      default: break
      }
      advance()
    } while depth > 0 && position < bytes.count
  }
}

/// A function, initializer, deinitializer or subscript that has a body.
struct FunctionSpan: Equatable {
  let name: String
  /// The line of its keyword, counted from 1.
  let first: Int
  /// The line of its closing brace.
  let last: Int

  var length: Int { last - first + 1 }
}

extension SwiftCode {
  private struct Token {
    let text: Substring
    let line: Int
  }

  /// A word, or one character that is neither a word's nor a space.
  private static func tokens(_ code: [Substring]) -> [Token] {
    code.enumerated().flatMap { index, line in
      line.matches(of: /[\w`]+|[^\w\s]/).map { Token(text: $0.output, line: index + 1) }
    }
  }

  /// Where a declaration begins, the one before it has ended without a body.
  private static let declarations: Set<Substring> = [
    "func", "var", "let", "init", "deinit", "subscript", "static", "class", "struct", "enum",
    "extension", "protocol", "associatedtype", "typealias", "mutating", "public", "internal",
    "private", "package", "case",
  ]

  /// The functions of blanked code, in the order in which they begin.
  static func functions(in code: [Substring]) -> [FunctionSpan] {
    let tokens = tokens(code)
    return tokens.indices.compactMap { index in
      guard isFunctionKeyword(at: index, of: tokens),
        let open = bodyStart(after: index, of: tokens),
        let close = closingBrace(from: open, of: tokens)
      else { return nil }
      let keyword = tokens[index].text
      let name = keyword == "func" ? tokens[index + 1].text : keyword
      return FunctionSpan(
        name: String(name), first: tokens[index].line, last: tokens[close].line)
    }
  }

  private static func isFunctionKeyword(at index: Int, of tokens: [Token]) -> Bool {
    guard index + 1 < tokens.count, index == 0 || tokens[index - 1].text != "." else {
      return false
    }
    let next = tokens[index + 1].text
    switch tokens[index].text {
    case "func": return true
    case "init": return ["(", "<", "?", "!"].contains(next)
    case "subscript": return ["(", "<"].contains(next)
    case "deinit": return next == "{"
    default: return false
    }
  }

  private static func bodyStart(after keyword: Int, of tokens: [Token]) -> Int? {
    var depth = 0
    var hasParameters = false
    for index in tokens.indices.dropFirst(keyword + 1) {
      switch tokens[index].text {
      case "(", "[": depth += 1
      case ")", "]":
        depth -= 1
        hasParameters = true
      case "{" where depth == 0: return index
      case "}" where depth == 0: return nil
      case let word where depth == 0 && hasParameters && declarations.contains(word): return nil
      default: break
      }
    }
    return nil
  }

  private static func closingBrace(from open: Int, of tokens: [Token]) -> Int? {
    var depth = 0
    for index in tokens.indices.dropFirst(open) {
      switch tokens[index].text {
      case "{": depth += 1
      case "}":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }
}
