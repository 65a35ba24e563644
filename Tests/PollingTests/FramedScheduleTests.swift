import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Runs a schedule against a hand-driven clock and a line that the test scripts.
struct ScriptedLine: ~Copyable {
  var schedule: BusEngine
  private(set) var nowMs: Int64 = 0
  var readings: [Reading] = []
  /// When something was sent, and what.
  private(set) var sent: [(ms: Int64, text: String)] = []
  private(set) var openings = 0
  /// What the schedule would have recorded.
  private(set) var transcript:
    [(ms: Int64, kind: FrameTranscript.Kind, device: Int?, bytes: [UInt8])] = []
  /// What is on its way: when it comes, and the bytes.
  var coming: [(ms: Int64, bytes: [UInt8])] = []
  /// True where each byte of an answer takes a millisecond.
  var isSlow = false

  init(_ plan: BusPlan) throws(BusPlanError) {
    schedule = try BusEngine(plan: plan, start: Instant(nanoseconds: 0))
  }

  var now: Instant { Instant(nanoseconds: nowMs * 1_000_000) }
  var wallTime: WallTime {
    WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
  }

  /// Runs until `endMs`; `answer` says what a request brings, and after how many milliseconds.
  mutating func run(
    untilMs endMs: Int64,
    answer: (String, Int64) -> (afterMs: Int64, bytes: [UInt8])? = { _, _ in nil },
    port: (BusTask, Int64) -> BusOutcome = { _, _ in .done }
  ) {
    var steps = 0
    while nowMs < endMs {
      steps += 1
      precondition(steps < 200_000, "the schedule does not get on")
      switch schedule.next(at: now, wallTime: wallTime, into: &readings) {
      case .wait(let until):
        nowMs = min(endMs, max(nowMs + 1, (until.nanoseconds - 1) / 1_000_000 + 1))
      case .perform(let task):
        var heard: [UInt8] = []
        var outcome = port(task, nowMs)
        switch task {
        case .open: openings += 1
        case .close, .drain, .transact: break
        case .send(let request):
          let text = String(decoding: request, as: UTF8.self)
          sent.append((nowMs, text))
          guard let (afterMs, bytes) = answer(text, nowMs) else { break }
          if isSlow {
            for (index, byte) in bytes.enumerated() {
              coming.append((nowMs + afterMs + Int64(index), [byte]))
            }
          } else {
            coming.append((nowMs + afterMs, bytes))
          }
        case .listen(let until):
          let untilMs = min(endMs, (until.nanoseconds - 1) / 1_000_000 + 1)
          coming.sort { $0.ms < $1.ms }
          if let first = coming.first, first.ms <= untilMs {
            nowMs = max(nowMs, first.ms)
            heard = coming.removeFirst().bytes
          } else {
            nowMs = max(nowMs + 1, untilMs)
          }
          outcome = port(task, nowMs)
        }
        schedule.finished(
          outcome, words: outcome == .done ? heard.map { UInt16($0) } : [], at: now,
          wallTime: wallTime,
          into: &readings)
      }
      guard let heard = schedule.transcript else { continue }
      for entry in heard.entries {
        transcript.append(
          (
            entry.time.nanoseconds / 1_000_000, entry.kind, entry.device,
            Array(heard.bytes[entry.range])
          ))
      }
    }
  }

  /// The readings as "ms value flag".
  var told: [String] {
    readings.map { "\($0.time.nanoseconds / 1_000_000) \($0.value) \($0.flag)" }
  }
}

@Suite struct FramedScheduleTests {
  static let serial = Link.serial(
    path: "/dev/line", SerialSettings(baud: 9600, parity: .none, stopBits: 1))

  /// A sensor that sends `R` and four digits by itself.
  static func sonar(
    periodMs: Int64, burst: Burst? = nil, timeoutMs: UInt32 = 400
  ) throws -> BusPlan {
    let line = FramedProtocol(
      framing: .text(TextFraming(end: 0x0D)),
      messages: [FramedMessage(content: .pattern(try FramePattern("R{d:4}")))],
      quantities: [
        FramedQuantity(
          id: "distance", message: 0, field: 0, unit: "mm",
          sentinels: [Sentinel(.raw(Array("9999".utf8)[...]), means: .missing)])
      ])
    return BusPlan(
      id: "line", link: serial,
      devices: [
        DevicePlan(
          id: "sonar", line: line, timing: DeviceTiming(responseTimeoutMs: timeoutMs),
          points: [
            PolledPoint(
              point: PointIndex(rawValue: 3), quantity: line.quantities[0], unitFactor: 0.001,
              unitOffset: 1, period: .milliseconds(periodMs), burst: burst)
          ])
      ])
  }

