internal import Delivery

/// Why an expression cannot be compiled; the first reason ends it.
enum ExpressionError: Error {
  /// What stands at `position`, counted in Unicode scalars, is wrong; nothing stands in an empty one.
  /// `found` says more than the text there.
  case mistake(at: Range<Int>, found: String? = nil, expected: LocalizedText)
  /// It names something that could not be read, which has been reported where it stands.
  case reportedElsewhere
}

/// A word, number or sign of an expression.
struct ExpressionToken {
  /// What it is.
  enum Kind: Equatable {
    /// A number, and the unit that stands directly behind it.
    case number(Double, Unit?)
    /// The name of a point, curve or function, or one of the words of the language.
    case word(String)
    case sign(Sign)
    case end
  }
  /// The signs, longest first.
  enum Sign: String, CaseIterable {
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case open = "("
    case close = ")"
    case comma = ","
  }

  var kind: Kind
  /// Where it stands, counted in Unicode scalars.
  var position: Range<Int>
}

/// The text of an expression, cut into tokens.
///
/// A word is as long as it can be: `river.level-0.2` is one word, and a difference only with spaces.
/// So is a unit: `4 m/s` is a speed.
struct ExpressionText {
  /// Ten times the longest sensible one.
  static let maximumLength = 1_000

  private let text: [Unicode.Scalar]
  private let pointNames: Names

  init(_ text: String, pointNames: Names) {
    self.text = Array(text.unicodeScalars.prefix(Self.maximumLength + 1))
    self.pointNames = pointNames
  }

  /// What stands at `position`.
  subscript(position: Range<Int>) -> String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text[position.clamped(to: text.indices)])
    return String(scalars)
  }

  /// All tokens, `end` last.
  func tokens() throws(ExpressionError) -> [ExpressionToken] {
    guard text.count <= Self.maximumLength else {
      throw .mistake(
        at: Self.maximumLength..<text.count,
        expected: both(
          "the end of the expression, after at most \(Self.maximumLength) characters",
          "式の終わり (\(Self.maximumLength) 文字以下)"))
    }
    var tokens: [ExpressionToken] = []
    var start = skipSpace(from: 0)
    while start < text.count {
      let token = try token(at: start)
      tokens.append(token)
      start = skipSpace(from: token.position.upperBound)
    }
    tokens.append(ExpressionToken(kind: .end, position: text.count..<text.count))
    return tokens
  }

  private func token(at start: Int) throws(ExpressionError) -> ExpressionToken {
    let word = run(from: start, while: Self.isWord)
    let first = text[start]
    if Self.isDigit(first) {
      let isPoint = pointNames.index(of: self[word]) != nil && decimal(self[word]) == nil
      if !isPoint { return try number(at: start) }
    }
    if Self.isLetter(first) || Self.isDigit(first) {
      return ExpressionToken(kind: .word(self[word]), position: word)
    }
    for sign in ExpressionToken.Sign.allCases {
      let position = start..<start + sign.rawValue.unicodeScalars.count
      if self[position] == sign.rawValue {
        return ExpressionToken(kind: .sign(sign), position: position)
      }
    }
    throw .mistake(at: start..<start + 1, expected: Self.expected(insteadOf: first))
  }

  private static func expected(insteadOf scalar: Unicode.Scalar) -> LocalizedText {
    switch scalar {
    case "=": both("== to compare", "比較には ==")
    case "&": both("the word and", "語 and")
    case "|": both("the word or", "語 or")
    case "!": both("the word not", "語 not")
    default:
      both(
        "a number, the id of a point, a function or an operator", "数値、観測点の ID、関数、演算子のいずれか")
    }
  }

  // MARK: Numbers

  private func number(at start: Int) throws(ExpressionError) -> ExpressionToken {
    var end = run(from: start, while: Self.isDigit).upperBound
    if end + 1 < text.count, text[end] == ".", Self.isDigit(text[end + 1]) {
      end = run(from: end + 1, while: Self.isDigit).upperBound
    }
    if end < text.count, text[end] == "e" || text[end] == "E" {
      var digits = end + 1
      if digits < text.count, text[digits] == "+" || text[digits] == "-" { digits += 1 }
      let exponent = run(from: digits, while: Self.isDigit)
      if !exponent.isEmpty { end = exponent.upperBound }
    }
    guard let value = decimal(self[start..<end]) else {
      throw .mistake(at: start..<end, expected: both("a finite number", "有限の数値"))
    }
    let unit = try unit(at: skipSpace(from: end))
    return ExpressionToken(
      kind: .number(value, unit?.unit), position: start..<(unit?.end ?? end))
  }

  /// The unit at `start`, the longest that can be read; nil where an operator stands.
  private func unit(at start: Int) throws(ExpressionError) -> (unit: Unit, end: Int)? {
    guard start < text.count,
      Self.isLetter(text[start]) || "%[".unicodeScalars.contains(text[start])
    else { return nil }
    let whole = run(from: start, while: Self.isUnit)
    var end = whole.upperBound
    while end > start {
      if let unit = Unit.named(self[start..<end]) { return (unit, end) }
      // A shorter unit ends before a sign of division.
      end = text[start..<end].lastIndex(of: "/") ?? start
    }
    let word = run(from: start, while: Self.isWord)
    if ["and", "or"].contains(self[word]) { return nil }
    if pointNames.index(of: self[word]) != nil {
      throw .mistake(
        at: word, expected: both("an operator between the two", "二つの間の演算子"))
    }
    let near = nearMiss(of: self[whole], among: Unit.codes)
    throw .mistake(
      at: whole,
      expected: both(
        "the UCUM code of a unit, such as m, mm/h or Cel"
          + (near.map { "; did you mean \"\($0)\"?" } ?? ""),
        "単位の UCUM コード (例: m, mm/h, Cel)" + (near.map { " (もしかして \"\($0)\"?)" } ?? "")))
  }

  // MARK: Characters

  private func run(from start: Int, while belongs: (Unicode.Scalar) -> Bool) -> Range<Int> {
    var end = start
    while end < text.count && belongs(text[end]) { end += 1 }
    return start..<max(start, end)
  }

  private func skipSpace(from start: Int) -> Int {
    run(from: start) { $0 == " " || $0 == "\n" || $0 == "\t" }.upperBound
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar)
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    isLetter(scalar) || isDigit(scalar) || scalar == "." || scalar == "-"
  }

  private static func isUnit(_ scalar: Unicode.Scalar) -> Bool {
    isLetter(scalar) || isDigit(scalar) || "%[]./".unicodeScalars.contains(scalar)
  }
}
