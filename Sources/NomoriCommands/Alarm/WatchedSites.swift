internal import Alerting
internal import Delivery
internal import DetectionCore

/// What is known of the sites that are watched: which alarms stand, which boxes and sensors are away. Pure: told of
/// each message, it says what is new.
struct WatchedSites {
  /// What tells an alarm, or a point, from all others.
  struct Key: Hashable, Comparable {
    var site: String
    var id: String
    static func < (left: Key, right: Key) -> Bool { (left.site, left.id) < (right.site, right.id) }
  }
  /// What only events tell of an alarm, so nothing from before the watching began.
  struct Told: Equatable {
    var priority: AlarmPriority?
    var point: String?
    var acknowledgedBy: CommandGiver?
    /// Who has shelved it, or taken it out of service.
    var silencedBy: CommandGiver?
    /// For how long it is shelved.
    var shelving: Shelving?
  }
  /// A shelving, from when and for how long.
  struct Shelving: Equatable {
    var start: WallTime
    var seconds: Double

    /// The whole minutes that it still lasts, the one that has begun included; nil where its time is over. Never more
    /// than it was given, whatever the box's clock says.
    func minutesLeft(at now: WallTime) -> Int? {
      let gone = Double(now.nanosecondsSince1970 - start.nanosecondsSince1970) / 1e9
      let left = seconds - max(0, gone)
      return left > 0 ? Int((left / 60).rounded(.up)) : nil
    }
  }
  /// An alarm that stands or is silenced.
  struct Alarm {
    var state: ReceivedAlarm
    var told: Told
    var key: Key { Key(site: state.site, id: state.alarm.id) }

    var isSilenced: Bool {
      state.silence.shelved || state.silence.suppressed || state.silence.outOfService
    }
    /// True where somebody has to say that they know.
    var wantsAcknowledgement: Bool {
      state.state == "unacknowledged" || state.state == "returnedUnacknowledged"
    }
  }
  /// A sensor that gives no usable values.
  struct SensorFault {
    var point: ReceivedEvent.Named
    var since: String
  }
  /// What a message has brought that people are to be told.
  enum News {
    case event(WatchedEvent)
    case alarm(Alarm)
    case box(ReceivedStatus)
    case gap(WatchedGap)
    case answer(OrderAnswer)
  }

  let filter: WatchFilter
  private(set) var clocks: SiteClocks
  private(set) var boxes: [String: ReceivedStatus] = [:]
  private(set) var sensorFaults: [Key: SensorFault] = [:]
  private var names: [String: LocalizedText] = [:]
  private var states: [Key: ReceivedAlarm] = [:]
  private var topics: [String: Key] = [:]
  private var told: [Key: Told] = [:]
  private var events = SeenEvents()

  init(
    filter: WatchFilter = WatchFilter(),
    machine: @escaping @Sendable (WallTime) -> NamedClock = NamedClock.machine
  ) {
    self.filter = filter
    clocks = SiteClocks(machine: machine)
  }

  /// The broker is about to say anew what it keeps; what it no longer keeps is gone.
  mutating func connected() {
    boxes = [:]
    states = [:]
    topics = [:]
  }

  /// Takes a message as it came; nil where it says nothing new that counts.
  ///
  /// - Throws: `Unreadable` for one that no box sends.
  mutating func take(_ message: ReceivedMessage) throws(Unreadable) -> News? {
    guard !message.payload.isEmpty else {
      if let key = topics.removeValue(forKey: message.topic) { states[key] = nil }
      return nil
    }
    guard let content = WatchedMessage(message.payload) else { throw Unreadable() }
    switch content {
    case .event(let event): return take(event)
    case .alarm(let state):
      let key = Key(site: state.site, id: state.alarm.id)
      states[key] = state
      topics[message.topic] = key
      let alarm = Alarm(state: state, told: told[key] ?? Told())
      return filter.takes(state, of: alarm.told.point) ? .alarm(alarm) : nil
    case .status(let status):
      boxes[status.site] = status
      names[status.site] = status.name
      return .box(status)
    case .gap(let gap): return .gap(gap)
    case .answer(let answer): return .answer(answer)
    }
  }

