import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// Samples that are due when the clock on the wall shows a multiple of their period.
@Suite struct CivilClockTests {
  private static let minute: Int64 = 60_000
  /// 2023-11-14, 22:13:20 UTC.
  private static let start: Int64 = 1_700_000_000_000

  /// Seconds of the day by the clock at which each sample of the first point was read.
  private static func times(
    _ bus: inout ScriptedBus, untilMs: Int64
  ) -> [Int64] {
    let before = bus.readings.count
    bus.run(untilMs: untilMs) { transaction, _ in .echo(transaction.request, tookMs: 10) }
    return bus.readings[before...].filter { $0.point.rawValue == 0 }.map {
      $0.wallTime.nanosecondsSince1970 / 1_000_000_000 % 86_400
    }
  }

  private static func plan(periodMs: Int64, zone: TimeZoneRule = .utc) -> BusPlan {
    var plan = Sample.bus([Sample.device(unit: 1, addresses: [0], periodMs: periodMs)])
    plan.clock = zone
    return plan
  }

  private static func time(_ hour: Int64, _ minute: Int64, _ second: Int64 = 0) -> Int64 {
    3600 * hour + 60 * minute + second
  }

  @Test func theSecondSampleIsAtAFullTenMinutes() throws {
    var bus = try ScriptedBus(Self.plan(periodMs: 10 * Self.minute))
    #expect(
      Self.times(&bus, untilMs: 40 * Self.minute) == [
        Self.time(22, 13, 20), Self.time(22, 20), Self.time(22, 30), Self.time(22, 40),
        Self.time(22, 50),
      ])
  }

  @Test func aBoxThatLearnsTheTimeLateAligns() throws {
    var bus = try ScriptedBus(Self.plan(periodMs: 10 * Self.minute))
    bus.wallStartMs = 0
    bus.isClockSet = false
    #expect(
      Self.times(&bus, untilMs: 25 * Self.minute)
        == [Self.time(0, 0), Self.time(0, 10), Self.time(0, 20)])
    // The last one was at 22:33:20 by the clock that is known now.
    bus.wallStartMs = Self.start
    bus.isClockSet = true
    #expect(
      Self.times(&bus, untilMs: 50 * Self.minute)
        == [Self.time(22, 40), Self.time(22, 50), Self.time(23, 0)])
  }

  @Test func aDayBeginsAtMidnightOfThePlace() throws {
    let japan = TimeZoneRule(offsetSeconds: 9 * 3600)
    var bus = try ScriptedBus(Self.plan(periodMs: 720 * Self.minute, zone: japan))
    // Midnight and noon in Japan are 15:00 and 3:00 UTC.
    #expect(
      Self.times(&bus, untilMs: 3 * 1440 * Self.minute).dropFirst().prefix(3)
        == [Self.time(15, 0), Self.time(3, 0), Self.time(15, 0)])
    // Seven minutes do not divide a day: they are counted from 1970.
    var other = try ScriptedBus(Self.plan(periodMs: 7 * Self.minute, zone: japan))
    _ = Self.times(&other, untilMs: 60 * Self.minute)
    let seconds = other.readings.dropFirst().map {
      $0.wallTime.nanosecondsSince1970 / 1_000_000_000
    }
    #expect(seconds.count == 8)
    #expect(seconds.allSatisfy { $0 % 420 == 0 })
  }

  @Test func periodsThatDivideOneAnotherAreReadBehindOneAnother() throws {
    var plan = Sample.bus([Sample.device(periodsMs: [60_000, 300_000])])
    plan.clock = .utc
    var bus = try ScriptedBus(plan)
    bus.run(untilMs: 61 * Self.minute) { transaction, _ in .echo(transaction.request) }
    let seconds = [UInt16(0), 1].map { point in
      bus.readings.filter { $0.point.rawValue == point }.map {
        $0.wallTime.nanosecondsSince1970 / 1_000_000_000 % 86_400
      }
    }
    // At the start, and each minute from 22:14 to 23:14; each five minutes from 22:20 to 23:10.
    #expect(seconds[0].count == 62)
    #expect(
      seconds[1]
        == [Self.time(22, 13, 20)] + (0...10).map { Self.time(22, 20) + $0 * 300 })
    #expect(seconds[1].allSatisfy { seconds[0].contains($0) })
    // One read a sample of each period.
    #expect(bus.takeTranscript().count { $0.contains(">>") } == 62 + 12)
  }

  /// Whatever the clock does: no two samples nearer than half a period or than the device allows,
  /// none missing for longer than one and a half, one irregular gap a step, and then the grid again.
  @Test(arguments: UInt64(1)...100) func stepsOfTheClockCostOneIrregularPeriod(
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    let periods: [Int64] = [1_000, 7_000, 10_000, 60_000, 420_000, 600_000]
    let period = periods.randomElement(using: &random) ?? 60_000
    let leasts: [Int64] = [0, period / 3, period]
    let least: Int64 = leasts.randomElement(using: &random) ?? 0
    let hasSummer = Bool.random(using: &random)
    let zone = TimeZoneRule(
      offsetSeconds: 3600,
      summer: hasSummer
        ? TimeZoneRule.Summer(
          offsetSeconds: 7200,
          start: YearlyMoment(month: 3, week: 5, dayOfWeek: 6, secondOfDay: 7200),
          end: YearlyMoment(month: 10, week: 5, dayOfWeek: 6, secondOfDay: 10_800)) : nil)
    var plan = Self.plan(periodMs: period, zone: zone)
    plan.devices[0].timing.minimumPeriodMs = UInt32(least)
    var bus = try ScriptedBus(plan)
    bus.isClockSet = false
    var steps = 0
    var samples: [Int64] = []
    for _ in 0..<6 {
      let rest = period * 12 + Int64.random(in: 0..<period, using: &random)
      bus.readings.removeAll()
      let end = bus.nowMs + rest
      bus.run(untilMs: end) { transaction, _ in .echo(transaction.request, tookMs: 1) }
      samples += bus.readings.map { $0.time.nanoseconds / 1_000_000 - 1 }
      if bus.isClockSet {
        // The last ones are on the grid again; periods here divide an hour, or count from UTC.
        for reading in bus.readings.suffix(8) {
          let shown = (reading.wallTime.nanosecondsSince1970 / 1_000_000 - 1) % period
          // A step that is too small to be followed is not.
          #expect(min(shown, period - shown) <= 50, "seed \(seed): \(shown) of \(period)")
        }
      }
      steps += 1
      bus.isClockSet = true
      bus.wallStartMs += .random(in: -10_000_000...10_000_000, using: &random)
    }
    let gaps: [Int64] = Array(
      zip(samples.dropFirst(), samples).map { (pair: (Int64, Int64)) -> Int64 in pair.0 - pair.1 }
        .dropFirst())
    let shortest: Int64 = max(period / 2, least) - 4
    let longest: Int64 = max(period * 3 / 2, least + period) + 4
    // The first comes when the port is open, up to 4 ms after it was due.
    #expect(gaps.allSatisfy { $0 >= shortest && $0 <= longest }, "seed \(seed): \(gaps)")
    #expect(gaps.count { abs($0 - period) > 4 } <= steps, "seed \(seed): \(gaps)")
    #expect(bus.schedule.counters.missedSlots == 0, "seed \(seed)")
  }
}
