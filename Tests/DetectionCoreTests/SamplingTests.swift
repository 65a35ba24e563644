import DetectionCore
import Testing

@Suite struct SamplingTests {
  /// A small river's crisis-management gauge: the worked example of `SamplingPlan`.
  private var gauge: SamplingPlan {
    var plan = SamplingPlan(rule: 0, point: PointIndex(rawValue: 3), period: .seconds(600))
    plan.set(.seconds(300), fromStage: 1)
    plan.set(.seconds(120), fromStage: 2)
    return plan
  }

  @Test(arguments: [(0, 600), (1, 300), (2, 120), (3, 120), (8, 120), (255, 120)])
  func eachStageHasItsPeriod(stage: UInt8, seconds: Int64) {
    #expect(gauge.period(atStage: stage) == .seconds(seconds))
  }

  @Test func onlyAnotherPeriodIsARequest() {
    let point = PointIndex(rawValue: 3)
    #expect(
      gauge.request(from: 0, to: 2) == SamplingRequest(point: point, period: .seconds(120)))
    #expect(
      gauge.request(from: 4, to: 0) == SamplingRequest(point: point, period: .seconds(600)))
    #expect(gauge.request(from: 2, to: 5) == nil)
    #expect(gauge.request(from: 1, to: 1) == nil)
  }
}
