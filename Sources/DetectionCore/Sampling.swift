/// How often a point is to be read at each stage of a rule, as crisis-management gauges do: seldom
/// while the water is low, every few minutes once it has passed the level that starts observation.
///
/// The level that stops observation, which lies below the one that starts it, is the stage's deadband.
///
/// Worked example (MLIT, 危機管理型水位計の観測基準・仕様, 2018, a small river): every 600 s below the
/// start level, every 300 s from stage 1 on, every 120 s from stage 2 on.
public struct SamplingPlan: BitwiseCopyable, Sendable {
  /// The highest stage that has a period of its own.
  public static var highestStage: UInt8 { 8 }

  /// The rule whose stage decides.
  public var rule: UInt16
  /// The point that is read.
  public var point: PointIndex
  private var nanoseconds: SIMD16<Int64>

  /// Makes a plan that asks for one period, above zero, at all stages.
  public init(rule: UInt16, point: PointIndex, period: TimeSpan) {
    self.rule = rule
    self.point = point
    nanoseconds = SIMD16(repeating: period.nanoseconds)
  }

  /// Asks for `period`, above zero, at `stage` and all higher ones.
  public mutating func set(_ period: TimeSpan, fromStage stage: UInt8) {
    var index = Int(stage)
    while index <= Int(SamplingPlan.highestStage) {
      nanoseconds[index] = period.nanoseconds
      index += 1
    }
  }

  /// The time from one reading to the next at `stage`; 0 is normal.
  public func period(atStage stage: UInt8) -> TimeSpan {
    TimeSpan(nanoseconds: nanoseconds[Int(min(stage, SamplingPlan.highestStage))])
  }

  /// What is to be asked of acquisition when the rule turns from one stage to another; nil when the
  /// period stays as it is.
  public func request(from previous: UInt8, to stage: UInt8) -> SamplingRequest? {
    let period = period(atStage: stage)
    guard period != self.period(atStage: previous) else { return nil }
    return SamplingRequest(point: point, period: period)
  }
}

/// A point is to be read more or less often from now on.
public struct SamplingRequest: BitwiseCopyable, Equatable, Sendable {
  /// Which point.
  public var point: PointIndex
  /// The time from one reading to the next.
  public var period: TimeSpan

  /// Makes a request.
  public init(point: PointIndex, period: TimeSpan) {
    self.point = point
    self.period = period
  }
}
