import Delivery
import DetectionCore
import FieldSimulation
import GatewayStatus
import LinuxHost
import Polling
import SiteConfiguration
import Synchronization

@testable import GatewayRuntime

/// The parts of a gateway that have threads of their own.
enum BoxThread: Int, CaseIterable {
  case bus, lane, writer, store, office, local, recorder
}

/// One start of a gateway, with everything that its threads do, each whenever the simulation lets it. Dropping
/// it is pulling the plug.
final class BoxGateway {
  /// When each thread wants to go on, by the time of the simulation.
  private(set) var due = [Int64](repeating: 0, count: BoxThread.allCases.count)
  /// The number of this start.
  let identity: SessionIdentity
  /// False where the outbox could not be read at the start.
  let knowsStates: Bool

  private let world: BoxWorld
  private let clock: BoxFieldClock
  let queue: FactQueue
  private let outlets = LaneOutputs()
  private let bus: BusConnection
  private var engine: BusEngine
  private var readings: [Reading] = []
  /// What is under way on the bus, and what will come of it.
  private var transaction: (outcome: BusOutcome, words: [UInt16], end: Int64)?
  private let laneThread: LaneThread
  private var lane: Lane
  private var lostSeen = [0]
  private let writer: EventWriter
  private var passed: EventWriter.Workspace
  private let made = MadeFacts()
  private let storeThread: StoreThread
  private var isStoreOpen: Bool
  private var storeTask: StoreThread.Task?
  private var gapNumber: UInt64 = 0
  private var couriers: [Courier]
  private var replay: BoxReplay

  /// The ids of the facts that the writer made and the log does not have.
  private final class MadeFacts: Sendable {
    let ids = Mutex<[String]>([])
  }

  /// What the thread of one destination has.
  private final class Courier {
    let thread: DeliveryThread
    var session: DeliverySession
    var client: SimulatedClient
    var space: DeliveryThread.Workspace

    init(_ thread: DeliveryThread, client: consuming SimulatedClient) {
      self.thread = thread
      session = thread.makeSession()
      space = thread.makeWorkspace()
      self.client = client
    }
  }

  /// Starts a gateway on what the one before left in `world`.
  init(in world: BoxWorld) throws {
    self.world = world
    let site = world.site.site
    let machineClock = world.clock
    let begun = BoxStart(of: site, world: world)
    let clock = begun.clock
    self.clock = clock
    identity = begun.source.session
    isStoreOpen = begun.isStoreOpen
    knowsStates = begun.isStoreOpen
    queue = try FactQueue(last: begun.last, backlog: begun.backlog, states: begun.states)
    let board = SharedStatus(site: site, keepsTraces: false)
    let stop = StopFlag()
    let laneWake = try WakeSignal()
    let receiver = CommandReceiver(
      site: site.description, session: identity, alarms: begun.alarms, wake: laneWake,
      stored: begun.commands)
    let deliveries = try site.destinations.enumerated().map { [queue] index, plan in
      try DeliveryThread(
        plan: plan, index: index, source: begun.source, format: PlainFormat(),
        alarms: begun.alarms, start: clock.wallTime,
        provenVersions: plan.provenVersions(in: begun.states), queue: queue, board: board,
        commandReceiver: receiver, clock: clock, stop: stop, machineClock: machineClock)
    }
    queue.tell(deliveries, receiver)
    queue.append(
      begun.edit.facts.map { FactQueue.NewFact(fact: $0) }, states: begun.edit.states,
      at: machineClock.now)
    couriers = deliveries.enumerated().map { index, thread in
      Courier(
        thread, client: SimulatedClient(of: world.brokers[index], now: { machineClock.now }))
    }
    storeThread = StoreThread(
      opening: OutboxOpening(settings: site.outbox, destinations: []), queue: queue,
      source: begun.source, board: board, clock: clock, stop: stop, machineClock: machineClock)
    writer = try EventWriter(
      outlets: outlets, source: begun.source, queue: queue, board: board, deliveries: deliveries,
      commandReceiver: receiver, clock: clock,
      siteTexts: begun.restoration.isEdited ? SiteTexts(of: site) : nil,
      alarms: begun.alarms,
      observations: ObservationWriter(
        site.destinations, source: begun.source, states: begun.states,
        isOutageKnown: begun.restoration.start.isOutageKnown,
        start: begun.source.time(clock.now, clock.wallTime)), stop: stop,
      machineClock: machineClock
    ) { [made] _, fact in made.ids.withLock { $0.append(fact.id) } }
    passed = writer.makeWorkspace()
    bus = try BusConnection(points: 5, outputs: 1)
    engine = try BusEngine(plan: site.buses[0], start: clock.now)
    laneThread = LaneThread(
      plan: site.detection, restoration: begun.restoration, clock: clock, buses: [bus],
      busOfOutput: site.busOfOutput, commands: receiver.commands, samplings: site.samplings,
      busOfPoint: site.busOfPoint,
      outlets: outlets, wake: laneWake, writer: writer.wake, recorder: try WakeSignal(),
      stop: stop)
    outlets.checkpoint.request()
    lane = laneThread.begin()
    replay = try BoxReplay(plan: site.detection)
    due = due.map { _ in world.soon() }
  }

