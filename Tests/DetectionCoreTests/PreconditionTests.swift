import DetectionCore
import Testing

/// What only a programmer can do wrong stops the program at once.
@Suite struct PreconditionTests {
  @Test func anOutcomeMustBeEmpty() async {
    await #expect(processExitsWith: .failure) {
      var detector = try Detector(plan: DetectionPlan(points: [PointPlan()]))
      var outcome = Outcome(capacity: detector.outcomeCapacity)
      let reading = Reading(
        point: PointIndex(rawValue: 0), value: 1, flag: .notEvaluated,
        time: Instant(nanoseconds: 0),
        wallTime: WallTime(nanosecondsSince1970: 0, synchronized: true))
      detector.accept(.reading(reading), into: &outcome)
      detector.accept(.reading(reading), into: &outcome)
    }
  }

  @Test func anOutcomeMustBelongToThePlan() async {
    await #expect(processExitsWith: .failure) {
      let small = try Detector(plan: DetectionPlan(points: [PointPlan()]))
      var large = try Detector(plan: DetectionPlan(points: [PointPlan(), PointPlan()]))
      var outcome = Outcome(capacity: small.outcomeCapacity)
      let wallTime = WallTime(nanosecondsSince1970: 0, synchronized: true)
      large.accept(.tick(at: Instant(nanoseconds: 0), wallTime: wallTime), into: &outcome)
    }
  }

  @Test func aReadingMustNameAnAcquiredPoint() async {
    await #expect(processExitsWith: .failure) {
      var detector = try Detector(plan: DetectionPlan(points: [PointPlan()]))
      var outcome = Outcome(capacity: detector.outcomeCapacity)
      let reading = Reading(
        point: PointIndex(rawValue: 1), value: 1, flag: .notEvaluated,
        time: Instant(nanoseconds: 0),
        wallTime: WallTime(nanosecondsSince1970: 0, synchronized: true))
      detector.accept(.reading(reading), into: &outcome)
    }
  }
}
