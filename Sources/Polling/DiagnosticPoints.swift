public import DetectionCore

/// What a point can tell of a bus or a device itself, besides what the device measures.
public enum DiagnosticMeasure: String, Hashable, Sendable, CaseIterable {
  /// The time in which 95 of 100 answers came lately, from the request's end to the answer's
  /// beginning; in seconds. Missing before the first answer and while the device is lost.
  case responseTime
  /// How many of 100 requests of the point's last period had no good answer, or of 100 messages of
  /// a sensor that sends by itself came damaged or not at all; 100 while the device is lost, 0 where
  /// nothing was asked.
  case failures
  /// For how much of 100 parts of the point's last period the bus was busy, with this device or at
  /// all.
  case load
  /// How many samples of the point's last period were left out because the bus came too late.
  case missed
  /// How often the port was opened in the point's last period.
  case openings

  /// UCUM code of the values.
  public var unit: String {
    switch self {
    case .responseTime: "s"
    case .failures, .load: "%"
    case .missed, .openings: "1"
    }
  }
}

/// A point that is fed from how a bus does.
public struct DiagnosticPoint: Hashable, Sendable {
  /// The point in the core's plan.
  public var point: PointIndex
  /// The device's place in the plan of the bus; nil for the whole bus.
  public var device: Int?
  /// What is told.
  public var measure: DiagnosticMeasure
  /// Multiplied with the measure's value to get the point's unit.
  public var unitFactor: Double
  /// Time between two readings.
  public var period: TimeSpan

  /// Makes a point.
  public init(
    point: PointIndex, device: Int?, measure: DiagnosticMeasure, unitFactor: Double = 1,
    period: TimeSpan
  ) {
    self.point = point
    self.device = device
    self.measure = measure
    self.unitFactor = unitFactor
    self.period = period
  }
}

/// How far a link point has come.
struct DiagnosticState: Sendable {
  let plan: DiagnosticPoint
  private let start: Instant
  private(set) var next: Instant
  /// Those that came without one included.
  private var requests: UInt64 = 0
  private var answers: UInt64 = 0
  private var missed: UInt64 = 0
  private var openings: UInt64 = 0
  private var busy = TimeSpan.zero
  private var since: Instant

  /// The first reading comes a period after `start`.
  init(_ plan: DiagnosticPoint, start: Instant) {
    precondition(plan.period > .zero, "a point with a period of \(plan.period.nanoseconds) ns")
    self.plan = plan
    self.start = start
    next = start + plan.period
    since = start
  }

  /// The value for the time since the last one; nil where there is none.
  mutating func take(
    _ counters: BusCounters, openings: UInt64, isLost: Bool, at now: Instant
  ) -> Double? {
    let asked = counters.requests + counters.unasked - requests
    let failed = asked - min(asked, counters.answers - answers)
    let busy = counters.busy.nanoseconds &- self.busy.nanoseconds
    let missed = counters.missedSlots - self.missed
    let opened = openings - self.openings
    let passed = (now - since).nanoseconds
    requests = counters.requests + counters.unasked
    answers = counters.answers
    self.busy = counters.busy
    self.missed = counters.missedSlots
    self.openings = openings
    since = now
    advance(beyond: now)
    switch plan.measure {
    case .responseTime:
      return isLost ? nil : counters.responses.percentile(0.95).map { $0.seconds }
    case .failures:
      if isLost { return 100 }
      return asked == 0 ? 0 : 100 * Double(failed) / Double(asked)
    case .load: return passed > 0 ? min(100, 100 * Double(busy) / Double(passed)) : nil
    case .missed: return Double(missed)
    case .openings: return Double(opened)
    }
  }

  private mutating func advance(beyond now: Instant) {
    let periods = (now - start).nanoseconds / plan.period.nanoseconds
    let (ahead, overflow) = plan.period.nanoseconds.multipliedReportingOverflow(by: periods + 1)
    next = start + TimeSpan(nanoseconds: overflow ? .max : ahead)
  }
}

/// What the schedules of Modbus buses and of lines alike say of how the bus does.
public protocol ScheduledBus: ~Copyable {
  /// Whether the port is usable.
  var port: PortHealth { get }
  /// What happened on the bus, all devices together.
  var counters: BusCounters { get }
  /// How often the port was opened.
  var portOpenings: UInt64 { get }
  /// Whether the device at that place of the plan answers.
  func health(ofDevice index: Int) -> DeviceHealth
  /// What happened with the device at that place of the plan.
  func counters(ofDevice index: Int) -> BusCounters
  /// The points that the device at that place of the plan refuses, since their last good answers.
  func refusedReads(ofDevice index: Int) -> [RefusedRead]
  /// Changes whenever `refusedReads` does.
  func refusalChanges(ofDevice index: Int) -> UInt64
  /// The period at which `point` is read now; nil where this bus does not read it.
  func period(of point: PointIndex) -> TimeSpan?
}

extension ScheduledBus where Self: ~Copyable {
  /// None: only Modbus devices can refuse what they are asked.
  public func refusedReads(ofDevice index: Int) -> [RefusedRead] { [] }
  /// 0: see above.
  public func refusalChanges(ofDevice index: Int) -> UInt64 { 0 }
}

/// A bus that feeds points from how it does.
protocol DiagnosticReporting: ScheduledBus, ~Copyable {
  var links: [DiagnosticState] { get set }
}

extension DiagnosticReporting where Self: ~Copyable {
  /// Tells of the links whose time has come.
  mutating func tellLinks(at now: Instant, wallTime: WallTime, into readings: inout [Reading]) {
    let stamp = Stamp(time: now, wallTime: wallTime)
    for index in links.indices where links[index].next <= now {
      let device = links[index].plan.device
      let own = device.map { counters(ofDevice: $0) } ?? counters
      let isLost = device.map { health(ofDevice: $0) != .online } ?? (port != .open)
      let value = links[index].take(
        own, openings: portOpenings, isLost: isLost, at: now)
      readings.append(
        stamp.reading(
          links[index].plan.point, value.map { $0 * links[index].plan.unitFactor } ?? .nan,
          value == nil ? .missing : .notEvaluated))
    }
  }

  /// When the next link point is due.
  func nextLink() -> Instant {
    links.reduce(Instant(nanoseconds: .max)) { min($0, $1.next) }
  }
}
