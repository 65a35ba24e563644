internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import RelayStore
internal import Synchronization

/// Takes what boxes say from all brokers, has it decided on, and stores both at once. When `take` returns it is on
/// the disk, so that the broker may be told of its receipt.
final class EventIntake: Sendable {
  private let store: RelayStore
  private let dispatcher: Mutex<Dispatcher>
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when there is more to tell: what leads out of the relay looks into the store then.
  private let wakes: [WakeSignal]
  /// The brokers through which boxes are told.
  private let brokers: [String]
  /// How often boxes, and how often others were to be told something; broker threads look into the store when it
  /// has grown.
  let commandCount = Atomic<Int>(0)
  let notificationCount = Atomic<Int>(0)
  /// Raised when a deadline may have come nearer.
  let deadlines: WakeSignal

  init(
    store: RelayStore, dispatcher: consuming sending Dispatcher, brokers: [String],
    wakes: [WakeSignal], stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws(HostError) {
    self.store = store
    self.dispatcher = Mutex(dispatcher)
    self.wakes = wakes
    self.brokers = brokers
    self.stop = stop
    self.say = say
    deadlines = try WakeSignal()
  }

  static var now: Instant { Instant(nanoseconds: HostClock().wallTime.nanosecondsSince1970) }

  /// Takes messages that came together; returns once they are stored, or when the relay is to stop.
  func take(_ payloads: [ReceivedPayload]) {
    change { dispatcher, batch in
      for payload in payloads {
        switch payload {
        case .event(let event):
          guard !isKnown(event.id, in: batch) else { continue }
          batch.events.append(event.id)
          batch.decision.append(dispatcher.receive(event, at: Self.now))
        case .alarm(let alarm):
          let hasCome = alarm.lastEvent.map { isKnown($0, in: batch) } ?? true
          batch.decision.append(dispatcher.receive(alarm, isKnown: hasCome, at: Self.now))
        case .status(let status):
          batch.decision.append(dispatcher.receive(status, at: Self.now))
        case .alert(let alert):
          // An alert is named by its event.
          let name = "cap/" + alert.identifier
          guard !isKnown(name, in: batch) else { continue }
          batch.events.append(name)
          batch.alerts.append(alert)
        case .gap(let site):
          say(
            both(
              "\(site): the box says that events were lost before they could be sent",
              "\(site)：送信前に失われたイベントがあると装置が報告しています"))
        case .nothing, .unreadable: break
        }
      }
    }
    deadlines.raise()
  }

  /// How an incident stands that is not over.
  func incident(_ id: String) -> Incident? { dispatcher.withLock { $0.incident(id) } }

  /// A person says that an incident is known; returns once that is stored.
  func acknowledge(_ incident: String, seen event: String, by name: String) {
    change { dispatcher, batch in
      batch.decision.append(
        dispatcher.acknowledge(incident, seen: event, by: name, at: Self.now))
    }
    deadlines.raise()
  }

  /// Does what has become due; returns when to come back.
  func advance() -> Instant? {
    change { dispatcher, batch in batch.decision.append(dispatcher.advance(to: Self.now)) }
    return dispatcher.withLock { $0.nextDeadline }
  }

  /// What is stored at once.
  private struct Batch {
    var events: [String] = []
    var decision = AlertingDecision()
    var alerts: [ReceivedCAP] = []
  }

  private func change(_ body: (inout Dispatcher, inout Batch) -> Void) {
    let hasChanged = dispatcher.withLock { dispatcher -> Bool in
      var batch = Batch()
      body(&dispatcher, &batch)
      guard !batch.events.isEmpty || !batch.decision.isEmpty else { return false }
      // Nothing is decided on while the disk refuses: what is not stored is not received, and the brokers keep it.
      insist(stop, say) { () throws(RelayStoreError) in
        try store.commit(
          events: batch.events, batch.decision, alerts: batch.alerts, brokers: brokers,
          at: Self.now.nanoseconds)
      }
      if !batch.decision.commands.isEmpty { commandCount.add(1, ordering: .releasing) }
      if !batch.decision.notifications.isEmpty { notificationCount.add(1, ordering: .releasing) }
      return true
    }
    guard hasChanged else { return }
    for wake in wakes { wake.raise() }
  }

  private func isKnown(_ event: String, in batch: Batch) -> Bool {
    if batch.events.contains(event) { return true }
    return insist(stop, say) { () throws(RelayStoreError) in try store.knows(event) }
      ?? false
  }
}
