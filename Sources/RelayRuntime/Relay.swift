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
    let password = try setup.mail.passwordFile.map(readSecret)
    let store = try RelayStore(path: setup.store)
    let mails = try WakeSignal()
    let stop = StopFlag()
    let alerts = try alertmanager.map {
      try AlertmanagerThread(url: $0, plan: setup.plan, store: store, stop: stop, say: say)
    }
    let intake = try EventIntake(
      store: store,
      dispatcher: Dispatcher(
        plan: setup.plan, incidents: try store.openIncidents(), lines: try store.lines(),
        sites: try store.sites()),
      brokers: setup.brokers.map(\.id), mails: mails, changes: alerts?.wake,
      stop: stop, say: say)
    let desk = try setup.acknowledgement.map { try AcknowledgementDesk($0) }
    let brokers = try setup.brokers.map { plan in
      try BrokerThread(
        plan: plan, relay: setup.plan.id, intake: intake, store: store, stop: stop, say: say)
    }
    let mail = MailThread(
      server: setup.mail, password: password,
      writer: MailWriter(plan: setup.plan, sender: setup.mail.sender) { desk?.link($0, $1, $2) },
      store: store, wake: mails, stop: stop, say: say)
    wakes = brokers.map(\.wake) + [mails, intake.deadlines] + (alerts.map { [$0.wake] } ?? [])
    server = desk?.serve(intake, plan: setup.plan, say: say)
    stopFlag = stop
    threads =
      try brokers.map { broker in try HostThread(name: "broker") { _ in broker.run() } } + [
        HostThread(name: "mail") { _ in mail.run() },
        HostThread(name: "deadlines") { _ in Self.keepTime(intake, store, stop, say) },
      ]
      + (alerts.map { alerts in [try HostThread(name: "alertmanager") { _ in alerts.run() }] } ?? [])
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
        insist(store, stop, say) { store throws(RelayStoreError) in
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
