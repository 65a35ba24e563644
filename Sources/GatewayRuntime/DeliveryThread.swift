internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import MosquittoClient
internal import Synchronization

/// The thread of one destination: carries out what its `DeliverySession` decides.
final class DeliveryThread: Sendable {
  private struct Inbox {
    var hasNewEvents = false
    /// The newest state of each alarm that was not yet taken.
    var alarms: [MQTTMessage?]
    /// The newest reading of each point that was not yet taken.
    var readings: [AssessedReading?]
  }

  private let plan: DestinationPlan
  private let place: Int
  private let payloads: PayloadWriter
  private let store: any EventStore
  private let board: SharedStatus
  private let start: WallTime
  private let commandReceiver: CommandReceiver
  /// The gateway's clock, by which commands expire; deliveries themselves live in real time.
  private let fieldClock: HostClock
  private let stop: StopFlag
  private let inbox: Mutex<Inbox>
  /// Raised when something waits to be delivered.
  let wake: WakeSignal

  /// Makes the thread's body; `alarms` are the states of all alarms at the start.
  ///
  /// - Throws: `HostError`, or `BrokerError` when the destination's files or settings cannot be used:
  ///   then the gateway is not to start at all.
  init(
    plan: DestinationPlan, place: Int, payloads: PayloadWriter, store: any EventStore,
    board: SharedStatus, start: WallTime, alarms: [MQTTMessage?],
    commandReceiver: CommandReceiver,
    clock: HostClock, stop: StopFlag
  ) throws {
    self.commandReceiver = commandReceiver
    fieldClock = clock
    self.plan = plan
    self.place = place
    self.payloads = payloads
    self.store = store
    self.board = board
    self.start = start
    self.stop = stop
    inbox = Mutex(
      Inbox(alarms: alarms, readings: Array(repeating: nil, count: payloads.site.points.count)))
    wake = try WakeSignal()
    _ = try makeClient()
  }

  private func makeClient() throws(BrokerError) -> MQTTSession {
    try MQTTSession(
      plan: plan, clientID: "nomori-\(payloads.site.id)",
      will: payloads.status(.offline, since: nil), wakeDescriptor: wake.descriptor)
  }

  /// Events have been committed to the outbox; `alarms` are the states that they led to, in their
  /// order.
  func offerEvents(alarms: [(rule: Int, message: MQTTMessage)]) {
    inbox.withLock {
      $0.hasNewEvents = true
      for (rule, message) in alarms { $0.alarms[rule] = message }
    }
    wake.raise()
  }

  /// Readings that were assessed; only the newest of a point is kept.
  func offer(_ readings: [AssessedReading]) {
    inbox.withLock {
      for reading in readings { $0.readings[Int(reading.reading.point.rawValue)] = reading }
    }
    wake.raise()
  }

  /// Delivers until the gateway stops; then waits a little for what is on its way, and says goodbye.
  func run() {
    let realClock = HostClock()
    let site = payloads.site
    var session = DeliverySession(
      plan: plan, site: site, online: payloads.status(.online, since: start),
      seed: UInt64(payloads.session) &+ UInt64(place), at: realClock.now)
    var client: MQTTSession
    do {
      client = try makeClient()
    } catch {
      // The files that `init` found good have changed in between.
      board.update { $0.problems["destination \(plan.id)"] = GatewayProblem(error) }
      return
    }
    var goodbye: Instant?
    while true {
      take(into: &session)
      if stop.isRaised {
        let deadline = goodbye ?? realClock.now + Self.farewell
        goodbye = deadline
        if depth == 0 || realClock.now >= deadline {
          session.close(offline: payloads.status(.offline, since: nil), at: realClock.now)
        }
      }
      guard step(&session, &client, realClock) else { break }
    }
    report(session)
  }

  /// How long a stopping gateway waits for its last events to be acknowledged; what is not, stays in
  /// the outbox for the next start.
  private static let farewell = TimeSpan.seconds(5)

  private func take(into session: inout DeliverySession) {
    let taken = inbox.withLock { inbox in
      defer {
        inbox.hasNewEvents = false
        for rule in inbox.alarms.indices { inbox.alarms[rule] = nil }
        for index in inbox.readings.indices { inbox.readings[index] = nil }
      }
      return inbox
    }
    for case (let rule, .some(let message)) in taken.alarms.enumerated() {
      session.alarmChanged(message, rule: rule)
    }
    if taken.hasNewEvents { session.eventsStored() }
    for case .some(let reading) in taken.readings {
      if let message = payloads.point(reading) {
        session.pointChanged(message, point: reading.reading.point)
      }
    }
  }

  /// Carries out one action; false when the session is over.
  private func step(
    _ session: inout DeliverySession, _ client: inout MQTTSession, _ clock: HostClock
  ) -> Bool {
    switch session.next(at: clock.now) {
    case .connect:
      do throws(BrokerError) {
        try client.connect()
      } catch {
        session.connectFailed(error, at: clock.now)
      }
    case .publish(let message):
      do throws(BrokerError) {
        session.published(try client.publish(message), at: clock.now)
      } catch {
        session.publishFailed(error, at: clock.now)
      }
    case .load(let position, let limit):
      do throws(EventStoreError) {
        session.loaded(try store.pending(for: plan.id, after: position, limit: limit))
      } catch {
        session.storeFailed(at: clock.now)
      }
    case .acknowledge(let positions):
      do throws(EventStoreError) {
        try store.acknowledge(positions, by: plan.id)
        session.stored()
      } catch {
        session.storeFailed(at: clock.now)
      }
    case .disconnect:
      client.disconnect()
    case .wait(let until):
      report(session)
      let limit: Int64 = stop.isRaised ? 20 : 1000
      let span = clock.realTime(until: until).nanoseconds / 1_000_000
      for incident in client.poll(milliseconds: Int32(min(span, limit))) {
        session.handle(incident, at: clock.now)
        listen(to: incident, &client)
      }
      wake.wait(timeout: .zero)
    case .finished:
      return false
    }
    return true
  }

  /// Subscribes to commands after each connect, and hands them to the receiver. Answers are not kept:
  /// whoever asked and is gone can ask again.
  private func listen(to incident: BrokerEvent, _ client: inout MQTTSession) {
    guard !plan.operators.isEmpty else { return }
    let topics = payloads.topics
    switch incident {
    case .connected:
      do throws(BrokerError) {
        try client.subscribe(to: plan.topicRoot + "/" + topics.command("+"))
      } catch {
        board.update { $0.problems["commands of \(plan.id)"] = GatewayProblem(error) }
      }
    case .message(let message):
      let prefix = plan.topicRoot + "/" + topics.command("")
      guard message.topic.hasPrefix(prefix) else { return }
      let kind = String(message.topic.dropFirst(prefix.count))
      let answer = commandReceiver.take(
        message, kind: kind, operators: plan.operators, at: fieldClock.wallTime)
      var reply = payloads.answer(answer)
      reply.topic = plan.topicRoot + "/" + reply.topic
      _ = try? client.publish(reply)
    case .acknowledged, .rejected, .disconnected: break
    }
  }

  private var depth: Int { (try? store.depth(of: plan.id)) ?? 0 }

  private func report(_ session: borrowing DeliverySession) {
    let isConnected = session.isOnline
    let problem = isConnected ? nil : session.statistics.lastError.map { GatewayProblem($0) }
    let depth = depth
    board.update {
      $0.destinations[place].isConnected = isConnected
      $0.destinations[place].problem = problem
      $0.destinations[place].depth = depth
    }
  }
}
