internal import Delivery
public import DetectionCore

/// Decides who is told what, and when, from what boxes say. The receiver's side of a gateway: one value, one
/// method for each thing that can happen. Each returns what is to be stored in one transaction; nobody is
/// told before that.
///
/// Instants count from 1970, as incidents outlive restarts and reboots of the machine.
public struct Dispatcher: ~Copyable {
  let plan: AlertingPlan
  /// The incidents that are not over.
  var incidents: [IncidentKey: Incident] = [:]
  var lines: [LineKey: Line] = [:]
  var sites: [String: KnownSite] = [:]
  /// States that tell of an event which has not come, and when that is given up.
  var unconfirmed: [IncidentKey: (alarm: ReceivedAlarm, event: String, due: Instant)] = [:]
  /// Boxes that went away, and when people are told.
  var absent: [String: (status: ReceivedStatus, due: Instant)] = [:]
  /// What the call that is being made has decided.
  var decision = AlertingDecision()

  /// Goes on from what was stored.
  public init(plan: AlertingPlan, incidents: [Incident], lines: [Line], sites: [KnownSite]) {
    self.plan = plan
    for incident in incidents where !incident.isOver { self.incidents[incident.key] = incident }
    for line in lines { self.lines[line.key] = line }
    for site in sites { self.sites[site.id] = site }
  }

  /// An event came that was not known before.
  public mutating func receive(_ event: ReceivedEvent, at now: Instant) -> AlertingDecision {
    take(event, at: now)
    return finish()
  }

  /// A state came. Where `isKnown` is false, its last event has not come, and is waited for.
  public mutating func receive(
    _ alarm: ReceivedAlarm, isKnown: Bool, at now: Instant
  ) -> AlertingDecision {
    let key = IncidentKey(
      site: alarm.site, subject: IncidentSubject(kind: .alarm, id: alarm.alarm.id))
    if let event = alarm.lastEvent, !isKnown {
      // What is waited for already keeps its time, however often the state is told.
      let due = unconfirmed[key]?.due ?? now + AlertingLimits.eventGrace
      unconfirmed[key] = (alarm, event, due)
    } else {
      unconfirmed[key] = nil
    }
    return finish()
  }

  /// A box says that it is there, or its broker that it is not.
  public mutating func receive(_ status: ReceivedStatus, at now: Instant) -> AlertingDecision {
    let known = sites[status.site]
    let site = KnownSite(id: status.site, name: status.name, absences: known?.absences ?? 0)
    if site != known { keep(site) }
    let key = Self.boxKey(status.site)
    if status.isOnline {
      absent[status.site] = nil
      if let incident = incidents[key] {
        take(boxEvent(status, id: incident.id + "-back", level: 0, at: now), at: now)
      }
    } else if incidents[key] == nil, absent[status.site] == nil {
      absent[status.site] = (status, now + AlertingLimits.absenceGrace)
    }
    return finish()
  }

  /// How an incident stands that is not over; nil where there is none of that id.
  public func incident(_ id: String) -> Incident? { incidents.values.first { $0.id == id } }

  /// A person says that an incident is known, and its box is to be told. Nothing where it is over, somebody has said
  /// so before, or it has become worse since the event that the person has seen.
  public mutating func acknowledge(
    _ id: String, seen event: String, by name: String, at now: Instant
  ) -> AlertingDecision {
    guard var incident = incident(id), incident.acknowledgement == nil,
      incident.isCovered(by: event)
    else { return finish() }
    acknowledge(&incident, by: name, at: now)
    if incident.subject.kind == .alarm {
      decision.commands.append(
        BoxCommand(
          id: "\(plan.id)-\(incident.wanting)", site: incident.site, alarm: incident.subject.id,
          event: incident.latest.id))
    }
    return finish()
  }

  /// Does what has become due.
  public mutating func advance(to now: Instant) -> AlertingDecision {
    giveUpWaiting(now)
    tellOfAbsences(now)
    for key in incidentKeys {
      tellWhoseHoursBegan(key, now)
      escalate(key, now)
    }
    for key in lines.keys.sorted() { sendCollected(key, now) }
    return finish()
  }

  /// When `advance` is to be called next; nil: not before something comes.
  public var nextDeadline: Instant? {
    var earliest: Instant?
    func consider(_ instant: Instant?) {
      guard let instant else { return }
      earliest = min(earliest ?? instant, instant)
    }
    for waiting in unconfirmed.values { consider(waiting.due) }
    for waiting in absent.values { consider(waiting.due) }
    for line in lines.values { consider(line.due.map { Instant(nanoseconds: $0) }) }
    for incident in incidents.values { consider(nextEscalation(of: incident)) }
    consider(nextLook)
    return earliest
  }

  /// The next full minute while somebody's hours have yet to begin.
  private var nextLook: Instant? {
    guard incidents.values.contains(where: { hasWaitingRoute($0) }) else { return nil }
    return lookAgain ?? Instant(nanoseconds: 0)
  }

  /// When hours are looked at again; nil before the first time.
  var lookAgain: Instant?

  /// The open incidents in an order of their own.
  private var incidentKeys: [IncidentKey] {
    incidents.values.sorted { $0.id < $1.id }.map(\.key)
  }

  static func boxKey(_ site: String) -> IncidentKey {
    IncidentKey(site: site, subject: IncidentSubject(kind: .box, id: site))
  }

  mutating func keep(_ site: KnownSite) {
    sites[site.id] = site
    decision.sites.append(site)
  }

  /// Keeps an incident as it is now; one that is over is of no further concern.
  mutating func keep(_ incident: Incident) {
    incidents[incident.key] = incident.isOver ? nil : incident
    decision.incidents.append(incident)
  }

  private mutating func finish() -> AlertingDecision {
    defer { decision = AlertingDecision() }
    return decision
  }
}
