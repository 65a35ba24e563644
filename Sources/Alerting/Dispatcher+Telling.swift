internal import Delivery
internal import DetectionCore

// Who is told, at once or with other things.

extension Dispatcher {
  /// Tells everybody who is to know what became of an incident.
  mutating func tell(
    _ incident: inout Incident, _ reason: Notification.Reason, at now: Instant
  ) {
    lookAgain = nextMinute(after: now)
    // A silenced alarm calls nobody; whoever was called learns of its end.
    guard !incident.latest.marks.silenced || reason == .over else { return }
    if reason == .raised || reason == .reminded {
      addAudience(to: &incident, at: now)
    }
    for told in incident.told {
      send(entry(incident, reason, by: told.route), of: incident, to: told, at: now)
    }
  }

  /// Adds whom the routes lead to now and who was not told before; returns them.
  @discardableResult
  private mutating func addAudience(to incident: inout Incident, at now: Instant)
    -> [Incident.Told]
  {
    var added: [Incident.Told] = []
    for route in plan.routes where route.takes(incident) && isActive(route, now) {
      for recipient in route.recipients where !incident.wasTold(recipient) {
        let told = Incident.Told(recipient: recipient, route: route.id, at: now.nanoseconds)
        incident.told.append(told)
        added.append(told)
      }
      if !route.escalation.isEmpty, !incident.escalations.contains(where: { $0.route == route.id })
      {
        incident.escalations.append(
          Incident.Escalation(route: route.id, since: now.nanoseconds, done: 0))
      }
    }
    return added
  }

  /// Tells of a standing incident those whose hours have begun.
  mutating func tellWhoseHoursBegan(_ key: IncidentKey, _ now: Instant) {
    guard var incident = incidents[key], hasWaitingRoute(incident) else { return }
    lookAgain = nextMinute(after: now)
    let added = addAudience(to: &incident, at: now)
    guard !added.isEmpty else { return }
    for told in added {
      send(entry(incident, .standing, by: told.route), of: incident, to: told, at: now)
    }
    keep(incident)
  }

  /// True where a route leads to somebody who was not told, so that only its hours can have been why.
  func hasWaitingRoute(_ incident: Incident) -> Bool {
    incident.acknowledgement == nil && !incident.latest.marks.silenced
      && plan.routes.contains { route in
        route.takes(incident) && route.recipients.contains { !incident.wasTold($0) }
      }
  }

  private func isActive(_ route: Route, _ now: Instant) -> Bool {
    guard let period = route.period else { return true }
    let time = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    return period.contains(plan.zone.rule.local(time))
  }

  private func nextMinute(after now: Instant) -> Instant {
    let minute = AlertingLimits.minute.nanoseconds
    return Instant(nanoseconds: (now.nanoseconds / minute + 1) * minute)
  }

  /// When the next step of an incident's escalations is due.
  func nextEscalation(of incident: Incident) -> Instant? {
    guard incident.acknowledgement == nil, !incident.latest.marks.silenced else { return nil }
    return incident.escalations.compactMap { escalation in
      guard let steps = plan.route(escalation.route)?.escalation, escalation.done < steps.count
      else { return nil }
      return Instant(nanoseconds: escalation.since) + steps[escalation.done].after
    }.min()
  }

  /// Tells others of what nobody has acknowledged in time.
  mutating func escalate(_ key: IncidentKey, _ now: Instant) {
    guard var incident = incidents[key], let due = nextEscalation(of: incident), due <= now else {
      return
    }
    for index in incident.escalations.indices {
      guard let route = plan.route(incident.escalations[index].route) else { continue }
      let since = Instant(nanoseconds: incident.escalations[index].since)
      while incident.escalations[index].done < route.escalation.count,
        case let step = route.escalation[incident.escalations[index].done],
        since + step.after <= now
      {
        incident.escalations[index].done += 1
        for recipient in step.recipients {
          let told = Incident.Told(recipient: recipient, route: route.id, at: now.nanoseconds)
          if !incident.wasTold(recipient) { incident.told.append(told) }
          dispatch(
            entry(incident, .escalated, by: route.id), to: told,
            id: "\(incident.latest.id).escalated.\(route.id)-\(incident.escalations[index].done)",
            at: now)
        }
      }
    }
    keep(incident)
  }

