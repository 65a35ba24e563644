import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// What a device gets before it gets anything else, and what it never gets.
@Suite struct IntroductionTests {
  /// Register 100 must be 100, the number that a scripted device has there.
  static let identity = IdentityCheck.field(
    RawField(table: .holdingRegister, address: 100, type: .uint16), mask: .max, accepted: [100])

  /// A relay with a watchdog at register 8, and a lamp at coil 5.
  static func relay(failSafe: TimeSpan? = .seconds(60), identity: [IdentityCheck] = [identity])
    -> DevicePlan
  {
    var device = Sample.device(
      unit: 1, addresses: [0], outputs: [Sample.lamp(3, coil: 5)])
    device.modbus?.profile.identity = identity
    device.modbus?.profile.watchdog = "q8"
    var watchdog = Sample.quantity(8, access: .readWrite)
    watchdog.unit = "s"
    watchdog.range = 1...65_534
    device.modbus?.profile.quantities.append(watchdog)
    device.modbus?.failSafe = failSafe
    return device
  }

  /// A device that keeps what is written to register 8 and coil 5, and is someone else from
  /// `strangerFrom` to `strangerUntil`.
  struct Relay {
    var watchdog: UInt16 = 0
    var isOn = false
    var stranger: Range<Int64> = 0..<0
    var silent: Range<Int64> = 0..<0

    mutating func answer(_ transaction: Transaction, _ nowMs: Int64) -> ScriptedBus.Answer {
      if silent.contains(nowMs) { return .noAnswer(transaction) }
      switch transaction.request {
      case .read(let span) where span.address == 8: return ScriptedBus.Answer(words: [watchdog])
      case .read(let span) where span.table == .coil:
        return ScriptedBus.Answer(words: [isOn ? 1 : 0])
      case .read(let span) where span.address == 100 && stranger.contains(nowMs):
        return ScriptedBus.Answer(words: [7])
      case .read: return .echo(transaction.request)
      case .writeRegister(_, let value): watchdog = value
      case .writeCoil(_, let on): isOn = on
      case .other: return .failed(.exception(1))
      }
      return ScriptedBus.Answer()
    }
  }

