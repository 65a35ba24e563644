import CAllocationProbe
import Delivery
import DetectionCore
import FieldSimulation
import Recording
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

@Suite struct LaneTests {
  /// Pressure readings, one a minute, that a level from 0.6 m to 5.2 m and back causes every four
  /// hours.
  static func reading(minute: Int) -> DetectionInput {
    let phase = Double(minute % 240) / 120
    let metres = 0.6 + 4.6 * (phase < 1 ? phase : 2 - phase)
    let time = Int64(minute) * 60_000_000_000
    return .reading(
      Reading(
        point: PointIndex(rawValue: 0), value: (metres + 0.4) * 0.0980665, flag: .notEvaluated,
        time: Instant(nanoseconds: time),
        wallTime: WallTime(nanosecondsSince1970: time, synchronized: true)))
  }

  @Test func allocatesNothingWhileItDecides() throws {
    let outlets = LaneOutputs()
    var lane = try Lane(plan: River.site().detection, outlets: outlets)
    var events = 0
    func decide(_ minutes: Range<Int>) {
      for minute in minutes {
        lane.decide(Self.reading(minute: minute), at: Instant(nanoseconds: 0))
        events += lane.eventCount
        while outlets.events.pop() != nil {}
        while outlets.readings.pop() != nil {}
      }
    }
    decide(0..<10)
    let before = allocation_probe_count()
    decide(10..<100_000)
    let allocations = allocation_probe_count() - before
    #expect(allocations == 0)
    #expect(events > 1_000, "the rules must have had something to decide")
    // Nobody emptied this ring: what did not fit was counted, and nothing waited.
    #expect(outlets.lostRecords.value > 0)
  }

  @Test func acknowledgesNoLaterEventThanWasSeen() throws {
    let outlets = LaneOutputs()
    var lane = try Lane(plan: River.site().detection, outlets: outlets)
    var last: UInt64 = 0
    var minute = 0
    while last == 0 {
      lane.decide(Self.reading(minute: minute), at: Instant(nanoseconds: 0))
      minute += 1
      while let decided = outlets.events.pop() {
        if decided.event.subject == River.stageRule { last = decided.event.sequence }
      }
      try #require(minute < 240)
    }
    let command = DetectionCommand(number: 1, kind: .acknowledge, subject: River.stageRule)
    for seen in [0, last - 1] {
      let request = lane.request(by: LaneCommand(command: command, lastSeen: seen))
      #expect(request.kind == .acknowledgeEarlier)
    }
    for seen in [last, .max] {
      let request = lane.request(by: LaneCommand(command: command, lastSeen: seen))
      #expect(request.kind == .acknowledge)
    }
    let time = Instant(nanoseconds: Int64(minute) * 60_000_000_000)
    let wallTime = WallTime(nanosecondsSince1970: time.nanoseconds, synchronized: true)
    let request = lane.request(by: LaneCommand(command: command, lastSeen: last - 1))
    lane.decide(.command(at: time, wallTime: wallTime, request), at: time)
    let event = try #require(lane.eventCount == 1 ? lane.event(at: 0) : nil)
    #expect(event.kind == .commandRefused && event.cause == 1)
    #expect(event.value == Double(CommandRefusal.newerEvent.rawValue))
  }

  /// A part of the recording may begin before any input.
  @Test func givesTheCoresStateWithoutAnAllocation() throws {
    let outlets = LaneOutputs()
    var lane = try Lane(plan: River.site().detection, outlets: outlets)
    var bytes: [UInt8] = []
    var before = allocation_probe_count()
    var taken = 0
    for minute in 0..<1_000 {
      if minute == 10 { before = allocation_probe_count() }
      outlets.checkpoint.request()
      lane.decide(Self.reading(minute: minute), at: Instant(nanoseconds: 0))
      if case .checkpoint(let inputCount) = outlets.records.pop(), inputCount == UInt32(minute) {
        if outlets.checkpoint.take(into: &bytes) != nil { taken += 1 }
      }
      while outlets.records.pop() != nil {}
      while outlets.events.pop() != nil {}
      while outlets.readings.pop() != nil {}
    }
    let allocations = allocation_probe_count() - before
    #expect(allocations == 0)
    #expect(taken == 1_000 && bytes.count == outlets.checkpoint.byteCount)
    print("checkpoint of the river: \(bytes.count) bytes")
  }

  @Test func recordsInputThenReadingsThenEventsOfEachDecision() throws {
    let outlets = LaneOutputs()
    var lane = try Lane(plan: River.site().detection, outlets: outlets)
    var decidedEvents = 0
    for minute in 0..<720 {
      lane.decide(Self.reading(minute: minute), at: Instant(nanoseconds: 0))
      var kinds = ""
      var times: [Int64] = []
      while let record = outlets.records.pop() {
        switch record {
        case .input(.reading(let reading), let number):
          #expect(number == UInt32(minute))
          kinds += "i"
          times.append(reading.time.nanoseconds)
        case .input, .checkpoint: kinds += "?"
        case .reading(let assessed):
          kinds += "r"
          times.append(assessed.reading.time.nanoseconds)
        case .event(let event):
          kinds += "e"
          #expect(outlets.events.pop()?.event.sequence == event.sequence)
          decidedEvents += 1
        }
      }
      // The pressure, the level and the elevation that are derived from it, and now and then a
      // point whose device is silent.
      #expect(kinds.wholeMatch(of: /ir{3,5}e*/) != nil, "\(kinds)")
      #expect(kinds.count { $0 == "e" } == lane.eventCount)
      #expect(times.allSatisfy { $0 == Int64(minute) * 60_000_000_000 })
    }
    #expect(decidedEvents > 20)
  }
}
