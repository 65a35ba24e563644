import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct OutputTests {
  /// A sensor with many reads, and a relay.
  static func plan() -> BusPlan {
    Sample.bus([
      Sample.device(unit: 1, addresses: [0, 10, 20, 30]),
      Sample.device(unit: 2, addresses: [5], firstPoint: 4, outputs: [Sample.lamp(3, coil: 9)]),
    ])
  }

  static func answer(_ transaction: Transaction, coil: Bool) -> ScriptedBus.Answer {
    if case .read(let span) = transaction.request, span.table == .coil {
      return ScriptedBus.Answer(words: [coil ? 1 : 0])
    }
    return .echo(transaction.request)
  }

  @Test func writesWaitForOneTransactionAtMostAndAreReadBack() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 5) { transaction, _ in .echo(transaction.request) }
    bus.request(output: 3, on: true)
    #expect(
      bus.schedule.outputStatus == [OutputStatus(output: 3, wanted: true, certainty: .pending)])
    bus.run(untilMs: 60) { transaction, _ in Self.answer(transaction, coil: true) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01", "18: >> 02 05 00 09 FF 00",
        "32: >> 02 01 00 09 00 01", "46: >> 01 03 00 0A 00 01",
      ])
    #expect(
      bus.schedule.outputStatus == [OutputStatus(output: 3, wanted: true, certainty: .confirmed)])
  }

  @Test func nothingIsWrittenUnlessWanted() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 5000) { transaction, _ in .echo(transaction.request) }
    #expect(!bus.takeTranscript().contains { $0.contains(">> 02 05") })
    #expect(bus.schedule.request(output: 4, on: true, at: Instant(nanoseconds: 0)) == false)
  }

  @Test func aWriteThatDoesNotReadBackIsRepeatedEverMoreSlowly() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 1) { transaction, _ in .echo(transaction.request) }
    bus.request(output: 3, on: true)
    var writes: [Int64] = []
    bus.run(untilMs: 200_000) { transaction, nowMs in
      if case .writeCoil = transaction.request { writes.append(nowMs / 1000) }
      return Self.answer(transaction, coil: false)
    }
    #expect(writes == [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181])
    #expect(bus.schedule.counters(ofDevice: 1).notVerified == 11)
    bus.request(output: 3, on: false)
    bus.run(untilMs: 201_000) { transaction, _ in Self.answer(transaction, coil: false) }
    #expect(
      bus.schedule.outputStatus == [OutputStatus(output: 3, wanted: false, certainty: .confirmed)])
  }

  @Test func anOutputIsWrittenAgainWhenItsDeviceComesBack() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 1) { transaction, _ in .echo(transaction.request) }
    bus.request(output: 3, on: true)
    bus.run(untilMs: 11_000) { transaction, nowMs in
      if transaction.unit == 2, (2000..<6000).contains(nowMs) {
        return .failed(.timeout, tookMs: 200)
      }
      return Self.answer(transaction, coil: true)
    }
    let writes = bus.takeTranscript().filter { $0.contains(">> 02 05") }
    #expect(writes.count == 2)
    #expect(bus.schedule.health(ofDevice: 1) == .online)
    #expect(bus.schedule.outputStatus[0].isConfirmed)
  }

  @Test func anOutputIsWrittenAgainWhenItsPortComesBack() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 1) { transaction, _ in .echo(transaction.request) }
    bus.request(output: 3, on: true)
    bus.run(untilMs: 5000) { transaction, nowMs in
      (2000..<2010).contains(nowMs)
        ? .failed(.portLost(5), tookMs: 1) : Self.answer(transaction, coil: true)
    }
    #expect(bus.takeTranscript().filter { $0.contains(">> 02 05") }.count == 2)
    #expect(bus.schedule.portOpenings == 2)
  }

  @Test func aLostRelayIsWrittenToWithoutWaitingForItsProbe() throws {
    var bus = try ScriptedBus(Self.plan())
    bus.run(untilMs: 100_000) { transaction, _ in
      transaction.unit == 2 ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    _ = bus.takeTranscript()
    bus.request(output: 3, on: true)
    bus.run(untilMs: 100_300) { transaction, _ in Self.answer(transaction, coil: true) }
    let relay = bus.takeTranscript().filter { $0.contains(">> 02") }
    #expect(relay.map { $0.suffix(20) } == [">> 02 05 00 09 FF 00", ">> 02 01 00 09 00 01"])
    #expect(bus.schedule.health(ofDevice: 1) == .online)
  }
}
