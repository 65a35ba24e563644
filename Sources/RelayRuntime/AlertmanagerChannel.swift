internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MessageSender
internal import RelayStore

/// Hands incidents over to Prometheus Alertmanager: all that stand, and those that ended lately, at each change and
/// again and again, as Alertmanager takes alerts that are not repeated as over.
struct AlertmanagerChannel: Channel {
  private let sender: WebSender
  private let plan: AlertingPlan
  private let store: RelayStore
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void

  /// Nil where the library does not start, or the address is none.
  init?(
    url: String, plan: AlertingPlan, store: RelayStore, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) {
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    guard let sender = WebSender(url: base + "/api/v2/alerts") else { return nil }
    self.sender = sender
    self.plan = plan
    self.store = store
    self.stop = stop
    self.say = say
  }

  mutating func turn() -> ChannelTurn {
    guard let json = try? JSONEncoder().encode(alerts()) else {
      return .trouble(reason: "no alerts", retryAfter: nil)
    }
    switch sender.send(Array(json)).outcome {
    case .sent: return .rest(RelayLimits.alertRefresh)
    case .later(let reason, let retryAfter), .unavailable(let reason, let retryAfter):
      return .trouble(reason: reason, retryAfter: retryAfter)
    case .refused(let reason): return .trouble(reason: reason, retryAfter: nil)
    }
  }

  /// All that Alertmanager is to know now.
  private func alerts() -> [AlertmanagerAlert] {
    let now = EventIntake.now.nanoseconds
    let known = insist(stop, say) { () throws(RelayStoreError) in
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
