import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// Points of one device with different periods, read together when they are due together.
@Suite struct SharedReadTests {
  /// Points at neighbouring addresses, one a period.
  static func device(
    periodsMs: [Int64], unit: UInt8 = 1, firstPoint: UInt16 = 0, limits: ReadLimits = ReadLimits()
  ) -> DevicePlan {
    Sample.device(
      unit: unit,
      points: periodsMs.enumerated().map { place, periodMs in
        PolledPoint(
          point: PointIndex(rawValue: firstPoint + UInt16(place)),
          quantity: Sample.quantity(UInt16(place)), period: .milliseconds(periodMs))
      }, limits: limits)
  }

  private static func frames(_ bus: inout ScriptedBus, untilMs: Int64) -> [String] {
    bus.run(untilMs: untilMs) { transaction, _ in .echo(transaction.request) }
    return bus.takeTranscript().filter { $0.contains(">>") }
  }

  @Test func whatIsDueTogetherIsReadTogether() throws {
    var bus = try ScriptedBus(Sample.bus([Self.device(periodsMs: [1000, 2000, 5000])]))
    #expect(
      Self.frames(&bus, untilMs: 5500) == [
        "4: >> 01 03 00 00 00 03", "1000: >> 01 03 00 00 00 01", "2000: >> 01 03 00 00 00 02",
        "3000: >> 01 03 00 00 00 01", "4000: >> 01 03 00 00 00 02", "5000: >> 01 03 00 00 00 01",
        "5014: >> 01 03 00 02 00 01",
      ])
  }

  /// While a point is read more often than was reckoned with, all is read apart.
  @Test func aShorterPeriodEndsSharingUntilItIsOver() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Self.device(periodsMs: [1000, 2000]),
        Self.device(periodsMs: [1000, 1000], unit: 2, firstPoint: 2),
      ]))
    func shared(_ frames: [String]) -> Int { frames.count { $0.contains("01 03 00 00 00 02") } }
    #expect(shared(Self.frames(&bus, untilMs: 5500)) == 3)
    bus.setPeriod(ms: 500, of: 3)
    #expect(shared(Self.frames(&bus, untilMs: 9500)) == 0)
    bus.setPeriod(ms: 1000, of: 3)
    // Longer periods than planned are no reason to read apart.
    bus.setPeriod(ms: 4000, of: 1)
    _ = Self.frames(&bus, untilMs: 12_500)
    #expect(shared(Self.frames(&bus, untilMs: 24_500)) == 3)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func aDeviceThatWouldHoldUpOthersReadsApart() throws {
    // 60 registers at once take 152 ms, and nothing of unit 2 may wait for so long.
    var long = Sample.device(unit: 1, addresses: Array(0..<60), periodMs: 2000)
    for index in 30..<60 { long.points[index].period = .seconds(4) }
    let plan = Sample.bus([
      long, Sample.device(unit: 2, addresses: [0], periodMs: 150, firstPoint: 60),
      Self.device(periodsMs: [2000, 4000], unit: 3, firstPoint: 61),
    ])
    let schedule = try BusSchedule(plan: plan, start: Instant(nanoseconds: 0))
    #expect(schedule.sharing == [false, false, true])
    let load = try BusLoad(plan: plan)
    #expect(load.isSchedulable)
    #expect(load.reads.filter { $0.periods.count > 1 }.map(\.device) == [2])
  }

  @Test func aBusyAnswerHoldsUpOnlyWhoCanWait() throws {
    var bus = try ScriptedBus(Sample.bus([Self.device(periodsMs: [1000, 10_000])]))
    bus.run(untilMs: 9_900) { transaction, nowMs in
      if case .read(let span) = transaction.request, span.end == 2, nowMs < 2500 {
        return .failed(.exception(6))
      }
      return .echo(transaction.request)
    }
    // The first sample of the one is missing, since its next was due; the other has its value late.
    let values = (0..<2).map { point in bus.readings.filter { $0.point.rawValue == point } }
    #expect(values[0].map(\.flag) == [.missing] + Array(repeating: .notEvaluated, count: 9))
    #expect(values[1].map(\.flag) == [.notEvaluated])
    #expect(values[1].map(\.value) == [1])
  }

  // MARK: - Whatever happens

  private static func device(
    _ unit: Int, firstPoint: UInt16, _ random: inout SplitMix64
  ) -> DevicePlan {
    let periods: [Int64] = [1000, 2000, 3000, 4000, 12_000]
    let points = (0..<Int.random(in: 2...7, using: &random)).map { place in
      let burst = Int.random(in: 0..<8, using: &random) == 0
      let type: RawType = Int.random(in: 0..<4, using: &random) == 0 ? .uint32 : .uint16
      return PolledPoint(
        point: PointIndex(rawValue: firstPoint + UInt16(place)),
        quantity: Sample.quantity(.random(in: 0...20, using: &random), type),
        period: .milliseconds(periods.randomElement(using: &random) ?? 1000),
        burst: burst ? Burst(count: 2, spacing: .milliseconds(500)) : nil)
    }
    return Sample.device(
      unit: UInt8(unit), points: points,
      limits: ReadLimits(
        maximumRegisters: .random(in: 4...20, using: &random),
        maximumHole: .random(in: 0...6, using: &random)))
  }

  private struct Outcome: Equatable {
    var values: [[Double?]]
    var flags: [[QualityFlag]]
    var slots: [[Int64]]
  }

  /// What each point gets when some registers are refused, and each third request is damaged.
  private static func outcome(
    of plan: BusPlan, apart: Bool, refused: [UInt16], changes: [(ms: Int64, point: UInt16)]
  ) throws -> (Outcome, busyMs: Int64) {
    var bus = try ScriptedBus(plan)
    if apart {
      bus.schedule.sharing = plan.devices.map { _ in false }
      bus.schedule.share()
    }
    var damaged: Set<RegisterSpan> = []
    for half in 1...2 {
      bus.run(untilMs: Int64(half) * 30_000 - 100) { transaction, _ in
        guard case .read(let span) = transaction.request else { return .failed(.timeout) }
        // Each read fails every other time.
        if damaged.insert(span).inserted { return .failed(.badChecksum, tookMs: 2) }
        damaged.remove(span)
        if refused.contains(where: { span.address <= $0 && Int($0) < span.end }) {
          return .failed(.exception(2), tookMs: 2)
        }
        return .echo(transaction.request, tookMs: 2)
      }
      if half == 1 {
        for change in changes { bus.setPeriod(ms: change.ms, of: change.point) }
      }
    }
    let count = plan.devices.reduce(0) { $0 + $1.points.count }
    let readings = (0..<count).map { point in
      bus.readings.filter { Int($0.point.rawValue) == point }
    }
    return (
      Outcome(
        values: readings.map { $0.map { $0.value.isNaN ? nil : $0.value } },
        flags: readings.map { $0.map(\.flag) },
        slots: readings.map { $0.map { $0.time.nanoseconds / 500_000_000 } }),
      bus.schedule.counters.busy.nanoseconds / 1_000_000
    )
  }

  @Test(arguments: UInt64(1)...60) func pointsGetTheSameTogetherAndApart(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var devices: [DevicePlan] = []
    for unit in 1...Int.random(in: 1...3, using: &random) {
      devices.append(
        Self.device(
          unit, firstPoint: UInt16(devices.reduce(0) { $0 + $1.points.count }), &random))
    }
    let plan = Sample.bus(devices)
    let refused = (0..<Int.random(in: 0...2, using: &random)).map { _ in
      UInt16.random(in: 0...20, using: &random)
    }
    let changes = (0..<Int.random(in: 0...2, using: &random)).map { _ in
      (ms: Int64.random(in: 1...6, using: &random) * 1000, point: UInt16(0))
    }
    let together = try Self.outcome(of: plan, apart: false, refused: refused, changes: changes)
    let apart = try Self.outcome(of: plan, apart: true, refused: refused, changes: changes)
    #expect(together.0 == apart.0, "seed \(seed)")
    if refused.isEmpty { #expect(together.busyMs <= apart.busyMs, "seed \(seed)") }
  }

  /// Whatever the device has refused so far.
  @Test(arguments: UInt64(1)...200) func readingTogetherIsNeverDearer(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let device = Self.device(1, firstPoint: 0, &random)
    var reads = try DeviceReads(
      points: device.points, limits: device.profile.limits,
      cost: TransactionCost(link: Sample.line, timing: DeviceTiming()),
      start: Instant(nanoseconds: 0))
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      _ = reads.beginSamples(at: Instant(nanoseconds: 0), isReadable: true) { _ in }
      let group = Int.random(in: 0..<reads.groups.count, using: &random)
      reads.refuse(group, with: .exception(2), at: Instant(nanoseconds: 0)) { _ in }
    }
    let set = reads.groups.map { _ in Bool.random(using: &random) }
    let apart = reads.groups.indices.filter { set[$0] }.reduce(0) {
      $0 + reads.time(of: reads.reads(ofGroup: $1)).nanoseconds
    }
    #expect(reads.time(of: reads.reads(of: set)).nanoseconds <= apart, "seed \(seed)")
    for block in reads.reads(of: set) {
      #expect(reads.cost.time(.read(block.span)) <= reads.longestRead, "seed \(seed)")
    }
  }
}
