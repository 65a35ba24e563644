import Testing

@testable import DetectionCore

/// What incidents and deterrents keep of the past.
@Suite struct IncidentMemoryTests {
  private func at(_ s: Int64) -> Instant { Instant(nanoseconds: s * 1_000_000_000) }
  @Test func noisyMemberHidesOthers() {
    var plan = IncidentPlan(triggers: 3, sensors: 3, within: .seconds(60), quietGap: .seconds(300))
    for p in UInt16(0)..<3 { plan.add(PointIndex(rawValue: p)) }
    var m = IncidentMachine()
    _ = m.take(true, of: 1, at: at(0), plan: plan)
    for s in Int64(1)...8 {
      _ = m.take(true, of: 0, at: at(2 * s), plan: plan)
      _ = m.take(false, of: 0, at: at(2 * s + 1), plan: plan)
    }
    _ = m.take(true, of: 2, at: at(30), plan: plan)
    #expect(m.isOpen, "three members within 30 s")
  }
  @Test func restartWhileOnKeepsCoolDown() {
    var plan = DeterrentPlan(
      rule: 0, fromStage: 1, delay: TimeRange(shortest: .zero, longest: .zero),
      length: TimeRange(shortest: .seconds(5), longest: .seconds(5)), coolDown: .seconds(30),
      repeatAfter: nil, mostPerNight: 9, quietHours: nil, seed: 7)
    plan.add(output: 0)
    var m = DeterrentMachine(seed: 7)
    _ = m.want(true, at: at(0), nil, plan: plan)
    _ = m.pass(to: at(0), nil, plan: plan)
    let s = m.snapshot(at: at(1), plan: plan)
    var n = DeterrentMachine(seed: 7)
    let isResumed = n.resume(s, at: at(100))
    #expect(isResumed)
    _ = n.want(true, at: at(101), nil, plan: plan)
    let d = n.deadline
    #expect(d != nil && (d ?? at(0)) >= at(130), "\(String(describing: d?.nanoseconds))")
  }
  @Test func repeatsGoOnAfterQuietHours() throws {
    var plan = DeterrentPlan(
      rule: 0, fromStage: 1, delay: TimeRange(shortest: .zero, longest: .zero),
      length: TimeRange(shortest: .seconds(5), longest: .seconds(5)), coolDown: .seconds(30),
      repeatAfter: .seconds(60), mostPerNight: 9,
      quietHours: ActivePeriod(fromMinute: 300, toMinute: 540), seed: 7)
    plan.add(output: 0)
    var m = DeterrentMachine(seed: 7)
    let t = try #require(CivilTime(year: 2026, month: 1, day: 2, hour: 6))
    _ = m.want(true, at: at(0), t, plan: plan)
    #expect(m.deadline != nil, "still wanted, repeats asked for, and never tried again")
  }
  @Test func nightAcrossSyncAndClockBack() throws {
    var plan = DeterrentPlan(
      rule: 0, fromStage: 1, delay: TimeRange(shortest: .zero, longest: .zero),
      length: TimeRange(shortest: .seconds(5), longest: .seconds(5)), coolDown: .zero,
      repeatAfter: nil, mostPerNight: 1, quietHours: nil, seed: 7)
    plan.add(output: 0)
    var m = DeterrentMachine(seed: 7)
    _ = m.want(true, at: at(0), nil, plan: plan)
    _ = m.pass(to: at(0), nil, plan: plan)
    _ = m.pass(to: at(5), nil, plan: plan)
    _ = m.want(false, at: at(6), nil, plan: plan)
    let t = try #require(CivilTime(year: 2026, month: 1, day: 2, hour: 1))
    let a = m.want(true, at: at(60), t, plan: plan)
    if case .held = a {
    } else {
      Issue.record("second activation of the night when the clock synchronizes")
    }
  }
}
