import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// What follows when a device says that it has no such register.
@Suite struct RefusalTests {
  @Test func aRefusedPointIsLeftOutAndTheOthersAreRead() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 2, 3, 4])]))
    bus.run(untilMs: 4500) { transaction, _ in Self.refusing(3, transaction) }
    #expect(
      bus.takeTranscript() == [
        "0: open",
        "4: >> 01 03 00 00 00 05 ! exception(2)",
        "18: >> 01 03 00 00 00 02",
        "32: >> 01 03 00 02 00 03 ! exception(2)",
        "46: >> 01 03 00 02 00 01",
        "60: >> 01 03 00 03 00 02 ! exception(2)",
        "74: >> 01 03 00 03 00 01 ! exception(2)",
        "88: >> 01 03 00 04 00 01",
        // From the next sample on only the register itself stands alone.
        "1000: >> 01 03 00 00 00 03", "1014: >> 01 03 00 03 00 01 ! exception(2)",
        "1028: >> 01 03 00 04 00 01",
        "2000: >> 01 03 00 00 00 03", "2014: >> 01 03 00 04 00 01",
        "3000: >> 01 03 00 00 00 03", "3014: >> 01 03 00 03 00 01 ! exception(2)",
        "3028: >> 01 03 00 04 00 01",
        "4000: >> 01 03 00 00 00 03", "4014: >> 01 03 00 04 00 01",
      ])
    for point in 0..<5 {
      let flags = bus.readings.filter { Int($0.point.rawValue) == point }.map(\.flag)
      #expect(flags == [point == 3 ? .missing : .notEvaluated] * 5, "point \(point)")
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt8])
  func aPointThatIsRefusedOnceIsReadInTheNextSample(_ code: UInt8) throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(untilMs: 10_000) { transaction, nowMs in
      (4000..<5000).contains(nowMs) ? .failed(.exception(code)) : .echo(transaction.request)
    }
    #expect(bus.readings.map(\.flag) == [.notEvaluated] * 4 + [.missing] + [.notEvaluated] * 5)
    #expect(bus.schedule.refusedReads(ofDevice: 0).isEmpty)
    #expect(bus.schedule.counters.exceptions == 1)
  }

  @Test func aReadOfSeveralPointsThatIsRefusedOnceCostsNoValueAndStaysOneRead() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 2, 3, 4])]))
    var refusals = 0
    bus.run(untilMs: 6500) { transaction, nowMs in
      guard nowMs >= 3000, refusals == 0 else { return .echo(transaction.request) }
      refusals += 1
      return .failed(.exception(2))
    }
    #expect(bus.readings.count == 35 && bus.readings.allSatisfy { $0.flag == .notEvaluated })
    let requests = bus.takeTranscript().suffix(6)
    #expect(
      requests == [
        "3000: >> 01 03 00 00 00 05 ! exception(2)", "3014: >> 01 03 00 00 00 02",
        "3028: >> 01 03 00 02 00 03", "4000: >> 01 03 00 00 00 05", "5000: >> 01 03 00 00 00 05",
        "6000: >> 01 03 00 00 00 05",
      ])
  }

  @Test func aDeviceThatRefusesWhileItStartsIsReadAsSoonAsItAnswers() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 1, 2, 3, 4, 10, 30])]))
    bus.run(untilMs: 20_000) { transaction, nowMs in
      (5000..<8000).contains(nowMs) ? .failed(.exception(2)) : .echo(transaction.request)
    }
    for point in 0..<7 {
      let flags = bus.readings.filter { Int($0.point.rawValue) == point }.map(\.flag)
      #expect(
        flags == [.notEvaluated] * 5 + [.missing] * 3 + [.notEvaluated] * 12, "point \(point)")
    }
    // And the reads are joined again.
    let transcript = bus.takeTranscript()
    let reads = { (second: String) in
      transcript.filter { $0.hasPrefix(second) && !$0.hasSuffix(")") }.map { $0.suffix(17) }
    }
    #expect(!reads("40").isEmpty && reads("190") == reads("40"))
  }

  @Test func aPointIsAskedForEverMoreRarelyAndFoundWhenItAppears() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 1])]))
    var askedAt: [Int64] = []
    bus.run(untilMs: 4_000_000) { transaction, nowMs in
      guard case .read(let span) = transaction.request else { return .echo(transaction.request) }
      if span.address == 1 { askedAt.append(nowMs / 1000) }
      return nowMs < 3_000_000 ? Self.refusing(1, transaction) : .echo(transaction.request)
    }
    // After 1, 2, 4 … 512 and then always 600 s.
    let pauses = zip(askedAt, askedAt.dropFirst()).map { $1 - $0 }
    #expect(pauses.prefix(13) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600])
    let second = bus.readings.filter { $0.point.rawValue == 1 }
    #expect(second.count == 4000)
    let found = try #require(second.firstIndex { $0.flag == .notEvaluated })
    #expect((3000...3600).contains(found))
    #expect(second[found...].allSatisfy { $0.flag == .notEvaluated && $0.value == 1 })
    #expect(bus.takeTranscript().last == "3999000: >> 01 03 00 00 00 02")
  }

  @Test func registersBetweenPointsThatTheDeviceDoesNotHaveAreBridgedEverMoreRarely() throws {
    var limits = ReadLimits()
    limits.maximumHole = 8
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0, 4], limits: limits)]))
    var refusedAt: [Int64] = []
    bus.run(untilMs: 3_000_000) { transaction, nowMs in
      let answer = Self.refusing(2, transaction)
      if case .failed = answer.outcome { refusedAt.append(nowMs / 1000) }
      return answer
    }
    #expect(bus.readings.count == 6000 && bus.readings.allSatisfy { $0.flag == .notEvaluated })
    let pauses = zip(refusedAt, refusedAt.dropFirst()).map { $1 - $0 }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600])
    #expect(bus.schedule.refusedReads(ofDevice: 0).isEmpty)
  }

  @Test func whatIsRefusedIsShownWithItsRegistersAndTheTimeOfTheNextRequest() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [7, 8], firstPoint: 20)]))
    bus.run(untilMs: 3500) { transaction, _ in Self.refusing(8, transaction) }
    #expect(
      bus.schedule.refusedReads(ofDevice: 0) == [
        RefusedRead(
          point: PointIndex(rawValue: 21),
          span: RegisterSpan(table: .holdingRegister, address: 8, count: 1), fault: .exception(2),
          times: 3, nextAt: Instant(nanoseconds: 7_000_000_000))
      ])
    let changes = bus.schedule.refusalChanges(ofDevice: 0)
    bus.run(untilMs: 6500) { transaction, _ in Self.refusing(8, transaction) }
    #expect(bus.schedule.refusalChanges(ofDevice: 0) == changes)
    bus.run(untilMs: 7500) { transaction, _ in .echo(transaction.request) }
    #expect(bus.schedule.refusedReads(ofDevice: 0).isEmpty)
    #expect(bus.schedule.refusalChanges(ofDevice: 0) != changes)
  }

  /// A device without the register at `address`.
  static func refusing(_ address: UInt16, _ transaction: Transaction) -> ScriptedBus.Answer {
    if case .read(let span) = transaction.request,
      (Int(span.address)..<span.end).contains(Int(address))
    {
      return .failed(.exception(2))
    }
    return .echo(transaction.request)
  }
}
