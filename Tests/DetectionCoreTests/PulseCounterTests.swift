import Testing

@testable import DetectionCore

@Suite struct PulseCounterTests {
  private func increments(_ readings: [Double], modulus: Double) -> [Double?] {
    var counter = PulseCounter()
    return readings.map { counter.take($0, modulus: modulus) }
  }

  @Test func counterThatWrapsAndBeginsAnew() {
    #expect(increments([65_530, 4, 2], modulus: 65_536) == [nil, 10, 2])
    #expect(increments([4_294_967_290, 4], modulus: 4_294_967_296) == [nil, 10])
  }

  @Test func withoutModulusEveryFallIsARestart() {
    #expect(increments([65_530, 4, 4, 9], modulus: .infinity) == [nil, 4, 0, 5])
  }

  /// Half way round is no longer the shorter way.
  @Test func halfWayRoundIsARestart() {
    #expect(increments([40_000, 7_231], modulus: 65_536) == [nil, 32_767])
    #expect(increments([40_000, 7_232], modulus: 65_536) == [nil, 7_232])
  }

  /// The way round from a reading above the modulus would be negative.
  @Test func readingAboveTheModulusIsNoNegativeAdvance() {
    #expect(increments([70_000, 4], modulus: 65_536) == [nil, 4])
  }

  @Test func whatNoCounterShowsIsLookedPast() {
    let readings: [Double] = [10, -.infinity, .nan, -1, .infinity, 12]
    #expect(increments(readings, modulus: 65_536) == [nil, nil, nil, nil, nil, 2])
  }

  /// Every pulse is counted once, however often the register wraps.
  @Test(arguments: [65_536.0, 4_294_967_296])
  func incrementsAddUpToThePulses(modulus: Double) {
    var random = SplitMix64(seed: 31)
    var counter = PulseCounter()
    var pulses = Double(random.next() % UInt64(modulus))
    #expect(counter.take(pulses, modulus: modulus) == nil)
    let start = pulses
    var sum = 0.0
    for _ in 0..<20_000 {
      pulses += Double(random.next() % UInt64(modulus / 2))
      sum += counter.take(pulses.truncatingRemainder(dividingBy: modulus), modulus: modulus) ?? .nan
    }
    #expect(sum == pulses - start)
    #expect(pulses > 1_000 * modulus)
  }

  @Test func noReadingGivesANegativeIncrement() {
    var random = SplitMix64(seed: 32)
    for modulus in [1, 1_000, 65_536, .infinity] {
      var counter = PulseCounter()
      for _ in 0..<20_000 {
        let bits = random.next()
        let value =
          bits % 3 == 0 ? Double(bitPattern: random.next()) : Double(bits >> 46) - 10_000
        if let increment = counter.take(value, modulus: modulus) {
          #expect(increment >= 0 && increment.isFinite, "\(value), modulus \(modulus)")
        }
      }
    }
  }
}
