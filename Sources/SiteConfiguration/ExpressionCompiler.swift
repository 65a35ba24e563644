internal import Delivery
internal import DetectionCore

/// The programs of a site and what they refer to, as the core takes them.
struct CompiledExpressions {
  var programs: [ProgramPlan] = []
  var instructions: [Instruction] = []
  var windows: [PointWindow] = []
  var cells: [CellPlan] = []
  var curves: [CurvePlan] = []
  var curvePoints: [CurvePoint] = []

  /// How many values all windows have room for.
  var windowEntries: Int { windows.reduce(0) { $0 + Int($1.window.capacity) } }
}

/// What an expression may name.
struct ExpressionScope {
  /// A curve's axes.
  struct Curve {
    var x: Unit
    var y: Unit
  }

  var pointNames: Names
  /// The points so far; nil where one could not be read.
  var points: [SiteReader.ReadPoint?]
  var curveNames: Names
  /// Nil where one could not be read.
  var curves: [Curve?]
}

/// Compiles one expression: reads it, holds its units against each other, and leaves the steps of its
/// program.
///
/// Each part is compiled as soon as it has been read, from the inside out, so that there is no tree to
/// walk and the depth of the work is bounded by `maximumNesting` alone. The first mistake ends it.
///
///     disjunction  = conjunction {"or" conjunction}
///     conjunction  = negation {"and" negation}
///     negation     = ["not"] comparison
///     comparison   = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
///     sum          = product {("+" | "-") product}
///     product      = signed {("*" | "/") signed}
///     signed       = ["-"] primary
///     primary      = number [unit] | point | "true" | "false" | "(" disjunction ")"
///                  | function "(" disjunction {"," disjunction} ")"
struct ExpressionCompiler {
  /// Deeper than any formula that a person can read.
  static let maximumNesting = 16

  let text: ExpressionText
  let scope: ExpressionScope
  /// What earlier expressions have left, and this one adds.
  var compiled: CompiledExpressions
  /// The points that are named, and where.
  private(set) var named: [(point: Int, position: Range<Int>)] = []
  private let tokens: [ExpressionToken]
  private var next = 0
  private var nesting = 0

  /// Takes the text apart.
  init(
    _ text: String, scope: ExpressionScope, into compiled: CompiledExpressions
  ) throws(ExpressionError) {
    self.text = ExpressionText(text, pointNames: scope.pointNames)
    self.scope = scope
    self.compiled = compiled
    tokens = try self.text.tokens()
  }

  /// The whole expression, as a number in `unit`.
  mutating func compile(to unit: Unit) throws(ExpressionError) -> ExpressionPart {
    let part = try disjunction()
    guard tokens[next].kind == .end else { throw unexpected(orEnd: true) }
    guard !named.isEmpty else {
      throw .mistake(
        at: part.position,
        expected: both("an expression that names a point", "観測点を含む式"))
    }
    return try result(part, in: unit)
  }

  // MARK: Grammar

