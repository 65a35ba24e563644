public import DetectionCore

/// What one destination gets, and when: the policy between an outbox and a broker.
///
/// A state machine without I/O. The owner asks `next(at:)` what to do, does it, and says how it
/// went. Events are sent oldest first, at most `DeliveryLimits.window` unacknowledged at a time,
/// and leave the outbox only when the broker has acknowledged them; after a lost connection the
/// unacknowledged ones are sent again first, so a receiver may see one twice, under the same id.
/// After every connect come the site's status, then all alarm states, then events; point values
/// only while nothing else waits, and only the newest of each point.
public struct DeliverySession: ~Copyable {
  /// What the owner has to do.
  public enum Action: Hashable, Sendable {
    /// Connect; then `handle` the incidents, or call `ended` when it fails at once.
    case connect
    /// Publish the message; then call `published` or `publishFailed`.
    case publish(MQTTMessage)
    /// Read events from the outbox; then call `loaded` or `storeFailed`.
    case load(after: OutboxPosition, limit: Int)
    /// Acknowledge events in the outbox; then call `stored` or `storeFailed`.
    case acknowledge([OutboxPosition])
    /// End the connection.
    case disconnect
    /// Nothing to do before this instant, unless something happens.
    case wait(until: Instant)
    /// The session was closed and is over.
    case finished
  }

  private enum Phase {
    case idle(until: Instant)
    case connecting(deadline: Instant)
    case online
    case ending
    case finished
  }

  /// Something that is published.
  private enum OutgoingItem {
    case status
    case alarm(Int)
    case event(OutboxEntry)
    case point(Int)
  }

  private struct InFlight {
    var packet: PacketNumber
    var parcel: OutgoingItem
    var deadline: Instant
  }

  private struct Slot {
    var message: MQTTMessage?
    var isDue = false
  }

  private let plan: DestinationPlan
  private var phase: Phase
  private var backOff: BackOff
  private var status: Slot
  private var alarms: [Slot]
  private var points: [Slot]
  /// The point at which the search for a due value begins, so that none is starved.
  private var firstPoint = 0
  /// Loaded and not sent, oldest first.
  private var ready: [OutboxEntry] = []
  /// Sent and not acknowledged, in the order of sending.
  private var flights: [InFlight] = []
  /// Handed out by `.publish` and not yet answered for.
  private var departing: OutgoingItem?
  /// Acknowledged by the broker, not yet by the store.
  private var delivered: [OutboxPosition] = []
  private var lastLoaded = OutboxPosition.start
  private var mayHaveMore = true
  private var storeHeldUntil = Instant(nanoseconds: .min)
  private var networkHeldUntil = Instant(nanoseconds: .min)
  private var closeDeadline: Instant?

  /// What has happened so far.
  public private(set) var statistics = DeliveryStatistics()

  /// Makes a session that wants to connect at once.
  ///
  /// - Parameters:
  ///   - plan: the destination.
  ///   - site: gives the numbers of alarms and points.
  ///   - online: the retained status that is published after every connect.
  ///   - seed: for the jitter of the waits between attempts.
  public init(
    plan: DestinationPlan, site: SiteDescription, online: MQTTMessage, seed: UInt64, at now: Instant
  ) {
    self.plan = plan
    phase = .idle(until: now)
    backOff = BackOff(seed: seed)
    status = Slot(message: online)
    alarms = Array(repeating: Slot(), count: site.rules.count)
    points = Array(repeating: Slot(), count: site.points.count)
  }

  /// True while the broker has accepted us.
  public var isOnline: Bool {
    if case .online = phase { true } else { false }
  }

  // MARK: What happens on the gateway's side

  /// New events have been committed to the outbox.
  public mutating func eventsStored() { mayHaveMore = true }

  /// The state of the alarm of rule `rule` is now `message`.
  public mutating func alarmChanged(_ message: MQTTMessage, rule: Int) {
    precondition(rule >= 0 && rule < alarms.count, "rule \(rule) of \(alarms.count)")
    alarms[rule] = Slot(message: message, isDue: true)
  }

  /// The newest value of point `point` is now `message`; a value not yet sent is replaced.
  public mutating func pointChanged(_ message: MQTTMessage, point: PointIndex) {
    let place = Int(point.rawValue)
    precondition(place < points.count, "point \(place) of \(points.count)")
    if points[place].isDue { statistics.valuesReplaced += 1 }
    points[place] = Slot(message: message, isDue: true)
  }