  deinit { queue.tellNobody() }

  // MARK: The simulation's side

  /// What runs next, and when.
  var next: (thread: BoxThread, time: Int64) {
    var first = BoxThread.bus
    for thread in BoxThread.allCases where due[thread.rawValue] < due[first.rawValue] {
      first = thread
    }
    return (first, due[first.rawValue])
  }

  /// Facts that wait for the store.
  var unstoredCount: Int { queue.unstoredCount }

  /// True while all that was decided is where it belongs.
  var isQuiet: Bool {
    isStoreOpen && storeTask == nil && due[BoxThread.store.rawValue] == .max
      && queue.batch(isQuiet: true).isEmpty && outlets.events.count == 0
      && couriers.indices.allSatisfy {
        queue.counts(of: $0).backlog == 0 && couriers[$0].session.isOnline
      } && unstoredCount == 0
  }

  /// What is left to be done, in words.
  var unfinished: String {
    let destinations = couriers.indices.map { index in
      "\(queue.counts(of: index).backlog) for \(BoxThread.allCases[4 + index])"
        + (couriers[index].session.isOnline ? "" : " (offline)")
    }
    return (["\(unstoredCount) for the store"] + destinations).joined(separator: ", ")
  }

  /// The stage that the core holds for rule `index`.
  func stage(ofRule index: Int) -> UInt8 { lane.stage(ofRule: index) }

  /// The lines to a broker are cut.
  func cutLine(to destination: Int) {
    couriers[destination].client.cut()
    wake(destination == 0 ? .office : .local)
  }

  /// A thread is not let run before `time`.
  func hold(_ thread: BoxThread, until time: Int64) { due[thread.rawValue] = time }

  /// Lets a thread do what it does in one go.
  func run(_ thread: BoxThread) {
    due[thread.rawValue] = .max
    switch thread {
    case .bus: runBus()
    case .lane: runLane()
    case .writer: runWriter()
    case .store: runStore()
    case .office: run(destination: 0, .office)
    case .local: run(destination: 1, .local)
    case .recorder: runRecorder()
    }
  }

  private func wake(_ thread: BoxThread) { wake(thread, at: world.soon()) }

  private func wake(_ thread: BoxThread, at time: Int64) {
    due[thread.rawValue] = min(due[thread.rawValue], max(time, world.clock.time))
  }

  /// Wakes the store and the destinations where something was left for them.
  private func wakeConsumers() {
    if queue.wake.wait(timeout: .zero) { wake(.store) }
    if couriers[0].thread.wake.wait(timeout: .zero) { wake(.office) }
    if couriers[1].thread.wake.wait(timeout: .zero) { wake(.local) }
  }

  // MARK: The bus

  private func runBus() {
    if let (outcome, words, end) = transaction {
      guard world.clock.time >= end else { return wake(.bus, at: end) }
      transaction = nil
      engine.finished(
        outcome, words: words, at: clock.now, wallTime: clock.wallTime, into: &readings)
    }
    while let command = bus.commands.pop() {
      engine.request(output: command.output, on: command.isOn, at: clock.now)
    }
    while transaction == nil {
      switch engine.next(at: clock.now, wallTime: clock.wallTime, into: &readings) {
      case .wait(let until):
        handOver()
        let time = clock.simulated(until)
        return wake(.bus, at: max(time, world.clock.time + 1_000))
      case .perform(let task):
        handOver()
        let answer = world.answer(to: task)
        if answer.took == 0 {
          engine.finished(
            answer.outcome, words: answer.words, at: clock.now, wallTime: clock.wallTime,
            into: &readings)
        } else {
          transaction = (answer.outcome, answer.words, world.clock.time + answer.took)
          wake(.bus, at: world.clock.time + answer.took)
        }
      }
    }
  }

