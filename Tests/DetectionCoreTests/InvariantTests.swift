import DetectionCore
import Testing

/// What no plan and no input may ever make the core do: `Invariants`, over random plans and inputs.
@Suite struct InvariantTests {
  init() { print("invariant test: NOMORI_SEED=\(RandomCase.seed)") }

  @Test func noInputBreaksAPromise() throws {
    var kinds: [DetectionEvent.Kind: Int] = [:]
    var flags: [QualityFlag: Int] = [:]
    for number in 0..<600 {
      let one = try RandomCase(number, count: 150, isBoundless: number % 4 == 0)
      var invariants = Invariants(of: one.plan, isBoundless: number % 4 == 0)
      var detector = try Detector(plan: DetectionPlan(one.plan))
      var outcome = Outcome(capacity: detector.outcomeCapacity)
      for (index, input) in one.inputs.enumerated() {
        outcome.removeAll()
        detector.accept(input, into: &outcome)
        if let promise = invariants.broken(by: outcome, after: input, of: detector) {
          Issue.record("seed \(one.seed), input \(index): not kept: \(promise)")
          break
        }
        for index in 0..<outcome.eventCount {
          kinds[outcome.event(at: index).kind, default: 0] += 1
        }
        for index in 0..<outcome.readingCount {
          flags[outcome.reading(at: index).reading.flag, default: 0] += 1
        }
      }
    }
    // The inputs are worth nothing unless they reach every flag and every kind of event.
    for flag in QualityFlag.allCases { #expect(flags[flag, default: 0] > 1_000, "\(flag)") }
    for kind in DetectionEvent.Kind.allCases {
      #expect(kinds[kind, default: 0] > 0, "\(kind)")
    }
  }

  /// Every reading of an acquired point comes out once and in order, its value unchanged to the
  /// bit; at most the last one is still held. What comes out besides is missing: no old value is
  /// repeated.
  @Test func valuesComeOutOnceAndUnchanged() throws {
    var compared = 0
    for number in 0..<300 {
      let one = try RandomCase(number)
      var waiting = [[Reading]](repeating: [], count: one.plan.points.count)
      let run = try CoreRun(DetectionPlan(one.plan))
      for input in one.inputs {
        run.accept(input)
        if case .reading(let reading) = input {
          waiting[Int(reading.point.rawValue)].append(reading)
        }
        for entry in run.lastReadings.map(\.reading) where run.isAcquired(entry.point.rawValue) {
          let point = Int(entry.point.rawValue)
          if let next = waiting[point].first, next.time == entry.time, next.isSame(as: entry) {
            waiting[point].removeFirst()
            compared += 1
          } else if entry.flag != .missing {
            Issue.record("seed \(one.seed): \(entry) did not go in, but \(waiting[point])")
          }
        }
      }
      #expect(waiting.allSatisfy { $0.count <= 1 }, "seed \(one.seed)")
    }
    #expect(compared > 10_000)
  }

  /// A plan with mistakes is refused with a reason, or it runs and keeps every promise.
  @Test func mistakesAreRefused() throws {
    var refused: [PlanError.Part: Int] = [:]
    var accepted = 0
    for number in 0..<10_000 {
      var dice = Dice(seed: RandomCase.seed &+ UInt64(number))
      dice.oneMistakeIn = 16 + dice.below(64)
      let plan = FixedPlan(random: &dice)
      dice.oneMistakeIn = 0
      do throws(PlanError) {
        var run = try RandomRun(of: plan, with: RandomInputs(&dice))
        accepted += 1
        var digest = OutcomeDigest()
        for _ in 0..<20 {
          if let promise = run.step(&dice, into: &digest) {
            Issue.record("seed \(RandomCase.seed &+ UInt64(number)): not kept: \(promise)")
            break
          }
        }
      } catch {
        refused[error.part, default: 0] += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(accepted > 300)
    for part in UInt8(0)...12 {
      let part = try #require(PlanError.Part(rawValue: part))
      #expect(refused[part, default: 0] > 0, "\(part)")
    }
  }
}

extension Reading {
  /// True when `assessed` is this reading after the core has tested it.
  fileprivate func isSame(as assessed: Reading) -> Bool {
    if flag == .missing || (flag != .fail && !value.isFinite) {
      return assessed.flag == .missing && assessed.value.isNaN
    }
    guard assessed.flag != .missing else { return false }
    return value.bitPattern == assessed.value.bitPattern || (value.isNaN && assessed.value.isNaN)
  }
}
