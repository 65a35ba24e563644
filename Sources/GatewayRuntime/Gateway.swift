public import Delivery
public import DetectionCore
public import GatewayStatus
public import LinuxHost
internal import Polling
internal import Recording
public import SiteConfiguration

/// A running gateway: the one place that knows both the decisions and the outside world.
///
/// Threads, in the order of the data: one a bus, the lane, the event writer, one a destination, and
/// the recorder beside them. They are stopped in that order too, so that what came in goes out.
public final class Gateway: Sendable {
  /// The site as its subscribers see it.
  public let site: SiteDescription
  /// Its clock.
  public let clock: HostClock
  /// False where the machine was started anew and nobody knows for how long it was off: what is measured in
  /// time goes on as if no time had gone by, and outputs that were on go off.
  public let isOutageKnown: Bool
  /// The number of this start.
  public var session: UInt32 { identity.number }

  private let identity: SessionIdentity
  let start: Instant
  private let board: SharedStatus
  private let outlets: LaneOutputs
  private let lane: LaneThread
  private let recorder: Recorder
  private let recorderWake: WakeSignal
  private let busThreads: [BusThread]
  private let queue: FactQueue
  private let storeThread: StoreThread
  private let eventWriter: EventWriter
  private let deliveries: [DeliveryThread]
  private let stops: Stops
  private let threads: Threads

  private struct Stops: Sendable {
    let buses = StopFlag()
    let lane = StopFlag()
    let writer = StopFlag()
    let delivery = StopFlag()
    let store = StopFlag()
    let recorder = StopFlag()
  }

  private struct Threads: Sendable {
    var buses: [HostThread] = []
    var lane: HostThread
    var writer: HostThread
    var deliveries: [HostThread] = []
    var store: HostThread
    var recorder: HostThread
  }

  /// Starts a gateway.
  ///
  /// - Parameters:
  ///   - site: The checked site.
  ///   - clock: In whose time it lives.
  ///   - keepsTraces: True to keep the course of each point, for a live view.
  ///   - onEvent: Called for each event, on the event writer's thread, which must not be held up.
  /// - Throws: `PlanError`, `BusPlanError`, `FactStoreError`, `BrokerError` or `HostError`: reasons
  ///   not to start.
  public init(
    site: Site, clock: HostClock, keepsTraces: Bool = false,
    onEvent: @escaping @Sendable (DetectionEvent, Fact) -> Void = { _, _ in }
  ) throws {
    self.site = site.description
    stops = Stops()
    outlets = LaneOutputs()
    try Self.tryPlans(of: site, outlets: outlets, at: clock.now)
    let begun = try GatewayStart(of: site, clock: clock)
    let clock = begun.clock
    self.clock = clock
    (start, isOutageKnown) = (clock.now, begun.restoration.start.isOutageKnown)
    identity = begun.identity
    let board = begun.makeBoard(keepsTraces: keepsTraces)
    self.board = board
    // Reading the site and trying its plans has used many times the memory that running it takes. What
    // is allotted for good from here on shall not lie in pages that were used once.
    returnFreeMemory()
    let stops = stops
    let laneWake = try WakeSignal()
    recorderWake = try WakeSignal()
    let commandReceiver = CommandReceiver(
      site: site.description, session: begun.identity, alarms: begun.alarms, wake: laneWake,
      stored: begun.states)
    let queue = try begun.makeQueue()
    self.queue = queue
    deliveries = try site.destinations.enumerated().map { index, plan in
      try DeliveryThread(
        plan: plan, index: index, begun: begun, queue: queue, board: board,
        commandReceiver: commandReceiver, clock: clock, stop: stops.delivery)
    }
    queue.tell(deliveries, commandReceiver)
    queue.append(
      begun.edit.facts.map { FactQueue.NewFact(fact: $0) }, states: begun.edit.states, at: start)
    storeThread = StoreThread(
      opening: begun.opening, queue: queue, source: begun.source, board: board, clock: clock,
      stop: stops.store)
    eventWriter = try EventWriter(
      outlets: outlets, source: begun.source, queue: queue, board: board, deliveries: deliveries,
      commandReceiver: commandReceiver, clock: clock,
      siteTexts: begun.newTexts, alarms: begun.alarms,
      observations: begun.observations, stop: stops.writer, onEvent: onEvent)
    let connections = try site.busSizes.map {
      try BusConnection(points: $0.points, outputs: $0.outputs)
    }
    busThreads = Self.makeBusThreads(
      site, connections, lane: laneWake, recorder: recorderWake, clock: clock, board: board,
      stop: stops.buses)
    recorder = Recorder(
      settings: site.recording, origin: begun.recordingOrigin, lane: outlets,
      wires: busThreads.map(\.records), clock: clock, wake: recorderWake, stop: stops.recorder)
    lane = LaneThread(
      plan: begun.detection, restoration: begun.restoration, clock: clock, buses: connections,
      busOfOutput: site.busOfOutput, commands: commandReceiver.commands, samplings: site.samplings,
      busOfPoint: site.busOfPoint, outlets: outlets, wake: laneWake,
      writer: eventWriter.wake, recorder: recorderWake, stop: stops.lane)
    threads = try Self.startThreads(
      buses: busThreads, lane: lane, writer: eventWriter, deliveries: deliveries,
      store: storeThread, recorder: recorder, board: board, isRealtime: clock.speed == 1)
  }

