import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// How lines and their sensors say how they do.
@Suite struct FramedLinkTests {
  static func linked(
    _ plan: BusPlan, _ measures: [(device: Int?, measure: DiagnosticMeasure)]
  ) -> BusPlan {
    var plan = plan
    plan.links = measures.enumerated().map { index, link in
      DiagnosticPoint(
        point: PointIndex(rawValue: UInt16(10 + index)), device: link.device,
        measure: link.measure, period: .seconds(10))
    }
    return plan
  }

  static func told(_ line: borrowing ScriptedLine, _ count: Int) -> [[Double]] {
    (0..<count).map { index in
      line.readings.filter { Int($0.point.rawValue) == 10 + index }.map(\.value)
    }
  }

  @Test func polledSensorsTellTheirTimesAndFailures() throws {
    let plan = Self.linked(
      try FramedScheduleTests.polled(["1", "2"]),
      [
        (0, .responseTime), (1, .responseTime), (0, .failures), (1, .failures), (0, .load),
        (nil, .load), (nil, .openings), (1, .missed),
      ])
    var line = try ScriptedLine(plan)
    line.run(untilMs: 60_500) { request, ms in
      request.hasPrefix("2") && ms >= 30_000 ? nil : (30, FramedScheduleTests.answer(request))
    }
    let told = Self.told(line, 8)
    #expect(told.allSatisfy { $0.count == 6 })
    // 30 ms from the request's beginning, which takes 3 ms; rounded up to the end of the class.
    #expect(told[0].allSatisfy { (0.026...0.034).contains($0) })
    #expect(told[1].prefix(3).allSatisfy { $0 == told[0][0] })
    #expect(told[1].dropFirst(3).allSatisfy { $0.isNaN })
    #expect(told[2] == [0, 0, 0, 0, 0, 0])
    #expect(told[3] == [0, 0, 0, 100, 100, 100])
    // Two requests of 30 ms a second.
    #expect(told[4].allSatisfy { (5.9...6.1).contains($0) })
    #expect(told[5].prefix(3).allSatisfy { (11.9...12.1).contains($0) })
    #expect(told[6] == [1, 0, 0, 0, 0, 0])
    #expect(told[7] == [0, 0, 0, 0, 0, 0])
    let (first, second) = (line.schedule.counters(ofDevice: 0), line.schedule.counters(ofDevice: 1))
    let all = line.schedule.counters
    #expect(first.requests == 122 && first.answers == 122 && first.timeouts == 0)
    #expect(second.timeouts > 0 && second.lastFault == .timeout)
    #expect(first.requests + second.requests == all.requests)
    #expect(first.answers + second.answers == all.answers)
    #expect(first.busy.nanoseconds + second.busy.nanoseconds == all.busy.nanoseconds)
    #expect(line.schedule.health(ofDevice: 0) == .online)
    #expect(line.schedule.health(ofDevice: 1) != .online)
  }

  @Test func sensorsThatSendByThemselvesTellWhatDidNotCome() throws {
    let plan = Self.linked(
      try FramedScheduleTests.sonar(periodMs: 1000),
      [(0, .failures), (nil, .load), (0, .responseTime), (nil, .failures)])
    var line = try ScriptedLine(plan)
    line.coming = [(0, [0x0D])]
    // Ten a second, every fourth of them damaged from 10 s on, none from 20 s to 40 s.
    for index in 0..<500 where index < 200 || index >= 400 {
      let isDamaged = index >= 100 && index < 200 && index % 4 == 0
      line.coming.append(
        (5 + Int64(index) * 100, isDamaged ? [0x52, 1, 0x0D] : Array("R1234\r".utf8)))
    }
    line.run(untilMs: 50_500)
    let told = Self.told(line, 4)
    #expect(told[0] == [0, 25, 100, 100, told[0][4]])
    #expect(told[0][4] < 2)
    // Ten frames of 6 bytes a second at 9600 baud.
    #expect((6.0...6.5).contains(told[1][0]))
    #expect(told[2].allSatisfy { $0.isNaN })
    #expect(line.schedule.health(ofDevice: 0) == .online)
    #expect(line.schedule.counters(ofDevice: 0).unasked > 300)
    #expect(line.schedule.counters(ofDevice: 0).requests == 0)
  }

  @Test func aLineWithoutAPortSaysSo() throws {
    let plan = Self.linked(
      try FramedScheduleTests.sonar(periodMs: 1000), [(nil, .failures), (nil, .openings)])
    var line = try ScriptedLine(plan)
    line.run(untilMs: 20_500, port: { _, _ in .failed(.portUnavailable(.notFound)) })
    #expect(Self.told(line, 2) == [[100, 100], [0, 0]])
  }

  /// What rules watch is asked for first where deadlines are equal, then what is due soonest.
  @Test func watchedPointsGoFirst() throws {
    var plan = try FramedScheduleTests.polled(["1", "2"])
    plan.devices[1].points[1].isWatched = true
    plan.devices[1].points[0].period = .milliseconds(500)
    var line = try ScriptedLine(plan)
    line.run(untilMs: 400) { request, _ in (30, FramedScheduleTests.answer(request)) }
    #expect(line.sent.map(\.text) == ["2L\n", "2T\n", "1L\n", "1T\n"])
  }

  @Test func aLateSampleIsCounted() throws {
    var line = try ScriptedLine(try FramedScheduleTests.polled(["1"], periodMs: 100))
    line.run(untilMs: 10_000) { request, _ in (80, FramedScheduleTests.answer(request)) }
    #expect(line.schedule.counters.missedDeadlines > 0)
    #expect(line.schedule.counters.missedSlots > 0)
    #expect(
      line.schedule.counters.missedSlots == line.schedule.counters(ofDevice: 0).missedSlots)
  }
}
