import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// What the others notice of devices that do not answer: twelve devices at 9600 baud, four registers each, every
/// second, for ten minutes; a good answer takes 20 ms and its time on the line.
@Suite struct LostDeviceTests {
  static let minutes: Int64 = 10
  static let line = TransmissionTime(
    serial: SerialSettings(baud: 9600, parity: .none, stopBits: 1))

  struct Figures {
    var median: Double
    var p95: Double
    var longest: Double
    var readings: Int
    var probeShare: Double
    var load: Double
  }

  static func plan(timeoutMs: UInt32 = 500, probeShare: UInt16 = PollingLimits.probeShare)
    -> BusPlan
  {
    var plan = Sample.bus(
      (1...12).map { unit in
        var device = Sample.device(
          unit: UInt8(unit), addresses: [0, 1, 2, 3], firstPoint: UInt16(4 * (unit - 1)))
        device.timing.responseTimeoutMs = timeoutMs
        return device
      })
    plan.probeShare = probeShare
    return plan
  }

  static func answer(_ transaction: Transaction) -> ScriptedBus.Answer {
    let time = line.transaction(transaction.request, responseDelay: .milliseconds(20))
    return .echo(transaction.request, tookMs: (time.nanoseconds - 1) / 1_000_000 + 1)
  }

  /// How the first points of the other devices do while `isLost` says who does not answer and when.
  static func measure(
    _ plan: BusPlan, isLost: (_ unit: UInt8, _ nowMs: Int64) -> Bool
  ) throws -> Figures {
    var bus = try ScriptedBus(plan)
    bus.drainsTakeTime = true
    bus.run(untilMs: minutes * 60_000) { transaction, nowMs in
      isLost(transaction.unit, nowMs) ? .noAnswer(transaction) : answer(transaction)
    }
    var intervals: [Double] = []
    var readings = 0
    for unit in UInt8(1)...12 where !(0..<minutes * 60).contains(where: { isLost(unit, $0 * 1000) })
    {
      let times = bus.readings.filter { $0.point.rawValue == 4 * UInt16(unit - 1) }
        .filter { $0.flag == .notEvaluated }.map(\.time)
      intervals += zip(times, times.dropFirst()).map { ($1 - $0).seconds }
      readings += times.count
    }
    intervals.sort()
    let total = Double(minutes) * 60
    return Figures(
      median: intervals[intervals.count / 2], p95: intervals[intervals.count * 95 / 100],
      longest: intervals.last ?? 0, readings: readings,
      probeShare: bus.schedule.counters.probeTime.seconds / total,
      load: bus.schedule.counters.busy.seconds / total)
  }

  static func show(_ name: String, _ figures: Figures) {
    func text(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
    print(
      "\(name): period p50 \(text(figures.median)) s, p95 \(text(figures.p95)) s, longest "
        + "\(text(figures.longest)) s; bus time for probes \(text(figures.probeShare * 100)) %, "
        + "for all \(text(figures.load * 100)) %")
  }

  @Test(arguments: [0, 1, 3]) func othersKeepTheirPeriod(lost: UInt8) throws {
    let figures = try Self.measure(Self.plan()) { unit, _ in unit <= lost }
    Self.show("\(lost) of 12 lost from the start", figures)
    // The first time-outs may cost each a sample; nothing is known of the devices then.
    #expect(figures.readings >= Int(12 - lost) * (Int(Self.minutes) * 60 - 1))
    #expect(abs(figures.p95 - 1) <= 0.05)
    #expect(figures.probeShare <= 0.02)
  }

  @Test(arguments: [1, 3]) func othersKeepTheirPeriodWhenSomeStop(lost: UInt8) throws {
    let figures = try Self.measure(Self.plan()) { unit, nowMs in
      unit <= lost && nowMs >= 60_000 + Int64(unit) * 100
    }
    Self.show("\(lost) of 12 lost after a minute", figures)
    #expect(figures.readings == Int(12 - lost) * Int(Self.minutes) * 60)
    #expect(abs(figures.p95 - 1) <= 0.05)
    #expect(figures.probeShare <= 0.02)
  }

  /// The worst that three devices can do: each answers its probe and then nothing.
  @Test func devicesThatComeAndGoUseNoMoreThanTheirShare() throws {
    var asked: [UInt8: Int] = [:]
    let figures = try Self.measure(Self.plan()) { unit, _ in
      guard unit <= 3 else { return false }
      asked[unit, default: 0] += 1
      return asked[unit, default: 0] % 2 == 0
    }
    Self.show("3 of 12 answer every second request", figures)
    #expect(abs(figures.p95 - 1) <= 0.05)
    // A minute's share may be used at once, and overdrawn by one time-out a device.
    #expect(figures.probeShare <= (0.02 * Double(Self.minutes + 1) * 60 + 3 * 0.15) / 600)
  }

  @Test func theShareIsTheSites() throws {
    let figures = try Self.measure(Self.plan(probeShare: 1)) { unit, _ in unit <= 3 }
    Self.show("3 of 12 lost, 0.1 % for them", figures)
    #expect(figures.probeShare <= 0.001 * 2 + 0.003)
    #expect(figures.readings >= 9 * 599)
  }

  /// Noise that hits all alike kills nobody: what answers most of the time is polled.
  @Test func aNoisyLineIsNoDeadLine() throws {
    var random = SplitMix64(seed: 12)
    var bus = try ScriptedBus(Self.plan())
    bus.drainsTakeTime = true
    bus.run(untilMs: 600_000) { transaction, _ in
      Int.random(in: 0..<20, using: &random) == 0
        ? .noAnswer(transaction) : Self.answer(transaction)
    }
    let good = bus.readings.filter { $0.flag == .notEvaluated }.count
    print("5 % of all requests lost: \(good) of \(48 * 600) readings")
    #expect(good > 48 * 600 * 95 / 100)
  }

  @Test func aDeviceThatComesBackIsFoundWithinItsPause() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.drainsTakeTime = true
    bus.run(untilMs: 200_000) { transaction, nowMs in
      transaction.unit == 1 && (60_000..<90_000).contains(nowMs)
        ? .noAnswer(transaction) : Self.answer(transaction)
    }
    let good = bus.readings.filter { $0.point.rawValue == 0 && $0.flag == .notEvaluated }
    let gap = zip(good, good.dropFirst()).map { ($1.time - $0.time).seconds }.max() ?? 0
    print("30 s without an answer cost the device \(gap) s")
    #expect(gap < 65)
  }

  /// A device that has become slow is found all the same: each probe waits longer.
  @Test func aDeviceThatBecameSlowIsFoundAgain() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.drainsTakeTime = true
    var waits: [Int64] = []
    bus.run(untilMs: 200_000) { transaction, nowMs in
      guard transaction.unit == 1, nowMs > 60_000 else { return Self.answer(transaction) }
      waits.append(transaction.timeout.nanoseconds / 1_000_000)
      return transaction.timeout > .milliseconds(420)
        ? .echo(transaction.request, tookMs: 420) : .noAnswer(transaction)
    }
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    // The usual 24 ms (a millisecond more than the answer needs, and the inter-frame delay) and 100 ms more,
    // doubled up to the profile's; each on top of the request's 8 ms.
    // Then the usual time moves on.
    #expect(waits.prefix(6) == [132, 256, 132, 256, 504, 460])
    let last = bus.readings.last { $0.point.rawValue == 0 }
    #expect(last?.flag == .notEvaluated)
  }
}
