import Delivery
import DetectionCore
import Testing

@Suite("Incidents")
struct StandingIncidentsTests {
  private static func event(
    _ kind: DetectionEvent.Kind, _ sequence: UInt64, from before: UInt8, to stage: UInt8,
    _ condition: AlarmCondition
  ) -> DetectionEvent {
    var event = RiverSite.event(kind, sequence: sequence, stage: stage, previousStage: before)
    event.condition = condition
    return event
  }

  @Test("From the first rise until the alarm is normal again, and not beyond")
  func course() {
    var incidents = StandingIncidents(ruleCount: 1)
    let course = [
      Self.event(.shelved, 1, from: 0, to: 0, .normal),
      Self.event(.stageRaised, 2, from: 0, to: 1, .unacknowledged),
      Self.event(.stageRaised, 3, from: 1, to: 2, .unacknowledged),
      Self.event(.stageCleared, 4, from: 2, to: 0, .returned),
      Self.event(.stageRaised, 5, from: 0, to: 1, .unacknowledged),
      Self.event(.acknowledged, 6, from: 1, to: 1, .acknowledged),
      Self.event(.stageCleared, 7, from: 1, to: 0, .normal),
      Self.event(.stageRaised, 8, from: 0, to: 1, .unacknowledged),
      RiverSite.event(.sensorFaultRaised, sequence: 9),
    ]
    let found = course.map { incidents.take($0, of: RiverSite.source()) }
    let (first, second) = ("river-nagi-5f0c9a1e-12-2", "river-nagi-5f0c9a1e-12-8")
    #expect(found == [nil, first, first, first, first, first, first, second, nil])
  }

  @Test("It goes on from what an earlier start has left; where that is not known, none is made up")
  func restart() {
    var state = RiverSite.state(RiverSite.alarm(.unacknowledged, stage: 1))
    let rise = Self.event(.stageRaised, 1, from: 1, to: 2, .unacknowledged)
    var unknown = StandingIncidents([state])
    let none = unknown.take(rise, of: RiverSite.source())
    #expect(none == nil)
    state.incident = "earlier"
    var known = StandingIncidents([state])
    let earlier = known.take(rise, of: RiverSite.source())
    #expect(earlier == "earlier")
  }
}
