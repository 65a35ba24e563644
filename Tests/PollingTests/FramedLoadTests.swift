import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

@Suite struct FramedLoadTests {
  static func polled(_ addresses: [String], periodMs: Int64) throws -> BusPlan {
    var plan = try FramedScheduleTests.polled(addresses, periodMs: periodMs)
    for index in plan.devices.indices {
      plan.devices[index].framed?.examples = [
        FramedExample(message: 0, content: Array("1L,1.5".utf8)),
        FramedExample(message: 1, content: Array("1T,-12.5".utf8)),
      ]
    }
    return plan
  }

  /// Request of 3 bytes, `$1L,1.5*hh CR LF` of 12: 15 bytes at 9600 baud are 15.625 ms; 5 ms for the
  /// response delay and 20 ms of silence. The other has 2 bytes more.
  @Test func aPolledLineIsReckonedByHand() throws {
    let load = try BusLoad(plan: try Self.polled(["1", "2"], periodMs: 1000))
    #expect(load.reads.map(\.bytes) == [15, 17, 15, 17])
    #expect(
      load.reads.map { $0.time.nanoseconds } == [40_625_000, 42_708_334, 40_625_000, 42_708_334])
    #expect(abs(load.utilisation - 0.166_667) < 1e-6)
    #expect(load.isSchedulable)
    // All of one period together, behind nothing longer.
    #expect(load.reads.map { $0.worstResponse?.nanoseconds } == [166_666_668] * 4)
    #expect(load.reads.map(\.points).map { $0.map(\.rawValue) } == [[0], [1], [2], [3]])
  }

  @Test func aPolledLineThatCannotKeepUpIsKnown() throws {
    #expect(try BusLoad(plan: try Self.polled(["1", "2"], periodMs: 190)).isSchedulable)
    let tight = try BusLoad(plan: try Self.polled(["1", "2"], periodMs: 175))
    #expect(!tight.isSchedulable && tight.utilisation > 0.95)
    #expect(try !BusLoad(plan: try Self.polled(["1", "2"], periodMs: 100)).isSchedulable)
  }

  /// What the reckoning allows the schedule does, and little more.
  @Test(arguments: [190, 150] as [Int64]) func theScheduleAgrees(periodMs: Int64) throws {
    var line = try ScriptedLine(try Self.polled(["1", "2"], periodMs: periodMs))
    // What the request, the response delay and the answer take.
    line.run(untilMs: 30_000) { request, _ in
      (request.contains("T") ? 23 : 21, FramedScheduleTests.answer(request))
    }
    let missed = line.schedule.counters.missedDeadlines + line.schedule.counters.missedSlots
    #expect((missed == 0) == (periodMs == 190))
  }

  @Test func whatASensorSendsByItselfIsHeldAgainstTheLine() throws {
    var plan = try FramedScheduleTests.sonar(periodMs: 60_000)
    plan.devices[0].framed?.examples = [FramedExample(message: 0, content: Array("R1234".utf8))]
    plan.devices[0].timing.minimumPeriodMs = 100
    let load = try BusLoad(plan: plan)
    #expect(load.reads.map(\.bytesPerSecond) == [60])
    #expect(abs(load.utilisation - 0.0625) < 1e-9)
    #expect(load.isSchedulable && load.reads[0].worstResponse == nil)
    plan.devices[0].timing.minimumPeriodMs = 0
    #expect(try BusLoad(plan: plan).reads.map(\.period) == [nil])
    plan.devices[0].timing.minimumPeriodMs = 5
    #expect(try !BusLoad(plan: plan).isSchedulable)
  }
}
