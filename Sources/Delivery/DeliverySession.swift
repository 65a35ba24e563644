public import DetectionCore

/// What one destination gets, and when: the policy between an outbox and a broker.
///
/// A state machine without I/O. The owner asks `next(at:)` what to do, does it, and says how it went. Facts
/// are sent oldest first, at most `DeliveryLimits.window` messages unacknowledged at a time, and leave the
/// outbox only when the broker has acknowledged them; after a lost connection the unacknowledged ones are
/// sent again first, so a receiver may see one twice, under the same id. A fact that the broker refuses again
/// and again is set aside, so that it holds up no other.
public struct DeliverySession: ~Copyable {
  enum Phase {
    case idle(until: Instant)
    case connecting(deadline: Instant)
    case online(since: Instant)
    case ending(since: Instant?)
    case finished
  }

  private var clock: SessionClock
  var phase: Phase
  var backOff: BackOff
  var queue: OutgoingQueue
  private var reader = BacklogReader()
  /// How far observations are read: from the start each time, as what was read has left by then.
  private var observationReader = BacklogReader()
  /// Whether new facts may be observations.
  private let isGivenObservations: Bool
  var window = SendWindow()
  /// Handed out by `.publish` and not yet answered for.
  var departing: (item: OutgoingQueue.Item, quality: MQTTMessage.Quality)?
  /// Facts that have left, of which the owner was not told yet.
  private var settled: [(position: OutboxPosition, outcome: Settlement.Outcome)] = []
  var networkHeldUntil = Instant(nanoseconds: .min)
  var valuesHeldUntil = Instant(nanoseconds: .min)
  var closeDeadline: Instant?

  /// What has happened so far.
  public internal(set) var statistics = DeliveryStatistics()

  /// Makes a session that wants to connect at once.
  ///
  /// - Parameters:
  ///   - format: how its receiver is spoken to.
  ///   - site: gives the numbers of alarms and points.
  ///   - isGivenObservations: whether new facts may be observations; those of an earlier start are sent in any case.
  ///   - online: the status that is published after every connect.
  ///   - time: what all clocks show; the monotonic times of `next` count in its start of the machine.
  ///   - seed: for the jitter of the waits between attempts.
  public init(
    format: any PayloadFormat, site: SiteDescription, isGivenObservations: Bool = false,
    online: ConnectionState, time: FactTime, seed: UInt64, at now: Instant
  ) {
    self.isGivenObservations = isGivenObservations
    clock = SessionClock(time)
    phase = .idle(until: now)
    backOff = BackOff(seed: seed)
    queue = OutgoingQueue(format: format, site: site, online: online)
  }

  /// True while the broker has accepted us.
  public var isOnline: Bool {
    if case .online = phase { true } else { false }
  }

  // MARK: What happens on the gateway's side

  /// New facts are in the outbox.
  public mutating func factsAppended() {
    reader.factsAppended()
    if isGivenObservations { observationReader.factsAppended() }
  }

  /// The store answers again: what was passed over can be read.
  public mutating func storeRecovered() {
    reader.storeRecovered()
    observationReader.storeRecovered()
  }

  /// Facts that were set aside are to be offered again.
  public mutating func factsOfferedAgain() {
    reader.factsOfferedAgain()
    observationReader.factsOfferedAgain()
  }

  /// An alarm stands anew.
  public mutating func alarmChanged(_ state: AlarmState) { queue.setAlarm(state) }

  /// A point has a newer value; one not yet sent is replaced.
  public mutating func pointChanged(_ assessed: AssessedReading) {
    if !queue.setPoint(assessed) { statistics.valuesReplaced += 1 }
  }

  /// The clocks show `time`. Where the wall clock can be trusted, times of this start of the machine are known
  /// from now on.
  public mutating func clocksShow(_ time: FactTime) {
    guard clock.show(time) else { return }
    queue.sayAlarms { !$0.since.synchronized && $0.since.boot == time.boot }
  }

  /// What the format wants to hear, beside commands.
  public var subscriptions: [String] { queue.format.subscriptions }

  /// Something that the format wants to hear has come.
  public mutating func take(_ message: ReceivedMessage) { queue.take(message) }

  /// True when a value of point `point` waits and nothing keeps it from being sent next: another one is
  /// better given afterwards, as it would be sent in its place.
  public func isAboutToSend(_ point: PointIndex, at now: Instant) -> Bool {
    queue.isDue(point) && isOnline && now >= max(networkHeldUntil, valuesHeldUntil)
      && !hasWaitingFacts(at: now)
      && !(window.hasRoom && queue.isUrgent) && closeDeadline == nil
  }

  /// True while values wait that the broker can be given.
  public var hasValuesToSend: Bool { isOnline && queue.hasValues }

