internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import MosquittoClient
internal import Synchronization

/// The thread of one destination: carries out what its `DeliverySession` decides.
final class DeliveryThread: Sendable {
  /// What the thread works with besides its session; allotted once.
  struct Workspace {
    fileprivate var readings: [AssessedReading] = []
    /// The first of `readings` that the session does not have yet.
    fileprivate var nextReading = 0
    /// Answers to commands that wait to be sent.
    fileprivate var answers = AnswerQueue()
    /// When the subscription to commands is asked for again; nil where it was not refused.
    fileprivate var subscribeAt: Instant?
    /// What the status shows of this destination, and what it is to show.
    fileprivate var shown: SharedStatus.State.Destination?
    fileprivate var view = SharedStatus.State.Destination()
    /// What is stored of the versions of MQTT that its brokers speak.
    fileprivate var storedVersions: [ProtocolVersion?]
  }

  private let plan: DestinationPlan
  private let index: Int
  private let format: any PayloadFormat
  private let source: FactSource
  private let topics: Topics
  private let queue: FactQueue
  private let board: SharedStatus
  private let start: WallTime
  /// What an earlier run has found its brokers to speak.
  private let provenVersions: [ProtocolVersion?]
  private let commandReceiver: CommandReceiver
  /// The gateway's clock, by which commands expire and facts are told; deliveries themselves live in real
  /// time.
  private let fieldClock: any GatewayClock
  private let machineClock: any GatewayClock
  private let stop: StopFlag
  private let inbox: Mutex<DeliveryInbox>
  /// Raised when something waits to be delivered.
  let wake: WakeSignal

  /// Makes the thread's body; the alarms stand as `begun` found them.
  ///
  /// - Throws: `HostError`, or `BrokerError` when the destination's files or settings cannot be used:
  ///   then the gateway is not to start at all.
  convenience init(
    plan: DestinationPlan, index: Int, begun: GatewayStart, queue: FactQueue, board: SharedStatus,
    commandReceiver: CommandReceiver, clock: HostClock, stop: StopFlag
  ) throws {
    try self.init(
      plan: plan, index: index, source: begun.source, format: begun.format(of: plan),
      alarms: begun.alarms,
      start: begun.wallTime, provenVersions: plan.provenVersions(in: begun.states), queue: queue,
      board: board, commandReceiver: commandReceiver, clock: clock, stop: stop)
  }

  /// Makes the body of the thread that tells what `source` makes, in `format`, since `start`.
  init(
    plan: DestinationPlan, index: Int, source: FactSource, format: any PayloadFormat,
    alarms: [AlarmState], start: WallTime, provenVersions: [ProtocolVersion?], queue: FactQueue,
    board: SharedStatus,
    commandReceiver: CommandReceiver, clock: any GatewayClock, stop: StopFlag,
    machineClock: any GatewayClock = HostClock()
  ) throws {
    self.plan = plan
    self.index = index
    self.format = format
    self.source = source
    topics = plan.topics(of: source.site.id)
    self.queue = queue
    self.board = board
    self.start = start
    self.provenVersions = provenVersions
    self.commandReceiver = commandReceiver
    fieldClock = clock
    self.machineClock = machineClock
    self.stop = stop
    inbox = Mutex(DeliveryInbox(pointCount: source.site.points.count, alarms: alarms))
    wake = try WakeSignal()
    _ = try makeClient()
  }

  private func makeClient() throws(BrokerError) -> MQTTSession {
    try MQTTSession(
      plan: plan, clientID: "nomori-\(source.site.id)-\(plan.id)",
      will: nil, keepsSession: format.keepsSession, leftovers: values,
      provenVersions: provenVersions,
      wakeDescriptor: wake.descriptor)
  }

  /// A value of each point, as an earlier run may have left it with the broker.
  private var values: [MQTTMessage] {
    var format = format
    return source.site.points.indices.compactMap { index in
      let missing = Reading(
        point: PointIndex(rawValue: UInt16(index)), value: .nan, flag: .missing,
        time: Instant(nanoseconds: 0), wallTime: start)
      return format.point(
        AssessedReading(reading: missing, tests: TestFlags()), at: SendingMoment(now: start))
    }
  }

  /// There are new facts; `alarms` are the states that they led to, in their order.
  func offerFacts(alarms: [AlarmState]) {
    inbox.withLock { $0.addFacts(alarms: alarms) }
    wake.raise()
  }

  /// The answer to this destination's question to the store.
  func take(_ answer: FactQueue.Answer) {
    inbox.withLock { $0.add(answer: answer) }
    wake.raise()
  }

  /// The store answers again after it did not.
  func storeRecovered() {
    inbox.withLock { $0.noteStoreBack() }
    wake.raise()
  }

