internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import MosquittoClient

/// The thread of one broker: hands what boxes say to the intake, tells the broker of the receipt of what is stored,
/// and says what is to be said there.
final class BrokerThread: Sendable {
  private let plan: DestinationPlan
  private let relay: String
  private let intake: EventIntake
  private let senders: [BrokerSender]
  private let takesAlerts: Bool
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when there may be more to say, or the relay is to stop.
  private let wake: WakeSignal

  /// Makes the thread's body.
  ///
  /// - Parameters:
  ///   - plan: the broker.
  ///   - relay: the relay's id.
  ///   - intake: where what boxes say goes.
  ///   - senders: what is said there.
  ///   - takesAlerts: whether CAP alerts are wanted.
  ///   - wake: raised when there may be more to say.
  ///   - stop: raised when the relay is to stop.
  ///   - say: called with each line for the log.
  /// - Throws: `HostError`, or `BrokerError` where the broker's files or settings cannot be used.
  init(
    plan: DestinationPlan, relay: String, intake: EventIntake, senders: [BrokerSender],
    takesAlerts: Bool, wake: WakeSignal, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws {
    self.plan = plan
    self.relay = relay
    self.intake = intake
    self.senders = senders
    self.takesAlerts = takesAlerts
    self.stop = stop
    self.say = say
    self.wake = wake
    _ = try makeSession()
  }

  private func makeSession() throws(BrokerError) -> MQTTSession {
    try MQTTSession(
      plan: plan, clientID: "nomori-relay-\(relay)-\(plan.id)", will: nil, storesFirst: true,
      wakeDescriptor: wake.descriptor)
  }

  /// How the connection stands.
  private enum State {
    case absent, connecting, connected
  }

  /// Runs until the relay is to stop.
  func run() {
    guard var session = try? makeSession() else { return }
    var senders = senders
    var backOff = BackOff(seed: UInt64(bitPattern: Int64(plan.id.hashValue)))
    var complaint: BrokerError?
    var state = State.absent
    while !stop.isRaised {
      if state == .absent {
        do throws(BrokerError) {
          try session.connect()
          state = .connecting
        } catch {
          note(error, &complaint)
          wake.pause(for: backOff.wait(), unless: stop)
          continue
        }
      }
      let before = state
      let events = session.poll(milliseconds: RelayLimits.pollMilliseconds)
      wake.wait(timeout: .zero)
      for event in events { state = follow(event, from: state, &senders, &complaint) }
      take(events)
      // Whatever is said to the broker also tells the receipt of what came, so it is stored by now.
      if state == .connected {
        if before != .connected {
          backOff.reset()
          for index in senders.indices { senders[index].begin() }
          subscribe(&session)
        }
        for index in senders.indices { senders[index].send(over: &session) }
      } else if state == .absent {
        wake.pause(for: backOff.wait(), unless: stop)
      }
    }
    session.disconnect()
  }

  /// Takes note of what happened to the connection; returns how it stands.
  private func follow(
    _ event: BrokerEvent, from state: State, _ senders: inout [BrokerSender],
    _ complaint: inout BrokerError?
  ) -> State {
    switch event {
    case .connected:
      complaint = nil
      return .connected
    case .disconnected(let error):
      if let error { note(error, &complaint) }
      return .absent
    case .acknowledged(let packet):
      for index in senders.indices { senders[index].settle(packet) }
    case .rejected(let packet, let reason):
      for index in senders.indices { senders[index].settle(packet, refusal: "\(reason)") }
    case .subscriptionRefused(let filter, let reason):
      say(
        both(
          "broker \(plan.id) refuses \(filter): \(reason)",
          "ブローカー \(plan.id) が \(filter) の購読を拒否：\(reason)"))
    case .message, .subscribed: break
    }
    return state
  }

  private func subscribe(_ session: inout MQTTSession) {
    say(both("broker \(plan.id): listening", "ブローカー \(plan.id)：受信中"))
    let topics = plan.topics(of: "+")
    let alerts = takesAlerts ? [topics.topic("cap")] : []
    for filter in [topics.event, topics.gap, topics.status, topics.alarm("#")] + alerts {
      // A connection that is gone by now is made again, with all its subscriptions.
      _ = try? session.subscribe(to: filter)
    }
  }

  private func take(_ events: [BrokerEvent]) {
    let payloads = events.compactMap { event in
      if case .message(let message) = event {
        ReceivedPayload(message, root: plan.topicRoot)
      } else {
        nil
      }
    }
    guard !payloads.isEmpty else { return }
    let unreadable = payloads.count { if case .unreadable = $0 { true } else { false } }
    if unreadable > 0 {
      say(
        both(
          "broker \(plan.id): \(unreadable) messages are not what a box sends",
          "ブローカー \(plan.id)：解釈できないメッセージ \(unreadable) 件"))
    }
    intake.take(payloads)
  }

  private func note(_ error: BrokerError, _ last: inout BrokerError?) {
    guard last != error else { return }
    last = error
    say(both("broker \(plan.id): \(error)", "ブローカー \(plan.id)：\(error)"))
  }
}
