import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// What the bus does about outputs by itself: on-time, late requests, faults, safe state.
@Suite struct OutputSafetyTests {
  /// A relay card with a coil at 9 that keeps what is written, and loses it with its power.
  private struct Relay {
    var isPowered = true
    var coils: [UInt16: Bool] = [:]
    /// Each write that was carried out, with its time.
    var writes: [String] = []

    mutating func answer(_ transaction: Transaction, _ nowMs: Int64) -> ScriptedBus.Answer {
      guard transaction.unit == 2 else { return .echo(transaction.request) }
      guard isPowered else { return .failed(.timeout, tookMs: 200) }
      switch transaction.request {
      case .writeCoil(let address, let on):
        coils[address] = on
        writes.append("\(nowMs) \(address) \(on ? "on" : "off")")
        return ScriptedBus.Answer()
      case .read(let span) where span.table == .coil:
        return ScriptedBus.Answer(words: [coils[span.address] == true ? 1 : 0])
      default: return .echo(transaction.request)
      }
    }

    mutating func setPower(_ isPowered: Bool) {
      self.isPowered = isPowered
      if !isPowered { coils = [:] }
    }
  }

  private static func bus(
    maximumOnTime: TimeSpan = .seconds(60), isMomentary: Bool = false
  ) throws -> ScriptedBus {
    let siren = Sample.lamp(3, coil: 9, maximumOnTime: maximumOnTime, isMomentary: isMomentary)
    return try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [0, 10, 20, 30]),
        Sample.device(
          unit: 2, addresses: [5], firstPoint: 4,
          outputs: [siren, Sample.lamp(4, coil: 10, maximumOnTime: .seconds(3_600))]),
      ]))
  }

  private static func run(_ bus: inout ScriptedBus, _ relay: inout Relay, untilMs: Int64) {
    bus.run(untilMs: untilMs) { transaction, nowMs in relay.answer(transaction, nowMs) }
  }

  @Test func whatNobodySwitchesOffIsSwitchedOffAndCounted() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 30_000)
    // A repeated request does not prolong it.
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 200_000)
    #expect(relay.writes == ["1500 9 on", "66500 9 off"])
    #expect(bus.schedule.counters.forcedOff == 1)
    #expect(bus.schedule.counters(ofDevice: 1).forcedOff == 1)
    #expect(bus.schedule.outputStatus[0].wanted == false)
    // The next time is a time of its own.
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 300_000)
    #expect(relay.writes.suffix(2) == ["200000 9 on", "265000 9 off"])
  }

  @Test func whatIsSwitchedOffInTimeIsNotCounted() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 61_500)
    bus.request(output: 3, on: false)
    Self.run(&bus, &relay, untilMs: 200_000)
    #expect(relay.writes == ["1500 9 on", "61500 9 off"])
    #expect(bus.schedule.counters.forcedOff == 0)
  }

  @Test func offAndOnInOneBreathAreBothWritten() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 50_500)
    bus.request(output: 3, on: false)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 200_000)
    #expect(relay.writes == ["1500 9 on", "50500 9 off", "50514 9 on", "115500 9 off"])
  }

  @Test func noCommandIsLostWhileABusIsBusy() throws {
    var bus = try Self.bus()
    var relay = Relay()
    var random = SplitMix64(seed: 11)
    var wanted: [UInt16: Bool] = [:]
    for step in 1...2_000 {
      let output = UInt16(3 + step % 2)
      let on = Bool.random(using: &random)
      bus.request(output: output, on: on)
      bus.setPeriod(ms: .random(in: 50...400, using: &random), of: UInt16(step % 5))
      wanted[output] = on
      Self.run(&bus, &relay, untilMs: Int64(step) * 40)
    }
    Self.run(&bus, &relay, untilMs: 81_000)
    #expect(relay.coils == [9: wanted[3] == true, 10: wanted[4] == true])
    #expect(bus.schedule.outputStatus.map(\.isConfirmed) == [true, true])
    #expect(bus.schedule.counters.requests == bus.schedule.counters.answers)
    #expect(relay.writes.count > 900)
  }

  @Test func aLampComesBackOnAndOneWhoseTimeIsOverComesBackOff() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 3, on: true)
    bus.request(output: 4, on: true)
    Self.run(&bus, &relay, untilMs: 20_000)
    relay.setPower(false)
    Self.run(&bus, &relay, untilMs: 40_000)
    relay.setPower(true)
    Self.run(&bus, &relay, untilMs: 55_000)
    #expect(relay.coils == [9: true, 10: true])
    relay.setPower(false)
    Self.run(&bus, &relay, untilMs: 62_000)
    relay.setPower(true)
    relay.writes = []
    Self.run(&bus, &relay, untilMs: 200_000)
    #expect(relay.coils == [9: false, 10: true])
    #expect(!relay.writes.contains { $0.hasSuffix(" 9 on") })
    #expect(bus.schedule.counters.forcedOff == 1)
  }

  @Test(arguments: [true, false])
  func onlyAMomentaryOutputIsTooLateToBeSwitchedOn(isMomentary: Bool) throws {
    var bus = try Self.bus(isMomentary: isMomentary)
    var relay = Relay()
    relay.setPower(false)
    Self.run(&bus, &relay, untilMs: 5_000)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 25_000)
    relay.setPower(true)
    Self.run(&bus, &relay, untilMs: 60_000)
    #expect(relay.coils == [9: !isMomentary])
    #expect(relay.writes.contains { $0.hasSuffix(" 9 on") } == !isMomentary)
    #expect(bus.schedule.counters.lateRequests == (isMomentary ? 1 : 0))
    #expect(bus.schedule.counters.forcedOff == 0)
  }

  @Test func aMomentaryOutputThatIsOnStaysOnOverAShortLoss() throws {
    var bus = try Self.bus(isMomentary: true)
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 15_000)
    relay.setPower(false)
    Self.run(&bus, &relay, untilMs: 18_000)
    relay.setPower(true)
    Self.run(&bus, &relay, untilMs: 25_000)
    #expect(relay.coils == [9: true])
    #expect(bus.schedule.counters.lateRequests == 0)
  }

  @Test func anOutputThatCannotBeWrittenBecomesAFaultOnce() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    relay.setPower(false)
    bus.request(output: 4, on: true)
    Self.run(&bus, &relay, untilMs: 3_500)
    #expect(bus.schedule.outputStatus[1].failedTries == 2)
    #expect(bus.schedule.counters.outputFaults == 0)
    Self.run(&bus, &relay, untilMs: 60_000)
    #expect(bus.schedule.outputStatus[1].isFaulty)
    #expect(bus.schedule.counters.outputFaults == 1)
    #expect(bus.schedule.counters(ofDevice: 1).outputFaults == 1)
    relay.setPower(true)
    Self.run(&bus, &relay, untilMs: 120_000)
    #expect(bus.schedule.outputStatus[1].failedTries == 0)
    #expect(bus.schedule.outputStatus[1].isConfirmed)
    #expect(bus.schedule.counters.outputFaults == 1)
  }

  @Test func aPortThatIsGoneMakesItsOutputsFaulty() throws {
    var bus = try Self.bus()
    bus.request(output: 4, on: true)
    bus.run(
      untilMs: 20_000, port: { _, _ in .failed(.portUnavailable(.notFound)) },
      answer: { transaction, _ in .echo(transaction.request) })
    #expect(bus.schedule.outputStatus.map(\.isFaulty) == [false, true])
    #expect(bus.schedule.counters.outputFaults == 1)
  }

  // MARK: Shutdown

  @Test func aShutdownSwitchesEverythingOffBeforeAnythingElse() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    bus.request(output: 4, on: true)
    Self.run(&bus, &relay, untilMs: 1_999)
    relay.writes = []
    // Reads are due at 2000 ms, and another command has just come.
    bus.request(output: 3, on: true)
    bus.shutDown()
    #expect(bus.schedule.isShutDown == false)
    _ = bus.takeTranscript()
    Self.run(&bus, &relay, untilMs: 10_000)
    // All are switched off before the first is read back.
    #expect(relay.writes == ["1999 9 off", "2013 10 off"])
    #expect(relay.coils == [9: false, 10: false])
    #expect(bus.schedule.isShutDown == true)
    #expect(bus.takeTranscript().count == 4)
    #expect(bus.schedule.request(output: 3, on: true, at: Instant(nanoseconds: .max)) == false)
  }

  @Test func aShutdownGivesUpARelayWithoutAnAnswerAfterThreeTries() throws {
    var bus = try Self.bus()
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 1_500)
    relay.setPower(false)
    bus.shutDown()
    Self.run(&bus, &relay, untilMs: 4_000)
    #expect(bus.schedule.isShutDown == false)
    Self.run(&bus, &relay, untilMs: 6_500)
    #expect(bus.schedule.isShutDown == true)
    #expect(bus.schedule.outputStatus.map(\.isFaulty) == [true, true])
    #expect(bus.schedule.outputStatus.map(\.wanted) == [false, false])
  }

  @Test func aShutdownTriesAClosedPortAtOnceAndGivesItUp() throws {
    var bus = try Self.bus()
    bus.run(
      untilMs: 100_000, port: { _, _ in .failed(.portUnavailable(.notFound)) },
      answer: { transaction, _ in .echo(transaction.request) })
    bus.shutDown()
    _ = bus.takeTranscript()
    bus.run(
      untilMs: 104_000, port: { _, _ in .failed(.portUnavailable(.notFound)) },
      answer: { transaction, _ in .echo(transaction.request) })
    #expect(
      bus.takeTranscript().map { $0.prefix { $0 != ":" } } == ["100000", "101000", "103000"])
    #expect(bus.schedule.isShutDown == true)
  }

  /// A host that does not answer takes as long as a connection may; the shutdown must not take longer.
  @Test(arguments: [true, false])
  func noConnectionIsBegunThatCouldOutlastTheShutdown(isConnection: Bool) throws {
    let lamp = Sample.lamp(3, coil: 9)
    var bus = try ScriptedBus(
      Sample.bus(
        [Sample.device(unit: 2, addresses: [5], outputs: [lamp])],
        link: isConnection ? .tcp(host: "box", port: 502) : Sample.line))
    bus.shutDown(byMs: 5_000)
    bus.run(
      untilMs: 5_000, port: { _, _ in .failed(.portUnavailable(.unreachable)) },
      answer: { transaction, _ in .echo(transaction.request) })
    let attempts = bus.takeTranscript().map { $0.prefix { $0 != ":" } }
    #expect(attempts == (isConnection ? ["0", "1000"] : ["0", "1000", "3000"]))
  }

  @Test func aBusWithoutOutputsIsShutDownAtOnce() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 100) { transaction, _ in .echo(transaction.request) }
    bus.shutDown()
    #expect(bus.schedule.isShutDown == true)
    bus.run(untilMs: 10_000) { transaction, _ in .echo(transaction.request) }
    #expect(bus.readings.count == 1)
  }

  @Test func aDeviceGetsThePauseItNeedsAfterAWrite() throws {
    var plan = Sample.device(unit: 2, addresses: [5], outputs: [Sample.lamp(3, coil: 9)])
    plan.timing.afterWriteMs = 100
    var bus = try ScriptedBus(Sample.bus([plan]))
    var relay = Relay()
    Self.run(&bus, &relay, untilMs: 500)
    _ = bus.takeTranscript()
    bus.request(output: 3, on: true)
    Self.run(&bus, &relay, untilMs: 900)
    #expect(bus.takeTranscript() == ["500: >> 02 05 00 09 FF 00", "610: >> 02 01 00 09 00 01"])
  }
}
