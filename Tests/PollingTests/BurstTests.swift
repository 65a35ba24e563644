import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Several samples in quick succession each period, as crisis-management gauges average them.
@Suite struct BurstTests {
  private static func gauge(
    period: TimeSpan = .seconds(600), burst: Burst? = Burst(count: 20, spacing: .seconds(1))
  ) -> BusPlan {
    Sample.bus([
      Sample.device(
        unit: 1,
        points: [
          PolledPoint(
            point: PointIndex(rawValue: 0), quantity: Sample.quantity(0), period: period,
            burst: burst),
          PolledPoint(
            point: PointIndex(rawValue: 1), quantity: Sample.quantity(1), period: period),
        ])
    ])
  }

  /// When 20 samples a second apart are due, `count` times.
  private static func rounds(_ count: Int64, everyMs periodMs: Int64, from: Int64) -> [Int64] {
    (0..<20 * count).map { (sample: Int64) -> Int64 in
      from + sample / 20 * periodMs + sample % 20 * 1_000
    }
  }

  private static func starts(
    _ bus: inout ScriptedBus, untilMs: Int64, tookMs: (Int64) -> Int64 = { _ in 10 }
  ) -> [Int64] {
    var starts: [Int64] = []
    bus.run(untilMs: untilMs) { transaction, nowMs in
      if case .read(let span) = transaction.request, span.address == 0 { starts.append(nowMs) }
      return .echo(transaction.request, tookMs: tookMs(nowMs))
    }
    return starts
  }

  @Test func eachPeriodBeginsWithABurstAndThenRests() throws {
    var bus = try ScriptedBus(Self.gauge())
    let starts = Self.starts(&bus, untilMs: 1_800_000)
    #expect(starts == [4] + Self.rounds(3, everyMs: 600_000, from: 0).dropFirst())
    #expect(bus.readings.filter { $0.point.rawValue == 0 }.count == 60)
    // The point beside it has no burst, and so reads of its own.
    #expect(bus.readings.filter { $0.point.rawValue == 1 }.count == 3)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func aBurstWithoutRestIsASeries() throws {
    var bus = try ScriptedBus(
      Self.gauge(period: .seconds(20), burst: Burst(count: 20, spacing: .seconds(1))))
    let starts = Self.starts(&bus, untilMs: 100_000)
    #expect(starts == [4] + Self.rounds(5, everyMs: 20_000, from: 0).dropFirst())
  }

  @Test func samplesOfABurstThatComeTooLateAreCountedAndNotBunched() throws {
    var bus = try ScriptedBus(Self.gauge())
    let starts = Self.starts(&bus, untilMs: 1_200_000) { $0 == 5_000 ? 3_500 : 10 }
    let after = starts.drop { $0 <= 5_000 }.prefix(2)
    #expect(Array(after) == [8_504, 9_000])
    #expect(starts.count == 38)
    #expect(bus.schedule.counters.missedSlots == 2)
  }

  @Test func aBurstIsNeverCutByANewPeriod() throws {
    var bus = try ScriptedBus(Self.gauge())
    var starts = Self.starts(&bus, untilMs: 605_500)
    bus.setPeriod(ms: 120_000, of: 0)
    starts += Self.starts(&bus, untilMs: 860_000)
    #expect(starts.count == 20 + 3 * 20)
    #expect(Array(starts.dropFirst(20)) == Self.rounds(3, everyMs: 120_000, from: 600_000))
    #expect(bus.schedule.period(of: PointIndex(rawValue: 0)) == .seconds(120))
  }

  @Test func aLostDeviceGivesAMissingReadingForEachSample() throws {
    var bus = try ScriptedBus(Self.gauge())
    bus.run(untilMs: 1_200_000) { _, _ in .failed(.timeout, tookMs: 200) }
    let readings = bus.readings.filter { $0.point.rawValue == 0 }
    #expect(readings.count == 40)
    #expect(readings.allSatisfy { $0.flag == .missing })
  }
}
