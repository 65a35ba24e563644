import Testing

@testable import DetectionCore

@Suite struct PulseCounterTests {
  /// What the counter had advanced by after each reading.
  private func advances(_ readings: [Double], modulus: Double = .infinity) -> [Double] {
    var counter = PulseCounter()
    var increments: [Double] = []
    return readings.map { reading in
      if let step = counter.take(reading, modulus: modulus) {
        if step.takesBackLast { increments[increments.count - 1] = 0 }
        increments.append(step.increment)
      }
      // In hundredths, which no sum of these readings falls between.
      return (increments.reduce(0, +) * 100).rounded() / 100
    }
  }

  @Test func aCounterThatWrapsGoesOnWhenTheNextReadingConfirmsIt() {
    #expect(advances([65_530, 4, 6], modulus: 65_536) == [0, 0, 12])
    #expect(advances([4_294_967_290, 4, 4], modulus: 4_294_967_296) == [0, 0, 10])
    #expect(advances([655, 655.2, 0.1, 0.4, 0.4], modulus: 655.36) == [0, 0.2, 0.2, 0.76, 0.76])
  }

  /// Of a fall that is no wrap nobody knows what has been counted since.
  @Test func aRestartBeginsAnewAndCountsForNothing() {
    #expect(advances([45, 0, 0, 0.28, 0.56]) == [0, 0, 0, 0.28, 0.56])
    #expect(advances([45, 45, 31, 31, 31.5]) == [0, 0, 0, 0, 0.5])
    #expect(advances([65_530, 4, 4, 9]) == [0, 0, 0, 5])
  }

  /// The way round through the modulus would be 255 of 655: too long to be told from a restart.
  @Test func aLongWayRoundIsARestart() {
    #expect(advances([400, 420, 20, 30, 30], modulus: 655.36) == [0, 20, 20, 30, 30])
    #expect(advances([55_000, 5_847, 5_847], modulus: 65_536) == [0, 0, 16_383])
    #expect(advances([55_000, 5_848, 5_848], modulus: 65_536) == [0, 0, 0])
    #expect(advances([70_000, 4, 4], modulus: 65_536) == [0, 0, 0])
  }

  @Test func oneOutlierBetweenTwoGoodReadingsCountsForNothing() {
    #expect(advances([45, 45, 0, 45, 45]) == [0, 0, 0, 0, 0])
    #expect(advances([115, 49, 115, 115.2]) == [0, 0, 0, 0.2])
    #expect(advances([45, 245, 45, 45.2]) == [0, 0, 0, 0.2])
    #expect(advances([655, 655.2, 0, 655.4, 655.4], modulus: 655.36) == [0, 0.2, 0.2, 0.4, 0.4])
  }

  /// A step that could be real counts at once, and is taken back when the reading after it returns.
  @Test func anOutlierThatCouldBeRealIsTakenBack() {
    #expect(advances([500, 500, 545, 500.2, 500.4]) == [0, 0, 45, 0.2, 0.4])
    #expect(advances([500, 545, 545.2, 500, 500]) == [0, 45, 45.2, 45.2, 45.2])
  }

  @Test func aCounterThatStepsBackByItsLeastStepIsOnlyRounded() {
    #expect(
      advances([100, 100.2, 100.1, 100.2, 100.1, 100.2, 100.1, 100.2])
        == [0, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2])
    #expect(
      advances([100, 100.2, 100.4, 100.4, 100.3, 100.3, 100.3, 100.6])
        == [0, 0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.6])
    // Two steps are more than that: from there on it counts anew.
    #expect(
      advances([100, 100.2, 100.4, 100.4, 100, 100, 100.2]) == [0, 0.2, 0.4, 0.4, 0.4, 0.4, 0.6])
  }

  /// All that a counter has counted is more than any step of it.
  @Test func aStepAboveTheHighestReadingWaitsForTheNextOne() {
    #expect(advances([2, 9, 10]) == [0, 0, 8])
    // A counter that has been at 45 may count 8 from 0 at once.
    #expect(advances([45, 0, 0, 8]) == [0, 0, 0, 8])
  }

  @Test func whatNoCounterShowsIsLookedPast() {
    #expect(advances([10, -.infinity, .nan, -1, .infinity, 12], modulus: 65_536).last == 2)
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
      pulses += Double(random.next() % UInt64(modulus / 4))
      let step = counter.take(pulses.truncatingRemainder(dividingBy: modulus), modulus: modulus)
      sum += step?.increment ?? .nan
      #expect(step?.takesBackLast == false)
    }
    // What waits is confirmed.
    sum +=
      counter.take(pulses.truncatingRemainder(dividingBy: modulus), modulus: modulus)?
      .increment ?? .nan
    #expect(sum == pulses - start)
    #expect(pulses > 1_000 * modulus)
  }

  /// Rain with one outlier now and then, one between good readings each: as much rain as without them.
  @Test func outliersAnywhereInventNoRain() {
    for seed in 1...200 as ClosedRange<UInt64> {
      var random = SplitMix64(seed: seed)
      var tips = Int(random.next() % 5_000)
      let start = tips
      var counter = PulseCounter()
      var increments: [Double] = []
      func read(_ value: Double) {
        guard let step = counter.take(value, modulus: .infinity) else { return }
        if step.takesBackLast { increments[increments.count - 1] = 0 }
        increments.append(step.increment)
      }
      for reading in 0..<500 {
        let isOutlier = reading % 5 == 2 && random.next() % 3 == 0
        // It does not rain while the readings are wrong, so that the outlier is what stands out.
        if reading % 5 == 0, reading > 0 { tips += Int(random.next() % 4) }
        read(isOutlier ? Double(random.next() % 20_000) : Double(tips))
      }
      read(Double(tips))
      #expect(increments.reduce(0, +) == Double(tips - start), "seed \(seed)")
    }
  }

  @Test func noReadingGivesANegativeIncrement() {
    var random = SplitMix64(seed: 32)
    for modulus in [1, 1_000, 65_536, .infinity] {
      var counter = PulseCounter()
      for _ in 0..<20_000 {
        let bits = random.next()
        let value =
          bits % 3 == 0 ? Double(bitPattern: random.next()) : Double(bits >> 46) - 10_000
        if let increment = counter.take(value, modulus: modulus)?.increment {
          #expect(increment >= 0 && increment.isFinite, "\(value), modulus \(modulus)")
        }
      }
    }
  }
}