  /// Ends the session: publishes `status` when connected, waits shortly for its
  /// acknowledgement, and disconnects. Facts that are still in the outbox stay there.
  public mutating func close(_ status: ConnectionState, at now: Instant) {
    guard closeDeadline == nil else { return }
    closeDeadline = now + DeliveryLimits.closeTimeout
    queue.sayStatus(status)
  }

  // MARK: What the owner has done

  /// The message of the last `.publish` was taken over under `packet`.
  public mutating func published(_ packet: PacketNumber, at now: Instant) {
    guard let (item, quality) = departing else { return }
    departing = nil
    statistics.published += 1
    queue.published()
    switch quality {
    case .atLeastOnce: window.add(item, as: packet, at: now)
    case .atMostOnce: arrived(item)
    }
  }

  /// The message of the last `.publish` was not taken over.
  public mutating func publishFailed(_ error: BrokerError, at now: Instant) {
    guard let (item, _) = departing else { return }
    departing = nil
    switch error {
    case .congested:
      queue.putBack([item])
      // What telemetry has to wait for need not keep an event.
      if case .point = item {
        valuesHeldUntil = now + DeliveryLimits.valuePause
      } else {
        networkHeldUntil = now + DeliveryLimits.holdTime
      }
    case .badMessage(_, let reason):
      refused(item, reason: reason, at: now)
    case .badFile, .badSettings, .unreachable, .notTrusted, .notAuthorized, .versionRefused,
      .closedUnanswered, .refused, .dotRefused, .lost, .notConnected:
      queue.putBack([item])
      abandon(because: error)
    }
  }

  /// The answer to the last `.load`.
  public mutating func loaded(_ page: OutboxPage) {
    queue.append(reader.take(page).filter { !holds($0.position) })
  }

  /// The answer to the last `.loadObservations`.
  public mutating func observationsLoaded(_ entries: [OutboxEntry]) {
    let page = OutboxPage(entries: entries, through: .start)
    queue.append(observations: observationReader.take(page).filter { !holds($0.position) })
  }

  /// Connecting failed at once.
  public mutating func connectFailed(_ error: BrokerError, at now: Instant) {
    ended(error, at: now)
  }

  /// Something happened on the connection. Messages are the owner's own affair.
  public mutating func handle(_ event: BrokerEvent, at now: Instant) {
    switch event {
    case .connected:
      guard case .connecting = phase else { return }
      phase = .online(since: now)
      statistics.connects += 1
      queue.introduce()
    case .acknowledged(let packet):
      acknowledged(packet)
    case .rejected(let packet, let reason):
      if let item = window.remove(packet) { refused(item, reason: reason, at: now) }
    case .disconnected(let error):
      ended(error, at: now)
    case .message, .subscribed, .subscriptionRefused:
      break
    }
  }

  // MARK: What to do next

  /// What the owner has to do now.
  public mutating func next(at now: Instant) -> Action {
    if let memory = queue.changedMemory() { return .remember(memory) }
    if !settled.isEmpty {
      let (position, outcome) = settled.removeFirst()
      return .settle(position, outcome)
    }
    switch phase {
    case .finished:
      return .finished
    case .ending:
      return endOrderly(at: now)
    case .idle(let until):
      if closeDeadline != nil {
        phase = .finished
        return .finished
      }
      guard now >= until else { return .wait(until: until) }
      phase = .connecting(deadline: now + DeliveryLimits.connectTimeout)
      statistics.attempts += 1
      return .connect(will: queue.will())
    case .connecting(let deadline):
      guard now < deadline, closeDeadline == nil else {
        abandon(because: .unreachable(reason: "no answer to the connect in time"))
        return endOrderly(at: now)
      }
      return .wait(until: deadline)
    case .online:
      return online(at: now)
    }
  }

  private mutating func online(at now: Instant) -> Action {
    if let deadline = window.deadline, now >= deadline {
      abandon(because: .lost(reason: "no acknowledgement in time"))
      return endOrderly(at: now)
    }
    switch (queue.format.presence, closeDeadline) {
    case (.speaks, let deadline?): return closing(until: deadline, at: now)
    case (.speaks, nil): break
    case (.waits, nil): return .wait(until: nextDeadline(after: now))
    case (.waits, _?): return endOrderly(at: now)
    case (.leaves, let deadline):
      return closing(until: deadline ?? Instant(nanoseconds: .max), at: now)
    }
    if now >= networkHeldUntil {
      while let item = nextItem(at: now) {
        if let message = depart(item) { return .publish(message) }
        if case .fact(let fact) = item {
          settled.append((fact.entry.position, .delivered))
          return next(at: now)
        }
      }
      // While these are sent, the store reads the next.
      if queue.facts.count <= DeliveryLimits.page / 2, let position = reader.ask() {
        return .load(after: position, limit: DeliveryLimits.page)
      }
      if !hasWaitingFacts(at: now), let action = unhurried(at: now) { return action }
      if now >= valuesHeldUntil, !hasWaitingFacts(at: now), let point = queue.nextPoint(),
        let message = depart(point)
      {
        return .publish(message)
      }
    }
    return .wait(until: nextDeadline(after: now))
  }

