internal import AcknowledgementServer
internal import Alerting
public import Delivery
internal import DetectionCore
internal import LinuxHost
internal import RelayStore
public import SiteConfiguration

/// A running relay: listens to boxes, decides who is told, and tells them.
public final class Relay: Sendable {
  private let stopFlag: StopFlag
  private let threads: [HostThread]
  private let wakes: [WakeSignal]
  private let server: AcknowledgementServer?

  /// Starts a relay.
  ///
  /// - Parameters:
  ///   - setup: its file.
  ///   - alertmanager: where a Prometheus Alertmanager answers, which is handed all incidents; nil for none.
  ///   - say: called with each line for the log, from several threads; no line holds an address.
  /// - Throws: what cannot be used: files, the store, a broker's settings.
  public init(
    _ setup: RelaySetup, alertmanager: String? = nil,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws {
    let store = try RelayStore(path: setup.store)
    let stop = StopFlag()
    let desk = try setup.acknowledgement.map { try AcknowledgementDesk($0) }
    let channels = try RelayChannels(
      setup: setup, alertmanager: alertmanager, store: store, desk: desk, stop: stop, say: say)
    let brokerWakes = try setup.brokers.map { _ in try WakeSignal() }
    try Self.forgetUnknown(setup, store, say)
    let intake = try EventIntake(
      store: store,
      dispatcher: Dispatcher(
        plan: setup.plan, incidents: try store.openIncidents(), lines: try store.lines(),
        sites: try store.sites()),
      brokers: setup.brokers.map(\.id), wakes: channels.threads.map(\.wake) + brokerWakes,
      stop: stop, say: say)
    let brokers = try zip(setup.brokers, brokerWakes).map { plan, wake in
      try BrokerThread(
        plan: plan, relay: setup.plan.id, intake: intake,
        senders: channels.senders(to: plan, counted: intake),
        takesAlerts: setup.capFolder != nil, wake: wake, stop: stop, say: say)
    }
    wakes = channels.threads.map(\.wake) + brokerWakes + [intake.deadlines]
    server = desk?.serve(intake, plan: setup.plan, say: say)
    stopFlag = stop
    threads =
      try brokers.map { broker in try HostThread(name: "broker") { _ in broker.run() } }
      + channels.threads.map { thread in try HostThread(name: "channel") { _ in thread.run() } }
      + [
        HostThread(name: "deadlines") { _ in Self.keepTime(intake, store, stop, say) }
      ]
  }

  /// Gives up what waits for recipients that the file no longer has: no channel leads to them.
  private static func forgetUnknown(
    _ setup: RelaySetup, _ store: RelayStore, _ say: @Sendable (LocalizedText) -> Void
  ) throws {
    let count = try store.giveUp(
      except: setup.plan.recipients.map(\.id), at: EventIntake.now.nanoseconds)
    guard count > 0 else { return }
    say(
      both(
        "given up: \(count) messages to recipients that the file no longer has",
        "断念：設定にない宛先への通知 \(count) 件"))
  }

  /// Does what is due in time, and forgets what is old.
  private static func keepTime(
    _ intake: EventIntake, _ store: RelayStore, _ stop: StopFlag,
    _ say: @Sendable (LocalizedText) -> Void
  ) {
    var pruned = Instant(nanoseconds: 0)
    while !stop.isRaised {
      let next = intake.advance()
      let now = EventIntake.now
      if now - pruned >= RelayLimits.pruning {
        insist(stop, say) { () throws(RelayStoreError) in
          try store.prune(at: now.nanoseconds)
        }
        pruned = now
      }
      let rest = next.map { max(.zero, $0 - now) } ?? RelayLimits.pruning
      intake.deadlines.wait(timeout: min(rest, RelayLimits.pruning))
    }
  }

  /// Ends it: what was received is stored, and what was not told is told by the next start.
  public func stop() {
    stopFlag.raise()
    server?.stop()
    for wake in wakes { wake.raise() }
    for thread in threads { thread.join(within: RelayLimits.stopping) }
  }
}
