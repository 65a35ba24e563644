/// A function of the expression language: how it is written, and how a call of it is compiled. Each
/// is declared once, in one of the lists that `all` is made of.
struct ExpressionFunction: Sendable {
  /// A call: the values, and where it stands.
  struct Call {
    var values: [ExpressionPart]
    var position: Range<Int>
    /// The curve that it names.
    var curve: Int?
  }

  typealias Compilation =
    @Sendable (inout ExpressionCompiler, Call) throws(ExpressionError) -> ExpressionPart

  /// The word before the parenthesis.
  let name: String
  /// How it is written, for messages.
  let usage: String
  /// How many values it takes.
  let counts: ClosedRange<Int>
  /// True where the name of a curve goes before the values.
  let takesCurve: Bool
  /// Compiles a call with as many values as `counts` allows.
  let compile: Compilation

  /// Declares a function by its usage, which begins with its name and a parenthesis.
  init(
    _ usage: String, _ counts: ClosedRange<Int>, takesCurve: Bool = false,
    compile: @escaping Compilation
  ) {
    name = String(usage.prefix { $0 != "(" })
    self.usage = usage
    self.counts = counts
    self.takesCurve = takesCurve
    self.compile = compile
  }

  /// All of them, in the order in which messages list them.
  static let all = arithmetic + choices + statistics + memories + formulas + forecasts + [curve]

  /// The function of this name.
  static func named(_ name: String) -> ExpressionFunction? { all.first { $0.name == name } }
}