  /// A message that no box sends.
  struct Unreadable: Error {}

  private mutating func take(_ event: WatchedEvent) -> News? {
    let received = event.received
    guard events.isNew(received.id) else { return nil }
    if let local = event.localTime { clocks.learn(local, at: received.site) }
    if let name = received.siteName { names[received.site] = name }
    if let point = received.point {
      let key = Key(site: received.site, id: point.id)
      switch received.kind {
      case "sensorFault":
        sensorFaults[key] = SensorFault(point: point, since: received.time)
      case "sensorFaultCleared": sensorFaults[key] = nil
      default: break
      }
    }
    if let alarm = received.alarm {
      told[Key(site: received.site, id: alarm.id), default: Told()].take(event)
    }
    return filter.takes(event) ? .event(event) : nil
  }

  /// The alarms that count and stand or are silenced, worst first: what is silenced comes last; then by stage,
  /// priority, whether it wants to be acknowledged, and the newest first.
  var alarms: [Alarm] {
    states.map { key, state in Alarm(state: state, told: told[key] ?? Told()) }
      .filter {
        ($0.state.state != "normal" || $0.isSilenced)
          && filter.takes($0.state, of: $0.told.point)
      }
      .sorted { left, right in
        let (first, second) = (left.urgency, right.urgency)
        guard first == second else { return first.lexicographicallyPrecedes(second) }
        guard left.state.since == right.state.since else {
          return left.state.since > right.state.since
        }
        return left.key < right.key
      }
  }

  /// What is known of an alarm; nil where it is not known.
  func alarm(_ key: Key) -> Alarm? {
    states[key].map { Alarm(state: $0, told: told[key] ?? Told()) }
  }

  /// All states that count, also of what is normal, oldest first.
  var history: [Alarm] {
    states.map { key, state in Alarm(state: state, told: told[key] ?? Told()) }
      .filter { filter.takes($0.state, of: $0.told.point) }
      .sorted { ($0.state.since, $0.key) < ($1.state.since, $1.key) }
  }

  /// What a site is called; by its id where it has not said so.
  func name(of site: String) -> LocalizedText {
    names[site] ?? LocalizedText(english: site, japanese: site)
  }
}

extension WatchedSites.Told {
  /// Takes note of what an event of the alarm tells.
  fileprivate mutating func take(_ event: WatchedEvent) {
    let received = event.received
    priority = received.priority
    if let name = received.point?.id { point = name }
    switch received.kind {
    case "acknowledged": acknowledgedBy = event.giver
    case "raised" where event.isWorse, "reminded", "removed": acknowledgedBy = nil
    case "shelved":
      silencedBy = event.giver
      shelving = event.shelving
    case "takenOutOfService":
      silencedBy = event.giver
      shelving = nil
    case "unshelved", "returnedToService":
      silencedBy = nil
      shelving = nil
    default: break
    }
  }
}

extension WatchedEvent {
  /// The shelving that the event tells of; nil where it tells of none.
  fileprivate var shelving: WatchedSites.Shelving? {
    guard let seconds, seconds < 1e9, let start = WallTime(payload: received.time) else {
      return nil
    }
    return WatchedSites.Shelving(start: start, seconds: seconds)
  }
}

extension WatchedSites.Alarm {
  /// Smaller for what is looked at first.
  fileprivate var urgency: [Int] {
    let order = AlarmPriority.allCases.firstIndex(of: told.priority ?? .medium) ?? 0
    return [isSilenced ? 1 : 0, -state.stage.level, -order, wantsAcknowledgement ? 0 : 1]
  }
}

/// The ids of the events that came last, by which repeats are known.
private struct SeenEvents {
  /// A box repeats at most what was not acknowledged when a connection broke.
  private static let limit = 4_096
  private var ids: Set<String> = []
  private var order: [String] = []
  private var oldest = 0

  /// True the first time.
  mutating func isNew(_ id: String) -> Bool {
    guard ids.insert(id).inserted else { return false }
    if order.count < Self.limit {
      order.append(id)
    } else {
      ids.remove(order[oldest])
      order[oldest] = id
      oldest = (oldest + 1) % Self.limit
    }
    return true
  }
}
