import Testing

@testable import DetectionCore

/// The core's square root beside the standard library's, bit for bit.
@Suite struct SquareRootTests {
  @Test func specialValues() {
    for number in [
      0.0, -0.0, .infinity, .greatestFiniteMagnitude, .leastNormalMagnitude, .leastNonzeroMagnitude,
      1, 2, 4, 1.0.nextUp, 1.0.nextDown, 4.0.nextDown, 2.0.nextDown,
    ] {
      #expect(number.root().bitPattern == number.squareRoot().bitPattern, "\(number)")
    }
    #expect(Double.nan.root().isNaN)
    #expect((-1.0).root().isNaN)
    #expect((-Double.infinity).root().isNaN)
  }

  @Test func aMillionBitPatterns() {
    var random = SplitMix64(seed: 20_261_121)
    for _ in 0..<1_000_000 {
      let number = Double(bitPattern: random.next() >> 1)
      guard number.isFinite else { continue }
      #expect(number.root().bitPattern == number.squareRoot().bitPattern, "\(number)")
    }
  }

  /// Squares and their neighbours lie next to where the rounding turns.
  @Test func squaresAndTheirNeighbours() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<100_000 {
      let root = Double(random.next() >> 32) + Double(random.next() >> 43) / 4096
      for number in [root * root, (root * root).nextUp, (root * root).nextDown] where number > 0 {
        #expect(number.root().bitPattern == number.squareRoot().bitPattern, "\(number)")
      }
    }
  }
}
