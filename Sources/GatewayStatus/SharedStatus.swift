package import Delivery
package import DetectionCore
package import Polling
package import SiteConfiguration
internal import Synchronization

/// The state that the threads of a gateway report; views read it as a `SiteStatus`.
package final class SharedStatus: Sendable {
  /// What the threads write, in the order of the site's plans. Each writes its own part in place, so
  /// that nothing is allotted while all is well.
  package struct State: Sendable {
    /// A point.
    package struct Point: Sendable {
      /// The time between two of its readings now, which changes where its sampling is adaptive.
      package var period: TimeSpan
      /// The newest assessed reading; nil before the first.
      package var latest: AssessedReading?
      /// The course of its usable values since the start; nil where nobody wants to see it.
      package var trace: Trace?
    }

    /// A bus.
    package struct Bus: Sendable {
      /// True while its port is open.
      package var isOpen = false
      /// How often its port was opened.
      package var openings: UInt64 = 0
      /// What happened on it so far.
      package var counters = BusCounters()
      /// What is known of its outputs.
      package var outputs: [OutputStatus] = []
      /// Its devices.
      package var devices: [Device]
    }

    /// A device.
    package struct Device: Sendable {
      /// Whether it answers.
      package var health = DeviceHealth.online
      /// What happened with it so far.
      package var counters = BusCounters()
      /// The points that it refuses.
      package var refusedReads: [RefusedRead] = []
    }

    /// An event that a destination refused each time.
    package struct DeadLetter: Equatable, Sendable {
      /// The event's id.
      package var event: String
      /// Why the broker refused it, in its words.
      package var reason: String
      /// When it was set aside.
      package var since: WallTime

      /// Makes one.
      package init(event: String, reason: String, since: WallTime) {
        self.event = event
        self.reason = reason
        self.since = since
      }
    }

    /// A destination.
    package struct Destination: Equatable, Sendable {
      /// True while its broker is connected.
      package var isConnected = false
      /// Events that it has not acknowledged.
      package var depth = 0
      /// Which of its brokers is spoken to, or tried.
      package var broker = 0
      /// The version of MQTT that is spoken with it; nil while it is not connected.
      package var version: ProtocolVersion?
      /// Events that it refused each time, and that were set aside.
      package var setAside = 0
      /// The newest of them, newest last.
      package var deadLetters: [DeadLetter] = []
      /// Events that it will never get, for want of room.
      package var dropped = 0
      /// Why it is not connected.
      package var problem: GatewayProblem?

      /// Nothing is known of it yet.
      package init() {}

      /// Shows one more event that was set aside.
      package mutating func add(_ letter: DeadLetter) {
        deadLetters.append(letter)
        let surplus = deadLetters.count - StatusLimits.deadLetters
        if surplus > 0 { deadLetters.removeFirst(surplus) }
      }
    }

    /// The points.
    package var points: [Point]
    /// The stage of each rule; 0 is normal.
    package var stages: [UInt8]
    /// The wanted state of each output.
    package var outputs: [Bool]
    /// The newest events, newest last.
    package var recentEvents: [SiteStatus.Event] = []
    /// The buses.
    package var buses: [Bus]
    /// The destinations.
    package var destinations: [Destination]
    /// Readings that the lane has assessed.
    package var readingCount = 0
    /// Events that the lane has decided.
    package var eventCount = 0
    /// Events that were committed to the outbox.
    package var committedCount = 0
    /// What runs less well than it should, by what it is about.
    package var problems: [String: GatewayProblem] = [:]
  }

  package let site: Site
  private let state: Mutex<State>

  /// - Parameters:
  ///   - site: What the gateway runs.
  ///   - keepsTraces: True to keep the course of each point: 4 KiB each, once they are full.
  package init(site: Site, keepsTraces: Bool = false) {
    self.site = site
    state = Mutex(
      State(
        points: site.description.points.map {
          State.Point(period: $0.period, trace: keepsTraces ? Trace() : nil)
        },
        stages: Array(repeating: 0, count: site.description.rules.count),
        outputs: Array(repeating: false, count: site.description.outputs.count),
        buses: site.buses.map {
          State.Bus(devices: $0.devices.map { _ in State.Device() })
        },
        destinations: site.destinations.map { _ in State.Destination() }))
  }

  /// How many buses there are.
  package var busCount: Int { site.buses.count }

  /// A copy of the state now.
  package var current: State { state.withLock { $0 } }

  /// What runs less well than it should, destinations included. A copy of the whole state would make
  /// the threads that change it meanwhile copy it too.
  package var problems: [String: GatewayProblem] {
    state.withLock { state in
      var problems = state.problems
      for (destination, plan) in zip(state.destinations, site.destinations) {
        if let problem = destination.problem { problems["destination \(plan.id)"] = problem }
      }
      return problems
    }
  }

  /// Changes the state.
  package func update(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
}

extension SharedStatus.State {
  /// Shows what an earlier run left behind, by the indexes of the plan.
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

  /// Shows an event that was committed, and what it is called.
  package mutating func take(
    _ event: DetectionEvent, identifier: EventIdentifier, sentence: LocalizedText
  ) {
    eventCount += 1
    if event.kind == .stageRaised || event.kind == .stageCleared {
      stages[Int(event.subject)] = event.stage
    }
    if event.kind == .outputOn { outputs[Int(event.subject)] = true }
    if event.kind == .outputOff { outputs[Int(event.subject)] = false }
    recentEvents.append(
      SiteStatus.Event(
        id: identifier.description, kind: event.kind,
        time: CivilTime(event.wallTime).timestamp, text: sentence))
    let surplus = recentEvents.count - StatusLimits.recentEvents
    if surplus > 0 { recentEvents.removeFirst(surplus) }
  }
}
