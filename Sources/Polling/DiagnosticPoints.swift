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
  /// The device's index in the plan of the bus; nil for the whole bus.
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

extension BusEngine {
  /// Tells of what is due of how the bus and its devices do.
  mutating func tellDiagnostics(_ stamp: Stamp, into readings: inout [Reading]) {
    for index in diagnostics.indices where diagnostics[index].next <= stamp.time {
      let device = diagnostics[index].plan.device
      let own = device.map { links[$0].counters } ?? counters
      let isLost = device.map { !links[$0].isOnline } ?? (port != .open)
      let value = diagnostics[index].take(
        own, openings: portOpenings, isLost: isLost, at: stamp.time)
      readings.append(
        stamp.reading(
          diagnostics[index].plan.point,
          value.map { $0 * diagnostics[index].plan.unitFactor } ?? .nan,
          value == nil ? .missing : .notEvaluated))
    }
  }

  /// When the next diagnostic point is due.
  var nextDiagnostic: Instant {
    diagnostics.reduce(Instant(nanoseconds: .max)) { min($0, $1.next) }
  }
}