  deinit { queue.tellNobody() }

  /// Refuses a plan that does not fit before any thread runs.
  private static func tryPlans(of site: Site, outlets: LaneOutputs, at start: Instant) throws {
    _ = try Lane(plan: site.detection, outlets: outlets)
    for bus in site.buses { _ = try BusEngine(plan: bus, start: start) }
  }

  /// What polls the buses, each with its connection to the lane.
  private static func makeBusThreads(
    _ site: Site, _ connections: [BusConnection], lane: WakeSignal, recorder: WakeSignal,
    clock: HostClock, board: SharedStatus, stop: StopFlag
  ) -> [BusThread] {
    let outputIDs = site.description.outputs.map(\.id)
    return zip(site.buses, connections).enumerated().map { index, bus in
      BusThread(
        plan: bus.0, index: index, outputIDs: outputIDs, clock: clock, board: board, lane: lane,
        recorder: recorder, connection: bus.1, stop: stop)
    }
  }

  private static func startThreads(
    buses: [BusThread], lane: LaneThread, writer: EventWriter, deliveries: [DeliveryThread],
    store: StoreThread, recorder: Recorder, board: SharedStatus, isRealtime: Bool
  ) throws(HostError) -> Threads {
    // Consumers first, so that nothing is produced before somebody takes it.
    let recording = try HostThread(name: "recorder") { _ in recorder.run() }
    var delivering: [HostThread] = []
    for delivery in deliveries {
      delivering.append(try HostThread(name: "delivery") { _ in delivery.run() })
    }
    let storing = try HostThread(name: "outbox") { _ in store.run() }
    let writing = try HostThread(name: "events") { _ in writer.run() }
    if isRealtime {
      do {
        try lockMemory()
      } catch {
        board.update {
          $0.problems["memory"] = GatewayProblem(
            "memoryNotLocked", detail: "\(error)", "running without locked memory: \(error)")
        }
      }
    }
    let deciding = try HostThread(name: "lane", scheduling: isRealtime ? .lane : .normal) {
      refusal in
      if let refusal {
        board.update {
          $0.problems["lane"] = GatewayProblem(
            "notRealtime", detail: "\(refusal)", "running without real-time priority: \(refusal)")
        }
      }
      lane.run()
    }
    var polling: [HostThread] = []
    for bus in buses {
      polling.append(try HostThread(name: "bus", scheduling: .prompt) { _ in bus.run() })
    }
    return Threads(
      buses: polling, lane: deciding, writer: writing, deliveries: delivering, store: storing,
      recorder: recording)
  }