  /// True when a value of point `point` waits and nothing keeps it from being sent next: another one is
  /// better given afterwards, as it would be sent in its place.
  public func isAboutToSend(_ point: PointIndex, at now: Instant) -> Bool {
    points[Int(point.rawValue)].isDue && isOnline && now >= networkHeldUntil && !hasWaitingEvents
      && nextParcel() == nil && closeDeadline == nil
  }

  /// True while values wait that the broker can be given.
  public var hasValuesToSend: Bool { isOnline && points.contains(where: \.isDue) }

  /// Ends the session: publishes `offline` when connected, waits shortly for its
  /// acknowledgement, and disconnects. Events that are still in the outbox stay there.
  public mutating func close(offline: MQTTMessage, at now: Instant) {
    guard closeDeadline == nil else { return }
    closeDeadline = now + DeliveryLimits.closeTimeout
    status = Slot(message: offline, isDue: true)
  }

  // MARK: What the owner has done

  /// The message of the last `.publish` was taken over under `packet`.
  public mutating func published(_ packet: PacketNumber, at now: Instant) {
    guard let parcel = departing else { return }
    departing = nil
    statistics.published += 1
    if case .point = parcel { return }
    flights.append(
      InFlight(packet: packet, parcel: parcel, deadline: now + DeliveryLimits.acknowledgeTimeout))
  }

  /// The message of the last `.publish` was not taken over.
  public mutating func publishFailed(_ error: BrokerError, at now: Instant) {
    if let parcel = departing { putBack([parcel]) }
    departing = nil
    if error == .congested {
      networkHeldUntil = now + DeliveryLimits.holdTime
    } else {
      abandon(because: error)
    }
  }

  /// The answer to the last `.load`.
  public mutating func loaded(_ entries: [OutboxEntry]) {
    ready.append(contentsOf: entries)
    if let last = entries.last { lastLoaded = last.position }
    if entries.count < DeliveryLimits.window { mayHaveMore = false }
  }

  /// The outbox has noted the last `.acknowledge`.
  public mutating func stored() { delivered.removeAll(keepingCapacity: true) }

  /// The outbox could not do the last `.load` or `.acknowledge`; it is asked again later.
  public mutating func storeFailed(at now: Instant) {
    storeHeldUntil = now + DeliveryLimits.holdTime
    mayHaveMore = true
    statistics.storeFailures += 1
  }

  /// Connecting failed at once.
  public mutating func connectFailed(_ error: BrokerError, at now: Instant) {
    ended(error, at: now)
  }

  /// Something happened on the connection. Messages are the owner's own affair.
  public mutating func handle(_ incident: BrokerEvent, at now: Instant) {
    switch incident {
    case .connected:
      guard case .connecting = phase else { return }
      phase = .online
      statistics.connects += 1
      status.isDue = true
      for place in alarms.indices { alarms[place].isDue = alarms[place].message != nil }
    case .acknowledged(let packet):
      acknowledged(packet)
    case .rejected(let packet, let reason):
      guard flights.contains(where: { $0.packet == packet }) else { return }
      statistics.rejected += 1
      abandon(because: .refused(reason: reason))
    case .disconnected(let error):
      ended(error, at: now)
    case .message:
      break
    }
  }

  // MARK: What to do next

