import DetectionCore
import FieldSimulation
import Tables
import Testing

@Suite struct SyntheticFloodTests {
  /// Offsets in hours and levels, without the spike and the missing samples.
  private func levels(_ flood: SyntheticFlood) -> [(hour: Double, level: Double)] {
    let series = flood.level
    return (0..<series.count).compactMap { index in
      let sample = series[index]
      guard let level = sample.value, sample.offset != flood.spikeTime else { return nil }
      return (sample.offset.seconds / 3_600, level)
    }
  }

  @Test(arguments: [(1, 60), (2, 60), (99, 900), (5, 10)] as [(UInt64, Int64)])
  func `the level has the published figures`(seed: UInt64, seconds: Int64) throws {
    let flood = SyntheticFlood(seed: seed, interval: .seconds(seconds))
    let levels = levels(flood)
    let peak = try #require(levels.max { $0.level < $1.level })
    #expect(abs(peak.level - 5.2) < 0.01)

    let quiet = levels.filter { $0.hour < 6 }.map(\.level)
    #expect(abs(quiet.reduce(0, +) / Double(quiet.count) - 0.5) < 0.001)
    #expect(abs(try #require(levels.last).level - 0.5) < 0.01)

    let above = levels.filter { $0.level >= 3.9 }.map(\.hour)
    let span = try #require(above.last) - #require(above.first)
    #expect(abs(span - 32) < 0.26, "\(span) h")
    #expect(
      levels.allSatisfy { $0.level >= 3.88 || $0.hour <= above[0] || $0.hour >= above[0] + 32 })

    #expect(abs(fastestRise(levels, step: 3_600 / Int(seconds)) - 0.58) < 0.006)
  }

  /// The largest rise from one sample to the one an hour later.
  private func fastestRise(_ levels: [(hour: Double, level: Double)], step: Int) -> Double {
    zip(levels, levels.dropFirst(step))
      .filter { abs($1.hour - $0.hour - 1) < 1e-9 }
      .map { $1.level - $0.level }
      .max() ?? 0
  }

  @Test func `it rises once and falls once through every stage between base and peak`() {
    let levels = levels(SyntheticFlood())
    for stage in stride(from: 0.6, through: 5.15, by: 0.05) {
      // A deadband of a centimetre keeps the noise from counting as a crossing.
      var isAbove = false
      var crossings = 0
      for sample in levels where isAbove ? sample.level < stage - 0.01 : sample.level >= stage {
        isAbove.toggle()
        crossings += 1
      }
      #expect(crossings == 2, "stage \(stage) m")
    }
  }

  @Test func `there is one spike and one dropout`() throws {
    let flood = SyntheticFlood()
    let series = flood.level
    #expect(series.missingCount == 30)
    #expect(series.value(at: flood.dropout.lowerBound) == nil)
    #expect(try #require(series.value(at: flood.dropout.upperBound)) > 3.9)
    let jumps = (1..<series.count).filter { index in
      guard let earlier = series[index - 1].value, let later = series[index].value else {
        return false
      }
      return abs(later - earlier) > 0.1
    }
    #expect(jumps.map { series[$0].offset.seconds } == [12_600, 12_660])
    #expect(abs(try #require(series.value(at: flood.spikeTime)) - 2.3) < 0.01)
  }

  @Test func `a seed gives the same bits again and another seed gives others`() throws {
    func sum(_ series: Series) -> UInt64 {
      (0..<series.count).reduce(0) { ($0 &* 31) &+ (series[$1].value ?? -1).bitPattern }
    }
    let first = SyntheticFlood(seed: 3)
    let again = SyntheticFlood(seed: 3)
    #expect(sum(first.level) == sum(again.level))
    #expect(sum(first.rainTotal) == sum(again.rainTotal))
    #expect(sum(first.level) != sum(SyntheticFlood(seed: 4).level))
  }

  @Test func `rain falls in whole tips and begins before the river rises`() throws {
    let rain = SyntheticFlood().rainTotal
    var last = 0.0
    var tips = 0
    for index in 0..<rain.count {
      let total = try #require(rain[index].value)
      let more = ((total - last) / 0.2).rounded()
      #expect(more >= 0 && abs(total - last - more * 0.2) < 1e-9)
      tips += Int(more)
      last = total
    }
    #expect((478...480).contains(tips), "\(tips) tips")
    #expect(try #require(rain.value(at: .seconds(6 * 3_600))) > 10)
    #expect(rain.value(at: .seconds(2 * 3_600)) == 0)
  }

  @Test func `water temperature is a slow daily wave`() throws {
    let temperature = SyntheticFlood().waterTemperature
    #expect(abs(try #require(temperature.maximum) - 7.1) < 0.05)
    #expect(abs(try #require(temperature.minimum) - 5.9) < 0.05)
    #expect(abs(try #require(temperature.value(at: .seconds(15 * 3_600))) - 7.1) < 0.05)
    #expect(abs(try #require(temperature.value(at: .seconds(27 * 3_600))) - 5.9) < 0.05)
  }

  @Test func `an interval out of range is taken into it`() {
    #expect(SyntheticFlood(interval: .zero).interval == .seconds(1))
    #expect(SyntheticFlood(interval: .seconds(1_000_000)).interval == .seconds(900))
  }
}
