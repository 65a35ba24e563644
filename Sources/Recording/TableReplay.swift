public import Delivery
public import DetectionCore
public import SiteConfiguration
public import Tables

/// Runs tables of values through a site's rules, as if they had come from sensors. Values of a
/// derived point are turned back into what its sensor would have shown.
public struct TableReplay {
  /// A table, and the point that each of its columns of values belongs to.
  public typealias Source = (table: Table, points: [PointIndex])

  private let site: Site

  /// Makes a replay.
  public init(site: Site) { self.site = site }

  /// The events that the values of one point cause, each value read at the time that the series
  /// gives it.
  ///
  /// - Throws: `PlanError` when the site does not fit the core.
  public func events(of series: Series, at point: PointIndex) throws(PlanError) -> [DecidedEvent] {
    var events: [DecidedEvent] = []
    var feed = try Feed(site)
    let source = AcquiredSource(of: point, in: site.detection)
    let start = series.start?.nanosecondsSince1970 ?? 0
    for index in 0..<series.count {
      let (offset, value) = series[index]
      feed.take(
        value ?? .nan, of: source, at: Instant(nanoseconds: offset.nanoseconds),
        wallTime: start + offset.nanoseconds
      ) { events.append($0) }
    }
    return events
  }

  /// Runs tables through the rules, joined by their times. Of rows with one time, that of the first
  /// table comes first.
  ///
  /// - Parameters:
  ///   - start: Rows before this are passed over, in nanoseconds since 1970.
  ///   - onReading: Called for each value that the core assessed.
  ///   - onEvent: Called for each event.
  /// - Throws: `PlanError` when the site does not fit the core, `CSVError`.
  public func run(
    _ sources: [Source], from start: Int64? = nil, onReading: (AssessedReading) -> Void = { _ in },
    onEvent: (DecidedEvent) -> Void
  ) throws {
    var feed = try Feed(site)
    var tables = try sources.map { source in
      try JoinedTable(
        rows: source.table.rows(),
        points: source.points.map { AcquiredSource(of: $0, in: site.detection) })
    }
    for index in tables.indices { try tables[index].advance(from: start) }
    guard let origin = tables.compactMap({ $0.isAtEnd ? nil : $0.rows.time }).min() else { return }
    while true {
      var next: Int?
      for index in tables.indices where !tables[index].isAtEnd {
        if let earlier = next, tables[earlier].rows.time <= tables[index].rows.time { continue }
        next = index
      }
      guard let next else { return }
      let time = tables[next].rows.time
      for column in tables[next].points.indices where tables[next].rows.isSaid(column) {
        feed.take(
          tables[next].rows.value(column), of: tables[next].points[column],
          at: Instant(nanoseconds: time - origin), wallTime: time, onReading, onEvent)
      }
      try tables[next].advance(from: nil)
    }
  }

  private struct JoinedTable {
    var rows: TableRows
    var points: [AcquiredSource]
    var isAtEnd = false

    /// Goes to the next row, at or after `start`.
    mutating func advance(from start: Int64?) throws(CSVError) {
      repeat {
        guard try rows.next() else {
          isAtEnd = true
          return
        }
      } while start.map { rows.time < $0 } ?? false
    }
  }
}

/// A core that is given values one after another.
private struct Feed: ~Copyable {
  private var detector: Detector
  private var outcome: Outcome

  init(_ site: Site) throws(PlanError) {
    detector = try Detector(plan: site.detection)
    outcome = Outcome(capacity: detector.outcomeCapacity)
  }

  mutating func take(
    _ value: Double, of source: AcquiredSource, at time: Instant, wallTime: Int64,
    _ onReading: (AssessedReading) -> Void = { _ in }, _ onEvent: (DecidedEvent) -> Void
  ) {
    while let deadline = detector.nextDeadline, deadline < time {
      let shift = (time - deadline).nanoseconds
      accept(
        .tick(
          at: deadline,
          wallTime: WallTime(nanosecondsSince1970: wallTime - shift, synchronized: true)),
        onReading, onEvent)
    }
    accept(
      .reading(
        Reading(
          point: source.point, value: value.isNaN ? .nan : source.shown(for: value),
          flag: value.isNaN ? .missing : .notEvaluated, time: time,
          wallTime: WallTime(nanosecondsSince1970: wallTime, synchronized: true))),
      onReading, onEvent)
  }

  private mutating func accept(
    _ input: DetectionInput, _ onReading: (AssessedReading) -> Void,
    _ onEvent: (DecidedEvent) -> Void
  ) {
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    for index in 0..<outcome.readingCount { onReading(outcome.reading(at: index)) }
    for index in 0..<outcome.eventCount {
      let event = outcome.event(at: index)
      onEvent(DecidedEvent(event, history: detector.history(of: event)))
    }
  }
}
