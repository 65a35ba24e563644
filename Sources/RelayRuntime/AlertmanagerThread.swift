internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MessageSender
internal import RelayStore

/// The thread that hands incidents over to Prometheus Alertmanager: all that stand, and those that ended lately, at
/// each change and again and again, as Alertmanager takes alerts that are not repeated as over.
final class AlertmanagerThread: Sendable {
  private let url: String
  private let plan: AlertingPlan
  private let store: RelayStore
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when an incident has changed.
  let wake: WakeSignal

  init(
    url: String, plan: AlertingPlan, store: RelayStore, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) throws(HostError) {
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    self.url = base + "/api/v2/alerts"
    self.plan = plan
    self.store = store
    self.stop = stop
    self.say = say
    wake = try WakeSignal()
  }

  /// Runs until the relay is to stop.
  func run() {
    guard let sender = WebSender(url: url) else {
      return say(both("Alertmanager: the address cannot be used", "Alertmanager：アドレスが不正です"))
    }
    var backOff = BackOff(seed: 2)
    var complaint: String?
    while !stop.isRaised {
      let problem = (try? JSONEncoder().encode(alerts())).flatMap { sender.send(Array($0)) }
      if let problem, problem != complaint {
        say(both("Alertmanager: \(problem)", "Alertmanager：\(problem)"))
      }
      complaint = problem
      if problem == nil { backOff.reset() }
      wake.wait(timeout: problem == nil ? RelayLimits.alertRefresh : backOff.wait())
    }
  }

  /// All that Alertmanager is to know now.
  private func alerts() -> [AlertmanagerAlert] {
    let now = EventIntake.now.nanoseconds
    let known = insist(store, stop, say) { store throws(RelayStoreError) in
      let incidents =
        try store.openIncidents()
        + store.incidents(limit: RelayLimits.recentIncidents).filter {
          $0.ended.map { $0 > now - RelayLimits.endedAlerts.nanoseconds } ?? false
        }
      return (incidents, try store.sites())
    }
    guard let (incidents, sites) = known else { return [] }
    return incidents.map { incident in
      let site = sites.first { $0.id == incident.site }?.name
      return AlertmanagerAlert(
        incident, siteName: site ?? both(incident.site, incident.site),
        mode: plan.meant(incident.latest.mode),
        end: incident.ended ?? now + RelayLimits.alertLife.nanoseconds)
    }
  }
}
