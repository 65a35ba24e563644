import DetectionCore
import Testing

@testable import Recording

@Suite struct EpisodeTests {
  private static func plan(_ direction: RulePlan.Direction) -> DetectionPlan {
    DetectionPlan(
      points: [],
      rules: [
        RulePlan(
          point: PointIndex(rawValue: 0), direction: direction, firstStage: 0, stageCount: 2)
      ])
  }

  private static func wall(_ minute: Int64) -> WallTime {
    WallTime(nanosecondsSince1970: minute * 60_000_000_000, synchronized: true)
  }

  private static func reading(
    _ value: Double, _ minute: Int64, flag: QualityFlag = .pass
  ) -> AssessedReading {
    AssessedReading(
      reading: Reading(
        point: PointIndex(rawValue: 0), value: value, flag: flag,
        time: Instant(nanoseconds: minute * 60_000_000_000), wallTime: wall(minute)),
      tests: TestFlags())
  }

  private static func turn(
    _ kind: DetectionEvent.Kind, to stage: UInt8, value: Double, _ minute: Int64,
    flag: QualityFlag = .pass
  ) -> DetectionEvent {
    var event = DetectionEvent(
      sequence: 1, kind: kind, subject: 0, time: Instant(nanoseconds: minute * 60_000_000_000),
      wallTime: wall(minute))
    event.stage = stage
    event.value = value
    event.flag = flag
    return event
  }

  @Test func `an episode goes from its first stage to normal, and has its worst usable value`()
    throws
  {
    var collector = EpisodeCollector(plan: Self.plan(.rising))
    _ = collector.take(Self.turn(.stageRaised, to: 1, value: 3, 10))
    collector.take(Self.reading(4.5, 20))
    collector.take(Self.reading(99, 25, flag: .fail))
    _ = collector.take(Self.turn(.stageRaised, to: 2, value: 4.5, 20))
    collector.take(Self.reading(4.5, 30))
    let falling = collector.take(Self.turn(.stageCleared, to: 1, value: 3.5, 40))
    #expect(falling == nil && collector.open.count == 1)
    let end = collector.take(Self.turn(.stageCleared, to: 0, value: 2, 70))
    let ended = try #require(end)
    #expect(collector.open.isEmpty)
    #expect(ended.stage == 2 && ended.start == Self.wall(10) && ended.end == Self.wall(70))
    #expect(ended.peak == 4.5 && ended.peakTime == Self.wall(20))
    #expect(ended.stageTimes == [Self.wall(10), Self.wall(20)])
    #expect(ended.duration == .seconds(3_600) && !ended.isDoubtful)
    var summary = RuleSummary()
    summary.take(ended)
    #expect(summary.episodes == 1 && summary.open == 0 && summary.time == .seconds(3_600))
    #expect(summary.leads.map(\.count) == [1] && summary.leads[0].shortest == .seconds(600))
  }

  @Test func `of a falling rule the lowest value is the worst`() throws {
    var collector = EpisodeCollector(plan: Self.plan(.falling))
    _ = collector.take(Self.turn(.stageRaised, to: 1, value: 0, 0))
    collector.take(Self.reading(-3, 5))
    collector.take(Self.reading(1, 6))
    #expect(try #require(collector.open.first).peak == -3)
  }

  @Test func `what a suspect value raised, or one value alone, is doubtful`() {
    var collector = EpisodeCollector(plan: Self.plan(.rising))
    _ = collector.take(Self.turn(.stageRaised, to: 1, value: 9, 0))
    let alone = collector.take(Self.turn(.stageCleared, to: 0, value: 1, 1))
    #expect(alone?.isDoubtful == true)
    _ = collector.take(Self.turn(.stageRaised, to: 1, value: 9, 2, flag: .suspect))
    collector.take(Self.reading(9, 3))
    let suspect = collector.take(Self.turn(.stageCleared, to: 0, value: 1, 4))
    #expect(suspect?.isDoubtful == true)
  }
}