  /// Sensors with these addresses, each with a level and a temperature in messages of their own.
  static func polled(_ addresses: [String], periodMs: Int64 = 1000) throws -> BusPlan {
    let line = FramedProtocol(
      framing: .text(TextFraming(start: 0x24, end: 0x0A, checksumMark: 0x2A)),
      messages: [
        FramedMessage(
          request: [.address, .bytes(Array("L\n".utf8))],
          content: .pattern(try FramePattern("{address}L,{level}"))),
        FramedMessage(
          request: [.address, .bytes(Array("T\n".utf8))],
          content: .pattern(try FramePattern("{address}T,{temperature}"))),
      ],
      quantities: [
        FramedQuantity(id: "level", message: 0, field: 0, unit: "m"),
        FramedQuantity(id: "temperature", message: 1, field: 0, unit: "Cel"),
      ])
    return BusPlan(
      id: "line", link: serial,
      devices: addresses.enumerated().map { device, address in
        DevicePlan(
          id: "gauge\(address)", line: line.resolved(address: address),
          timing: DeviceTiming(responseTimeoutMs: 100, guardMs: 20),
          points: line.quantities.enumerated().map { index, quantity in
            PolledPoint(
              point: PointIndex(rawValue: UInt16(2 * device + index)), quantity: quantity,
              period: .milliseconds(periodMs))
          })
      })
  }

  /// The sentence with its checksum.
  static func sentence(_ content: String) -> [UInt8] {
    let sum = String(content.utf8.reduce(0, ^), radix: 16, uppercase: true)
    return Array("$\(content)*\(sum.utf8.count == 1 ? "0" : "")\(sum)\r\n".utf8)
  }

  static func answer(_ request: String) -> [UInt8] {
    sentence("\(request.prefix(2)),\(request.hasPrefix("1") ? "1.5" : "2.5")")
  }