  /// What the owner has to do now.
  public mutating func next(at now: Instant) -> Action {
    if case .finished = phase { return .finished }
    if delivered.count >= DeliveryLimits.window || !isOnline, let action = flush(at: now) {
      return action
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
      return .connect
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
    if let oldest = flights.first, now >= oldest.deadline {
      abandon(because: .lost(reason: "no acknowledgement in time"))
      return endOrderly(at: now)
    }
    if let closeDeadline { return closing(until: closeDeadline, at: now) }
    if now >= networkHeldUntil {
      if let parcel = nextParcel() { return depart(parcel) }
      if wantsEvents, now >= storeHeldUntil {
        return .load(after: lastLoaded, limit: DeliveryLimits.window)
      }
      if let action = flush(at: now) { return action }
      if !hasWaitingEvents, let point = nextPoint() { return depart(.point(point)) }
    } else if let action = flush(at: now) {
      return action
    }
    return .wait(until: nextDeadline(after: now))
  }

  private mutating func closing(until deadline: Instant, at now: Instant) -> Action {
    let statusInFlight = flights.contains { if case .status = $0.parcel { true } else { false } }
    guard now < deadline, status.isDue || statusInFlight else {
      return endOrderly(at: now)
    }
    if status.isDue, now >= networkHeldUntil { return depart(.status) }
    return .wait(until: status.isDue ? min(networkHeldUntil, deadline) : deadline)
  }

  private func nextDeadline(after now: Instant) -> Instant {
    var deadline = flights.first?.deadline ?? Instant(nanoseconds: .max)
    if networkHeldUntil > now { deadline = min(deadline, networkHeldUntil) }
    if storeHeldUntil > now { deadline = min(deadline, storeHeldUntil) }
    return deadline
  }

  // MARK: Parts

  /// Events are to be read from the outbox as soon as there is room for them.
  private var wantsEvents: Bool { ready.isEmpty && mayHaveMore && hasRoom }
  private var hasWaitingEvents: Bool { !ready.isEmpty || mayHaveMore }
  private var hasRoom: Bool { flights.count < DeliveryLimits.window }

  /// The most urgent thing that has to arrive, when the window has room for it.
  private func nextParcel() -> OutgoingItem? {
    guard hasRoom else { return nil }
    if status.isDue { return .status }
    if let rule = alarms.firstIndex(where: \.isDue) { return .alarm(rule) }
    return ready.first.map(OutgoingItem.event)
  }

  private func nextPoint() -> Int? {
    let due = points[firstPoint...].firstIndex(where: \.isDue)
    return due ?? points[..<firstPoint].firstIndex(where: \.isDue)
  }

  private mutating func depart(_ parcel: OutgoingItem) -> Action {
    let message: MQTTMessage?
    switch parcel {
    case .status:
      message = status.message
      status.isDue = false
    case .alarm(let rule):
      message = alarms[rule].message
      alarms[rule].isDue = false
    case .event(let entry):
      message = entry.event.message
      ready.removeFirst()
    case .point(let point):
      message = points[point].message
      points[point].isDue = false
      firstPoint = point + 1
    }
    guard var message else { preconditionFailure("a due slot without a message") }
    departing = parcel
    message.topic = plan.topic(message.topic)
    return .publish(message)
  }

  /// Makes parcels due again. Their order is the order of sending, and events go in front.
  private mutating func putBack(_ parcels: [OutgoingItem]) {
    var entries: [OutboxEntry] = []
    for parcel in parcels {
      switch parcel {
      case .status: status.isDue = true
      case .alarm(let rule): alarms[rule].isDue = true
      case .point(let point): points[point].isDue = true
      case .event(let entry): entries.append(entry)
      }
    }
    ready.insert(contentsOf: entries, at: 0)
  }

  private mutating func acknowledged(_ packet: PacketNumber) {
    guard let place = flights.firstIndex(where: { $0.packet == packet }) else { return }
    let flight = flights.remove(at: place)
    statistics.acknowledged += 1
    // Only now has the broker shown that it does more than accept connections.
    backOff.reset()
    if case .event(let entry) = flight.parcel { delivered.append(entry.position) }
  }

  private mutating func flush(at now: Instant) -> Action? {
    guard !delivered.isEmpty, now >= storeHeldUntil else { return nil }
    return .acknowledge(delivered)
  }

  /// Gives the connection up; the owner is told to disconnect.
  private mutating func abandon(because error: BrokerError) {
    switch phase {
    case .connecting, .online:
      if closeDeadline == nil { statistics.lastError = error }
      phase = .ending
    case .idle, .ending, .finished:
      break
    }
  }

  /// The connection is gone without our doing.
  private mutating func ended(_ error: BrokerError?, at now: Instant) {
    switch phase {
    case .connecting, .online, .ending:
      if let error { statistics.lastError = error }
      endConnection(at: now)
    case .idle, .finished:
      break
    }
  }

  private mutating func endOrderly(at now: Instant) -> Action {
    endConnection(at: now)
    return .disconnect
  }

  private mutating func endConnection(at now: Instant) {
    statistics.repeated += UInt64(flights.count)
    putBack((flights.map(\.parcel) + [departing].compactMap(\.self)))
    flights.removeAll(keepingCapacity: true)
    departing = nil
    networkHeldUntil = Instant(nanoseconds: .min)
    phase = .idle(until: now + backOff.wait())
  }
}
