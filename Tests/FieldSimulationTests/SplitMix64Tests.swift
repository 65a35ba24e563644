import DetectionCore
import FieldSimulation
import Testing

@Suite struct SplitMix64Tests {
  @Test func `the first numbers of a seed are those of the reference program`() {
    var random = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in random.next() } == expected)
  }

  @Test func `unit numbers fill the range from 0 to 1 evenly`() {
    var random = SplitMix64(seed: 7)
    var tenths = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 { tenths[Int(random.nextUnit() * 10)] += 1 }
    #expect(tenths.allSatisfy { abs($0 - 10_000) < 400 }, "\(tenths)")
  }

  @Test func `noise has mean 0 and the wanted deviation`() {
    var random = SplitMix64(seed: 7)
    let noise = (0..<100_000).map { _ in random.nextNoise(deviation: 2) }
    let mean = noise.reduce(0, +) / 100_000
    let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    #expect(abs(mean) < 0.03)
    #expect(abs(variance.squareRoot() - 2) < 0.03)
  }
}
