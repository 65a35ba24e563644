public import Delivery
public import DetectionCore
public import SiteConfiguration
public import Tables

/// Runs a table of values through a site's rules, as if they had come from a sensor. Values of a
/// derived point are turned back into what its sensor would have shown.
public struct TableReplay {
  private let site: Site
  private let source: AcquiredSource

  /// Makes a replay of values for one point.
  public init(site: Site, point: PointIndex) {
    self.site = site
    source = AcquiredSource(of: point, in: site.detection)
  }

  /// The events that the values cause, each value read at the time that the table gives it.
  ///
  /// - Throws: `PlanError` when the site does not fit the core.
  public func events(of series: Series) throws(PlanError) -> [DecidedEvent] {
    var detector = try Detector(plan: site.detection)
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var events: [DecidedEvent] = []
    func feed(_ input: DetectionInput) {
      outcome.removeAll()
      detector.accept(input, into: &outcome)
      for index in 0..<outcome.eventCount {
        let event = outcome.event(at: index)
        events.append(DecidedEvent(event, history: detector.history(of: event)))
      }
    }
    let start = series.start?.nanosecondsSince1970 ?? 0
    for index in 0..<series.count {
      let (offset, value) = series[index]
      let time = Instant(nanoseconds: offset.nanoseconds)
      let wallTime = WallTime(
        nanosecondsSince1970: start + offset.nanoseconds, synchronized: true)
      while let deadline = detector.nextDeadline, deadline < time {
        let shift = (time - deadline).nanoseconds
        feed(
          .tick(
            at: deadline,
            wallTime: WallTime(
              nanosecondsSince1970: wallTime.nanosecondsSince1970 - shift, synchronized: true)))
      }
      feed(
        .reading(
          Reading(
            point: source.point, value: value.map(source.shown) ?? .nan,
            flag: value == nil ? .missing : .notEvaluated,
            time: time, wallTime: wallTime)))
    }
    return events
  }
}
