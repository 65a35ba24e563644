import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Whatever devices do, the schedule goes on, the others are read, and lost devices keep to their share.
@Suite struct RandomOutcomeTests {
  static let lengthMs: Int64 = 900_000

  /// What a device does for a while.
  enum Mood: CaseIterable { case well, noAnswer, flapping, damaged, refusing, busy, slow, stranger }

  /// Device 0 is always well; the others change their mood every now and then.
  struct Field {
    var random: SplitMix64
    var moods: [Mood]

    init(seed: UInt64, devices: Int) {
      random = SplitMix64(seed: seed)
      moods = Array(repeating: .well, count: devices)
    }

    mutating func answer(_ transaction: Transaction, _ nowMs: Int64) -> ScriptedBus.Answer {
      let device = transaction.device
      if device > 0, Int.random(in: 0..<200, using: &random) == 0 {
        moods[device] = Mood.allCases.randomElement(using: &random) ?? .well
      }
      let request = transaction.request
      let wait = (transaction.timeout.nanoseconds - 1) / 1_000_000 + 1
      let took = Int64.random(in: 20...40, using: &random)
      switch moods[device] {
      case .well: return echo(request, took)
      case .noAnswer: return .noAnswer(transaction)
      case .flapping:
        return Bool.random(using: &random) ? .noAnswer(transaction) : echo(request, took)
      case .damaged:
        let faults: [BusFault] = [.badChecksum, .unexpectedAnswer, .wrongUnit]
        return .failed(faults.randomElement(using: &random) ?? .badChecksum, tookMs: took)
      case .refusing: return .failed(.exception(.random(in: 0...12, using: &random)), tookMs: took)
      case .busy: return .failed(.exception(6), tookMs: took)
      case .slow:
        let late = Int64.random(in: 20...600, using: &random)
        return late < wait ? echo(request, late) : .noAnswer(transaction)
      case .stranger: return ScriptedBus.Answer(words: Self.zeros(request), tookMs: took)
      }
    }

    /// Coils read as on, so that outputs that are wanted on verify.
    private func echo(_ request: BusRequest, _ took: Int64) -> ScriptedBus.Answer {
      if case .read(let span) = request, span.table == .coil {
        return ScriptedBus.Answer(
          words: Array(repeating: 1, count: Int(span.count)), tookMs: took)
      }
      return .echo(request, tookMs: took)
    }

    private static func zeros(_ request: BusRequest) -> [UInt16] {
      guard case .read(let span) = request else { return [] }
      return Array(repeating: 0, count: Int(span.count))
    }
  }

  static func plan(_ random: inout SplitMix64) -> BusPlan {
    var firstPoint: UInt16 = 0
    let devices = (0..<Int.random(in: 2...8, using: &random)).map { index in
      let addresses = (0..<Int.random(in: 1...4, using: &random)).map {
        UInt16(10 * $0 + index)
      }
      var device = Sample.device(
        unit: UInt8(index + 1), addresses: addresses,
        periodMs: [1000, 2000, 5000].randomElement(using: &random) ?? 1000,
        firstPoint: firstPoint,
        outputs: index % 3 == 0 ? [Sample.lamp(UInt16(index), coil: UInt16(index))] : [])
      firstPoint += UInt16(addresses.count)
      if index > 0, Bool.random(using: &random) {
        device.modbus?.profile.identity = [IntroductionTests.identity]
      }
      if index > 0, Int.random(in: 0..<4, using: &random) == 0 {
        device.modbus?.profile.preparation = [PreparationTests.trigger]
      }
      device.timing.warmupMs = index > 0 ? 3000 : 0
      return device
    }
    let link =
      Bool.random(using: &random) ? Sample.line : Link.tcp(host: "box", port: 502)
    var plan = Sample.bus(devices, link: link)
    plan.links = [
      DiagnosticPoint(
        point: PointIndex(rawValue: 1000), device: 1, measure: .failures, period: .seconds(7))
    ]
    return plan
  }

  @Test(arguments: UInt64(1)...30) func theLivingLiveAndTheDeadKeepTheirShare(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let plan = Self.plan(&random)
    var field = Field(seed: seed &* 977, devices: plan.devices.count)
    var bus = try ScriptedBus(plan)
    bus.drainsTakeTime = true
    var written: Set<String> = []
    var next: Int64 = 0
    while next < Self.lengthMs {
      next += 30_000
      bus.run(untilMs: next) { transaction, nowMs in
        if transaction.request.isForbidden(in: plan.devices[transaction.device]) {
          written.insert("\(transaction)")
        }
        return field.answer(transaction, nowMs)
      }
      bus.request(output: 0, on: next / 30_000 % 40 != 39)
      bus.request(output: 3, on: Bool.random(using: &random))
    }
    #expect(written.isEmpty, "seed \(seed): \(written)")
    let answering = plan.devices[0]
    for point in answering.points {
      let good = bus.readings.filter { $0.point == point.point && $0.flag == .notEvaluated }
      let slots = Self.lengthMs * 1_000_000 / point.period.nanoseconds
      #expect(
        good.count >= Int(slots) * 95 / 100, "seed \(seed): \(good.count) of \(slots) readings")
      #expect(
        good.allSatisfy { $0.value == Double(answering.address(of: $0.point)) }, "seed \(seed)")
    }
    // A minute's share at once, and an overdraft of a time-out and a little a device.
    let allowed =
      0.02 * Double(Self.lengthMs / 1000 + 60) + 0.25 * Double(plan.devices.count)
    let spent = bus.schedule.counters.probeTime.seconds
    print(
      "seed \(seed): \(plan.devices.count) devices, \(bus.schedule.counters.timeouts) time-outs, "
        + "\(spent) s for probes")
    #expect(spent <= allowed, "seed \(seed): \(spent) s of \(allowed) s")
    #expect(bus.schedule.outputStatus[0].isConfirmed, "seed \(seed)")
    for point in 0..<plan.devices.reduce(0, { $0 + $1.points.count }) {
      let readings = bus.readings.filter { Int($0.point.rawValue) == point }
      #expect(
        zip(readings, readings.dropFirst()).allSatisfy { $0.time <= $1.time }, "seed \(seed)")
    }
  }
}

extension DevicePlan {
  fileprivate func address(of point: PointIndex) -> UInt16 {
    points.first { $0.point == point }?.quantity.modbus?.field.address ?? 0
  }
}

extension BusRequest {
  /// True for a write that neither an output nor the preparation of the device asks for.
  fileprivate func isForbidden(in device: DevicePlan) -> Bool {
    switch self {
    case .read: false
    case .writeCoil(let address, _):
      !device.outputs.contains { $0.quantity.field.address == address }
    case .writeRegister(let address, let value):
      device.modbus?.profile.preparation.isEmpty == true || address != 8 || value != 12
    case .other: true
    }
  }
}
