public import Delivery
public import DetectionCore
public import Polling
internal import Synchronization

/// A moment's view of a running gateway: what displays, summaries and health checks read.
public struct SiteStatus: Sendable {
  /// A point and its newest value.
  public struct Point: Sendable {
    /// What it is.
    public let description: PointDescription
    /// The time between two of its readings now, which changes where its sampling is adaptive.
    public var period: TimeSpan
    /// The newest assessed reading, or nil before the first.
    public var latest: AssessedReading?
    /// The course of its usable values since the start; nil where nobody wants to see it.
    public var trace: Trace?

    init(_ description: PointDescription, trace: Trace?) {
      self.description = description
      self.trace = trace
      period = description.period
    }
  }

  /// An event with its identifier.
  public struct Event: Sendable {
    /// What was decided.
    public let event: DetectionEvent
    /// Its unique name.
    public let identifier: EventIdentifier
    /// The event in words.
    public let sentence: LocalizedText

    /// Names an event.
    package init(event: DetectionEvent, identifier: EventIdentifier, sentence: LocalizedText) {
      self.event = event
      self.identifier = identifier
      self.sentence = sentence
    }
  }

  /// A bus and how it does.
  public struct Bus: Sendable {
    /// The bus's id.
    public let id: String
    /// True while its port is open.
    public var isOpen = false
    /// How often its port was opened.
    public var openings: UInt64 = 0
    /// What happened on it so far.
    public var counters = BusCounters()
    /// What is known of its outputs.
    public var outputs: [OutputStatus] = []
    /// Its devices, in the order of the site file; empty before the bus has begun.
    public var devices: [Device] = []
  }

  /// A device and how it does.
  public struct Device: Sendable {
    /// The device's id.
    public let id: String
    /// Whether it answers.
    public var health = DeviceHealth.online
    /// What happened with it so far; `responses` has the percentiles of its response times.
    public var counters = BusCounters()
    /// The points that it refuses.
    public var refusedReads: [RefusedRead] = []

    /// A device of which nothing is known yet.
    package init(id: String) { self.id = id }
  }

  /// A destination and how it does.
  public struct Destination: Equatable, Sendable {
    /// The destination's id.
    public let id: String
    /// True while its broker is connected.
    public var isConnected = false
    /// Events that it has not acknowledged.
    public var depth = 0
    /// Why it is not connected.
    public var problem: GatewayProblem?

    /// A destination of which nothing is known yet.
    package init(id: String) { self.id = id }
  }

  /// The points, in the plan's order.
  public var points: [Point]
  /// The stage of each rule, in the plan's order; 0 is normal.
  public var stages: [UInt8]
  /// The wanted state of each output.
  public var outputs: [Bool]
  /// The newest events, newest last.
  public var recentEvents: [Event] = []
  /// The buses.
  public var buses: [Bus]
  /// The destinations.
  public var destinations: [Destination]
  /// Readings that the lane has assessed.
  public var readingCount = 0
  /// Events that the lane has decided.
  public var eventCount = 0
  /// Events that were committed to the outbox.
  public var committedCount = 0
  /// Events that were lost because the outbox could not take them; 0 unless the disk is gone.
  public var lostEventCount = 0
  /// Records that the recorder was too slow for.
  public var lostRecordCount = 0
  /// Readings that did not reach the lane.
  public var lostReadingCount = 0
  /// Commands to outputs that did not reach their bus; 0 unless a bus stands still.
  public var lostCommandCount = 0
  /// The file that is being recorded, if any.
  public var recordingPath: String?
  /// Bytes recorded so far.
  public var recordedBytes: UInt64 = 0
  /// What runs less well than it should, by what it is about.
  public var problems: [String: GatewayProblem] = [:]
  /// The longest time from a reading to its decision, in real time.
  public var longestDecisionDelay: TimeSpan = .zero
  /// Field time since the start.
  public var uptime: TimeSpan = .zero
  /// The gateway's civil time.
  public var wallTime = WallTime(nanosecondsSince1970: 0, synchronized: false)
}

/// Where the threads of a gateway leave word of what they do, for whoever looks.
package final class SharedStatus: Sendable {
  private let status: Mutex<SiteStatus>

  /// - Parameter keepsTraces: True to keep the course of each point: 4 KiB each, once they are full.
  package init(
    site: SiteDescription, busIDs: [String], destinationIDs: [String], keepsTraces: Bool = false
  ) {
    status = Mutex(
      SiteStatus(
        points: site.points.map { SiteStatus.Point($0, trace: keepsTraces ? Trace() : nil) },
        stages: Array(repeating: 0, count: site.rules.count),
        outputs: Array(repeating: false, count: site.outputs.count),
        buses: busIDs.map { SiteStatus.Bus(id: $0) },
        destinations: destinationIDs.map { SiteStatus.Destination(id: $0) }))
  }

  /// A copy of the state now.
  package var current: SiteStatus { status.withLock { $0 } }

  /// What runs less well than it should, destinations included. A copy of the whole state would make
  /// the threads that change it meanwhile copy it too.
  package var problems: [String: GatewayProblem] {
    status.withLock { status in
      var problems = status.problems
      for destination in status.destinations {
        if let problem = destination.problem { problems["destination \(destination.id)"] = problem }
      }
      return problems
    }
  }

  /// Changes the state.
  package func update(_ change: (inout SiteStatus) -> Void) { status.withLock { change(&$0) } }
}

extension SiteStatus {
  /// Shows what an earlier run left behind, by the places of the plan.
  package mutating func begin(with states: [(subject: Int, state: SubjectState)]) {
    for (subject, state) in states {
      switch state {
      case .rule(let snapshot): stages[subject] = snapshot.stage
      case .output(let snapshot): outputs[subject] = snapshot.isOn
      case .sensor, .deterrent, .flood: break
      }
    }
  }

  /// Shows a reading that the lane has assessed.
  package mutating func take(_ assessed: AssessedReading) {
    readingCount += 1
    let index = Int(assessed.reading.point.rawValue)
    points[index].latest = assessed
    if assessed.reading.flag.isUsable { points[index].trace?.append(assessed.reading.value) }
  }

  /// Shows an event that was committed.
  package mutating func take(_ entry: Event) {
    eventCount += 1
    let event = entry.event
    switch event.kind {
    case .stageRaised, .stageCleared: stages[Int(event.subject)] = event.stage
    case .outputOn: outputs[Int(event.subject)] = true
    case .outputOff: outputs[Int(event.subject)] = false
    case .sensorFaultRaised, .sensorFaultCleared, .inputsLost, .acknowledged, .reset, .shelved,
      .unshelved, .suppressed, .resumed, .takenOutOfService, .returnedToService, .reminded,
      .chatterStarted, .chatterEnded, .floodStarted, .floodEnded, .signOfLife, .commandRefused,
      .deterrentHeld, .outputStopped, .outputReleased:
      break
    }
    recentEvents.append(entry)
    let surplus = recentEvents.count - StatusLimits.recentEvents
    if surplus > 0 { recentEvents.removeFirst(surplus) }
  }
}
