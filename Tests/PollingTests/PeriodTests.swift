import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Periods that change while a bus runs.
@Suite struct PeriodTests {
  /// When which registers were read: one entry a request.
  private struct Log {
    var reads: [(ms: Int64, span: RegisterSpan)] = []

    mutating func note(_ transaction: Transaction, _ nowMs: Int64) {
      if case .read(let span) = transaction.request { reads.append((nowMs, span)) }
    }

    func times(of address: UInt16) -> [Int64] {
      reads.filter { $0.span.address <= address && Int(address) < $0.span.end }.map(\.ms)
    }
  }

  private static func run(_ bus: inout ScriptedBus, _ log: inout Log, untilMs: Int64) {
    bus.run(untilMs: untilMs) { transaction, nowMs in
      log.note(transaction, nowMs)
      return .echo(transaction.request)
    }
  }

  @Test func aShorterPeriodThatIsOverTakesEffectAtOnce() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0], periodMs: 600_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 400_123)
    #expect(bus.setPeriod(ms: 120_000, of: 0) == .seconds(120))
    #expect(bus.schedule.period(of: PointIndex(rawValue: 0)) == .seconds(600))
    Self.run(&bus, &log, untilMs: 800_000)
    #expect(log.times(of: 0) == [4, 400_123, 520_123, 640_123, 760_123])
    #expect(bus.schedule.period(of: PointIndex(rawValue: 0)) == .seconds(120))
    #expect(bus.schedule.counters.periodChanges == 1)
    #expect(bus.schedule.counters(ofDevice: 0).periodChanges == 1)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func aShorterPeriodThatIsNotOverCountsFromTheLastSample() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0], periodMs: 600_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 650_000)
    bus.setPeriod(ms: 120_000, of: 0)
    Self.run(&bus, &log, untilMs: 900_000)
    #expect(log.times(of: 0) == [4, 600_000, 720_000, 840_000])
  }

  @Test func aLongerPeriodBeginsWithTheSampleThatWasToCome() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0], periodMs: 120_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 130_000)
    bus.setPeriod(ms: 600_000, of: 0)
    // Another change of mind before that sample counts from the last one too, not from the plan.
    Self.run(&bus, &log, untilMs: 135_000)
    bus.setPeriod(ms: 300_000, of: 0)
    Self.run(&bus, &log, untilMs: 1_000_000)
    #expect(log.times(of: 0) == [4, 120_000, 240_000, 540_000, 840_000])
  }

  @Test func aThousandSamplesAfterAChangeAreOnTheGridUnderLoad() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [0, 10], periodMs: 10_000),
        Sample.device(unit: 2, addresses: [0], periodMs: 500, firstPoint: 2),
      ]))
    var random = SplitMix64(seed: 7)
    bus.run(untilMs: 14_321) { transaction, _ in .echo(transaction.request) }
    bus.setPeriod(ms: 2_000, of: 1)
    bus.readings.removeAll()
    var starts: [Int64] = []
    bus.run(untilMs: 14_321 + 1_000 * 2_000) { transaction, nowMs in
      if case .read(let span) = transaction.request, span.address == 10 { starts.append(nowMs) }
      return .echo(transaction.request, tookMs: .random(in: 5...150, using: &random))
    }
    #expect(starts.count == 1_000)
    // The first is due at once. What delays a sample, at most two others of up to 154 ms before
    // it, delays only that one.
    let lateness = starts.enumerated().map { $1 - (14_321 + Int64($0) * 2_000) }
    #expect(lateness.allSatisfy { (0...400).contains($0) })
    #expect(lateness.suffix(10).contains { $0 == 0 })
    #expect(bus.readings.filter { $0.point.rawValue == 1 }.count == 1_000)
    #expect(bus.readings.filter { $0.point.rawValue == 2 }.count >= 3_999)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func pointsThatChangeTogetherShareTheirReadsAndTheRestKeepsItsGrid() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 2, 3], periodMs: 60_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 30_000)
    bus.setPeriod(ms: 10_000, of: 1)
    bus.setPeriod(ms: 10_000, of: 2)
    Self.run(&bus, &log, untilMs: 65_000)
    let shared = log.reads.filter { $0.span.address == 1 }
    #expect(shared.map(\.ms) == [30_000, 40_000, 50_000, 60_000])
    #expect(shared.allSatisfy { $0.span.count == 2 })
    #expect(log.times(of: 0) == [4, 60_014])
    #expect(log.times(of: 3) == [4, 60_028])
  }

  @Test func aPointThatComesBackToItsOldPeriodJoinsTheOthersAgain() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 2], periodMs: 60_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 5_000)
    bus.setPeriod(ms: 7_000, of: 2)
    Self.run(&bus, &log, untilMs: 100_000)
    #expect(log.times(of: 2).count == 15)
    bus.setPeriod(ms: 60_000, of: 2)
    log = Log()
    Self.run(&bus, &log, untilMs: 400_000)
    // One sample of its own, as it was to come, and then those of the others: no gap is longer.
    #expect(log.times(of: 2) == [105_000, 120_000, 180_000, 240_000, 300_000, 360_000])
    #expect(log.times(of: 0) == [120_000, 180_000, 240_000, 300_000, 360_000])
    #expect(log.reads.dropFirst().allSatisfy { $0.span.count == 3 })
  }

  @Test func joiningKeepsTheTimeThatTheDeviceNeedsBetweenTwoReads() throws {
    let points = [UInt16(0), 1].map {
      PolledPoint(
        point: PointIndex(rawValue: $0), quantity: Sample.quantity($0), period: .seconds(60))
    }
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, points: points, minimumPeriodMs: 5_000)]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 57_000)
    bus.setPeriod(ms: 58_000, of: 1)
    Self.run(&bus, &log, untilMs: 59_000)
    bus.setPeriod(ms: 60_000, of: 1)
    Self.run(&bus, &log, untilMs: 300_000)
    #expect(log.times(of: 0) == [4, 60_000, 120_000, 180_000, 240_000])
    // 120 s would be too near to the sample of 116 s: the point stays on a grid of its own.
    #expect(log.times(of: 1) == [4, 58_000, 116_000, 176_000, 236_000, 296_000])
  }

  @Test func periodsThatCannotBeBecomeTheNearestAndAreCounted() throws {
    let quantity = Sample.quantity(0)
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(
          unit: 1,
          points: [
            PolledPoint(
              point: PointIndex(rawValue: 0), quantity: quantity, period: .seconds(60)),
            PolledPoint(
              point: PointIndex(rawValue: 1), quantity: quantity, period: .seconds(60),
              burst: Burst(count: 20, spacing: .milliseconds(1_500))),
          ], minimumPeriodMs: 1_500)
      ]))
    #expect(bus.setPeriod(ms: 1, of: 0) == .milliseconds(1_500))
    #expect(bus.setPeriod(ms: -5, of: 0) == .milliseconds(1_500))
    #expect(bus.setPeriod(ms: .max / 1_000_000, of: 0) == .seconds(86_400))
    #expect(bus.setPeriod(ms: 29_999, of: 1) == .seconds(30))
    #expect(bus.schedule.counters.adjustedPeriods == 4)
    #expect(bus.setPeriod(ms: 2_000, of: 2) == nil)
    #expect(bus.schedule.period(of: PointIndex(rawValue: 2)) == nil)
  }

  @Test func theLastOfSeveralRequestsCounts() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 500)
    bus.setPeriod(ms: 100, of: 0)
    bus.setPeriod(ms: 1_000, of: 0)
    Self.run(&bus, &log, untilMs: 3_500)
    #expect(log.times(of: 0) == [4, 1_000, 2_000, 3_000])
    #expect(bus.schedule.counters.periodChanges == 0)
  }

  @Test func aSampleThatIsBeingReadIsFinishedFirst() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 10, 20])]))
    var log = Log()
    Self.run(&bus, &log, untilMs: 5)
    bus.setPeriod(ms: 5_000, of: 1)
    Self.run(&bus, &log, untilMs: 12_000)
    #expect(log.reads.prefix(3).map(\.span.address) == [0, 10, 20])
    #expect(log.times(of: 10) == [18, 1_028, 6_028, 11_028])
    #expect(bus.readings.filter { $0.point.rawValue != 1 }.count == 24)
  }

  @Test func aLostDeviceIsTakenAtItsNewPeriodWhenItComesBack() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 3_500) { _, _ in .failed(.timeout, tookMs: 200) }
    bus.setPeriod(ms: 500, of: 0)
    bus.readings.removeAll()
    bus.run(untilMs: 20_000) { transaction, nowMs in
      nowMs < 10_000 ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    #expect(bus.readings.count == 33)
    #expect(bus.readings.suffix(7).allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.readings.prefix(26).allSatisfy { $0.flag == .missing })
  }

  /// No sample waits for the registers of another period, and each is due on its own grid.
  @Test func pointsOfDifferentPeriodsAreReadApart() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(periodsMs: [1000, 2000, 5000])]))
    bus.run(untilMs: 2500) { transaction, _ in .echo(transaction.request) }
    #expect(
      bus.takeTranscript().filter { $0.contains(">>") } == [
        "4: >> 01 03 00 00 00 01", "18: >> 01 03 00 01 00 01", "32: >> 01 03 00 02 00 01",
        "1000: >> 01 03 00 00 00 01", "2000: >> 01 03 00 00 00 01", "2014: >> 01 03 00 01 00 01",
      ])
  }
}