  /// What runs less well than it should, by what it concerns; much less work than `status`.
  public var problems: [String: GatewayProblem] {
    var problems = board.problems
    problems["recording"] = recorder.current.failure
    return problems
  }

  /// How the gateway does now; its `recent` figures are of the time since the start.
  public var status: SiteStatus { status(since: SharedStatus.Mark(start: start)) }

  /// What has been counted by now, to be shown what happened since.
  func mark() -> SharedStatus.Mark { board.mark(at: clock.now) }

  /// How the gateway does now; its `recent` figures are of the time since `mark`.
  func status(since mark: SharedStatus.Mark) -> SiteStatus {
    var status = board.status(
      version: nomoriVersion, session: session, start: start, since: mark, at: clock.now,
      wallTime: clock.wallTime)
    let recording = recorder.current
    status.recording.path = recording.path
    status.recording.bytes = recording.bytes
    status.problems["recording"] = recording.failure
    status.lost.records =
      outlets.lostRecords.value + busThreads.reduce(0) { $0 + $1.lostRecords.value }
    status.lost.events = outlets.lostEvents.value
    status.lost.readings = busThreads.reduce(0) { $0 + $1.connection.lostReadings.value }
    status.lost.commands = busThreads.reduce(0) { $0 + $1.connection.lostCommands.value }
    status.longestDecisionMs = lane.longestDelay.seconds * 1000
    return status
  }

  /// What can be seen of the threads without which nothing is watched, and wakes each of them: one that does not
  /// come by until the next call stands still. The outbox's thread is not among them, since where its disk hangs
  /// the box works on from memory; nor are the destinations', each of which may wait for its network.
  public func lookAtThreads() -> [WatchedThread] {
    let now = clock.now
    var threads = [
      lane.progress.sight("lane", at: now), eventWriter.progress.sight("events", at: now),
      recorder.progress.sight("recorder", at: now),
    ]
    for bus in busThreads {
      threads.append(bus.progress.sight("bus \(bus.id)", at: now))
      bus.connection.wake.raise()
    }
    lane.wake.raise()
    eventWriter.wake.raise()
    recorderWake.raise()
    return threads
  }

  /// Stops polling, decides and commits what has been read, delivers what can be delivered within a
  /// few seconds, ends the recording, and returns the last state.
  public func stop() -> SiteStatus {
    stops.buses.raise()
    for bus in busThreads { bus.connection.wake.raise() }
    for thread in threads.buses { thread.join() }
    stops.lane.raise()
    lane.wake.raise()
    threads.lane.join()
    stops.writer.raise()
    eventWriter.wake.raise()
    threads.writer.join()
    stops.delivery.raise()
    for delivery in deliveries { delivery.wake.raise() }
    for thread in threads.deliveries { thread.join() }
    stops.store.raise()
    queue.wake.raise()
    stops.recorder.raise()
    recorderWake.raise()
    // Their disk may hang; what they hold is lost then, and everything else ends in time.
    threads.store.join(within: RuntimeLimits.joinTime)
    threads.recorder.join(within: RuntimeLimits.joinTime)
    outlets.lostEvents.add(queue.unstoredCount)
    return status
  }
}

extension Site {
  /// How many points and outputs each bus has.
  var busSizes: [(points: Int, outputs: Int)] {
    buses.map { bus in
      (
        bus.devices.reduce(bus.links.count) { $0 + $1.points.count },
        bus.devices.reduce(0) { $0 + $1.outputs.count }
      )
    }
  }

  /// For each point that is polled, the index of its bus.
  var busOfPoint: [UInt16: Int] {
    var indices: [UInt16: Int] = [:]
    for (index, bus) in buses.enumerated() {
      for point in bus.devices.flatMap(\.points) { indices[point.point.rawValue] = index }
    }
    return indices
  }

  /// For each output the index of the bus that its device is on.
  var busOfOutput: [Int] {
    detection.outputs.indices.map { output in
      buses.firstIndex { bus in
        bus.devices.contains { $0.outputs.contains { Int($0.output) == output } }
      } ?? 0
    }
  }
}
