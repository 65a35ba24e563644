public import DetectionCore
public import Tables

/// A flood that never happened, with the figures of one that did: a built-in series for
/// demonstrations and tests.
///
/// The shape follows published figures of the River Aire at Leeds in December 2015 (Environment
/// Agency gauge F1707 at Armley, published with github.com/Flood-Excess-Volume/RiverAire): 0.5 m
/// before, 5.2 m at the peak, 32 h at or above the flood threshold of 3.9 m, and 0.58 m as the
/// fastest rise within an hour of the record. It contains none of the recorded values. The same
/// seed and interval give the same series on every machine.
public struct SyntheticFlood: Sendable {
  /// The level before and after, in metres.
  public static let baseLevel = 0.5
  /// The highest level, in metres.
  public static let peakLevel = 5.2
  /// The level above which it is a flood, in metres.
  public static let floodLevel = 3.9
  /// Hours at or above `floodLevel`.
  public static let floodHours = 32.0
  /// The largest rise from a sample to the one an hour later, in metres.
  public static let fastestRise = 0.58
  /// Standard deviation of the level's noise, in metres.
  public static let levelNoise = 0.0015
  /// How far the one spike stands out, in metres.
  public static let spikeHeight = 1.8
  /// The amount of rain by which a tipping bucket tips, in millimetres.
  public static let rainTip = 0.2
  /// All the rain, in millimetres.
  public static let totalRain = 96.0
  /// The whole length: quiet, flood, and quiet again.
  public static let length = TimeSpan.seconds(70 * 3_600)

  /// Chooses all that is random.
  public let seed: UInt64
  /// Time between two samples.
  public let interval: TimeSpan
  /// The wall time of the first sample.
  public let start: WallTime

  /// Makes the flood.
  ///
  /// - Parameters:
  ///   - seed: chooses the noise and the moments of the bucket's tips.
  ///   - interval: time between two samples, taken into the range from 1 s to 15 min. The spike is
  ///     one sample long, so a device that is polled every simulated minute shows it once at the
  ///     default of 60 s.
  ///   - start: the wall time of the first sample.
  public init(
    seed: UInt64 = 1, interval: TimeSpan = .seconds(60),
    start: WallTime = WallTime(nanosecondsSince1970: 0, synchronized: true)
  ) {
    self.seed = seed
    self.interval = min(max(interval, .seconds(1)), .seconds(900))
    self.start = start
  }

  /// The moment of the spike, in the quiet hours before the flood.
  public var spikeTime: TimeSpan { sampleTime(notBefore: 3.5) }

  /// The missing samples, above the flood level: half an hour, but at least four samples.
  public var dropout: Range<TimeSpan> {
    let begin = sampleTime(notBefore: 36)
    let length = max(TimeSpan.seconds(1_800), TimeSpan(nanoseconds: 4 * interval.nanoseconds))
    return begin..<TimeSpan(nanoseconds: begin.nanoseconds + length.nanoseconds)
  }

  /// The level in metres above the gauge's zero, rounded to millimetres: with noise, one spike
  /// and one dropout.
  public var level: Series {
    let shape = Hydrograph()
    var random = SplitMix64(seed: seed)
    return series { offset in
      let noise = random.nextNoise(deviation: Self.levelNoise)
      guard !dropout.contains(offset) else { return .nan }
      let spike = offset == spikeTime ? Self.spikeHeight : 0
      return rounded(shape.level(atHour: offset.hours) + spike + noise, to: 1_000)
    }
  }

  /// All rain since the gauge was switched on, in millimetres, in tips of 0.2 mm. It begins four
  /// hours before the river rises and is heaviest three hours after that.
  public var rainTotal: Series {
    var random = SplitMix64(seed: seed ^ 0x7261_696e)
    var tips = 0
    var nextTip = random.nextUnit()
    return series { offset in
      let fallen = Self.rain(untilHour: offset.hours) / Self.rainTip
      // Each tip comes up to half a tip early or late: water clings to the funnel.
      while Double(tips) + 0.5 + nextTip <= fallen {
        tips += 1
        nextTip = random.nextUnit()
      }
      return rounded(Double(tips) * Self.rainTip, to: 10)
    }
  }

  /// Water temperature in degrees Celsius, rounded to hundredths: a daily wave of ±0.6 °C around
  /// 6.5 °C, warmest at 15 h of each day since the start, with little noise.
  public var waterTemperature: Series {
    var random = SplitMix64(seed: seed ^ 0x7465_6d70)
    return series { offset in
      let noise = random.nextNoise(deviation: 0.01)
      return rounded(6.5 + 0.6 * Self.dailyWave(atHour: offset.hours) + noise, to: 100)
    }
  }

  private func series(_ value: (TimeSpan) -> Double) -> Series {
    let count = Self.length.nanoseconds / interval.nanoseconds + 1
    let offsets = (0..<count).map { $0 * interval.nanoseconds }
    return Series(
      orderedOffsets: offsets, values: offsets.map { value(TimeSpan(nanoseconds: $0)) },
      start: start)
  }

  private func sampleTime(notBefore hour: Double) -> TimeSpan {
    let samples = (hour * 3.6e12 / Double(interval.nanoseconds)).rounded(.up)
    return TimeSpan(nanoseconds: Int64(samples) * interval.nanoseconds)
  }

  /// Rain that has fallen until `hour`: a triangle of intensity from 2 h over 9 h to 20 h.
  private static func rain(untilHour hour: Double) -> Double {
    let (begin, heaviest, end) = (2.0, 9.0, 20.0)
    if hour <= begin { return 0 }
    if hour >= end { return totalRain }
    let share =
      hour < heaviest
      ? (hour - begin) * (hour - begin) / ((heaviest - begin) * (end - begin))
      : 1 - (end - hour) * (end - hour) / ((end - heaviest) * (end - begin))
    return totalRain * share
  }

  /// A wave of parabolas from -1 to 1 with a period of 24 h and its top at 15 h; a sine would
  /// come from a library whose last bits differ between machines.
  private static func dailyWave(atHour hour: Double) -> Double {
    let phase = (hour - 9) / 12
    let half = phase.rounded(.down)
    let within = phase - half
    let bow = 4 * within * (1 - within)
    return half.truncatingRemainder(dividingBy: 2) == 0 ? bow : -bow
  }
}

/// Rounds to a fraction of one, which gives the number that the same decimal text gives.
private func rounded(_ value: Double, to fraction: Double) -> Double {
  (value * fraction).rounded() / fraction
}

extension TimeSpan {
  /// The length in hours.
  fileprivate var hours: Double { Double(nanoseconds) / 3.6e12 }
}
