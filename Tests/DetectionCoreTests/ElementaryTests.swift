import Foundation
import Testing

@testable import DetectionCore

/// The core's logarithm and exponential beside the system's, and, where the processor has numbers of
/// 64 bits behind the point, beside the true values.
@Suite struct ElementaryTests {
  @Test func specialLogarithms() {
    #expect(Elementary.logarithm(0) == -.infinity)
    #expect(Elementary.logarithm(-0.0) == -.infinity)
    #expect(Elementary.logarithm(.infinity) == .infinity)
    #expect(Elementary.logarithm(1).bitPattern == 0)
    for number: Double in [-1, -.leastNonzeroMagnitude, -.infinity, .nan] {
      #expect(Elementary.logarithm(number).isNaN, "\(number)")
    }
  }

  @Test func specialExponentials() {
    #expect(Elementary.exponential(0) == 1)
    #expect(Elementary.exponential(-0.0) == 1)
    #expect(Elementary.exponential(.infinity) == .infinity)
    #expect(Elementary.exponential(-.infinity) == 0)
    #expect(Elementary.exponential(.nan).isNaN)
    // The largest number, and the smallest, with what lies beyond them.
    #expect(Elementary.exponential(709.782_712_893_384).isFinite)
    #expect(Elementary.exponential(709.782_712_893_384.nextUp) == .infinity)
    let last = -745.133_219_101_941_1
    #expect(Elementary.exponential(last) == .leastNonzeroMagnitude)
    #expect(Elementary.exponential(last.nextDown) == 0)
  }

  @Test func logarithmsAreThoseOfTheSystem() throws {
    for number in logarithmArguments() {
      let distance = steps(from: Elementary.logarithm(number), to: log(number))
      try #require(distance <= 1, "\(number): \(distance) units of the last place")
    }
  }

  @Test func exponentialsAreThoseOfTheSystem() throws {
    for number in exponentialArguments() {
      let distance = steps(from: Elementary.exponential(number), to: exp(number))
      try #require(distance <= 1, "\(number): \(distance) units of the last place")
    }
  }

  /// Same arguments, same bits: on every machine.
  @Test func bitsAreTheSameEverywhere() {
    var digest: UInt64 = 0
    for number in logarithmArguments() {
      digest = (digest ^ Elementary.logarithm(number).bitPattern) &* 0x100_0000_01b3
    }
    #expect(digest == 15_964_138_466_186_504_558)
    digest = 0
    for number in exponentialArguments() {
      digest = (digest ^ Elementary.exponential(number).bitPattern) &* 0x100_0000_01b3
    }
    #expect(digest == 4_878_392_280_660_432_671)
  }

  #if arch(x86_64)
    @Test func errorsStayBelowOneUnitOfTheLastPlace() {
      var worst = Float80(0)
      for number in logarithmArguments() where number != 1 {
        let actual = Elementary.logarithm(number)
        worst = max(worst, (Float80(actual) - log(Float80(number))).magnitude / Float80(actual.ulp))
      }
      print("largest error of a logarithm: \(Double(worst)) ulp")
      #expect(worst > 0.5 && worst < 0.9)
      worst = 0
      for number in exponentialArguments() {
        let actual = Elementary.exponential(number)
        guard actual.isFinite else { continue }
        worst = max(worst, (Float80(actual) - exp(Float80(number))).magnitude / Float80(actual.ulp))
      }
      print("largest error of an exponential: \(Double(worst)) ulp")
      #expect(worst > 0.5 && worst < 0.9)
    }
  #endif

  /// How many steps of the representable numbers lie between them.
  private func steps(from left: Double, to right: Double) -> UInt64 {
    let (a, b) = (left.magnitude.bitPattern, right.magnitude.bitPattern)
    guard left.sign == right.sign else { return a + b }
    return a > b ? a - b : b - a
  }

  /// Positive numbers of all sizes, around 1, and where the reduction of the argument turns.
  private func logarithmArguments() -> [Double] {
    var random = SplitMix64(seed: 20_261_122)
    var numbers: [Double] = [
      .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown,
      .greatestFiniteMagnitude,
    ]
    for _ in 0..<200_000 {
      let number = Double(bitPattern: random.next() >> 1)
      if number.isFinite && number > 0 { numbers.append(number) }
      numbers.append(Double(bitPattern: 1 + (random.next() >> (12 + random.next() % 40))))
      // From 1 out: 1 ± 2⁻¹ … 1 ± 2⁻⁵³.
      let step = Double(random.next() >> 11) * 0x1p-53
      let size = Double(sign: .plus, exponent: -Int(random.next() % 52), significand: 1)
      numbers.append(random.next() % 2 == 0 ? 1 + step * size : 1 - step * size / 2)
    }
    for exponent in -1_022...1_023 {
      for significand in [1, 2.0.squareRoot(), 1.5] {
        let number = Double(sign: .plus, exponent: exponent, significand: significand)
        numbers += [number, number.nextUp, number.nextDown]
      }
    }
    return numbers.filter { $0 > 0 }
  }

  /// Numbers of either sign from 2⁻⁶⁰ to where the result leaves the range, and where the reduction
  /// of the argument turns.
  private func exponentialArguments() -> [Double] {
    var random = SplitMix64(seed: 20_261_123)
    var numbers: [Double] = []
    for _ in 0..<200_000 {
      numbers.append(Double.random(in: -746...710, using: &random))
      numbers.append(Double.random(in: -1...1, using: &random))
      let size = Double(sign: .plus, exponent: -Int(random.next() % 60), significand: 1)
      numbers.append(Double.random(in: -1...1, using: &random) * size)
    }
    for half in -2_151...2_049 {
      let number = Double(half) * 0.346_573_590_279_972_64
      numbers += [number, number.nextUp, number.nextDown]
    }
    return numbers
  }
}
