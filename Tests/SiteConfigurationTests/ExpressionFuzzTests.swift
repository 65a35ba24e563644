import Delivery
import DetectionCore
import Testing

@testable import SiteConfiguration

/// Whatever stands in an expression, reading it ends soon, with a program that the core can run or
/// with one mistake that has a position in the text.
@Suite struct ExpressionFuzzTests {
  private static let pieces: [String] = [
    "river.level", "gate.level", "rain.total", "air.temperature", "road.temperature", "pulses",
    "air.humidity", "nothing", "0", "1", "4.6 m", "2 Cel", "0.5 K", "50 %", "10 min", "6 h",
    "1e308",
    "1e-320 m", "3 m9", "1 ug9.ug9", "true", "false", "and", "or", "not", "+", "-", "*", "/", "<",
    "<=", ">", ">=", "==", "!=", "(", ")", "(", ")", ",", ",", "rating", "curve(rating,", " ", "\n",
    "\u{0}", "水", "$", "..", "--", "e", "[", "]",
  ]

  /// A compiled expression, or nil after it was refused; records what must not be.
  private func compile(_ text: String, to unit: Unit, seed: UInt64) throws -> ExpressionPart? {
    let scope = try #require(ExpressionFixtures.scope)
    do throws(ExpressionError) {
      var compiler = try ExpressionCompiler(text, scope: scope, into: CompiledExpressions())
      let part = try compiler.compile(to: unit)
      let lists = compiler.compiled
      #expect(part.steps.count <= CoreLimits.instructionsPerProgram, "seed \(seed): \(text)")
      #expect(
        depth(of: part.steps, lists) == part.stackDepth, "seed \(seed): \(text)")
      #expect(part.steps.allSatisfy { $0.number.isFinite }, "seed \(seed): \(text)")
      return part
    } catch {
      guard case .mistake(let position, _, let expected) = error else {
        Issue.record("seed \(seed): nothing is broken elsewhere: \(text)")
        return nil
      }
      let length = text.unicodeScalars.count
      #expect(position.lowerBound >= 0 && position.upperBound <= length, "seed \(seed): \(text)")
      #expect(!expected.english.isEmpty && !expected.japanese.isEmpty)
      return nil
    }
  }

  /// The stack that the steps need; nil where they take what is not there, leave more or less than
  /// one number, or name something that does not exist.
  private func depth(of steps: [Instruction], _ lists: CompiledExpressions) -> Int? {
    var depth = 0
    var deepest = 0
    for step in steps {
      let (taken, limit): (Int, Int) =
        switch step.operation {
        case .constant: (0, 1)
        case .value: (0, 12)
        case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
          .robustSlope:
          (0, lists.windows.count)
        case .previous, .exponentialMean: (0, lists.cells.count)
        case .since: (1, lists.cells.count)
        case .hysteresis: (3, lists.cells.count)
        case .interpolate, .scale, .shift, .negate, .magnitude, .squareRoot, .logarithm,
          .exponential, .not, .isUsable:
          (1, 1)
        case .choose, .salinity: (3, 1)
        default: (2, 1)
        }
      guard taken <= depth, Int(step.index) < limit else { return nil }
      depth += 1 - taken
      deepest = max(deepest, depth)
    }
    return depth == 1 ? deepest : nil
  }

  @Test func soupsOfWordsNeverTrapAndProgramsFitTheStack() throws {
    var seeds = SystemRandomNumberGenerator()
    let seed = seeds.next()
    print("expression soup seed: \(seed)")
    var generator = SplitMix64(seed: seed)
    let functions = ExpressionFunction.allCases.map { "\($0.rawValue)(" }
    let units = ["m", "1", "Cel", "K", "mm/h", "%", "h"].compactMap(Unit.named)
    var compiled = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
        (Int.random(in: 0..<4, using: &generator) == 0
          ? functions.randomElement(using: &generator)
          : Self.pieces.randomElement(using: &generator)) ?? ""
      }.joined(separator: Bool.random(using: &generator) ? " " : "")
      let unit = try #require(units.randomElement(using: &generator))
      if try compile(text, to: unit, seed: seed) != nil { compiled += 1 }
    }
    print("soups that are expressions: \(compiled)")
  }

  /// Grown by the grammar, so that most are well formed and many are right.
  @Test func grownExpressionsFitTheStack() throws {
    var seeds = SystemRandomNumberGenerator()
    let seed = seeds.next()
    print("grown expression seed: \(seed)")
    var generator = SplitMix64(seed: seed)
    let levels = [
      "river.level", "gate.level", "40 cm", "previous(river.level)", "mean(gate.level, 10 min)",
      "timeTo(river.level, 4 m, 10 min, 1 h) * 1 m/s", "curve(rating, 1 m) / (1 m2/s)",
      "clamp(river.level, 0 m, 9 m)", "if(usable(river.level), 1 m, 2 m)",
    ]
    func grown(_ depth: Int) -> String {
      let leaf = levels.randomElement(using: &generator) ?? ""
      guard depth > 0, Int.random(in: 0..<5, using: &generator) > 0 else { return leaf }
      let left = grown(depth - 1)
      let right = grown(depth - 1)
      return switch Int.random(in: 0..<7, using: &generator) {
      case 0: "\(left) + \(right)"
      case 1: "\(left) - (\(right))"
      case 2: "min(\(left), \(right))"
      case 3: "if(\(left) < \(right), \(left), \(right))"
      case 4: "sqrt((\(left)) * (\(right)))"
      case 5: "else(\(left), -(\(right)))"
      default: "(\(left)) * 3 / 7"
      }
    }
    let metre = try #require(Unit.named("m"))
    var compiled = 0
    for _ in 0..<2_000 where try compile(grown(5), to: metre, seed: seed) != nil { compiled += 1 }
    print("grown expressions that are right: \(compiled)")
    #expect(compiled > 500, "seed \(seed)")
  }

  @Test func bytesNeverTrap() throws {
    var seeds = SystemRandomNumberGenerator()
    let seed = seeds.next()
    print("expression bytes seed: \(seed)")
    var generator = SplitMix64(seed: seed)
    let metre = try #require(Unit.named("m"))
    for _ in 0..<5_000 {
      let bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      _ = try compile(String(decoding: bytes, as: UTF8.self), to: metre, seed: seed)
    }
  }

  /// The longest and the deepest texts are refused or compiled, without a deep stack.
  @Test(arguments: [
    "(", "-", "not ", "abs(", "if(true, ", "1 + ", "river.level + ", "pulses * ", "m", "1",
  ])
  func endlessRepetitionEnds(piece: String) throws {
    let metre = try #require(Unit.named("m"))
    for count in [10, 100, 100_000] {
      let text = String(repeating: piece, count: count)
      #expect(try compile(text, to: metre, seed: 0) == nil)
      _ = try compile(text + "river.level", to: metre, seed: 0)
    }
  }
}
