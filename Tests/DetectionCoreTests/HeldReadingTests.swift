import DetectionCore
import Testing

/// A reading that jumps waits for the next one; no other reading waits at all.
@Suite struct HeldReadingTests {
  private let tests = QualityTests(
    grossRange: wideRange, spike: TwoLimits(suspect: 0.5, fail: 1))

  private func flood() throws -> CoreRun {
    try CoreRun(oneRule([stage(4)], tests: tests, maximumAge: .seconds(60)))
  }

  @Test func smallStepsAreDecidedAtOnce() throws {
    let run = try flood()
    for index in 0..<20 {
      run.read(Double(index) * 0.5, at: Double(index))
      #expect(run.lastReadings.count == 1)
    }
    #expect(run.events.map(\.short) == ["rule 0 raised 0>1 at 8"])
  }

  @Test func loneSpikeNeverAlarms() throws {
    let run = try flood()
    run.read(1, at: 0)
    run.read(9, at: 1)
    #expect(run.lastReadings.isEmpty)
    run.read(1, at: 2)
    #expect(run.lastReadings.map(\.reading.value) == [9])
    run.read(1, at: 3)
    #expect(run.lastReadings.map(\.reading.value) == [1, 1])
    #expect(run.readings.map(\.reading.flag) == [.pass, .fail, .pass, .pass])
    #expect(run.stageEvents.isEmpty)
  }

  @Test func stepAlarmsWithTheNextReadingAndItsOwnTime() throws {
    let run = try flood()
    run.read(1, at: 0)
    run.read(9, at: 1)
    #expect(run.events.isEmpty)
    run.read(9.1, at: 2)
    #expect(run.lastReadings.map(\.reading.value) == [9, 9.1])
    #expect(run.events.map(\.short) == ["rule 0 raised 0>1 at 1"])
    #expect(run.events.first?.value == 9)
  }

  @Test func silenceReleasesTheHeldReadingUnevaluated() throws {
    let run = try flood()
    run.read(1, at: 0)
    run.read(9, at: 1)
    let deadline = try #require(run.nextDeadline)
    #expect(deadline <= 61)
    run.tick(at: 60.9)
    #expect(run.lastReadings.isEmpty)
    run.tick(at: 61)
    #expect(run.lastReadings.map(\.reading.flag) == [.pass, .missing])
    #expect(run.lastReadings.map(\.tests.spike) == [.notEvaluated, .missing])
    #expect(run.lastReadings.map(\.reading.time) == [instant(1), instant(61)])
    // The gross range passed, so the value may alarm: nothing says that it is a spike.
    #expect(run.stageEvents == ["rule 0 raised 0>1 at 1"])
  }
}
