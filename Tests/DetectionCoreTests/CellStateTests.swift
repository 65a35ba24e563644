import Foundation
import Testing

@testable import DetectionCore

/// What an instruction remembers between its runs.
@Suite struct CellStateTests {
  private func instant(_ seconds: Double) -> Instant {
    Instant(nanoseconds: Int64(seconds * 1e9))
  }

  private let mean = CellPlan.exponentialMean(PointIndex(rawValue: 0), timeConstant: .seconds(60))

  private func mean(_ values: [(Double, at: Double)]) -> Double {
    var cell = CellState()
    for (value, time) in values { cell.take(value, at: instant(time), plan: mean) }
    return cell.recalled(by: mean)
  }

  @Test func firstValueBeginsTheMean() {
    #expect(mean([]).isNaN)
    #expect(mean([(7.5, at: 100)]) == 7.5)
  }

  /// Two halves of a step weigh as much as the whole: the mean does not depend on how often a value
  /// that stands still is read.
  @Test func meanDoesNotDependOnTheInterval() {
    let once = mean([(0, at: 0), (1, at: 90)])
    #expect((once - (1 - exp(-1.5))).magnitude < 1e-15)
    let often = mean([(0, at: 0)] + (1...900).map { (1, at: Double($0) / 10) })
    #expect((often - once).magnitude < 1e-13)
  }

  @Test func meanStaysAmongItsValues() {
    var random = SplitMix64(seed: 71)
    var cell = CellState()
    var time = 0.0
    for _ in 0..<10_000 {
      time += Double.random(in: 0...300, using: &random)
      cell.take(Double.random(in: 3...4, using: &random), at: instant(time), plan: mean)
      let now = cell.recalled(by: mean)
      #expect(now >= 3 && now <= 4)
    }
  }

  /// A value of the same moment has no weight; a very late one all of it.
  @Test func weightFollowsTheTime() {
    #expect(mean([(2, at: 5), (9, at: 5)]) == 2)
    #expect(mean([(2, at: 5), (9, at: 1e9)]) == 9)
  }
}