  @Test func aDeviceIsKnownAndSetUpBeforeItIsRead() throws {
    var relay = Relay()
    var bus = try ScriptedBus(Sample.bus([Self.relay()]))
    bus.run(untilMs: 1500) { relay.answer($0, $1) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 64 00 01", "18: >> 01 06 00 08 00 3C",
        "32: >> 01 03 00 08 00 01", "46: >> 01 03 00 00 00 01", "1000: >> 01 03 00 00 00 01",
      ])
    #expect(relay.watchdog == 60)
    #expect(bus.readings.map(\.flag) == [.notEvaluated, .notEvaluated])
  }

  @Test func anotherDeviceIsNeitherReadNorWritten() throws {
    var relay = Relay()
    relay.stranger = 0..<20_000
    var bus = try ScriptedBus(Sample.bus([Self.relay()]))
    bus.request(output: 3, on: true)
    bus.run(untilMs: 20_000) { relay.answer($0, $1) }
    #expect(bus.takeTranscript().allSatisfy { $0.contains("open") || $0.contains("01 03 00 64") })
    #expect(bus.readings.count == 20)
    #expect(bus.readings.allSatisfy { $0.flag == .missing })
    #expect(bus.schedule.counters.wrongDevices > 3)
    #expect(bus.schedule.counters(ofDevice: 0).lastFault == .wrongDevice)
    #expect(bus.schedule.outputStatus[0].isFaulty)
    #expect(!relay.isOn)
    // The right one is put in its place.
    bus.run(untilMs: 60_000) { relay.answer($0, $1) }
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    #expect(relay.watchdog == 60)
    #expect(bus.readings.last?.flag == .notEvaluated)
  }

  /// A probe that tells function 17 what it is from 20 s on, and before says nothing, something else, or
  /// that it does not know the function.
  @Test(arguments: [[UInt16](), [0], [5, 0x52, 0x4F, 0x43, 0x4B, 0x21]])
  func aDeviceIsKnownByItsText(stranger: [UInt16]) throws {
    var bus = try ScriptedBus(
      Sample.bus([Self.relay(failSafe: nil, identity: [.serverText("SOIL")])]))
    func answer(_ transaction: Transaction, _ nowMs: Int64) -> ScriptedBus.Answer {
      guard transaction.request == .serverID else { return .echo(transaction.request) }
      if nowMs >= 20_000 { return .init(words: [6, 0xFF, 0x53, 0x4F, 0x49, 0x4C, 0x21]) }
      return stranger.isEmpty ? .failed(.exception(1)) : .init(words: stranger)
    }
    bus.run(untilMs: 20_000) { answer($0, $1) }
    #expect(bus.takeTranscript().allSatisfy { $0.contains("open") || $0.contains(">> 01 11") })
    #expect(bus.readings.count == 20 && bus.readings.allSatisfy { $0.flag == .missing })
    #expect(bus.schedule.counters(ofDevice: 0).lastFault == .wrongDevice)
    bus.run(untilMs: 60_000) { answer($0, $1) }
    #expect(bus.schedule.health(ofDevice: 0) == .online)
    #expect(bus.readings.last?.flag == .notEvaluated)
  }

  @Test func aStrangerIsTakenWhereItsIdentityIsIgnored() throws {
    var relay = Relay()
    relay.stranger = 0..<20_000
    var device = Self.relay(failSafe: nil)
    device.modbus?.ignoresIdentity = true
    var bus = try ScriptedBus(Sample.bus([device]))
    bus.run(untilMs: 5000) { relay.answer($0, $1) }
    #expect(bus.schedule.counters.wrongDevices == 0)
    #expect(bus.readings.map(\.flag) == Array(repeating: .notEvaluated, count: 5))
    #expect(!bus.takeTranscript().contains { $0.contains("00 64") })
  }

  @Test func aDeviceWithoutTheIdentityRegisterIsAnotherOne() throws {
    var bus = try ScriptedBus(Sample.bus([Self.relay()]))
    bus.run(untilMs: 5000) { transaction, _ in RefusalTests.refusing(100, transaction) }
    #expect(bus.schedule.counters.lastFault == .wrongDevice)
    #expect(bus.readings.allSatisfy { $0.flag == .missing })
  }

  @Test func whatComesBackIsKnownAndSetUpAgainAndWarmsUp() throws {
    var relay = Relay()
    relay.silent = 5000..<9000
    var plan = Self.relay()
    plan.timing.warmupMs = 5000
    var bus = try ScriptedBus(Sample.bus([plan]))
    bus.run(untilMs: 9000) { relay.answer($0, $1) }
    relay.watchdog = 0
    _ = bus.takeTranscript()
    bus.run(untilMs: 30_000) { relay.answer($0, $1) }
    let transcript = bus.takeTranscript()
    let answered = transcript.filter { $0.contains(">>") && !$0.contains("!") }
    #expect(
      answered.prefix(5).map { $0.drop { $0 != ">" } } == [
        ">> 01 03 00 64 00 01", ">> 01 03 00 64 00 01", ">> 01 06 00 08 00 3C",
        ">> 01 03 00 08 00 01", ">> 01 03 00 00 00 01",
      ])
    #expect(relay.watchdog == 60)
    let back = bus.readings.drop { $0.flag != .missing }.drop { $0.flag == .missing }
    #expect(back.prefix(5).allSatisfy { $0.flag == .suspect })
    #expect(back.dropFirst(5).allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.readings.prefix(5).allSatisfy { $0.flag == .notEvaluated })
  }

  @Test func aSettingThatDoesNotReadBackIsAFault() throws {
    var bus = try ScriptedBus(Sample.bus([Self.relay(identity: [])]))
    bus.run(untilMs: 5000) { transaction, _ in .echo(transaction.request) }
    #expect(bus.schedule.counters.notVerified > 0)
    #expect(bus.readings.allSatisfy { $0.flag == .missing })
  }

  /// A watchdog of 60 s hears from the gateway every 20 s, though nothing else is to be done; and
  /// what somebody else switched is put right.
  @Test func aWatchdogIsFedAndOutputsAreLookedAt() throws {
    var relay = Relay()
    var plan = Self.relay()
    plan.points[0].period = .seconds(86_400)
    var bus = try ScriptedBus(Sample.bus([plan]))
    bus.run(untilMs: 1) { relay.answer($0, $1) }
    bus.request(output: 3, on: true)
    var requests: [Int64] = []
    bus.run(untilMs: 300_000) { transaction, nowMs in
      requests.append(nowMs)
      return relay.answer(transaction, nowMs)
    }
    let gaps = zip(requests, requests.dropFirst()).map { $1 - $0 }
    #expect(requests.count > 14)
    #expect(gaps.allSatisfy { $0 <= 20_100 })
    #expect(bus.schedule.outputStatus[0].isConfirmed)
    relay.isOn = false
    bus.run(untilMs: 330_000) { relay.answer($0, $1) }
    #expect(relay.isOn)
    #expect(bus.schedule.outputStatus[0].isConfirmed)
  }

  @Test func aFailSafeTimeNeedsAWatchdogThatTakesIt() throws {
    var plan = Self.relay()
    plan.modbus?.profile.watchdog = nil
    #expect(throws: BusPlanError.unsettable(device: "d1")) {
      _ = try BusEngine(plan: Sample.bus([plan]), start: Instant(nanoseconds: 0))
    }
    for seconds: Int64 in [0, 65_536, 1_000_000] {
      #expect(throws: BusPlanError.unsettable(device: "d1")) {
        _ = try BusEngine(
          plan: Sample.bus([Self.relay(failSafe: .seconds(seconds))]),
          start: Instant(nanoseconds: 0))
      }
    }
  }

  /// The relay of coil 5 closes for a time in tenths of a second by a write to coil 0x205.
  @Test func aTimerEndsAnOutputWithoutTheGateway() throws {
    let timer = ProfileQuantity(
      id: "flash", field: RawField(table: .coil, address: 0x205, type: .uint16), unit: "s",
      scaling: Scaling(ratio: Ratio(1, 10)), range: 0.1...3276.7, access: .write,
      timedOutput: "q5")
    var plan = Sample.device(unit: 1, addresses: [0])
    plan.outputs = [
      WrittenOutput(
        output: 3, quantity: Sample.lamp(3, coil: 5).quantity, timer: timer,
        maximumOnTime: .seconds(30))
    ]
    var bus = try ScriptedBus(Sample.bus([plan]))
    // The answer to a request of any function is given byte by byte.
    func echo(_ transaction: Transaction) -> ScriptedBus.Answer {
      guard case .other(_, let data) = transaction.request else {
        return .echo(transaction.request)
      }
      return .init(words: data.map { UInt16($0) })
    }
    bus.run(untilMs: 500) { transaction, _ in echo(transaction) }
    bus.request(output: 3, on: true)
    bus.run(untilMs: 600) { transaction, _ in echo(transaction) }
    bus.request(output: 3, on: false)
    bus.run(untilMs: 650) { transaction, _ in
      .init(words: transaction.request == .writeCoil(address: 5, on: false) ? [] : [0])
    }
    #expect(
      bus.takeTranscript().dropFirst(2) == [
        "500: >> 01 05 02 05 01 2C", "514: >> 01 01 00 05 00 01", "600: >> 01 05 00 05 00 00",
        "614: >> 01 01 00 05 00 01",
      ])
    plan.outputs[0].maximumOnTime = .seconds(3600)
    #expect(throws: BusPlanError.untimable(output: 3)) {
      _ = try BusEngine(plan: Sample.bus([plan]), start: Instant(nanoseconds: 0))
    }
  }

  /// Of all writes that there are, four.
  @Test func nothingElseCanBeWritten() throws {
    var plan = Self.relay()
    plan.modbus?.profile.preparation = [
      SampleTriggerStep(
        request: .write(table: .holdingRegister, address: 9, words: [0x000C]), waitMs: 0)
    ]
    let list = try WriteList(
      outputs: plan.outputs.map { try WrittenField($0) },
      startup: DeviceStartup(#require(plan.modbus), id: plan.id),
      preparation: SampleTrigger(#require(plan.modbus), id: plan.id))
    var permitted: [BusRequest] = []
    for address in UInt16.min...UInt16.max {
      for on in [false, true] {
        let request = BusRequest.writeCoil(address: address, on: on)
        if list.permits(request) { permitted.append(request) }
      }
      for value: UInt16 in [0, 1, 12, 59, 60, 61, 0xFF00, 0xFFFF] {
        let request = BusRequest.writeRegister(address: address, value: value)
        if list.permits(request) { permitted.append(request) }
      }
    }
    #expect(
      permitted == [
        .writeCoil(address: 5, on: false), .writeCoil(address: 5, on: true),
        .writeRegister(address: 8, value: 60), .writeRegister(address: 9, value: 12),
      ])
    #expect(list.permits(.read(RegisterSpan(table: .coil, address: 0, count: 1))))
  }
}