  /// What was set aside is to be offered again.
  func factsOfferedAgain() {
    inbox.withLock { $0.noteOfferedAgain() }
    wake.raise()
  }

  /// What became of a command that came from here.
  func offer(_ answer: CommandAnswer) {
    inbox.withLock { $0.add(answer) }
    wake.raise()
  }

  /// Readings that were assessed.
  func offer(_ readings: [AssessedReading]) {
    guard plan.hasLiveValues else { return }
    inbox.withLock { $0.add(readings) }
    wake.raise()
  }

  /// Delivers until the gateway stops; then waits a little for what is on its way, and says goodbye.
  func run() {
    var session = makeSession()
    var client: MQTTSession
    do {
      client = try makeClient()
    } catch {
      // The files that `init` found good have changed in between.
      board.update { $0.problems["destination \(plan.id)"] = GatewayProblem(error) }
      return
    }
    var space = makeWorkspace()
    var goodbye: Instant?
    while true {
      take(&space, into: &session, at: machineClock.now)
      if stop.isRaised {
        let deadline = goodbye ?? machineClock.now + Self.farewell
        goodbye = deadline
        let isDone = queue.counts(of: index).backlog == 0 && !session.hasValuesToSend
        if isDone || machineClock.now >= deadline {
          session.close(.stopped(since: fieldClock.wallTime), at: machineClock.now)
        }
      }
      switch step(&session, &client, &space) {
      case .worked: break
      case .idle(let until): wait(until: until, &session, &client, &space)
      case .finished: return report(session, client, &space)
      }
    }
  }

  /// What the thread works with.
  func makeWorkspace() -> Workspace { Workspace(storedVersions: provenVersions) }

  /// The session of this destination, which wants to connect at once.
  func makeSession() -> DeliverySession {
    DeliverySession(
      format: format, site: source.site, isGivenObservations: !plan.observations.isEmpty,
      online: .online(since: start),
      time: source.time(fieldClock.now, fieldClock.wallTime),
      seed: UInt64(source.session.number) &+ UInt64(index),
      at: machineClock.now)
  }

  /// How long a stopping gateway waits for its last events to be acknowledged; what is not, stays in
  /// the outbox for the next start.
  private static let farewell = TimeSpan.seconds(5)

  /// Takes what the other threads left for this one.
  func take(
    _ space: inout Workspace, into session: inout DeliverySession, at now: Instant
  ) {
    let news = inbox.withLock { inbox in
      if space.nextReading == space.readings.count {
        inbox.takeReadings(into: &space.readings)
        space.nextReading = 0
      }
      return inbox.takeNews()
    }
    for alarm in news.alarms { session.alarmChanged(alarm) }
    for answer in news.commandAnswers { space.answers.add(answer) }
    for answer in news.answers { session.take(answer) }
    if news.isStoreBack { session.storeRecovered() }
    if news.isOfferedAgain {
      space.view.deadLetters.removeAll()
      session.factsOfferedAgain()
    }
    if news.hasNewFacts { session.factsAppended() }
    session.clocksShow(source.time(fieldClock.now, fieldClock.wallTime))
    while space.nextReading < space.readings.count {
      let reading = space.readings[space.nextReading]
      // A value that is about to be sent is not replaced by the next of its point.
      guard !session.isAboutToSend(reading.reading.point, at: now) else { break }
      session.pointChanged(reading)
      space.nextReading += 1
    }
  }

  /// What came of one step.
  enum Step {
    /// Something was done.
    case worked
    /// There is nothing to do before this instant, unless something happens.
    case idle(until: Instant)
    /// The session is over.
    case finished
  }

