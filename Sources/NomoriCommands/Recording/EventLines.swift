internal import Delivery
internal import DetectionCore
internal import SiteConfiguration

/// Events that are decided anew, as the lines that the gateway would have published.
struct EventLines {
  private let site: SiteDescription
  private let facts: FactSource
  private var incidents: StandingIncidents

  init(of site: Site, session: SessionIdentity = SessionIdentity(epoch: "", number: 0)) {
    self.site = site.description
    facts = FactSource(site: site.description, session: session, boot: "")
    incidents = StandingIncidents(ruleCount: site.description.rules.count)
  }

  /// The next event's line.
  mutating func line(of event: DecidedEvent) -> String {
    let incident = incidents.take(event.event, of: facts)
    return facts.fact(event, incident: incident).line(site: site)
  }
}