  @Test func eachPeriodHasTheFirstMessageBehindItsBeginning() throws {
    var line = try ScriptedLine(try Self.sonar(periodMs: 1000))
    // Every 150 ms from 100 ms on; the first piece of the stream is the end of a line.
    line.coming = [(50, Array("12\r".utf8))]
    for index in 0..<20 {
      line.coming.append((100 + Int64(index) * 150, Array("R\(1000 + index)\r".utf8)))
    }
    line.run(untilMs: 2999)
    #expect(
      line.told == [
        "100 2.0 notEvaluated", "1150 2.007 notEvaluated", "2050 2.013 notEvaluated",
      ])
    #expect(line.readings.allSatisfy { $0.point.rawValue == 3 })
    #expect(line.schedule.counters.answers == 20)
    #expect(line.schedule.counters.timeouts == 0)
    #expect(line.sent.isEmpty)
  }

  @Test func aSilentSensorIsMissingEachPeriodAndComesBackAtOnce() throws {
    var line = try ScriptedLine(try Self.sonar(periodMs: 300, timeoutMs: 700))
    line.coming = [(50, Array("\rR0000\r".utf8)), (2000, Array("R0500\r".utf8))]
    line.run(untilMs: 2050)
    #expect(
      line.told == [
        "50 1.0 notEvaluated", "1000 nan missing", "1300 nan missing", "1600 nan missing",
        "1900 nan missing", "2000 1.5 notEvaluated",
      ])
    #expect(line.schedule.counters.timeouts == 4)
  }

  @Test func samplesAreDueByTheClockWhereThatIsAsked() throws {
    var plan = try Self.sonar(periodMs: 3_600_000)
    // Its clock shows full hours thirty minutes behind those of the test.
    plan.clock = TimeZoneRule(offsetSeconds: 1800)
    var line = try ScriptedLine(plan)
    line.run(untilMs: 10_000_000)
    #expect(
      line.told == [
        "400 nan missing", "1800400 nan missing", "5400400 nan missing",
        "9000400 nan missing",
      ])
  }

  @Test func damagedFramesMakeASampleFailedAndUnknownOnesAreLeftAlone() throws {
    var line = try ScriptedLine(try Self.sonar(periodMs: 1000))
    line.coming = [
      (10, Array("\r".utf8)), (20, Array("HRXL-MaxSonar\r".utf8)),
      (30, [0x52, 0x00, 0x31, 0x0D]), (1100, Array("R9999\r".utf8)), (1200, Array("R1\r".utf8)),
    ]
    line.run(untilMs: 1999)
    #expect(line.told == ["400 nan fail", "1100 nan missing"])
    #expect(line.schedule.ignoredFrames == 2)
    #expect(line.schedule.counters.damaged == 1)
  }

  @Test func aBurstTakesItsSamplesAndRests() throws {
    let burst = Burst(count: 3, spacing: .milliseconds(200))
    var line = try ScriptedLine(try Self.sonar(periodMs: 5000, burst: burst))
    line.coming = [(0, [0x0D])]
    for index in 0..<90 { line.coming.append((50 + Int64(index) * 100, Array("R0000\r".utf8))) }
    line.run(untilMs: 9000)
    #expect(
      line.readings.map { $0.time.nanoseconds / 1_000_000 } == [50, 250, 450, 5050, 5250, 5450])
  }

  @Test func messagesAreAskedForOneAfterTheOther() throws {
    var line = try ScriptedLine(try Self.polled(["1", "2"]))
    line.run(untilMs: 1999) { request, _ in (30, Self.answer(request)) }
    // 30 ms for the answer and 20 ms of silence behind it.
    #expect(
      line.sent.map { "\($0.ms) \($0.text)" } == [
        "0 1L\n", "50 1T\n", "100 2L\n", "150 2T\n",
        "1000 1L\n", "1050 1T\n", "1100 2L\n", "1150 2T\n",
      ])
    #expect(
      line.told.prefix(4) == [
        "30 1.5 notEvaluated", "80 1.5 notEvaluated", "130 2.5 notEvaluated",
        "180 2.5 notEvaluated",
      ])
    #expect(line.readings.map(\.point.rawValue) == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(line.schedule.counters.requests == 8)
    #expect(line.schedule.counters.answers == 8)
    #expect(line.schedule.counters.busy == .milliseconds(240))
  }

  @Test func aDeadSensorIsAskedEverMoreRarelyAndTheOtherKeepsItsPeriod() throws {
    var line = try ScriptedLine(try Self.polled(["1", "2"]))
    line.run(untilMs: 60_000) { request, _ in
      request.hasPrefix("2") ? (30, Self.answer(request)) : nil
    }
    let asked = line.sent.filter { $0.text.hasPrefix("1") }
    #expect(asked.count < 10)
    #expect(line.schedule.health(ofDevice: 0) != .online)
    let good = line.readings.filter { $0.flag == .notEvaluated }
    #expect(good.count == 120)
    #expect(good.allSatisfy { $0.point.rawValue >= 2 })
    // A missing reading for each of its points and periods.
    #expect(line.readings.count == 240)
    let before = line.readings.count
    line.run(untilMs: 130_000) { request, _ in (30, Self.answer(request)) }
    #expect(line.schedule.health(ofDevice: 0) == .online)
    #expect(line.readings.dropFirst(before).contains { $0.value == 1.5 })
  }

  @Test func whatCameDamagedIsAskedForAgain() throws {
    var line = try ScriptedLine(try Self.polled(["1"]))
    var left = 2
    line.run(untilMs: 900) { request, _ in
      left -= 1
      return (30, left >= 0 ? Array("$1L,9*00\r\n".utf8) : Self.answer(request))
    }
    #expect(line.sent.map(\.text) == ["1L\n", "1L\n", "1L\n", "1T\n"])
    // Each repetition waits for 32 ms of silence.
    #expect(line.told == ["154 1.5 notEvaluated", "204 1.5 notEvaluated"])
    #expect(line.schedule.counters.damaged == 2)
  }

  @Test func noiseThatDoesNotEndMakesTheSampleFailed() throws {
    var line = try ScriptedLine(try Self.polled(["1"]))
    line.run(untilMs: 900) { _, _ in (30, Array("$1L,9*00\r\n".utf8)) }
    #expect(line.sent.count == 6)
    #expect(line.readings.map(\.flag) == [.fail, .fail])
  }

  @Test func anAnswerToAnotherQuestionIsLeftAlone() throws {
    var line = try ScriptedLine(try Self.polled(["1", "2"]))
    line.run(untilMs: 900) { request, ms in
      ms == 0 ? (30, Self.sentence("1T,7") + Self.sentence("2L,7") + Self.sentence("1L,8")) : nil
    }
    #expect(line.told.first == "30 8.0 notEvaluated")
    #expect(line.schedule.ignoredFrames == 2)
  }

  @Test func aLostPortIsOpenedAgainAfterEverLongerPauses() throws {
    var line = try ScriptedLine(try Self.sonar(periodMs: 1000))
    line.coming = [(10, [0x0D]), (20, Array("R0000\r".utf8)), (9100, Array("\rR0001\r".utf8))]
    line.run(
      untilMs: 9500,
      port: { task, ms in
        switch task {
        case .open: ms > 100 && ms < 5000 ? .failed(.portUnavailable(.notFound)) : .done
        case .listen: ms > 500 && ms < 8000 ? .failed(.portLost(5)) : .done
        default: .done
        }
      })
    #expect(line.told.first == "20 1.0 notEvaluated")
    #expect(line.told.last == "9100 1.001 notEvaluated")
    #expect(line.told.dropFirst().dropLast().allSatisfy { $0.hasSuffix("nan missing") })
    #expect(line.schedule.counters.portFaults >= 2)
    #expect(line.openings > 2)
  }

  /// A sample waits for the port as long as another try may still be in time, and is missing only then.
  @Test func aSampleWaitsForThePortUntilItsDeadline() throws {
    func run(periodMs: Int64) throws -> [String] {
      var line = try ScriptedLine(try Self.polled(["1"], periodMs: periodMs))
      line.run(
        untilMs: 3900, answer: { request, _ in (30, Self.answer(request)) },
        port: { task, ms in
          if case .listen = task, ms < 100 { return .failed(.portLost(5)) }
          if case .open = task, ms > 0, ms < 3000 {
            return .failed(.portUnavailable(.notFound))
          }
          return .done
        })
      return line.told
    }
    // Tried again after 1 s and 2 s more.
    let whole = try run(periodMs: 10_000)
    #expect(whole.count == 2 && whole.allSatisfy { $0.hasSuffix("notEvaluated") }, "\(whole)")
    // The second of these tries would come too late.
    let late = try run(periodMs: 2_500)
    #expect(
      late.prefix(2).allSatisfy { $0.hasPrefix("1030 ") && $0.hasSuffix("missing") }, "\(late)")
  }

  @Test func aPeriodIsChangedBetweenSamples() throws {
    var line = try ScriptedLine(try Self.sonar(periodMs: 10_000))
    line.coming = [(0, [0x0D])]
    for index in 1..<300 { line.coming.append((Int64(index) * 100, Array("R0000\r".utf8))) }
    line.run(untilMs: 1000)
    let point = PointIndex(rawValue: 3)
    #expect(line.schedule.setPeriod(.seconds(2), of: point, at: line.now) == .seconds(2))
    #expect(line.schedule.setPeriod(.seconds(2), of: PointIndex(rawValue: 9), at: line.now) == nil)
    line.run(untilMs: 7000)
    #expect(line.schedule.period(of: point) == .seconds(2))
    #expect(line.schedule.counters.periodChanges == 1)
    #expect(line.readings.map { $0.time.nanoseconds / 1_000_000 } == [100, 2100, 4100, 6100])
  }

  @Test(arguments: 0..<16) func anyBytesLeaveTheScheduleWorking(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let isPolled = seed % 2 == 0
    var line = try ScriptedLine(
      try isPolled ? Self.polled(["1", "2"], periodMs: 500) : Self.sonar(periodMs: 500))
    func noise(_ random: inout SplitMix64) -> [UInt8] {
      (0..<Int.random(in: 0...200, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : Array("$R1L,*\r\n09".utf8).randomElement(using: &random) ?? 0
      }
    }
    for index in 0..<400 { line.coming.append((Int64(index) * 97, noise(&random))) }
    line.run(untilMs: 40_000) { _, _ in (30, noise(&random)) }
    // Every period of every point has its reading, and a good message is understood afterwards.
    let points = isPolled ? 4 : 1
    #expect(line.readings.count >= 60 * points, "seed \(seed)")
    let before = line.readings.count
    line.coming = []
    if !isPolled { line.coming = [(40_400, Array("\rR0000\rR0000\r".utf8))] }
    line.run(untilMs: 45_000 + (isPolled ? 300_000 : 0)) { request, _ in
      (30, Self.answer(request))
    }
    #expect(
      line.readings.dropFirst(before).contains { $0.flag == .notEvaluated }, "seed \(seed)")
  }
}
