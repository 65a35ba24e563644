import DetectionCore
import Testing

@testable import Polling

@Suite struct BusDemandsTests {
  static func demand(period: Int64, _ reads: Int64...) -> BusDemand {
    let point = PolledPoint(
      point: PointIndex(rawValue: 0), quantity: Sample.quantity(0),
      period: TimeSpan(nanoseconds: period))
    var demand = BusDemand(Cadence(of: point))
    for read in reads { demand.add(TimeSpan(nanoseconds: read)) }
    return demand
  }

  @Test func aShortSampleWaitsForALongOneThatHasJustBegun() {
    // The worked example.
    let ms: Int64 = 1_000_000
    let demands = BusDemands(
      demands: [Self.demand(period: 100 * ms, 30 * ms), Self.demand(period: 200 * ms, 50 * ms)],
      write: .zero)
    #expect(demands.utilisation == 0.55)
    #expect(demands.isSchedulable)
    #expect(demands.worstResponse(of: 0).nanoseconds == 80 * ms - 1)
    #expect(demands.worstResponse(of: 1).nanoseconds == 80 * ms)
  }

  @Test func aReadThatIsTooLongForAShortPeriodIsFoundAtLowUtilisation() {
    let demands = BusDemands(
      demands: [Self.demand(period: 10, 2), Self.demand(period: 1000, 10)], write: .zero)
    #expect(demands.utilisation < 0.22)
    #expect(!demands.isSchedulable)
    // The same work in two reads is done in time.
    #expect(
      BusDemands(
        demands: [Self.demand(period: 10, 2), Self.demand(period: 1000, 5, 5)], write: .zero
      ).isSchedulable)
  }

  @Test func anOutputGoesBeforeEverything() {
    let demands = [Self.demand(period: 10, 2), Self.demand(period: 100, 3)]
    let without = BusDemands(demands: demands, write: .zero)
    let with = BusDemands(demands: demands, write: TimeSpan(nanoseconds: 5))
    #expect(without.worstResponse(of: 0).nanoseconds == 4)
    #expect(with.worstResponse(of: 0).nanoseconds == 9)
    #expect(with.isSchedulable)
    #expect(!BusDemands(demands: demands, write: TimeSpan(nanoseconds: 7)).isSchedulable)
  }

  @Test func samplesOfABurstAreCountedWithinItsPeriod() {
    let burst = PolledPoint(
      point: PointIndex(rawValue: 0), quantity: Sample.quantity(0),
      period: TimeSpan(nanoseconds: 100),
      burst: Burst(count: 3, spacing: TimeSpan(nanoseconds: 10)))
    let cadence = Cadence(of: burst)
    let due = [0, 9, 10, 20, 99, 100, 120].map {
      cadence.samples(dueWithin: TimeSpan(nanoseconds: $0))
    }
    #expect(due == [1, 1, 2, 3, 3, 4, 6])
    let demand = BusDemand(cadence)
    let complete = [0, 9, 10, 30, 100, 110, 130].map {
      demand.samples(completeWithin: TimeSpan(nanoseconds: $0))
    }
    #expect(complete == [0, 0, 1, 3, 3, 4, 6])
    var deadlines: [Int64] = []
    demand.forEachDeadline(
      from: TimeSpan(nanoseconds: 20), through: TimeSpan(nanoseconds: 220)
    ) { deadlines.append($0.nanoseconds) }
    #expect(deadlines == [20, 30, 110, 120, 130, 210, 220])
  }

  /// Small sets of tasks in every phase: none responds later than the bound, one does so as late,
  /// and a deadline is missed in some phase exactly where that is foretold.
  @Test(arguments: 0..<120) func boundsHoldInEveryPhaseAndAreReached(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var tasks: [EveryPhase.Task] = []
    var demands: BusDemands
    repeat {
      tasks = (0..<Int.random(in: 2...3, using: &random)).map { _ in
        let period = Int64.random(in: 4...9, using: &random)
        return EveryPhase.Task(
          period: period, read: .random(in: 1...max(1, period / 2), using: &random))
      }
      demands = BusDemands(
        demands: tasks.map { Self.demand(period: $0.period, $0.read) }, write: .zero)
      // Above that nothing is foretold.
    } while demands.utilisation > 0.9
    var isMissed = false
    for index in tasks.indices {
      let worst = EveryPhase.worstResponse(of: index, among: tasks)
      isMissed = isMissed || worst > tasks[index].period
      guard demands.isSchedulable else { continue }
      #expect(demands.worstResponse(of: index).nanoseconds == worst, "seed \(seed): \(tasks)")
    }
    #expect(demands.isSchedulable == !isMissed, "seed \(seed): \(tasks)")
  }
}

/// Non-preemptive earliest deadline first by the clock, in every phase of periodic tasks.
private enum EveryPhase {
  struct Task {
    var period: Int64
    var read: Int64
  }

  static func worstResponse(of index: Int, among tasks: [Task]) -> Int64 {
    var phases = tasks.map { _ in Int64(0) }
    var worst: Int64 = 0
    while true {
      worst = max(worst, run(tasks, phases: phases, observed: index))
      guard let next = phases.indices.first(where: { phases[$0] + 1 < tasks[$0].period }) else {
        return worst
      }
      phases[next] += 1
      for lower in 0..<next { phases[lower] = 0 }
    }
  }

  /// The longest response of the observed task, which goes last among equal deadlines.
  private static func run(_ tasks: [Task], phases: [Int64], observed: Int) -> Int64 {
    var slots = phases
    var now: Int64 = 0
    var worst: Int64 = 0
    while now < 100 {
      var first: Int?
      for index in tasks.indices where slots[index] <= now {
        guard let other = first else {
          first = index
          continue
        }
        let mine = slots[index] + tasks[index].period
        let others = slots[other] + tasks[other].period
        if mine < others || (mine == others && other == observed) { first = index }
      }
      guard let first else {
        now += 1
        continue
      }
      now += tasks[first].read
      if first == observed { worst = max(worst, now - slots[first]) }
      slots[first] += tasks[first].period
    }
    return worst
  }
}
