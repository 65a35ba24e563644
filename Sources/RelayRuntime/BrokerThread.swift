internal import Alerting
internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import MosquittoClient

/// The thread of one broker: hands what boxes say to the intake, and tells the broker of the receipt of what is
/// stored.
final class BrokerThread: Sendable {
  private let plan: DestinationPlan
  private let relay: String
  private let intake: EventIntake
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when the relay is to stop.
  let wake: WakeSignal

  /// Makes the thread's body.
  ///
  /// - Throws: `HostError`, or `BrokerError` where the broker's files or settings cannot be used.
  init(
    plan: DestinationPlan, relay: String, intake: EventIntake, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws {
    self.plan = plan
    self.relay = relay
    self.intake = intake
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

  /// Runs until the relay is to stop.
  func run() {
    guard var session = try? makeSession() else { return }
    var backOff = BackOff(seed: UInt64(bitPattern: Int64(plan.id.hashValue)))
    var isConnecting = false
    var complaint: BrokerError?
    while !stop.isRaised {
      if !isConnecting {
        do throws(BrokerError) {
          try session.connect()
          isConnecting = true
        } catch {
          note(error, &complaint)
          wake.wait(timeout: backOff.wait())
          continue
        }
      }
      var payloads: [ReceivedPayload] = []
      var isNew = false
      for event in session.poll(milliseconds: RelayLimits.pollMilliseconds) {
        switch event {
        case .connected:
          backOff.reset()
          complaint = nil
          isNew = true
        case .message(let message):
          payloads.append(ReceivedPayload(message, root: plan.topicRoot))
        case .disconnected(let error):
          isConnecting = false
          if let error { note(error, &complaint) }
        case .subscriptionRefused(let filter, let reason):
          say(
            both(
              "broker \(plan.id) refuses \(filter): \(reason)",
              "ブローカー \(plan.id) が \(filter) の購読を拒否：\(reason)"))
        case .acknowledged, .rejected, .subscribed: break
        }
      }
      take(payloads)
      // Whatever is said to the broker also tells the receipt of what came, so it is stored by now.
      if isNew { subscribe(&session) }
      if !isConnecting, !stop.isRaised { wake.wait(timeout: backOff.wait()) }
    }
    session.disconnect()
  }

  private func subscribe(_ session: inout MQTTSession) {
    say(both("broker \(plan.id): listening", "ブローカー \(plan.id)：受信中"))
    for kind in ["event", "gap", "status", "alarm/#"] {
      // A connection that is gone by now is made again, with all its subscriptions.
      _ = try? session.subscribe(to: "\(plan.topicRoot)/+/\(kind)")
    }
  }

  private func take(_ payloads: [ReceivedPayload]) {
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
