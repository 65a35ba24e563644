import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Devices that measure only when they are told to.
@Suite struct PreparationTests {
  static func device(
    unit: UInt8, addresses: [UInt16], periodMs: Int64, steps: [SampleTriggerStep]
  ) -> DevicePlan {
    var device = Sample.device(unit: unit, addresses: addresses, periodMs: periodMs)
    device.modbus?.profile.preparation = steps
    return device
  }

  static let trigger = SampleTriggerStep(
    request: .write(table: .holdingRegister, address: 8, words: [0x000C]), waitMs: 500)
  static let start = SampleTriggerStep(
    request: .read(RegisterSpan(table: .holdingRegister, address: 0x2500, count: 1)),
    waitMs: 200)

  @Test func eachSampleIsPreparedAndTheBusIsFreeMeanwhile() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Self.device(unit: 1, addresses: [5, 9], periodMs: 2000, steps: [Self.trigger]),
        Sample.device(unit: 2, addresses: [0], periodMs: 250, firstPoint: 2),
      ]))
    bus.run(untilMs: 2600) { transaction, _ in .echo(transaction.request) }
    let frames = bus.takeTranscript()
    let prepared = frames.filter { $0.contains(">> 01") }.map { $0.split(separator: ": ") }
    #expect(
      prepared.map(\.last)
        == [">> 01 06 00 08 00 0C", ">> 01 03 00 05 00 01", ">> 01 03 00 09 00 01"] * 2)
    let times = prepared.compactMap { $0.first.flatMap { Int($0) } }
    for round in [0, 3] {
      // 10 ms for the trigger, its 500, and at most one transaction of the other device.
      #expect((510...530).contains(times[round + 1] - times[round]), "\(times)")
    }
    #expect(frames.filter { $0.contains(">> 02") }.count == 11)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func stepsFollowEachOtherWithTheirWaits() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Self.device(
          unit: 1, addresses: [5], periodMs: 2000, steps: [Self.start, Self.trigger])
      ]))
    bus.run(untilMs: 1900) { transaction, _ in .echo(transaction.request) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 25 00 00 01", "214: >> 01 06 00 08 00 0C",
        "724: >> 01 03 00 05 00 01",
      ])
  }

  /// Points of two periods that fall due together share a measurement.
  @Test func aMeasurementServesAllThatWasDueBeforeIt() throws {
    var device = Self.device(unit: 1, addresses: [5, 9], periodMs: 1000, steps: [Self.trigger])
    device.points[1].period = .seconds(2)
    var bus = try ScriptedBus(Sample.bus([device]))
    bus.run(untilMs: 3990) { transaction, _ in .echo(transaction.request) }
    let frames = bus.takeTranscript()
    #expect(frames.filter { $0.contains("01 06") }.count == 4)
    #expect(frames.filter { $0.contains("00 05") }.count == 4)
    #expect(frames.filter { $0.contains("00 09") }.count == 2)
  }

  @Test func aRefusedPreparationRefusesNoPoint() throws {
    var bus = try ScriptedBus(
      Sample.bus([Self.device(unit: 1, addresses: [5], periodMs: 1000, steps: [Self.trigger])]))
    bus.run(untilMs: 6000) { transaction, nowMs in
      if case .writeRegister = transaction.request, nowMs < 3000 { return .failed(.exception(2)) }
      return .echo(transaction.request)
    }
    #expect(bus.readings.map(\.flag) == [.missing] * 3 + [.notEvaluated] * 3)
    #expect(bus.schedule.counters.exceptions == 3)
  }

  @Test func aPreparationThatIsLostIsRepeated() throws {
    var bus = try ScriptedBus(
      Sample.bus([Self.device(unit: 1, addresses: [5], periodMs: 2000, steps: [Self.trigger])]))
    bus.run(untilMs: 1900) { transaction, nowMs in
      nowMs == 4 ? .noAnswer(transaction) : .echo(transaction.request)
    }
    #expect(bus.readings.map(\.flag) == [.notEvaluated])
  }

  @Test func anyRequestMayPrepare() throws {
    let write = SampleTriggerStep(
      request: .write(table: .holdingRegister, address: 0x102, words: [1, 0x203]), waitMs: 0)
    let other = SampleTriggerStep(request: .other([0x10, 0x1C, 0, 0, 0, 0]), waitMs: 100)
    var bus = try ScriptedBus(
      Sample.bus([Self.device(unit: 1, addresses: [5], periodMs: 2000, steps: [write, other])]))
    bus.run(untilMs: 1900) { transaction, _ in .echo(transaction.request) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 10 01 02 00 02 04 00 01 02 03", "18: >> 01 10 1C 00 00 00 00",
        "128: >> 01 03 00 05 00 01",
      ])
  }

  @Test func requestsThatNoBusCarriesAreRefused() {
    for request: SampleTriggerStep.Request in [
      .other([]), .other(Array(repeating: 0, count: 254)),
      .write(table: .holdingRegister, address: 0, words: []),
      .write(table: .coil, address: 0, words: [1, 1]),
      .write(table: .inputRegister, address: 0, words: [1]),
    ] {
      let step = SampleTriggerStep(request: request, waitMs: 0)
      #expect(step.busRequest == nil)
      #expect(throws: BusPlanError.unpreparable(device: "d1")) {
        _ = try BusEngine(
          plan: Sample.bus([
            Self.device(unit: 1, addresses: [5], periodMs: 2000, steps: [step])
          ]), start: Instant(nanoseconds: 0))
      }
    }
  }
}
