internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import MosquittoClient
internal import Synchronization

/// The thread of one destination: carries out what its `DeliverySession` decides.
final class DeliveryThread: Sendable {
  /// What the thread works with besides its session; allotted once.
  private struct Workspace {
    var alarms: [(rule: Int, message: MQTTMessage)] = []
    var readings: [AssessedReading] = []
    /// The first of `readings` that the session does not have yet.
    var nextReading = 0
    /// What the status shows of this destination.
    var shown: SharedStatus.State.Destination?
    /// False once events were committed or acknowledged that `depth` does not know of.
    var knowsDepth = false
    var depth = 0
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
  private let inbox: Mutex<DeliveryInbox>
  /// Raised when something waits to be delivered.
  let wake: WakeSignal

  /// Makes the thread's body; `alarms` are the states of all alarms at the start.
  ///
  /// - Throws: `HostError`, or `BrokerError` when the destination's files or settings cannot be used:
  ///   then the gateway is not to start at all.
  init(
    plan: DestinationPlan, place: Int, payloads: PayloadWriter, store: any EventStore,
    board: SharedStatus, start: WallTime, alarms: [(rule: Int, message: MQTTMessage)],
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
    inbox = Mutex(DeliveryInbox(pointCount: payloads.site.points.count, alarms: alarms))
    wake = try WakeSignal()
    _ = try makeClient()
  }

  private func makeClient() throws(BrokerError) -> MQTTSession {
    try MQTTSession(
      plan: plan, clientID: "nomori-\(payloads.site.id)",
      will: payloads.status(.lost), wakeDescriptor: wake.descriptor)
  }

  /// Events have been committed to the outbox; `alarms` are the states that they led to, in their
  /// order.
  func offerEvents(alarms: [(rule: Int, message: MQTTMessage)]) {
    inbox.withLock { $0.addEvents(alarms: alarms) }
    wake.raise()
  }

  /// Readings that were assessed.
  func offer(_ readings: [AssessedReading]) {
    inbox.withLock { $0.add(readings) }
    wake.raise()
  }

  /// Delivers until the gateway stops; then waits a little for what is on its way, and says goodbye.
  func run() {
    let realClock = HostClock()
    let site = payloads.site
    var session = DeliverySession(
      plan: plan, site: site, online: payloads.status(.online(since: start)),
      seed: UInt64(payloads.session) &+ UInt64(place), at: realClock.now)
    var client: MQTTSession
    do {
      client = try makeClient()
    } catch {
      // The files that `init` found good have changed in between.
      board.update { $0.problems["destination \(plan.id)"] = GatewayProblem(error) }
      return
    }
    var space = Workspace()
    var goodbye: Instant?
    while true {
      take(&space, into: &session, at: realClock.now)
      if stop.isRaised {
        let deadline = goodbye ?? realClock.now + Self.farewell
        goodbye = deadline
        let isDone = depth(&space) == 0 && !session.hasValuesToSend
        if isDone || realClock.now >= deadline {
          let offline = payloads.status(.stopped(since: fieldClock.wallTime))
          session.close(offline: offline, at: realClock.now)
        }
      }
      guard step(&session, &client, &space, realClock) else { break }
    }
    report(session, &space)
  }

  /// How long a stopping gateway waits for its last events to be acknowledged; what is not, stays in
  /// the outbox for the next start.
  private static let farewell = TimeSpan.seconds(5)

  private func take(
    _ space: inout Workspace, into session: inout DeliverySession, at now: Instant
  ) {
    let hasNewEvents = inbox.withLock { inbox in
      if space.nextReading == space.readings.count {
        inbox.takeReadings(into: &space.readings)
        space.nextReading = 0
      }
      return inbox.takeEvents(alarms: &space.alarms)
    }
    for (rule, message) in space.alarms { session.alarmChanged(message, rule: rule) }
    if hasNewEvents {
      session.eventsStored()
      space.knowsDepth = false
    }
    while space.nextReading < space.readings.count {
      let reading = space.readings[space.nextReading]
      // A value that is about to be sent is not replaced by the next of its point.
      guard !session.isAboutToSend(reading.reading.point, at: now) else { break }
      if let message = payloads.point(reading) {
        session.pointChanged(message, point: reading.reading.point)
      }
      space.nextReading += 1
    }
  }

  /// Carries out one action; false when the session is over.
  private func step(
    _ session: inout DeliverySession, _ client: inout MQTTSession, _ space: inout Workspace,
    _ clock: HostClock
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
        space.knowsDepth = false
      } catch {
        session.storeFailed(at: clock.now)
      }
    case .disconnect:
      if stop.isRaised { client.emptyExpiring() }
      client.disconnect()
    case .wait(let until):
      report(session, &space)
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
        try client.subscribe(to: plan.topic(topics.command("+")))
      } catch {
        board.update { $0.problems["commands of \(plan.id)"] = GatewayProblem(error) }
      }
    case .message(let message):
      let prefix = plan.topic(topics.command(""))
      guard message.topic.hasPrefix(prefix) else { return }
      let kind = String(message.topic.dropFirst(prefix.count))
      let answer = commandReceiver.take(
        message, kind: kind, operators: plan.operators, at: fieldClock.wallTime)
      var reply = payloads.answer(answer)
      reply.topic = plan.topic(reply.topic)
      _ = try? client.publish(reply)
    case .acknowledged, .rejected, .disconnected: break
    }
  }

  /// How many events wait for this destination; asked of the store where it may have changed.
  private func depth(_ space: inout Workspace) -> Int {
    if !space.knowsDepth, let depth = try? store.depth(of: plan.id) {
      space.depth = depth
      space.knowsDepth = true
    }
    return space.depth
  }

  private func report(_ session: borrowing DeliverySession, _ space: inout Workspace) {
    var view = SharedStatus.State.Destination()
    view.isConnected = session.isOnline
    view.depth = depth(&space)
    view.problem =
      view.isConnected ? nil : session.statistics.lastError.map { GatewayProblem($0) }
    guard space.shown != view else { return }
    space.shown = view
    board.update { $0.destinations[place] = view }
  }
}
