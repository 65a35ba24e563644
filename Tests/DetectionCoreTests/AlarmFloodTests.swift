@testable import DetectionCore
import Testing

@Suite struct AlarmFloodTests {
  /// Alarms of one site, and its flood.
  private struct Site {
    var alarms: [AlarmRun]
    var flood = AlarmFlood()
    var plan = FloodPlan()

    init(_ count: Int) { alarms = Array(repeating: AlarmRun(), count: count) }

    /// Lets alarm `index` do something; what it means for the site.
    mutating func play(
      _ index: Int, _ action: (inout AlarmMachine, AlarmPlan) -> AlarmTransitions,
      at seconds: Double
    ) -> AlarmFlood.Verdict {
      let before = alarms[index].machine
      let transitions = action(&alarms[index].machine, alarms[index].plan)
      return flood.take(
        transitions, wasStanding: before.isStanding,
        isStanding: alarms[index].machine.isStanding, at: instant(seconds), plan: plan)
    }

    mutating func stage(_ stage: UInt8, of index: Int, at seconds: Double) -> AlarmFlood.Verdict {
      play(index, { $0.take(stage: stage, at: instant(seconds), plan: $1) }, at: seconds)
    }

    mutating func command(
      _ kind: DetectionCommand.Kind, to index: Int, at seconds: Double
    ) -> AlarmFlood.Verdict {
      let command = DetectionCommand(number: 1, kind: kind, subject: 0, duration: .seconds(1))
      return play(index, { $0.take(command, at: instant(seconds), plan: $1) }, at: seconds)
    }

    var deadline: Double? { flood.deadline(plan: plan).map { Double($0.nanoseconds) / 1e9 } }
  }

  /// The example at `AlarmFlood`.
  @Test func workedExample() {
    var site = Site(21)
    for index in 0...20 {
      let verdict = site.stage(1, of: index, at: Double(index) * 50)
      #expect(verdict.beginsFlood == (index == 10), "alarm \(index)")
      #expect(site.flood.isFlood == (index >= 10), "alarm \(index)")
    }
    #expect(site.deadline == 1_400)
    #expect(site.flood.end() == 21)
    #expect(!site.flood.isFlood && site.deadline == nil)
  }

  @Test func tenAlarmsInTenMinutesAreNoFlood() {
    var site = Site(40)
    for index in 0..<40 { _ = site.stage(1, of: index, at: Double(index) * 60) }
    #expect(!site.flood.isFlood, "one a minute is ten in ten minutes, and no more")
    #expect(site.flood.count == 0)
  }

  @Test func anotherFloodCountsAnew() {
    var site = Site(1)
    site.plan = FloodPlan(above: 2, below: 1, window: .seconds(10))
    for second in 0..<4 {
      _ = site.stage(1, of: 0, at: Double(second))
      _ = site.stage(0, of: 0, at: Double(second))
    }
    #expect(site.flood.count == 4)
    #expect(site.deadline == 13, "until not one is within the ten seconds")
    _ = site.flood.end()
    for second in 100..<103 { _ = site.stage(UInt8(second - 99), of: 0, at: Double(second)) }
    #expect(site.flood.isFlood && site.flood.count == 3, "higher stages count")
  }

  @Test func whatIsSuppressedCountsForNothing() {
    var site = Site(21)
    for index in 0...20 {
      _ = site.command(.takeOutOfService, to: index, at: 0)
      #expect(site.stage(1, of: index, at: 1) == AlarmFlood.Verdict())
    }
    #expect(site.flood.standing == 0)
    #expect(site.command(.returnToService, to: 3, at: 2) == AlarmFlood.Verdict())
    #expect(site.flood.standing == 1, "announced again, it stands")
  }

  @Test func theFirstAlarmOfAllIsMarked() {
    var site = Site(3)
    #expect(site.stage(1, of: 0, at: 0).isFirstOut)
    #expect(!site.stage(1, of: 1, at: 1).isFirstOut)
    #expect(!site.stage(2, of: 0, at: 2).isFirstOut, "the same alarm, higher")
    _ = site.stage(0, of: 0, at: 3)
    _ = site.stage(0, of: 1, at: 4)
    #expect(!site.stage(1, of: 2, at: 5).isFirstOut, "the others still wait")
    _ = site.stage(0, of: 2, at: 6)
    for index in 0..<3 {
      #expect(site.flood.standing == 3 - index)
      _ = site.command(.acknowledge, to: index, at: 7)
    }
    #expect(site.stage(1, of: 1, at: 8).isFirstOut, "all were normal")
  }

  @Test func aFloodOutlivesARestart() {
    var site = Site(21)
    for index in 0..<15 { _ = site.stage(1, of: index, at: 1_000 + Double(index)) }
    let snapshot = site.flood.snapshot(at: instant(1_100))
    let later = AlarmFlood(
      restoring: snapshot, standing: site.flood.standing, at: instant(5))
    #expect(later.isFlood && later.count == 15 && later.standing == 15)
    #expect(
      later.deadline(plan: site.plan) == instant(5 + 1_610 - 1_100),
      "the fifth newest came at 1,010 s and counts for 600 s")
    #expect(later.snapshot(at: instant(5)).raises == snapshot.raises)
  }
}
