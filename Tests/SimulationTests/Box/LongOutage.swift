import Delivery
@testable import DetectionCore
import FieldSimulation
import Foundation
import GatewayStatus
import LinuxHost
import OutboxStore
import SiteConfiguration
import TestSupport

@testable import GatewayRuntime

/// A destination that is gone while fronts pass over fifty points: at each of them every alarm comes or goes,
/// and some sensors fail. From the event writer's side to the broker, with a real outbox, on a clock of its
/// own.
final class LongOutage {
  private static let points = 50
  /// Sensors that fail, or are well again, with each front.
  private static let failing = 10
  /// How long a commit takes: that of a good SD card.
  private static let syncTime: Int64 = 20_000_000

  let broker: SimulatedBroker
  /// What was decided, in order.
  private(set) var decided: [Fact] = []

  private let clock = BoxClock()
  private let folder: TemporaryFolder
  private let store: Outbox
  private let queue: FactQueue
  private let source: FactSource
  private let storeThread: StoreThread
  private var storeTask: StoreThread.Task?
  private var gapNumber: UInt64 = 0
  private let thread: DeliveryThread
  private var session: DeliverySession
  private var client: SimulatedClient
  private var space: DeliveryThread.Workspace
  private var storeDue: Int64 = 0
  private var deliveryDue: Int64 = 0
  private var front = 0

  init(maximumBytes: Int) throws {
    let clock = clock
    clock.boot(wallError: 0)
    clock.set(isSynchronized: true)
    folder = try TemporaryFolder()
    store = try Outbox(
      path: "\(folder.path)/outbox.sqlite", destinations: ["a"], maximumBytes: maximumBytes)
    source = FactSource(site: Self.site, session: try store.beginSession(), boot: "boot")
    queue = try FactQueue(last: store.lastPosition, backlog: store.backlog)
    let river = try River.site()
    let board = SharedStatus(site: river, keepsTraces: false)
    let receiver = CommandReceiver(
      site: Self.site, session: source.session, alarms: [], wake: try WakeSignal(), stored: [])
    let stop = StopFlag()
    thread = try DeliveryThread(
      plan: river.destinations[0], index: 0, source: source, format: PlainFormat(), alarms: [],
      start: clock.wallTime, provenVersions: [], queue: queue, board: board,
      commandReceiver: receiver, clock: clock, stop: stop, machineClock: clock)
    queue.tell([thread], receiver)
    storeThread = StoreThread(
      opening: OutboxOpening(settings: river.outbox, destinations: []), queue: queue,
      source: source, board: board, clock: clock, stop: stop, machineClock: clock)
    session = thread.makeSession()
    space = thread.makeWorkspace()
    broker = SimulatedBroker(seed: 1, now: { clock.now })
    // About 2,000 messages a second.
    broker.condition.longestDelay = .milliseconds(14)
    client = SimulatedClient(of: broker, now: { clock.now })
  }

  private static let site = SiteDescription(
    id: "river-nagi", name: text("Valley"), mode: .test,
    points: (0..<points).map {
      PointDescription(
        id: "p\($0)", name: text("Level \($0)"), unit: "m", datum: nil, decimals: 2,
        period: .seconds(60))
    },
    rules: (0..<points).map {
      RuleDescription(
        id: "r\($0)", name: text("High \($0)"), point: PointIndex(rawValue: UInt16($0)),
        stages: [StageDescription(id: "caution", name: text("Caution"), limit: 3)])
    },
    outputs: [])

  private static func text(_ text: String) -> LocalizedText {
    LocalizedText(english: text, japanese: text)
  }

  // MARK: What happens

  /// Seconds since the beginning.
  var time: Double { Double(clock.time) / 1e9 }

  /// Facts that the destination lacks.
  var backlog: Int { queue.counts(of: 0).backlog }

  /// What the outbox takes on the disk, without its log.
  var bytes: Int {
    get throws { try Data(contentsOf: URL(filePath: store.path)).count }
  }

  /// The events that arrived, in order.
  var arrived: [String] {
    words.filter { $0[0] == "event" }.map { $0[1] }
  }