  mutating func disjunction() throws(ExpressionError) -> ExpressionPart {
    try deeper()
    defer { nesting -= 1 }
    var left = try conjunction()
    while takes(word: "or") { left = try joined(.or, left, conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ExpressionError) -> ExpressionPart {
    var left = try negation()
    while takes(word: "and") { left = try joined(.and, left, negation()) }
    return left
  }

  private mutating func negation() throws(ExpressionError) -> ExpressionPart {
    let start = tokens[next].position.lowerBound
    guard takes(word: "not") else { return try comparison() }
    try deeper()
    defer { nesting -= 1 }
    return try inverted(negation(), from: start)
  }

  private mutating func comparison() throws(ExpressionError) -> ExpressionPart {
    let left = try sum()
    guard case .sign(let sign) = tokens[next].kind, Self.comparisons.contains(sign) else {
      return left
    }
    next += 1
    let part = try compared(left, sign, sum())
    if case .sign(let second) = tokens[next].kind, Self.comparisons.contains(second) {
      throw .mistake(
        at: tokens[next].position,
        expected: both(
          "two comparisons joined by and, such as a < b and b < c",
          "and でつないだ二つの比較 (例: a < b and b < c)"))
    }
    return part
  }

  private static let comparisons: [ExpressionToken.Sign] = [
    .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual,
  ]

  private mutating func sum() throws(ExpressionError) -> ExpressionPart {
    var left = try product()
    while true {
      if takes(.plus) {
        left = try added(left, product())
      } else if takes(.minus) {
        left = try subtracted(left, product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(ExpressionError) -> ExpressionPart {
    var left = try signed()
    while true {
      if takes(.times) {
        left = try multiplied(left, signed())
      } else if takes(.over) {
        left = try divided(left, signed())
      } else {
        return left
      }
    }
  }

  private mutating func signed() throws(ExpressionError) -> ExpressionPart {
    let start = tokens[next].position.lowerBound
    guard takes(.minus) else { return try primary() }
    try deeper()
    defer { nesting -= 1 }
    // A temperature below zero is a number of its own, not one that is turned around.
    let isNumber = if case .number = tokens[next].kind { true } else { false }
    return try negated(signed(), isLiteral: isNumber, from: start)
  }

  private mutating func primary() throws(ExpressionError) -> ExpressionPart {
    let token = tokens[next]
    next += 1
    switch token.kind {
    case .number(let value, let unit):
      return ExpressionPart(
        constant: value, .quantity(unit ?? .one), isBare: unit == nil, at: token.position)
    case .word("true"), .word("false"):
      let value = token.kind == .word("true") ? 1.0 : 0
      return ExpressionPart(constant: value, .truth, at: token.position)
    case .word(let word) where !Self.keywords.contains(word):
      if tokens[next].kind == .sign(.open) { return try call(word, at: token.position) }
      return try value(of: word, at: token.position)
    case .sign(.open):
      var part = try disjunction()
      guard takes(.close) else { throw unexpected(.close) }
      part.position = token.position.lowerBound..<tokens[next - 1].position.upperBound
      return part
    default:
      next -= 1
      throw unexpected()
    }
  }

  private static let keywords = ["and", "or", "not"]

  // MARK: Tokens

  /// Takes the next token where it is `sign`.
  mutating func takes(_ sign: ExpressionToken.Sign) -> Bool {
    guard tokens[next].kind == .sign(sign) else { return false }
    next += 1
    return true
  }

  private mutating func takes(word: String) -> Bool {
    guard tokens[next].kind == .word(word) else { return false }
    next += 1
    return true
  }

  /// Takes the next token, which must be a word.
  mutating func takeWord(expected: LocalizedText) throws(ExpressionError) -> (
    word: String, position: Range<Int>
  ) {
    guard case .word(let word) = tokens[next].kind else {
      throw .mistake(at: tokens[next].position, expected: expected)
    }
    next += 1
    return (word, tokens[next - 1].position)
  }

  /// Where the token that was taken last ends.
  var end: Int { next > 0 ? tokens[next - 1].position.upperBound : 0 }

  /// What is wrong with the next token, where a value, `sign`, or an operator should stand.
  func unexpected(_ sign: ExpressionToken.Sign? = nil, orEnd: Bool = false) -> ExpressionError {
    let expected =
      if let sign {
        both("an operator or \"\(sign.rawValue)\"", "演算子または \"\(sign.rawValue)\"")
      } else if orEnd {
        both("an operator or the end of the expression", "演算子または式の終わり")
      } else {
        both("a number, the id of a point or a function", "数値、観測点の ID、関数のいずれか")
      }
    return .mistake(at: tokens[next].position, expected: expected)
  }

  private mutating func deeper() throws(ExpressionError) {
    nesting += 1
    guard nesting <= Self.maximumNesting else {
      throw .mistake(
        at: tokens[next].position,
        expected: both(
          "at most \(Self.maximumNesting) levels of nesting", "\(Self.maximumNesting) 段以下の入れ子"))
    }
  }

  // MARK: Points

  private mutating func value(
    of word: String, at position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    guard let index = scope.pointNames.index(of: word) else {
      throw .mistake(at: position, expected: expectation(insteadOf: word))
    }
    guard index < scope.points.count else {
      throw .mistake(
        at: position,
        expected: both("a point that stands before this one", "この観測点より前にある観測点"))
    }
    guard let point = scope.points[index] else { throw .reportedElsewhere }
    named.append((index, position))
    var part = ExpressionPart(
      point.isTruth ? .truth : .quantity(point.unit),
      [Instruction(.value, index: UInt16(index))], at: position)
    part.point = index
    return part
  }

  /// What should stand instead of a word that is no point.
  private func expectation(insteadOf word: String) -> LocalizedText {
    for minus in word.indices where word[minus] == "-" {
      let left = String(word[..<minus])
      let right = String(word[word.index(after: minus)...])
      guard scope.pointNames.index(of: left) != nil else { continue }
      let difference = right.isEmpty ? "\(left) - …" : "\(left) - \(right)"
      return both(
        "spaces around a minus sign: \(difference)", "マイナス記号の前後に空白: \(difference)")
    }
    if scope.curveNames.index(of: word) != nil {
      return both("curve(\(word), x)", "curve(\(word), x)")
    }
    if let function = ExpressionFunction(rawValue: word) {
      return both(function.usage, function.usage)
    }
    return scope.pointNames.expectation(insteadOf: word)
  }
}
