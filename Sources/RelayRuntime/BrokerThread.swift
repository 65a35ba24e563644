internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import MosquittoClient
internal import RelayStore
internal import Synchronization

/// The thread of one broker: hands what boxes say to the intake, and tells the broker of the receipt of what is
/// stored.
final class BrokerThread: Sendable {
  private let plan: DestinationPlan
  private let relay: String
  private let intake: EventIntake
  private let store: RelayStore
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when the relay is to stop.
  let wake: WakeSignal

  /// Makes the thread's body.
  ///
  /// - Throws: `HostError`, or `BrokerError` where the broker's files or settings cannot be used.
  init(
    plan: DestinationPlan, relay: String, intake: EventIntake, store: RelayStore,
    stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws {
    self.plan = plan
    self.relay = relay
    self.intake = intake
    self.store = store
    self.stop = stop
    self.say = say
    wake = try WakeSignal()
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
    var commands = CommandSender(plan: plan, relay: relay, store: store, stop: stop, say: say)
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
          wake.wait(timeout: backOff.wait())
          continue
        }
      }
      let before = state
      let events = session.poll(milliseconds: RelayLimits.pollMilliseconds)
      wake.wait(timeout: .zero)
      for event in events { state = follow(event, from: state, &commands, &complaint) }
      take(events)
      // Whatever is said to the broker also tells the receipt of what came, so it is stored by now.
      if state == .connected {
        if before != .connected {
          backOff.reset()
          commands.begin()
          subscribe(&session)
        }
        commands.send(over: &session, count: intake.commandCount.load(ordering: .acquiring))
      } else if state == .absent, !stop.isRaised {
        wake.wait(timeout: backOff.wait())
      }
    }
    session.disconnect()
  }

  /// Takes note of what happened to the connection; returns how it stands.
  private func follow(
    _ event: BrokerEvent, from state: State, _ commands: inout CommandSender,
    _ complaint: inout BrokerError?
  ) -> State {
    switch event {
    case .connected:
      complaint = nil
      return .connected
    case .disconnected(let error):
      if let error { note(error, &complaint) }
      return .absent
    case .acknowledged(let packet): commands.settle(packet)
    case .rejected(let packet, let reason):
      commands.settle(packet)
      say(
        both(
          "broker \(plan.id) refuses a command: \(reason)",
          "ブローカー \(plan.id) が指令を拒否：\(reason)"))
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
    for filter in [topics.event, topics.gap, topics.status, topics.alarm("#")] {
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
