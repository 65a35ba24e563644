import CAllocationProbe
import DetectionCore
import Testing

@Suite struct AllocationTests {
  @Test func probeSeesAnAllocation() {
    let before = allocation_probe_count()
    let numbers = [Double](repeating: Double(before), count: 1_000)
    #expect(allocation_probe_count() > before)
    #expect(numbers.count == 1_000)
  }

  /// A million readings with all that they cause, read out as the lane does it.
  @Test func aMillionReadingsAllocateNothing() throws {
    var detector = try Detector(plan: ReferencePlan.river())
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var events: UInt64 = 0
    var assessed = 0
    var sum = 0.0
    var before = allocation_probe_count()
    // Not a for loop: over a range of Int64 that one allocates itself in debug builds.
    var index: Int64 = 0
    while index < 1_000_000 {
      // By then the debug build has made what its types need at their first use.
      if index == 4_000 { before = allocation_probe_count() }
      // A flood every 2,000 readings, a spike in each 500, a missing value in each 777.
      let phase = Double(index % 2_000) / 2_000
      var value = phase < 0.5 ? 0.5 + 8 * phase * (0.5 - phase) * 10 : 0.5
      value += Double(index % 13) * 0.001
      if index % 500 == 250 { value += 3 }
      let time = Instant(nanoseconds: index * 900_000_000_000)
      outcome.removeAll()
      detector.accept(
        .reading(
          Reading(
            point: PointIndex(rawValue: 0), value: value,
            flag: index % 777 == 0 ? .missing : .notEvaluated, time: time,
            wallTime: WallTime(
              nanosecondsSince1970: time.nanoseconds, synchronized: true))),
        into: &outcome)
      for index in 0..<outcome.readingCount {
        assessed += 1
        if outcome.reading(at: index).reading.flag.isUsable {
          sum += outcome.reading(at: index).reading.value
        }
      }
      for index in 0..<outcome.eventCount { events = outcome.event(at: index).sequence }
      index += 1
    }
    let allocations = allocation_probe_count() - before
    print("allocations in 1,000,000 readings: \(allocations) (\(events) events)")
    #expect(allocations == 0)
    // The derived point is computed once where two of its source's readings come out together, after
    // each of the 4,000 jumps at most.
    #expect(assessed >= 1_996_000 && events > 1_000 && sum > 0)
  }

  /// Nor does a checkpoint, taken or gone on from.
  @Test func checkpointsAllocateNothing() throws {
    var detector = try Detector(plan: ReferencePlan.river())
    var bytes = [UInt8](repeating: 0, count: detector.checkpointByteCount)
    var before = allocation_probe_count()
    var index = 0
    while index < 1_000 {
      // By then the debug build has made what its types need at their first use.
      if index == 10 { before = allocation_probe_count() }
      var room = bytes.mutableSpan
      detector.writeCheckpoint(into: &room)
      try detector.restore(fromCheckpoint: bytes.span)
      index += 1
    }
    let allocations = allocation_probe_count() - before
    #expect(allocations == 0)
  }

  /// Nor do random readings of random plans, whatever parts these have.
  @Test func randomPlansAllocateNothing() throws {
    print("allocation test: NOMORI_SEED=\(RandomCase.seed)")
    var outcomes = 0
    for number in 0..<200 {
      let one = try RandomCase(number, count: 200, isBoundless: number % 4 == 0)
      var detector = try Detector(plan: DetectionPlan(one.plan))
      var outcome = Outcome(capacity: detector.outcomeCapacity)
      let before = allocation_probe_count()
      var index = 0
      while index < one.inputs.count {
        outcome.removeAll()
        detector.accept(one.inputs[index], into: &outcome)
        outcomes += outcome.readingCount + outcome.eventCount
        index += 1
      }
      let allocations = allocation_probe_count() - before
      #expect(allocations == 0, "seed \(one.seed)")
    }
    #expect(outcomes > 40_000)
  }
}
