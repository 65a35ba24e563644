import Delivery
import DetectionCore
import SiteConfiguration

/// What a site decides and reads while a level rises and falls.
struct Course {
  var facts: [Fact] = []
  var values: [AssessedReading] = []
  var source: FactSource

  init(of site: Site) throws {
    source = FactSource(
      site: site.description, session: SessionIdentity(epoch: "5f0c9a1e", number: 1), boot: "boot")
    guard let point = site.description.points.firstIndex(where: { $0.id == "river.level" }) else {
      throw MissingPoint()
    }
    let sensor = AcquiredSource(of: PointIndex(rawValue: UInt16(point)), in: site.detection)
    var detector = try Detector(plan: site.detection)
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var incidents = StandingIncidents(ruleCount: site.description.rules.count)
    // Two hours up and two hours down, a value a minute.
    for minute in 0..<240 {
      let level = 1 + 0.033 * Double(minute < 120 ? minute : 240 - minute)
      let time = Instant(nanoseconds: Int64(minute) * 60_000_000_000)
      let wallTime = WallTime(
        nanosecondsSince1970: 1_800_000_000_000_000_000 + time.nanoseconds, synchronized: true)
      outcome.removeAll()
      detector.accept(
        .reading(
          Reading(
            point: sensor.point, value: sensor.shown(for: level), flag: .notEvaluated,
            time: time, wallTime: wallTime)), into: &outcome)
      for index in 0..<outcome.readingCount { values.append(outcome.reading(at: index)) }
      for index in 0..<outcome.eventCount {
        let event = outcome.event(at: index)
        let decided = DecidedEvent(event, history: detector.history(of: event))
        facts.append(
          source.fact(decided, incident: incidents.take(event, of: source)))
      }
    }
  }

  private struct MissingPoint: Error {}
}