  /// What waits for all events: observations, one at a time, so that an event never has to wait for more than
  /// that on a slow link, and what the format renews.
  private mutating func unhurried(at now: Instant) -> Action? {
    guard window.hasRoom else { return nil }
    if let first = queue.observations.first {
      if !window.holdsObservation, clock.mayTell(first.entry.fact, at: now) {
        if let message = depart(.fact(first)) { return .publish(message) }
        settled.append((first.entry.position, .delivered))
        return next(at: now)
      }
    } else if !window.holdsObservation, observationReader.ask() != nil {
      return .loadObservations(
        newestFirst: queue.hasRaisedAlarm, limit: DeliveryLimits.observationPage)
    }
    return queue.nextRenewal(at: clock.moment).flatMap { depart($0) }.map(Action.publish)
  }

  private mutating func closing(until deadline: Instant, at now: Instant) -> Action {
    guard now < deadline, queue.isStatusDue || window.holdsStatus else {
      return endOrderly(at: now)
    }
    if queue.isStatusDue, now >= networkHeldUntil, let message = depart(.status) {
      return .publish(message)
    }
    let next = queue.isStatusDue ? networkHeldUntil : window.deadline ?? deadline
    return .wait(until: min(next, deadline))
  }

  private func nextDeadline(after now: Instant) -> Instant {
    var deadline = window.deadline ?? Instant(nanoseconds: .max)
    if networkHeldUntil > now { deadline = min(deadline, networkHeldUntil) }
    if valuesHeldUntil > now, queue.hasValues { deadline = min(deadline, valuesHeldUntil) }
    if let renewal = queue.format.nextRenewalNs, window.hasRoom {
      // One that is due already waits for the network as well: until then there is nothing to do.
      let time = max(clock.instant(atNs: renewal, from: now), networkHeldUntil)
      deadline = min(deadline, time)
    }
    if let first = queue.facts.first, !clock.mayTell(first.entry.fact, at: now) {
      deadline = min(deadline, SessionClock.deadline)
    }
    return deadline
  }
}

// MARK: Parts

extension DeliverySession {
  /// True while a fact waits that the broker can be given, or may be there.
  private func hasWaitingFacts(at now: Instant) -> Bool {
    guard let first = queue.facts.first else { return reader.isWanted }
    return clock.mayTell(first.entry.fact, at: now)
  }

  private mutating func nextItem(at now: Instant) -> OutgoingQueue.Item? {
    guard window.hasRoom else { return nil }
    let mayTellFirst = queue.facts.first.map { clock.mayTell($0.entry.fact, at: now) } ?? false
    return queue.next(at: clock.moment, withFacts: mayTellFirst)
  }

  private func holds(_ position: OutboxPosition) -> Bool {
    queue.holds(position) || settled.contains { $0.position == position }
      || window.holds(position)
  }

  private mutating func depart(_ item: OutgoingQueue.Item) -> MQTTMessage? {
    guard let message = queue.take(item, at: clock.moment) else { return nil }
    departing = (item, message.quality)
    return message
  }

  private mutating func acknowledged(_ packet: PacketNumber) {
    guard let item = window.remove(packet) else { return }
    statistics.acknowledged += 1
    // Only now has the broker shown that it does more than accept connections.
    if arrived(item) { backOff.reset() }
  }

  /// The broker has a message, or has been sent one that it never confirms; true where that was the last of a
  /// fact, which leaves the outbox.
  @discardableResult
  private mutating func arrived(_ item: OutgoingQueue.Item) -> Bool {
    if case .announcement = item, !queue.hasAnnouncements, !window.holdsAnnouncement {
      queue.announced()
    }
    guard case .fact(let fact) = item else { return false }
    let position = fact.entry.position
    guard !queue.holds(position), !window.holds(position) else { return false }
    settled.append((position, .delivered))
    return true
  }

  /// The broker will not have `item`. A fact is tried a few times and then set aside; what is retained is said
  /// again when it changes, or after the next connect.
  private mutating func refused(
    _ item: OutgoingQueue.Item, reason: String, at now: Instant
  ) {
    statistics.rejected += 1
    guard case .fact(var fact) = item else { return }
    fact.refusals += 1
    if fact.refusals < DeliveryLimits.attempts {
      queue.putBack([.fact(fact)])
      networkHeldUntil = now + DeliveryLimits.refusalPause
    } else {
      queue.forget(fact.entry.position)
      window.forget(fact.entry.position)
      statistics.setAside += 1
      settled.append(
        (fact.entry.position, .setAside(fact: fact.entry.fact.id, reason: reason)))
    }
  }
}
