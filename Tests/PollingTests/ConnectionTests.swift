import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Connections that their other end closes.
@Suite struct ConnectionTests {
  static let links: [Link] = [
    .tcp(host: "box", port: 502),
    .rtuOverTCP(
      host: "box", port: 4001, SerialSettings(baud: 9600, parity: .none, stopBits: 1)),
  ]

  static func plan(_ link: Link, periodMs: Int64 = 1000) -> BusPlan {
    Sample.bus(
      [
        Sample.device(unit: 1, addresses: [0, 10], periodMs: periodMs),
        Sample.device(
          unit: 2, addresses: [5], periodMs: periodMs, firstPoint: 2,
          outputs: [Sample.lamp(3, coil: 9)]),
      ], link: link)
  }

  @Test(arguments: links, [1, 2, 5])
  func aServerThatClosesBehindSomeAnswersCostsNoSample(link: Link, answers: Int) throws {
    var bus = try ScriptedBus(Self.plan(link))
    var left = 0
    bus.request(output: 3, on: true)
    bus.run(
      untilMs: 60_000,
      port: { task, _ in
        if task == .open { left = answers }
        return .done
      },
      answer: { transaction, _ in
        // What is sent behind the last answer finds the connection closed.
        guard left > 0 else { return .failed(.portLost(104), tookMs: 1) }
        left -= 1
        return OutputTests.answer(transaction, coil: true)
      })
    #expect(bus.readings.count == 180)
    #expect(bus.readings.allSatisfy { $0.flag == .notEvaluated })
    #expect(bus.schedule.counters.portFaults == 0)
    #expect(bus.schedule.counters.missedSlots == 0)
    #expect(bus.schedule.portOpenings == 1)
    #expect(bus.schedule.counters.reconnections >= 150 / UInt64(answers))
    // The output is written once, and looked at every ten seconds.
    let tasks = bus.takeTranscript()
    #expect(tasks.count { $0.contains(">> 02 05") && !$0.contains("!") } == 1)
    #expect((5...7).contains(tasks.count { $0.contains(">> 02 01") && !$0.contains("!") }))
    #expect(bus.schedule.outputStatus[0].isConfirmed)
  }

  @Test func oneThatClosesWithoutAnAnswerIsTriedAgainAfterAPause() throws {
    var bus = try ScriptedBus(Self.plan(Self.links[0]))
    bus.run(untilMs: 10_000) { _, _ in .failed(.portLost(104), tookMs: 1) }
    #expect(
      bus.takeTranscript().filter { $0.hasSuffix("open") }.map { $0.prefix { $0 != ":" } }
        == ["0", "1001", "2001", "3002", "5001", "6001", "7002", "9001"])
    // Two of them had stood for a second when they were needed.
    #expect(bus.schedule.counters.reconnections == 2)
    #expect(bus.schedule.counters.portFaults == 5)
    #expect(bus.readings.allSatisfy { $0.flag == .missing })
  }

  @Test(arguments: links)
  func aSampleWaitsForTheConnectionAsLongAsItsDeadlineAllows(link: Link) throws {
    var bus = try ScriptedBus(Self.plan(link, periodMs: 10_000))
    // The server is away from 10 s to 13 s, and from 30 s to 45 s.
    func isAway(_ nowMs: Int64) -> Bool {
      (10_000..<13_000).contains(nowMs) || (30_000..<45_000).contains(nowMs)
    }
    bus.run(
      untilMs: 60_000,
      port: { task, nowMs in
        task == .open && isAway(nowMs) ? .failed(.portUnavailable(.refused)) : .done
      },
      answer: { transaction, nowMs in
        isAway(nowMs) ? .failed(.portLost(104), tookMs: 1) : .echo(transaction.request)
      })
    let flags = bus.readings.filter { $0.point.rawValue == 0 }.map(\.flag)
    #expect(flags == [.notEvaluated] * 3 + [.missing] * 2 + [.notEvaluated])
  }

  @Test func aSerialLineThatIsLostIsNoConnection() throws {
    var bus = try ScriptedBus(Self.plan(Sample.line))
    bus.run(untilMs: 3000) { transaction, nowMs in
      (1000..<1010).contains(nowMs)
        ? .failed(.portLost(5), tookMs: 1) : .echo(transaction.request)
    }
    #expect(bus.schedule.counters.portFaults == 1)
    #expect(bus.schedule.counters.reconnections == 0)
    #expect(bus.schedule.portOpenings == 2)
  }

  // MARK: Sensors with messages of their own

  @Test func aFramedSensorsSampleIsAskedForAgain() throws {
    var plan = try FramedScheduleTests.polled(["1"])
    plan.link = .rawTCP(host: "box", port: 4001)
    var line = try ScriptedLine(plan)
    var isClosed = false
    var requests = 0
    line.run(
      untilMs: 20_500,
      answer: { request, _ in
        requests += 1
        // Every third request finds the connection closed.
        isClosed = requests % 3 == 0
        return isClosed ? nil : (10, FramedScheduleTests.answer(request))
      },
      port: { task, _ in
        if task == .open { isClosed = false }
        guard case .listen = task, isClosed else { return .done }
        return .failed(.portLost(104))
      })
    #expect(line.readings.count == 42)
    #expect(line.readings.allSatisfy { $0.flag == .notEvaluated })
    #expect(line.schedule.counters.portFaults == 0)
    #expect(line.schedule.portOpenings == 1)
    #expect(line.schedule.counters.reconnections >= 14)
  }
}