  /// Carries out one action, with whatever client there is.
  func step<Client: BrokerSession & ~Copyable>(
    _ session: inout DeliverySession, _ client: inout Client, _ space: inout Workspace
  ) -> Step {
    let clock = machineClock
    switch session.next(at: clock.now) {
    case .connect(let will):
      do throws(BrokerError) {
        client.will = will
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
      let question = FactQueue.Question(
        destination: index, .events(after: position), limit: limit)
      if let answer = queue.answer(to: question) { session.take(answer) }
    case .loadObservations(let newestFirst, let limit):
      let question = FactQueue.Question(
        destination: index, .observations(newestFirst: newestFirst), limit: limit)
      if let answer = queue.answer(to: question) { session.take(answer) }
    case .remember(let memory):
      let state = StoredState(memory: memory, of: plan.id)
      queue.append([], states: [state], at: clock.now)
    case .settle(let position, let outcome):
      if case .setAside(let fact, let reason) = outcome {
        space.view.add(
          SharedStatus.State.DeadLetter(event: fact, reason: reason, since: fieldClock.wallTime))
      }
      queue.settle(Settlement(destination: index, position: position, outcome: outcome))
    case .disconnect:
      if stop.isRaised { client.emptyExpiring() }
      client.disconnect()
    case .wait(let until):
      report(session, client, &space)
      if session.isOnline { attendToCommands(session, &client, &space, at: clock.now) }
      return .idle(until: until)
    case .finished:
      return .finished
    }
    return .worked
  }

  private func wait(
    until: Instant, _ session: inout DeliverySession, _ client: inout MQTTSession,
    _ space: inout Workspace
  ) {
    let limit: Int64 = stop.isRaised ? 20 : 1000
    let span = machineClock.realTime(until: until).nanoseconds / 1_000_000
    hear(&session, &client, &space, milliseconds: Int32(min(span, limit)))
    wake.wait(timeout: .zero)
  }

  /// Waits at most so long for the broker, and takes what came from it.
  func hear<Client: BrokerSession & ~Copyable>(
    _ session: inout DeliverySession, _ client: inout Client, _ space: inout Workspace,
    milliseconds: Int32
  ) {
    for incident in client.poll(milliseconds: milliseconds) {
      session.handle(incident, at: machineClock.now)
      space.answers.handle(incident)
      listen(to: incident, &session, &client, &space, at: machineClock.now)
    }
  }

  /// Subscribes after each connect; commands go to their receiver, everything else to the format.
  private func listen<Client: BrokerSession & ~Copyable>(
    to incident: BrokerEvent, _ session: inout DeliverySession, _ client: inout Client,
    _ space: inout Workspace, at now: Instant
  ) {
    let problem = "commands of \(plan.id)"
    switch incident {
    case .connected:
      space.subscribeAt = nil
      subscribe(&client, for: session)
    case .subscribed:
      board.update { $0.problems[problem] = nil }
    case .subscriptionRefused(let filter, let reason):
      space.subscribeAt = now + RuntimeLimits.subscriptionPause
      board.update { $0.problems[problem] = GatewayProblem(refusedFilter: filter, reason) }
    case .message(let message):
      let prefix = topics.command("")
      guard message.topic.hasPrefix(prefix) else { return session.take(message) }
      let origin = CommandReceiver.Origin(
        destination: index, operators: plan.operators, time: now, wallTime: fieldClock.wallTime)
      let kind = String(message.topic.dropFirst(prefix.count))
      if let answer = commandReceiver.take(message, kind: kind, from: origin) {
        space.answers.add(answer)
      }
    case .acknowledged, .rejected, .disconnected: break
    }
  }

  private func subscribe<Client: BrokerSession & ~Copyable>(
    _ client: inout Client, for session: borrowing DeliverySession
  ) {
    do throws(BrokerError) {
      if !plan.operators.isEmpty { try client.subscribe(to: topics.command("+")) }
      for filter in session.subscriptions { try client.subscribe(to: filter) }
    } catch {
      board.update { $0.problems["commands of \(plan.id)"] = GatewayProblem(error) }
    }
  }

  /// Sends the answers that wait, and subscribes again where the broker had refused.
  private func attendToCommands<Client: BrokerSession & ~Copyable>(
    _ session: borrowing DeliverySession, _ client: inout Client, _ space: inout Workspace,
    at now: Instant
  ) {
    if let time = space.subscribeAt, time <= now {
      space.subscribeAt = nil
      subscribe(&client, for: session)
    }
    while let answer = space.answers.next {
      let reply = format.answer(answer)
      // What the network does not take now is tried again with the next turn.
      guard let packet = try? client.publish(reply) else { return }
      space.answers.sent(as: packet)
    }
  }

  /// Shows how the destination does, and remembers which versions of MQTT its brokers speak.
  private func report<Client: BrokerSession & ~Copyable>(
    _ session: borrowing DeliverySession, _ client: borrowing Client,
    _ space: inout Workspace
  ) {
    space.view.isConnected = session.isOnline
    space.view.broker = client.currentBroker
    space.view.version = session.isOnline ? client.version : nil
    (space.view.depth, space.view.setAside, space.view.dropped) = queue.counts(of: index)
    space.view.problem =
      session.isOnline ? nil : session.statistics.lastError.map { GatewayProblem($0) }
    let versions = client.provenVersions
    if versions != space.storedVersions {
      space.storedVersions = versions
      queue.append([], states: plan.states(of: versions), at: HostClock().now)
    }
    let view = space.view
    guard space.shown != view else { return }
    space.shown = view
    board.update { $0.destinations[index] = view }
  }
}

extension DeliverySession {
  /// Takes what the outbox has.
  fileprivate mutating func take(_ answer: FactQueue.Answer) {
    switch answer {
    case .events(let page): loaded(page)
    case .observations(let entries): observationsLoaded(entries)
    }
  }
}