  private func entry(
    _ incident: Incident, _ reason: Notification.Reason, by route: String
  ) -> Notification.Entry {
    Notification.Entry(
      incident: incident.id, reason: reason, event: incident.latest,
      siteName: incident.latest.siteName ?? sites[incident.site]?.name
        ?? both(incident.site, incident.site),
      mode: plan.meant(incident.latest.mode),
      acknowledgedBy: incident.acknowledgement?.by, advice: plan.route(route)?.advice)
  }

  /// Sends at once, or collects where the route, the hour's mails or a flood ask for that.
  private mutating func send(
    _ entry: Notification.Entry, of incident: Incident, to told: Incident.Told, at now: Instant
  ) {
    let id = "\(entry.event.id).\(entry.reason.rawValue)"
    // Whoever was told by a route that the file no longer has is told the end all the same.
    guard let route = plan.route(told.route), incident.priority != .critical else {
      return dispatch(entry, to: told, id: id, at: now)
    }
    var line = line(told, now)
    let wait: TimeSpan? =
      if let digest = route.digest {
        digest
      } else if entry.event.marks.flood, incident.priority.urgency < AlarmPriority.high.urgency {
        AlertingLimits.floodDigest
      } else if line.due != nil || hasRoom(line, now) > now {
        // It neither overtakes what waits, nor is it one too many.
        .zero
      } else {
        nil
      }
    guard let wait else { return dispatch(entry, to: told, id: id, at: now) }
    line.collected.append(entry)
    if line.due == nil { line.due = max(now + wait, hasRoom(line, now)).nanoseconds }
    keep(line)
  }

  /// When a line may carry one more mail within the hour; a time that has passed where it may now.
  private func hasRoom(_ line: Line, _ now: Instant) -> Instant {
    guard let most = plan.route(line.route)?.mostPerHour, line.sent.count >= most else {
      return now
    }
    return Instant(nanoseconds: line.sent[line.sent.count - most]) + AlertingLimits.hour
  }

  /// Sends what has travelled together long enough.
  mutating func sendCollected(_ key: LineKey, _ now: Instant) {
    guard let due = lines[key]?.due, due <= now.nanoseconds else { return }
    var line = line(Incident.Told(recipient: key.recipient, route: key.route, at: 0), now)
    let next = hasRoom(line, now)
    guard next <= now else {
      line.due = next.nanoseconds
      return keep(line)
    }
    let entries = line.collected
    line.collected = []
    line.due = nil
    line.sent.append(now.nanoseconds)
    keep(line)
    guard let first = entries.first, plan.recipient(key.recipient) != nil else { return }
    let name = "\(first.event.id).\(first.reason.rawValue).digest"
    decision.notifications.append(
      Notification(
        id: "\(name).\(key.recipient)", recipient: key.recipient, route: key.route,
        made: now.nanoseconds,
        entries: entries))
  }

  private mutating func dispatch(
    _ entry: Notification.Entry, to told: Incident.Told, id: String, at now: Instant
  ) {
    guard plan.recipient(told.recipient) != nil else { return }
    var line = line(told, now)
    line.sent.append(now.nanoseconds)
    keep(line)
    decision.notifications.append(
      Notification(
        id: "\(id).\(told.recipient)", recipient: told.recipient, route: told.route,
        made: now.nanoseconds, entries: [entry]))
  }

  /// A line with the mails of the last hour.
  private func line(_ told: Incident.Told, _ now: Instant) -> Line {
    let key = LineKey(route: told.route, recipient: told.recipient)
    var line = lines[key] ?? Line(route: told.route, recipient: told.recipient)
    line.sent.removeAll { $0 <= now.nanoseconds - AlertingLimits.hour.nanoseconds }
    return line
  }

  private mutating func keep(_ line: Line) {
    lines[line.key] = line
    decision.lines.append(line)
  }
}
