import DetectionCore
import FieldSimulation
import Testing

@Suite struct FormulaTests {
  static func values(_ text: String, at seconds: [Int64]) throws -> [Double] {
    let formula = try #require(Formula(text))
    return seconds.map { formula.value(at: .seconds($0)) }
  }

  @Test func eachTermTakesItsCourse() throws {
    #expect(try Self.values("-1.5e1", at: [0, 99]) == [-15, -15])
    #expect(
      try Self.values("wave(2, 80 s)", at: [0, 20, 40, 60, 80, 100]) == [0, 2, 0, -2, 0, 2])
    #expect(try Self.values("ramp(5, 10s)", at: [0, 4, 10, 1000]) == [0, 2, 5, 5])
    #expect(try Self.values("pulse(1, 1 min)", at: [0, 29, 30, 59, 60]) == [0, 0, 1, 1, 0])
  }

  @Test func aSumAddsItsTerms() throws {
    #expect(try Self.values(" 2 + ramp(-1, 0.5 h)+wave(0.5,40 s) ", at: [0, 1810]) == [2, 1.5])
  }

  @Test func noiseIsTheSameEachTimeAndHasItsDeviation() throws {
    let seconds = Array<Int64>(0..<2_000)
    let noise = try Self.values("noise(0.1)", at: seconds)
    #expect(noise == (try Self.values("noise(0.1)", at: seconds)))
    let squares = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
    #expect(abs(squares.squareRoot() - 0.1) < 0.01)
    let both = try Self.values("noise(0.1) + noise(0.1)", at: seconds)
    #expect(both != noise.map { 2 * $0 })
  }

  @Test(arguments: [
    "", "+", "1 +", "level", "1 2", "wave(1)", "wave(1, 0 s)", "wave(1, 5)", "wave 1, 5 s",
    "noise(-1)", "noise(1, 1 s)", "ramp(1, 1 y)", "pulse(x, 1 s)", "inf", "nan", "1)",
    Array(repeating: "1", count: 33).joined(separator: "+"),
  ])
  func anythingElseIsRefused(text: String) {
    #expect(Formula(text) == nil)
  }
}
