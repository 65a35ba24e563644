import DetectionCore
import Testing

@testable import Polling

@Suite struct ProbeBudgetTests {
  @Test func theWorkedExampleOfAnswers() {
    var time = ResponseTime()
    #expect(time.wait(margin: .zero, longest: .seconds(1)) == nil)
    for ms: Int64 in [20, 20, 60] { time.take(.milliseconds(ms)) }
    #expect(time.mean == 25_000_000)
    #expect(time.deviation == 15_625_000)
    #expect(
      time.wait(margin: .zero, longest: .seconds(1)) == TimeSpan(nanoseconds: 87_500_000))
    #expect(time.wait(margin: .milliseconds(100), longest: .seconds(1)) == .milliseconds(125))
    #expect(time.wait(margin: .milliseconds(100), longest: .milliseconds(90)) == .milliseconds(90))
  }

  @Test func aSteadyDeviceIsWaitedForJustLongerThanUsual() {
    var time = ResponseTime()
    for _ in 0..<100 { time.take(.milliseconds(20)) }
    #expect(time.wait(margin: .milliseconds(100), longest: .seconds(1)) == .milliseconds(120))
  }

  @Test func theWorkedExampleOfTheBucket() {
    var bucket = ProbeBudget(perMille: 20, start: Instant(nanoseconds: 0))
    bucket.spend(.milliseconds(1200))
    #expect(bucket.isSpent)
    let ready = bucket.ready(for: .milliseconds(100))
    #expect(abs(ready.nanoseconds - 5_000_000_000) <= 1)
    bucket.fill(until: ready)
    #expect(!bucket.isSpent)
    #expect(bucket.ready(for: .milliseconds(100)) <= ready)
  }

  /// Whatever is asked of it, the bucket grants no more than its share and one overdraft.
  @Test(arguments: [UInt16(0), 1, 20, 500, 1000, 2000]) func theShareIsKept(perMille: UInt16) {
    var random = SplitMix64(seed: UInt64(perMille) + 7)
    var bucket = ProbeBudget(perMille: perMille, start: Instant(nanoseconds: 0))
    var now: Int64 = 0
    var spent: Int64 = 0
    let longest: Int64 = 300_000_000
    for _ in 0..<20_000 {
      now += .random(in: 0...2_000_000_000, using: &random)
      bucket.fill(until: Instant(nanoseconds: now))
      let span = TimeSpan(nanoseconds: .random(in: 1...longest, using: &random))
      guard bucket.ready(for: span).nanoseconds <= now else { continue }
      bucket.spend(span)
      spent += span.nanoseconds
    }
    let share = Double(min(perMille, 1000)) / 1000
    let limit = share * Double(now + 60_000_000_000) + Double(longest)
    #expect(Double(spent) <= limit)
    #expect(Double(spent) >= min(share, 0.1) * Double(now) * 0.5)
  }

  /// No sum overflows at the ends of the time line.
  @Test func extremesAreHarmless() {
    var bucket = ProbeBudget(perMille: .max, start: Instant(nanoseconds: .min / 2))
    bucket.spend(.seconds(86_400))
    bucket.fill(until: Instant(nanoseconds: .max / 2))
    #expect(bucket.ready(for: .seconds(100_000)) == Instant(nanoseconds: .max / 2))
    var none = ProbeBudget(perMille: 0, start: Instant(nanoseconds: 0))
    none.spend(.seconds(1))
    #expect(none.ready(for: .seconds(1)) == Instant(nanoseconds: .max))
  }
}
