import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct FaultTests {
  static let faults: [BusFault] =
    [
      .timeout, .badChecksum, .unexpectedAnswer, .wrongUnit, .notVerified, .lineNeverIdle,
      .portUnavailable(.notFound), .portLost(5),
    ] + (0...255).map { .exception($0) }

  @Test func everyFaultHasItsConsequence() {
    let expected: [(BusFault, FaultRecovery)] = [
      (.timeout, .backOffDevice), (.badChecksum, .retryNow), (.unexpectedAnswer, .retryNow),
      (.wrongUnit, .retryNow), (.exception(1), .skipPoint), (.exception(2), .skipPoint),
      (.exception(3), .skipPoint), (.exception(4), .retryNow), (.exception(5), .retryLater),
      (.exception(6), .retryLater), (.exception(7), .retryNow), (.exception(10), .backOffDevice),
      (.exception(11), .backOffDevice), (.portLost(5), .reopenPort),
      (.portUnavailable(.notFound), .reopenPort), (.lineNeverIdle, .reopenPort),
    ]
    for (fault, recovery) in expected { #expect(fault.recovery == recovery, "\(fault)") }
  }

  @Test func portProblemsSayWhatToDo() {
    let link = Link.serial(
      path: "/dev/ttyUSB0", SerialSettings(baud: 9600, parity: .none, stopBits: 1))
    #expect(
      BusFault.portUnavailable(.notFound).explanation(link: link) == "/dev/ttyUSB0: no such port")
    #expect(
      BusFault.portUnavailable(.permissionDenied).explanation(link: link)
        == "/dev/ttyUSB0: permission denied: add the user to group dialout")
    #expect(
      BusFault.portUnavailable(.refused).explanation(link: .tcp(host: "box", port: 502))
        == "box:502: connection refused")
    #expect(
      BusFault.exception(2).explanation(link: link) == "exception 2 (illegal data address)")
  }

  @Test func damagedAnswersAreRepeatedWithinTheSlotAndThenFail() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 10])]))
    bus.run(untilMs: 900) { transaction, nowMs in
      guard case .read(let span) = transaction.request else { return .echo(transaction.request) }
      return span.address == 0 ? .failed(.badChecksum) : .echo(transaction.request)
    }
    #expect(
      bus.takeTranscript() == [
        "0: open",
        "4: >> 01 03 00 00 00 01 ! badChecksum", "14: drain 32 ms",
        "18: >> 01 03 00 00 00 01 ! badChecksum", "28: drain 32 ms",
        "32: >> 01 03 00 00 00 01 ! badChecksum", "42: drain 32 ms",
        "46: >> 01 03 00 0A 00 01",
      ])
    #expect(bus.readings.map(\.flag) == [.fail, .notEvaluated])
    #expect(bus.readings[0].value.isNaN)
    #expect(bus.schedule.counters.damaged == 3)
    #expect(bus.schedule.health(ofDevice: 0) == .online)
  }

  @Test func oneDamagedAnswerCostsNoReading() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 900) { transaction, nowMs in
      nowMs == 4 ? .failed(.wrongUnit) : .echo(transaction.request)
    }
    #expect(bus.readings.map(\.flag) == [.notEvaluated])
  }

  @Test func anAnswerOfTheWrongLengthIsDamaged() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 1])]))
    bus.run(untilMs: 900) { _, _ in ScriptedBus.Answer(words: [7]) }
    #expect(bus.schedule.counters.damaged == 3)
    #expect(bus.readings.map(\.flag) == [.fail, .fail])
  }

  @Test func aLateAnswerIsWaitedOutBeforeTheNextRequest() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 10])]))
    bus.run(untilMs: 900) { transaction, nowMs in
      nowMs == 4 ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01 ! timeout", "204: drain 32 ms",
        "208: >> 01 03 00 00 00 01", "424: >> 01 03 00 0A 00 01",
      ])
    #expect(bus.readings.map(\.flag) == [.notEvaluated, .notEvaluated])
  }

  @Test func aSilentDeviceIsProbedEverMoreRarelyAndItsPointsAreMissing() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 10])]))
    var requests: [Int64] = []
    bus.run(untilMs: 1_000_000) { _, nowMs in
      requests.append(nowMs)
      return .failed(.timeout, tookMs: 200)
    }
    // Two tries, then probes after 1, 2, 4 … 256 and then always 300 s.
    #expect(requests.prefix(2) == [4, 208])
    let pauses = zip(requests.dropFirst(), requests.dropFirst(2)).map { ($1 - $0 - 200) / 1000 }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
    #expect(
      bus.takeTranscript()[5...6] == [
        "1408: >> 01 03 00 00 00 01 ! timeout", "1608: drain 32 ms",
      ])
    #expect(bus.readings.count == 3000)
    #expect(bus.readings.allSatisfy { $0.flag == .missing && $0.value.isNaN })
    #expect(bus.schedule.counters.timeouts == UInt64(requests.count))
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func aDeviceThatAnswersAProbeIsPolledAgainOnItsGrid() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 6000) { transaction, nowMs in
      nowMs < 3000 ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    #expect(bus.readings.map(\.flag) == Array(repeating: .missing, count: 4) + [.notEvaluated] * 2)
    #expect(bus.readings.last?.time == Instant(nanoseconds: 5_010_000_000))
  }

  @Test func theLivingDoNotWaitForTheDead() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [0]),
        Sample.device(unit: 2, addresses: [0], firstPoint: 1),
      ]))
    bus.run(untilMs: 100_000) { transaction, _ in
      transaction.unit == 2 ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    let living = bus.readings.filter { $0.point.rawValue == 0 }
    #expect(living.count == 100)
    #expect(living.allSatisfy { $0.flag == .notEvaluated })
    let late = zip(living, living.dropFirst()).map { ($1.time - $0.time).nanoseconds }
    #expect(late.allSatisfy { $0 <= 1_220_000_000 })
  }

  @Test func aDeviceThatNeedsTimeIsAskedAgainWithoutAnError() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 1000) { transaction, nowMs in
      nowMs < 500 ? .failed(.exception(6)) : .echo(transaction.request)
    }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01 ! exception(6)",
        "264: >> 01 03 00 00 00 01 ! exception(6)", "524: >> 01 03 00 00 00 01",
      ])
    #expect(bus.readings.map(\.flag) == [.notEvaluated])
    #expect(bus.schedule.counters.notReady == 2)
    #expect(bus.schedule.counters.exceptions == 0)
    #expect(bus.schedule.counters.lastFault == nil)
  }

  @Test func aDeviceThatIsNeverReadyGivesMissingOnceAPeriod() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 10_000) { _, _ in .failed(.exception(5)) }
    #expect(bus.readings.map(\.flag) == [.missing] * 10)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func aProfileMayGiveExceptionsAMeaning() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(
          unit: 1, addresses: [0],
          exceptions: [
            ExceptionMeaning(code: 4, meaning: .fault(.invalid)),
            ExceptionMeaning(code: 2, meaning: .notReady(retryMs: 40)),
          ])
      ]))
    bus.run(untilMs: 2000) { transaction, nowMs in
      nowMs < 500
        ? .failed(.exception(4))
        : nowMs < 1020
          ? .failed(.exception(2)) : .echo(transaction.request)
    }
    #expect(bus.readings.map(\.flag) == [.fail, .notEvaluated])
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01 ! exception(4)",
        "1000: >> 01 03 00 00 00 01 ! exception(2)", "1050: >> 01 03 00 00 00 01",
      ])
  }
}

/// So many times the same elements.
func * <Element>(elements: [Element], count: Int) -> [Element] {
  Array(repeatElement(elements, count: count).joined())
}
