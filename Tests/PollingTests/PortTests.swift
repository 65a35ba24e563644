import DetectionCore
import DeviceProfiles
import Polling
import Testing

@Suite struct PortTests {
  @Test func aPortThatIsNotThereIsTriedEverMoreRarely() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(
      untilMs: 100_000, port: { _, _ in .failed(.portUnavailable(.notFound)) },
      answer: { transaction, _ in .echo(transaction.request) })
    let attempts = bus.takeTranscript()
    #expect(
      attempts.map { $0.prefix { $0 != ":" } } == [
        "0", "1000", "3000", "7000", "15000", "31000", "61000", "91000",
      ])
    #expect(bus.readings.count == 100)
    #expect(bus.readings.allSatisfy { $0.flag == .missing })
    #expect(bus.schedule.counters.portFaults == 8)
    #expect(bus.schedule.counters.lastFault == .portUnavailable(.notFound))
  }

  @Test func aLostPortIsClosedAndOpenedAgainAndLosesNoFurtherSamples() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0, 10])]))
    bus.run(
      untilMs: 10_000,
      port: { task, nowMs in
        task == .open && (1000..<5000).contains(nowMs)
          ? .failed(.portUnavailable(.notFound)) : .done
      },
      answer: { transaction, nowMs in
        (2000..<5000).contains(nowMs)
          ? .failed(.portLost(5), tookMs: 1) : .echo(transaction.request)
      })
    #expect(
      bus.takeTranscript()[5...] == [
        "2000: >> 01 03 00 00 00 01 ! portLost(5)", "2001: close",
        "3001: open ! portUnavailable(Polling.PortProblem.notFound)", "5001: open",
        "6000: >> 01 03 00 00 00 01", "6014: >> 01 03 00 0A 00 01",
        "7000: >> 01 03 00 00 00 01", "7014: >> 01 03 00 0A 00 01",
        "8000: >> 01 03 00 00 00 01", "8014: >> 01 03 00 0A 00 01",
        "9000: >> 01 03 00 00 00 01", "9014: >> 01 03 00 0A 00 01",
      ])
    let flags = bus.readings.filter { $0.point.rawValue == 1 }.map(\.flag)
    #expect(flags == [.notEvaluated] * 2 + [.missing] * 4 + [.notEvaluated] * 4)
    #expect(bus.schedule.portOpenings == 2)
  }

  /// Closing takes its time as well: a sample that the port would have come back for may be late then.
  @Test(arguments: [900, 960, 990, 999, 1000, 1100] as [Int64])
  func aSampleThatGetsLateWhileThePortIsClosedEndsAndWaitsEnd(lossMs: Int64) throws {
    let device = Sample.device(unit: 1, addresses: [0], periodMs: 2_000)
    var engine = try BusEngine(plan: Sample.bus([device]), start: Instant(nanoseconds: 0))
    var readings: [Reading] = []
    var now = Instant(nanoseconds: 0)
    func wall(_ now: Instant) -> WallTime {
      WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    }
    while now < Instant(nanoseconds: 3_900_000_000) {
      switch engine.next(at: now, wallTime: wall(now), into: &readings) {
      case .wait(let until):
        try #require(until > now, "at \(now)")
        now = until
      case .perform(let task):
        var outcome = BusOutcome.done
        switch task {
        case .transact:
          outcome = .failed(.portLost(5))
          now = max(now, Instant(nanoseconds: lossMs * 1_000_000))
        case .close: now = now + .milliseconds(50)
        case .open, .drain, .send, .listen: break
        }
        engine.finished(outcome, words: [], at: now, wallTime: wall(now), into: &readings)
      }
    }
    #expect(readings.count == 2 && readings.allSatisfy { $0.flag == .missing })
  }

  @Test func aLineThatIsNeverIdleIsAPortFault() throws {
    var bus = try ScriptedBus(Sample.bus([Sample.device(unit: 1, addresses: [0])]))
    bus.run(
      untilMs: 1100,
      port: { task, _ in
        if case .drain = task { return .failed(.lineNeverIdle) }
        return .done
      }, answer: { _, _ in .failed(.badChecksum) })
    #expect(
      bus.takeTranscript() == [
        "0: open", "4: >> 01 03 00 00 00 01 ! badChecksum", "14: drain 32 ms ! lineNeverIdle",
        "14: close", "1014: open",
      ])
    #expect(bus.readings.map(\.flag) == [.missing] * 2)
  }

  @Test func aPeerThatIsGoneIsConnectedToAnewBeforeEachProbe() throws {
    var bus = try ScriptedBus(
      Sample.bus(
        [Sample.device(unit: 1, addresses: [0])], link: .tcp(host: "box", port: 502)))
    bus.run(untilMs: 5000) { transaction, nowMs in
      (1000..<4000).contains(nowMs)
        ? .failed(.timeout, tookMs: 200) : .echo(transaction.request)
    }
    #expect(
      bus.takeTranscript() == [
        "0: open", "0: >> 01 03 00 00 00 01",
        "1000: >> 01 03 00 00 00 01 ! timeout", "1200: drain 32 ms",
        "1200: >> 01 03 00 00 00 01 ! timeout", "1400: drain 32 ms",
        "2400: close", "2400: open", "2400: >> 01 03 00 00 00 01 ! timeout", "2600: drain 32 ms",
        "4600: close", "4600: open", "4600: >> 01 03 00 00 00 01",
      ])
  }

  @Test(arguments: 0..<24) func anyOutcomesLeaveTheScheduleSound(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var plan = Sample.bus(
      [
        Sample.device(unit: 1, addresses: [0, 1, 2, 10, 11, 40]),
        Sample.device(unit: 2, addresses: [0, 3], periodMs: 300, firstPoint: 6),
        Sample.device(
          unit: 3, addresses: [], outputs: [Sample.lamp(0, coil: 0), Sample.lamp(1, coil: 1)]),
      ], link: seed % 2 == 0 ? Sample.line : .tcp(host: "box", port: 502))
    plan.devices[1].points[1].period = .milliseconds(700)
    var bus = try ScriptedBus(plan)
    let faults = FaultTests.faults
    for round in 1...30 {
      let badShare = Int.random(in: 0...100, using: &random)
      let startMs = bus.nowMs
      bus.request(output: UInt16.random(in: 0...2, using: &random), on: .random(using: &random))
      var portRandom = SplitMix64(seed: random.next())
      bus.run(
        untilMs: Int64(round) * 20_000,
        port: { _, _ in
          Int.random(in: 0..<400, using: &portRandom) < badShare
            ? .failed(faults.randomElement(using: &portRandom) ?? .timeout) : .done
        },
        answer: { transaction, _ in
          let took = Int64.random(in: 0...300, using: &random)
          guard Int.random(in: 0..<100, using: &random) < badShare else {
            return .echo(transaction.request, tookMs: took)
          }
          if Int.random(in: 0..<4, using: &random) == 0 {
            let count = Int.random(in: 0...200, using: &random)
            return ScriptedBus.Answer(words: Array(repeating: 0xFFFF, count: count), tookMs: took)
          }
          return .failed(faults.randomElement(using: &random) ?? .timeout, tookMs: took + 1)
        })
      var counts = Array(repeating: 0, count: 8)
      for reading in bus.readings { counts[Int(reading.point.rawValue)] += 1 }
      for (point, count) in counts.enumerated() {
        let period: Int64 = point < 6 ? 1000 : point == 6 ? 300 : 700
        let most = Int((bus.nowMs - startMs) / period) + 2
        #expect(count <= most, "seed \(seed): point \(point) was read too often")
      }
      let times = bus.readings.map(\.time)
      #expect(times == times.sorted(), "seed \(seed)")
      bus.readings = []
    }
    // After all that, a bus without faults delivers every sample again within the longest pause.
    let healed = bus.nowMs + 320_000
    bus.run(untilMs: healed) { transaction, _ in .echo(transaction.request) }
    bus.readings = []
    bus.run(untilMs: healed + 700_000) { transaction, _ in .echo(transaction.request) }
    for device in 0..<3 {
      #expect(bus.schedule.health(ofDevice: device) == .online, "seed \(seed)")
    }
    let last = bus.readings.filter { $0.time.nanoseconds > (healed + 690_000) * 1_000_000 }
    #expect((10...11).contains(last.count { $0.point.rawValue == 0 }), "seed \(seed)")
    #expect(last.allSatisfy { $0.flag == .notEvaluated }, "seed \(seed)")
    #expect(bus.schedule.port == .open, "seed \(seed)")
  }
}
