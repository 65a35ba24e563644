import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// What the sensors of a line notice of those that do not answer: six at 9600 baud with two messages
/// each, every second, for ten minutes; an answer takes 30 ms, and the line 20 ms of rest behind it.
@Suite struct FramedLostSensorTests {
  static let seconds: Int64 = 600

  static func plan(probeShare: UInt16 = PollingLimits.probeShare) throws -> BusPlan {
    var plan = try FramedScheduleTests.polled((1...6).map(String.init))
    for device in plan.devices.indices {
      plan.devices[device].timing.responseTimeoutMs = 500
    }
    plan.probeShare = probeShare
    return plan
  }

  static func address(_ request: String) -> Int { Int(request.prefix(1)) ?? 0 }

  struct Figures {
    var p95: Double
    var longest: Double
    var readings: Int
    var probeShare: Double
  }

  /// How those do that answer, while `isLost` says who does not answer and when.
  static func measure(
    _ name: String, _ plan: BusPlan, isLost: (_ address: Int, _ nowMs: Int64) -> Bool
  ) throws -> Figures {
    var line = try ScriptedLine(plan)
    line.run(untilMs: seconds * 1000) { request, nowMs in
      isLost(address(request), nowMs) ? nil : (30, FramedScheduleTests.answer(request))
    }
    var intervals: [Double] = []
    var readings = 0
    for address in 1...6 where !(0..<seconds).contains(where: { isLost(address, $0 * 1000) }) {
      let point = UInt16(2 * (address - 1))
      let times = line.readings.filter { $0.point.rawValue == point && $0.flag == .notEvaluated }
        .map(\.time)
      intervals += zip(times, times.dropFirst()).map { ($1 - $0).seconds }
      readings += times.count
    }
    // Every period of every point has its reading, or was counted as left out.
    #expect(
      (line.readings.count + Int(line.schedule.counters.missedSlots) - 12 * Int(seconds)).magnitude
        <= 12)
    intervals.sort()
    let figures = Figures(
      p95: intervals[intervals.count * 95 / 100], longest: intervals.last ?? 0,
      readings: readings, probeShare: line.schedule.counters.probeTime.seconds / Double(seconds))
    print(
      "\(name): period p95 \(figures.p95) s, longest \(figures.longest) s; time for probes "
        + "\((figures.probeShare * 10_000).rounded() / 100) %")
    return figures
  }

  @Test(arguments: [0, 1, 3]) func othersKeepTheirPeriod(lost: Int) throws {
    let figures = try Self.measure("\(lost) of 6 lost from the start", try Self.plan()) {
      address, _ in
      address <= lost
    }
    #expect(figures.readings >= (6 - lost) * (Int(Self.seconds) - 2))
    #expect(abs(figures.p95 - 1) <= 0.05)
    #expect(lost == 0 ? figures.probeShare == 0 : figures.probeShare <= 0.02)
  }

  @Test(arguments: [1, 3]) func othersKeepTheirPeriodWhenSomeStop(lost: Int) throws {
    let figures = try Self.measure("\(lost) of 6 lost after a minute", try Self.plan()) {
      $0 <= lost && $1 >= 60_000 + Int64($0) * 100
    }
    #expect(figures.readings == (6 - lost) * Int(Self.seconds))
    #expect(abs(figures.p95 - 1) <= 0.05)
    #expect(figures.probeShare <= 0.02)
  }

  /// The worst that three sensors can do: each answers every other request.
  @Test func sensorsThatComeAndGoUseNoMoreThanTheirShare() throws {
    var asked = Array(repeating: 0, count: 7)
    let figures = try Self.measure("3 of 6 answer every second request", try Self.plan()) {
      address, _ in
      guard address <= 3 else { return false }
      asked[address] += 1
      return asked[address] % 2 == 0
    }
    #expect(abs(figures.p95 - 1) <= 0.05)
    // A minute's share may be used at once, and overdrawn by one time-out a sensor.
    #expect(figures.probeShare <= (0.02 * Double(Self.seconds + 60) + 3 * 0.15) / 600)
  }

  @Test func theShareIsTheSites() throws {
    let figures = try Self.measure("3 of 6 lost, 0.1 % for them", try Self.plan(probeShare: 1)) {
      address, _ in address <= 3
    }
    #expect(figures.probeShare <= 0.001 * 1.1 + 3 * 0.503 / 600)
    #expect(figures.readings >= 3 * 598)
  }

  /// What a sensor without an answer is sent before it is asked costs the others as much as its time-outs.
  @Test func settingsComeOutOfTheShare() throws {
    var plan = try Self.plan()
    for device in plan.devices.indices {
      plan.devices[device].framed?.line.setup = [
        FramedSetting(parts: [.bytes([0x53, 0x0A])], waitMs: 300)
      ]
    }
    let figures = try Self.measure("3 of 6 lost that are set up", plan) { address, _ in address <= 3
    }
    #expect(abs(figures.p95 - 1) <= 0.05)
    // A minute's share may be used at once, and overdrawn by one time-out.
    #expect(figures.probeShare <= (0.02 * Double(Self.seconds + 60) + 0.5) / Double(Self.seconds))
    #expect(figures.probeShare >= 0.005)
  }

  /// How long the sensor with address 1 was waited for at each request that it did not answer.
  static func waits(_ line: borrowing ScriptedLine) -> [Int64] {
    var waits: [Int64] = []
    var askedAt: Int64 = 0
    for entry in line.transcript where entry.device == 0 {
      if entry.kind == .request { askedAt = entry.ms }
      if entry.kind == .timeout { waits.append(entry.ms - askedAt) }
    }
    return waits
  }

  /// A first wait is as long as the profile says, then as usual and 100 ms more, doubled each time.
  @Test func theWaitFollowsTheAnswers() throws {
    var plan = try Self.plan()
    for device in plan.devices.indices { plan.devices[device].points.removeLast() }
    var line = try ScriptedLine(plan)
    var delay: Int64? = 30
    func run(untilMs: Int64) {
      line.run(untilMs: untilMs) { request, nowMs in
        Self.address(request) == 1
          ? delay.map { ($0, FramedScheduleTests.answer(request)) }
          : (30, FramedScheduleTests.answer(request))
      }
    }
    run(untilMs: 10_500)
    #expect(Self.waits(line).isEmpty)
    // 26.9 ms, as the request takes 3.1 ms; 30 ms with it and 100 ms more.
    delay = nil
    run(untilMs: 11_500)
    #expect(Self.waits(line) == [130])
    // An answer was measured: the deviation is small again, and nothing is doubled.
    delay = 30
    run(untilMs: 20_500)
    delay = nil
    run(untilMs: 22_500)
    // Its second time-out in a row is waited for twice as long.
    #expect(Self.waits(line) == [130, 130, 257])
    #expect(line.schedule.health(ofDevice: 0) != .online)
    // It comes back ten times as slow, and the wait grows with it, up to the profile's.
    delay = 300
    run(untilMs: 120_500)
    #expect(line.schedule.health(ofDevice: 0) == .online)
    let timeout = line.schedule.responseTimeout(to: FramedRequest(device: 0, message: 0))
    #expect((.milliseconds(380)...(.milliseconds(420))).contains(timeout))
    delay = 30
    run(untilMs: 240_500)
    let again = line.schedule.responseTimeout(to: FramedRequest(device: 0, message: 0))
    #expect((.milliseconds(126)...(.milliseconds(132))).contains(again))
  }

  /// A sensor that has become slow is found all the same: each probe waits longer.
  @Test func aSensorThatBecameSlowIsFoundAgain() throws {
    var line = try ScriptedLine(try Self.plan())
    line.run(untilMs: 200_000) { request, nowMs in
      let isSlow = Self.address(request) == 1 && nowMs > 60_000
      return (isSlow ? 420 : 30, FramedScheduleTests.answer(request))
    }
    #expect(line.schedule.health(ofDevice: 0) == .online)
    print("waits for a sensor that became slow: \(Self.waits(line)) ms")
    for point: UInt16 in 0...1 {
      let late = line.readings.filter { $0.point.rawValue == point }.suffix(60)
      #expect(late.allSatisfy { $0.value == 1.5 && $0.flag == .notEvaluated })
    }
  }

  @Test func aSensorThatComesBackIsFoundWithinItsPause() throws {
    var line = try ScriptedLine(try Self.plan())
    line.run(untilMs: 200_000) { request, nowMs in
      Self.address(request) == 1 && (60_000..<90_000).contains(nowMs)
        ? nil : (30, FramedScheduleTests.answer(request))
    }
    let good = line.readings.filter { $0.point.rawValue == 0 && $0.flag == .notEvaluated }
    let gap = zip(good, good.dropFirst()).map { ($1.time - $0.time).seconds }.max() ?? 0
    print("30 s without an answer cost the sensor \(gap) s")
    #expect((30..<65).contains(gap))
  }

  /// Whoever is alone on a line has the time that its profile says: nobody waits.
  @Test func theOnlySensorIsWaitedFor() throws {
    var plan = try Self.plan()
    plan.devices.removeLast(5)
    var line = try ScriptedLine(plan)
    line.run(untilMs: 60_000) { request, nowMs in
      (nowMs % 7 == 0 ? 480 : 30, FramedScheduleTests.answer(request))
    }
    #expect(line.schedule.counters.timeouts == 0)
    line.run(untilMs: 120_000)
    #expect(line.schedule.counters.timeouts > 5)
    #expect(line.schedule.counters.probeTime == .zero)
  }

  /// A message that a sensor does not know costs the others no more than their share, and the
  /// sensor's other message is still read.
  @Test func aMessageThatIsNeverAnsweredTakesNoOtherWithIt() throws {
    var plan = try Self.plan()
    plan.devices[0].points[1].period = .seconds(10)
    var line = try ScriptedLine(plan)
    line.run(untilMs: Self.seconds * 1000) { request, _ in
      request == "1L\n" ? nil : (30, FramedScheduleTests.answer(request))
    }
    func good(_ point: UInt16) -> Int {
      line.readings.filter { $0.point.rawValue == point && $0.flag == .notEvaluated }.count
    }
    print("beside a message that is never answered: \(good(1)) of 60 readings")
    #expect(good(0) == 0)
    #expect(good(1) >= 10)
    for point: UInt16 in 2..<12 { #expect(good(point) >= Int(Self.seconds) - 5) }
    #expect(line.schedule.counters.probeTime.seconds <= 0.02 * Double(Self.seconds + 60) + 0.5)
  }
}