  /// How many facts were told to be missing, and how many of them are of alarms.
  var told: (all: Int, alarms: Int) {
    words.filter { $0[0] == "gap" }.reduce(into: (0, 0)) {
      $0.0 += Int($1[3]) ?? 0
      $0.1 += Int($1[4]) ?? 0
    }
  }

  private var words: [[String]] {
    broker.received.map {
      String(decoding: $0.payload, as: UTF8.self)
        .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// The event that the retained state of an alarm names.
  func retained(ofRule rule: Int) -> String? {
    broker.retained.first { $0.key.hasSuffix("/alarm/r\(rule)") }.map {
      String(
        String(decoding: $0.value.payload, as: UTF8.self).split(separator: "|").last ?? "")
    }
  }

  /// A front passes: all alarms come, or go.
  func passFront() {
    let stage: UInt8 = front % 2 == 0 ? 1 : 0
    front += 1
    decide(
      (0..<Self.failing).map {
        event(stage == 1 ? .sensorFaultRaised : .sensorFaultCleared, subject: $0, stage: 0)
      }
        + (0..<Self.points).map {
          event(stage == 1 ? .stageRaised : .stageCleared, subject: $0, stage: stage)
        })
  }

  /// One alarm comes; its event's id.
  func raiseAlarm(ofRule rule: Int) -> String {
    decide([event(.stageRaised, subject: rule, stage: 1)])
    return decided[decided.count - 1].id
  }

  private func event(
    _ kind: DetectionEvent.Kind, subject: Int, stage: UInt8
  ) -> DecidedEvent {
    var event = DetectionEvent(
      sequence: 0, kind: kind, subject: UInt16(subject), time: clock.now,
      wallTime: clock.wallTime)
    event.stage = stage
    event.previousStage = 1 - stage
    event.condition = stage > 0 ? .unacknowledged : .normal
    guard kind == .stageRaised || kind == .stageCleared else { return DecidedEvent(event) }
    var alarm = AlarmSnapshot()
    alarm.stage = stage
    alarm.condition = event.condition
    return DecidedEvent(event, state: .rule(alarm))
  }

  private func decide(_ events: [DecidedEvent]) {
    let new = events.enumerated().map { offset, decidedEvent in
      var numbered = decidedEvent
      numbered.event.sequence = UInt64(decided.count + offset + 1)
      return FactQueue.NewFact(
        fact: source.fact(numbered), alarm: source.alarm(after: numbered))
    }
    decided += new.map(\.fact)
    queue.append(new, states: [], at: clock.now)
    noteWakes()
  }

  // MARK: The threads

  /// Lets so much time go by.
  func pass(_ seconds: Double) throws {
    let end = clock.time + Int64(seconds * 1e9)
    while min(storeDue, deliveryDue) <= end {
      clock.time = max(clock.time, min(storeDue, deliveryDue))
      if storeDue <= deliveryDue { try runStore() } else { runDelivery() }
      noteWakes()
    }
    clock.time = end
  }

  private func noteWakes() {
    if queue.wake.wait(timeout: .zero), storeTask == nil { storeDue = min(storeDue, clock.time) }
    if thread.wake.wait(timeout: .zero) { deliveryDue = min(deliveryDue, clock.time) }
  }

  private func runStore() throws {
    if let task = storeTask {
      storeTask = nil
      try storeThread.carryOut(task, with: store, gapNumber: &gapNumber)
    }
    storeTask = storeThread.nextTask(isQuiet: false)
    let pause = storeTask == nil ? RuntimeLimits.storeCheck.nanoseconds : Self.syncTime
    storeDue = clock.time + pause
  }

  private func runDelivery() {
    while true {
      thread.take(&space, into: &session, at: clock.now)
      switch thread.step(&session, &client, &space) {
      case .worked: continue
      case .finished: preconditionFailure("nobody closed the session")
      case .idle(let until):
        let hasComeSomething = client.nextEvent.map { $0 <= clock.now } ?? false
        thread.hear(&session, &client, &space, milliseconds: 0)
        if hasComeSomething { continue }
        let event = client.nextEvent.map(clock.simulated) ?? .max
        deliveryDue = max(min(clock.simulated(until), event), clock.time + 100_000)
        return
      }
    }
  }
}