  private func handOver() {
    guard !readings.isEmpty else { return }
    for reading in readings where !bus.readings.push(reading) { bus.lostReadings.add() }
    readings.removeAll(keepingCapacity: true)
    wake(.lane)
  }

  // MARK: The lane, and what follows from it

  private func runLane() {
    laneThread.turn(&lane, lostSeen: &lostSeen)
    if let deadline = lane.nextDeadline { wake(.lane, at: clock.simulated(deadline)) }
    if outlets.events.count > 0 || outlets.readings.count > 0 { wake(.writer) }
    if bus.commands.count > 0, transaction == nil { wake(.bus) }
    if outlets.records.count > 256 { wake(.recorder) }
  }

  private func runWriter() {
    switch writer.turn(&passed) {
    case .workOn: wake(.writer)
    case .gather: wake(.writer, at: world.clock.time + 250_000_000)
    case .wait: break
    }
    let ids = made.ids.withLock { ids in
      defer { ids = [] }
      return ids
    }
    for id in ids { world.log.decided(id) }
    wakeConsumers()
  }

  // MARK: The store

  private func runStore() {
    guard let end = world.diskHangsUntil else { return work() }
    // A thread that waits for its disk takes nothing else meanwhile.
    if storeTask == nil { storeTask = storeThread.nextTask(isQuiet: true) }
    wake(.store, at: end)
  }

  private func work() {
    guard isStoreOpen else { return openStore() }
    guard let task = storeTask else {
      storeTask = storeThread.nextTask(isQuiet: true)
      if storeTask != nil { wake(.store, at: world.clock.time + world.syncTime()) }
      return
    }
    storeTask = nil
    do throws(FactStoreError) {
      try storeThread.carryOut(task, with: world.store, gapNumber: &gapNumber)
      wake(.store)
    } catch {
      wake(.store, at: world.clock.time + 1_000_000_000)
    }
    wakeConsumers()
  }

  /// As the thread of the outbox does where it could not be opened at the start.
  private func openStore() {
    queue.unreachable()
    if let opened = try? world.store.open() {
      queue.opened(backlog: opened.backlog)
      isStoreOpen = true
      wake(.store)
    } else {
      wake(.store, at: world.clock.time + 1_000_000_000)
    }
    wakeConsumers()
  }

  // MARK: The destinations

  private func run(destination: Int, _ thread: BoxThread) {
    let courier = couriers[destination]
    for _ in 0..<10_000 {
      courier.thread.take(&courier.space, into: &courier.session, at: world.clock.now)
      switch courier.thread.step(&courier.session, &courier.client, &courier.space) {
      case .worked: continue
      case .finished: return world.log.violation("nobody closed the session")
      case .idle(let until):
        let hasComeSomething = courier.client.nextEvent.map { $0 <= world.clock.now } ?? false
        courier.thread.hear(
          &courier.session, &courier.client, &courier.space, milliseconds: 0)
        if hasComeSomething { wake(thread) }
        wakeConsumers()
        let event = courier.client.nextEvent.map(world.clock.simulated) ?? .max
        let time = min(world.clock.simulated(until), event)
        // The thread looks again each second; the simulation only where something comes of it.
        return wake(thread, at: max(time, world.clock.time + 1_000_000))
      }
    }
    world.log.violation("the session of \(thread) spins")
  }

  // MARK: The recorder

  private func runRecorder() {
    while let record = outlets.records.pop() {
      if let difference = replay.take(record, from: outlets.checkpoint) {
        return world.log.violation(difference)
      }
    }
    if world.falls(5) { outlets.checkpoint.request() }
    wake(.recorder, at: world.clock.time + 600_000_000_000)
  }

  /// What is left of a start that ends: all records are compared.
  func endReplay() { runRecorder() }
}
