internal import Delivery
internal import DetectionCore

// What an event means for its incident.

extension Dispatcher {
  /// Takes an event up: opens, changes or ends its incident, and tells people.
  mutating func take(_ event: ReceivedEvent, at now: Instant) {
    guard let subject = event.subject else { return }
    let key = IncidentKey(site: event.site, subject: subject)
    if unconfirmed[key]?.event == event.id { unconfirmed[key] = nil }
    guard var incident = incidents[key] else { return open(event, subject, at: now) }
    // A state may have told of a later one; this one is old news.
    guard !event.isBefore(incident.latest) else { return }
    let before = incident
    incident.latest = event
    incident.level = event.level
    incident.ended = incident.isOver ? now.nanoseconds : nil
    switch event.change(from: before.level) {
    case .worse:
      // What was known is less than what is.
      incident.acknowledgement = nil
      incident.escalations = []
      incident.wanting = event.id
      tell(&incident, .raised, at: now)
    case .better: tell(&incident, incident.isOver ? .over : .eased, at: now)
    case .reminder:
      incident.acknowledgement = nil
      incident.wanting = event.id
      tell(&incident, .reminded, at: now)
    case .resumption: tell(&incident, .reminded, at: now)
    case .acknowledgement:
      return acknowledge(&incident, by: event.command?.operator ?? "?", at: now)
    case .none: break
    }
    keep(incident)
  }

  private mutating func open(_ event: ReceivedEvent, _ subject: IncidentSubject, at now: Instant) {
    guard event.level > 0 else { return }
    var incident = Incident(
      id: event.incident ?? event.id, site: event.site, subject: subject, begun: now.nanoseconds,
      latest: event,
      level: event.level, wanting: event.id)
    tell(&incident, .raised, at: now)
    keep(incident)
  }

  /// Somebody knows of it: nobody else is called, and those who were are told.
  mutating func acknowledge(_ incident: inout Incident, by name: String, at now: Instant) {
    if incident.acknowledgement == nil {
      incident.acknowledgement = Incident.Acknowledgement(by: name, at: now.nanoseconds)
      tell(&incident, .acknowledged, at: now)
    }
    keep(incident)
  }

  /// Takes up what states told of and no event did.
  mutating func giveUpWaiting(_ now: Instant) {
    let due = unconfirmed.values.filter { $0.due <= now }.sorted { $0.event < $1.event }
    for waiting in due {
      decision.substitutes.append(waiting.event)
      take(waiting.alarm.substitute(waiting.event), at: now)
    }
    unconfirmed = unconfirmed.filter { $0.value.due > now }
  }

  /// Tells of boxes that stayed away.
  mutating func tellOfAbsences(_ now: Instant) {
    let due = absent.values.filter { $0.due <= now }.map(\.status).sorted { $0.site < $1.site }
    for status in due {
      absent[status.site] = nil
      guard var site = sites[status.site] else { continue }
      site.absences += 1
      keep(site)
      take(
        boxEvent(status, id: "\(site.id)-absence-\(site.absences)", level: 1, at: now), at: now)
    }
  }

  /// What a box's absence is as an event.
  func boxEvent(
    _ status: ReceivedStatus, id: String, level: Int, at now: Instant
  ) -> ReceivedEvent {
    let words: LocalizedText =
      if level == 0 {
        both("The box is there again", "装置との通信が回復しました")
      } else if status.reason == "stopped" {
        both("The box was stopped; it watches nothing", "装置が停止されました。監視していません")
      } else {
        both("The box cannot be reached; what it sees is not known", "装置と通信できません。現地の状況は不明です")
      }
    return ReceivedEvent(
      id: id, site: status.site, mode: status.mode, kind: level > 0 ? "absent" : "back",
      stage: ReceivedEvent.Stage(level: level, name: words),
      time: CivilTime(WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true))
        .timestamp,
      text: words)
  }
}

/// A text in both languages.
func both(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}

extension ReceivedEvent {
  /// What an event does to its incident.
  enum Change {
    case worse, better, reminder, resumption, acknowledgement, none
  }

  /// What it is about; nil where people are not told of its kind.
  var subject: IncidentSubject? {
    switch kind {
    case "sensorFault", "sensorFaultCleared":
      point.map { IncidentSubject(kind: .sensor, id: $0.id) }
    case "absent", "back": IncidentSubject(kind: .box, id: site)
    default: stage == nil ? nil : alarm.map { IncidentSubject(kind: .alarm, id: $0.id) }
    }
  }

  /// The stage that it leaves behind; 0 where nothing is wrong any more.
  var level: Int {
    switch kind {
    case "sensorFault": 1
    case "sensorFaultCleared", "removed": 0
    default: max(0, stage?.level ?? 0)
    }
  }

  /// What it does to an incident of that stage.
  func change(from before: Int) -> Change {
    if level > before { return .worse }
    if level < before { return .better }
    switch kind {
    case "reminded": return .reminder
    case "unshelved", "resumed", "returnedToService":
      return marks.silenced ? .none : .resumption
    case "acknowledged": return .acknowledgement
    default: return .none
    }
  }
}
