import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct BusScheduleTests {
  @Test func aQuietSecondOnABusOfTwoDevices() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [2, 3, 10]),
        Sample.device(unit: 2, addresses: [7], periodMs: 500, firstPoint: 3),
      ]))
    bus.run(untilMs: 1000) { transaction, _ in .echo(transaction.request) }
    // Four milliseconds of silence (3.65 on the line) lie between two frames.
    #expect(
      bus.takeTranscript() == [
        "0: open",
        // The sample that is due again after half a second goes first.
        "4: >> 02 03 00 07 00 01",
        "18: >> 01 03 00 02 00 02",
        "32: >> 01 03 00 0A 00 01",
        "500: >> 02 03 00 07 00 01",
      ])
    #expect(bus.readings.map(\.point.rawValue) == [3, 0, 1, 2, 3])
    #expect(bus.readings.map(\.value) == [7, 2, 3, 10, 7])
    #expect(bus.readings.allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.readings[0].time == Instant(nanoseconds: 14_000_000))
    #expect(bus.readings[0].wallTime.nanosecondsSince1970 == 1_700_000_000_014_000_000)
    #expect(bus.schedule.counters.requests == 4)
    #expect(bus.schedule.counters.answers == 4)
    #expect(bus.schedule.counters.busy == .milliseconds(40))
  }

  @Test func samplesStayOnTheGridForHours() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    var starts: [Int64] = []
    var random = SplitMix64(seed: 1)
    bus.run(untilMs: 4 * 3_600_000) { transaction, nowMs in
      starts.append(nowMs)
      return .echo(transaction.request, tookMs: .random(in: 5...700, using: &random))
    }
    #expect(starts.count == 14_400)
    #expect(starts.dropFirst().enumerated().allSatisfy { $1 == Int64($0 + 1) * 1000 })
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func samplesThatComeTooLateAreCountedAndNotBunched() throws {
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0], periodMs: 100)]))
    bus.run(untilMs: 1000) { transaction, nowMs in
      .echo(transaction.request, tookMs: nowMs == 100 ? 450 : 10)
    }
    #expect(
      bus.takeTranscript().map { $0.prefix { $0 != ":" } } == [
        "0", "4", "100", "554", "600", "700", "800", "900",
      ])
    // Those of 200, 300 and 400 ms; that of 500 ms was read at 554 ms.
    #expect(bus.schedule.counters.missedSlots == 3)
    #expect(bus.schedule.counters(ofDevice: 0).missedSlots == 3)
  }

  @Test func theReadWithTheEarliestDeadlineGoesFirst() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [0], periodMs: 1000),
        Sample.device(unit: 2, addresses: [0], periodMs: 300, firstPoint: 1),
      ]))
    // At 1210 two samples wait: unit 1's of 1000, to be complete at 2000, and unit 2's of 1200, to
    // be complete at 1500. What was due first goes last.
    bus.run(untilMs: 1300) { transaction, nowMs in
      .echo(transaction.request, tookMs: nowMs == 900 ? 310 : 10)
    }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 02 03 00 00 00 01", "18: >> 01 03 00 00 00 01",
        "300: >> 02 03 00 00 00 01", "600: >> 02 03 00 00 00 01", "900: >> 02 03 00 00 00 01",
        "1214: >> 02 03 00 00 00 01", "1228: >> 01 03 00 00 00 01",
      ])
    #expect(bus.schedule.counters.missedDeadlines == 1)
  }

  @Test func pointsThatARuleWatchesGoFirstAmongEqualDeadlines() throws {
    var watched = Sample.device(unit: 2, addresses: [0], firstPoint: 1)
    watched.points[0].isWatched = true
    var bus = try ScriptedBus(
      Sample.bus([Sample.device(unit: 1, addresses: [0]), watched]))
    bus.run(untilMs: 100) { transaction, _ in .echo(transaction.request) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 02 03 00 00 00 01", "18: >> 01 03 00 00 00 01",
      ])
  }

  @Test func samplesThatAreCompleteTooLateAreCounted() throws {
    var bus = try ScriptedBus(
      Sample.bus([
        Sample.device(unit: 1, addresses: [0], periodMs: 100),
        Sample.device(unit: 2, addresses: [0], periodMs: 1000, firstPoint: 1),
      ]))
    // The sample of 100 ms is complete at 201 ms, that of 300 ms at 400 ms.
    bus.run(untilMs: 500) { transaction, nowMs in
      .echo(transaction.request, tookMs: nowMs == 100 ? 101 : nowMs == 300 ? 100 : 10)
    }
    #expect(bus.schedule.counters.missedDeadlines == 1)
    #expect(bus.schedule.counters(ofDevice: 0).missedDeadlines == 1)
    #expect(bus.schedule.counters(ofDevice: 1).missedDeadlines == 0)
    #expect(bus.schedule.counters.missedSlots == 0)
  }

  @Test func devicesGetTheSilenceTheyNeed() throws {
    var device = Sample.device(unit: 1, addresses: [0, 10])
    device.timing.guardMs = 50
    var bus = try ScriptedBus(Sample.bus([device]))
    bus.run(untilMs: 500) { transaction, _ in .echo(transaction.request) }
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01", "64: >> 01 03 00 0A 00 01",
      ])
  }

  @Test func timeoutsIncludeTheRequestsOwnTime() throws {
    var serial = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    var timeouts: [Int64] = []
    serial.run(untilMs: 100) { transaction, _ in
      timeouts.append(transaction.timeout.nanoseconds)
      return .echo(transaction.request)
    }
    var tcp = try ScriptedBus(
      Sample.bus(
        [Sample.device(unit: 1, addresses: [0])], link: .tcp(host: "box", port: 502)))
    tcp.run(untilMs: 100) { transaction, _ in
      timeouts.append(transaction.timeout.nanoseconds)
      return .echo(transaction.request)
    }
    #expect(timeouts == [208_333_334, 200_000_000])
  }

  @Test func valuesAreConvertedAndFlagged() throws {
    let status = RawField(table: .holdingRegister, address: 50, type: .uint16)
    let quantities = [
      Sample.quantity(0, .int16),
      Sample.quantity(1, sentinels: [Sentinel(.raw(1), means: .missing)]),
      Sample.quantity(2, sentinels: [Sentinel(.raw(2), means: .overflow)]),
      Sample.quantity(4, .float32),
      Sample.quantity(6, gates: [.clear(bit: 1, of: "status", at: status)]),
      Sample.quantity(7, gates: [.clear(bit: 0, of: "status", at: status)]),
    ]
    let points = quantities.enumerated().map { index, quantity in
      PolledPoint(
        point: PointIndex(rawValue: UInt16(index)), quantity: quantity, unitFactor: 0.5,
        unitOffset: 100, period: .seconds(1))
    }
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, points: points)]))
    bus.run(untilMs: 500) { transaction, _ in
      var answer = ScriptedBus.Answer.echo(transaction.request)
      guard case .read(let span) = transaction.request else { return answer }
      switch span.address {
      case 0: answer.words[0] = UInt16(bitPattern: -40)
      case 4: answer.words = [0x3F75, 0xF07B] + answer.words.dropFirst(2)
      case 50: answer.words = [1]
      default: break
      }
      return answer
    }
    let found = bus.readings.sorted { $0.point.rawValue < $1.point.rawValue }
    #expect(found.map(\.point.rawValue) == [0, 1, 2, 3, 4, 5])
    #expect(
      found.map(\.flag) == [.notEvaluated, .missing, .fail, .notEvaluated, .notEvaluated, .fail])
    #expect(found[0].value == 80)
    #expect(found[1].value.isNaN && found[2].value.isNaN && found[5].value.isNaN)
    #expect(found[3].value == Double(Float(bitPattern: 0x3F75_F07B)) * 0.5 + 100)
    #expect(found[4].value == 103)
  }

  @Test func whatABusCannotServeIsReported() {
    let forbidden = RegisterSpan(table: .holdingRegister, address: 5, count: 1)
    let unreadable = Sample.device(
      unit: 1, addresses: [4, 5], firstPoint: 30, limits: ReadLimits(forbidden: [forbidden]))
    #expect(throws: BusPlanError.unreadable(PointIndex(rawValue: 31), forbidden)) {
      _ = try BusEngine(plan: Sample.bus([unreadable]), start: Instant(nanoseconds: 0))
    }
    for field in [Sample.quantity(5, .float32), Sample.quantity(5, table: .inputRegister)] {
      let unwritable = Sample.device(
        unit: 1, addresses: [],
        outputs: [
          WrittenOutput(output: 2, quantity: field, maximumOnTime: .seconds(60))
        ])
      #expect(throws: BusPlanError.unwritable(output: 2, field.span)) {
        _ = try BusEngine(plan: Sample.bus([unwritable]), start: Instant(nanoseconds: 0))
      }
    }
  }

  @Test func aBusWithoutDevicesWaits() throws {
    var schedule = try BusEngine(plan: Sample.bus([]), start: Instant(nanoseconds: 0))
    var readings: [Reading] = []
    let wall = WallTime(nanosecondsSince1970: 0, synchronized: false)
    let zero = Instant(nanoseconds: 0)
    #expect(schedule.next(at: zero, wallTime: wall, into: &readings) == .perform(.open))
    schedule.finished(.done, words: [], at: zero, wallTime: wall, into: &readings)
    let later = Instant(nanoseconds: 1_000_000_000)
    #expect(
      schedule.next(at: later, wallTime: wall, into: &readings)
        == .wait(until: Instant(nanoseconds: .max)))
  }
}
