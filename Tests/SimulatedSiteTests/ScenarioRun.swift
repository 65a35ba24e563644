import Commissioning
import Delivery
import DetectionCore
import FieldSimulation
import LinuxHost
import Polling
import SiteConfiguration
import TestSupport

@testable import SimulatedSite
@testable import Tables

/// The scenario of an example site, fed to the core alone: every acquired point is read at its
/// period, from the start of the scenario to its end.
struct ScenarioRun {
  let site: Site
  let scenario: Scenario
  /// All events, in order.
  let events: [DetectionEvent]

  init(_ name: String) throws {
    site = try River.files.load(name).site
    let path = "\(River.root)deploy/sites/\(name).csv"
    scenario = try site.scenario(readFile(path), file: "\(name).csv")
    var core = try FedCore(plan: site.detection, start: scenario.start)
    let points = try site.driven(by: scenario)
    let step = points.map(\.period.nanoseconds).reduce(0, Self.commonDivisor)
    for nanoseconds in stride(from: 0, through: scenario.length.nanoseconds, by: Int(step)) {
      for point in points where nanoseconds % point.period.nanoseconds == 0 {
        let value = point.course.value(at: TimeSpan(nanoseconds: nanoseconds))
        core.read(
          point.source.point, value.map(point.source.shown), at: Instant(nanoseconds: nanoseconds))
      }
    }
    events = core.events
  }

  /// The events, one a line: local time of day, what happened to what, and the stage or value.
  var story: [String] {
    events.map { event in
      let local = event.wallTime.nanosecondsSince1970 + 9 * 3_600_000_000_000
      let time = CivilTime(WallTime(nanosecondsSince1970: local, synchronized: true))
      let clock = String(time.timestamp.dropFirst(11).prefix(5))
      return "\(clock) \(text(of: event))"
    }
  }

  private func text(of event: DetectionEvent) -> String {
    let subject = Int(event.subject)
    let description = site.description
    switch event.kind {
    case .stageRaised, .stageCleared:
      let rule = description.rules[subject]
      let stages = ["normal"] + rule.stages.map(\.id)
      return "\(rule.id) \(stages[Int(event.previousStage)]) -> \(stages[Int(event.stage)])"
    case .sensorFaultRaised: return "\(description.points[subject].id) faulty"
    case .sensorFaultCleared: return "\(description.points[subject].id) good"
    case .outputOn: return "\(description.outputs[subject].id) on"
    case .outputOff: return "\(description.outputs[subject].id) off"
    default: return "\(event.kind)"
    }
  }

  private static func commonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? a : commonDivisor(b, a % b)
  }
}

/// A detector and all that it says.
private struct FedCore: ~Copyable {
  private(set) var events: [DetectionEvent] = []
  private var detector: Detector
  private var outcome: Outcome
  private let start: Int64

  init(plan: DetectionPlan, start: WallTime?) throws {
    detector = try Detector(plan: plan)
    outcome = Outcome(capacity: detector.outcomeCapacity)
    self.start = start?.nanosecondsSince1970 ?? 0
  }

  mutating func read(_ point: PointIndex, _ value: Double?, at time: Instant) {
    while let deadline = detector.nextDeadline, deadline < time {
      feed(.tick(at: deadline, wallTime: wallTime(deadline)))
    }
    let reading = Reading(
      point: point, value: value ?? .nan, flag: value == nil ? .missing : .notEvaluated,
      time: time, wallTime: wallTime(time))
    feed(.reading(reading))
  }

  private mutating func feed(_ input: DetectionInput) {
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    for index in 0..<outcome.eventCount { events.append(outcome.event(at: index)) }
  }

  private func wallTime(_ time: Instant) -> WallTime {
    WallTime(
      nanosecondsSince1970: start + (time - Instant(nanoseconds: 0)).nanoseconds,
      synchronized: true)
  }
}

extension Site {
  /// What the scenario drives, in the order of the site's points.
  fileprivate func driven(
    by scenario: Scenario
  ) throws -> [(source: AcquiredSource, course: Series, period: TimeSpan)] {
    description.points.enumerated().compactMap { index, point in
      guard let course = scenario.courses.first(where: { $0.point == point.id }) else { return nil }
      let source = AcquiredSource(of: PointIndex(rawValue: UInt16(index)), in: detection)
      return (source, course.series, description.points[Int(source.point.rawValue)].period)
    }
  }
}
