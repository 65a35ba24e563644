public import DetectionCore

/// Common Alerting Protocol 1.2 (OASIS): an alarm is an Alert when it begins to stand, an Update that refers to
/// all alerts of it that still hold when its stage changes and before they go out of date, and an Update whose
/// response type is AllClear when it ends. States, gaps and the status are told in the native format beside
/// it.
///
/// An alert holds for three times the renewal, so those of a box that died end by themselves. What has become
/// older than that before it could be sent is not sent: it would alarm people for what is over. A silenced
/// alarm begins no alert, and its alerts are not renewed.
public struct CAPFormat: FormatBesideNative {
  private let plan: CAPPlan
  private let site: SiteDescription
  private let topics: Topics
  /// The native format beside it.
  public let native: NativeFormat
  private var incidents: CAPIncidents
  /// Where the alarms stand, by rule.
  private var alarms: [AlarmState?]
  /// The newest values, by point.
  private var values: [AssessedReading?]

  /// Makes the format that speaks for `speaker`.
  public init(plan: CAPPlan, speaker: Speaker) {
    self.plan = plan
    site = speaker.site
    topics = speaker.topics
    native = speaker.nativeFormat
    incidents = CAPIncidents(speaker.memory ?? [])
    alarms = Array(repeating: nil, count: speaker.site.rules.count)
    values = Array(repeating: nil, count: speaker.site.points.count)
  }

  /// The alert that tells a transition; gaps and what empties topics in the native format.
  public mutating func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    switch fact.content {
    case .event(let event): return [alert(of: event, fact, at: moment)].compactMap(\.self)
    case .removal(let removal):
      let end = removal.event.flatMap { alert(of: $0, fact, at: moment) }
      let emptied = native.messages(of: fact, isDurable: isDurable, at: moment).last
      return [end, emptied].compactMap(\.self)
    case .observations: return []
    case .gap, .rendered:
      return native.messages(of: fact, isDurable: isDurable, at: moment)
    }
  }

  /// Where an alarm stands, in the native format.
  public mutating func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    if alarms.indices.contains(alarm.rule) { alarms[alarm.rule] = alarm }
    return native.message(of: alarm, at: moment)
  }

  /// No values are told; renewals name the newest.
  public mutating func point(
    _ assessed: AssessedReading, at moment: SendingMoment
  ) -> MQTTMessage? {
    let index = Int(assessed.reading.point.rawValue)
    if values.indices.contains(index) { values[index] = assessed }
    return nil
  }

  /// The alerts that hold.
  public mutating func changedMemory() -> [UInt8]? { incidents.changedText() }

  // MARK: Renewals

  /// When the first alert of a standing alarm has to be said again; at once where none of it holds.
  public var nextRenewalNs: Int64? {
    standing.map { state in
      incidents.last(of: state.id).map { $0.sentNs &+ plan.renewal.nanoseconds } ?? .min
    }.min()
  }

  private var standing: [AlarmState] {
    alarms.compactMap(\.self).filter { $0.snapshot.stage > 0 && $0.snapshot.suppression.isEmpty }
  }

  /// Updates of what would go out of date, and alerts of what stands without one.
  public mutating func renewals(at moment: SendingMoment) -> [MQTTMessage] {
    let nowNs = moment.now.nanosecondsSince1970
    return standing.compactMap { state in
      let last = incidents.last(of: state.id)?.sentNs
      guard last.map({ $0 &+ plan.renewal.nanoseconds <= nowNs }) ?? true,
        let content = content(of: state, at: moment)
      else { return nil }
      let name = "\(state.lastEvent ?? site.id + "-" + state.id)-\(nowNs / 1_000_000_000)"
      return alert(content, named: name, at: moment)
    }
  }

  private func content(of state: AlarmState, at moment: SendingMoment) -> CAPContent? {
    guard let rule = site.rule(UInt16(clamping: state.rule)), rule.id == state.id,
      let point = site.point(of: rule)
    else { return nil }
    let stage = site.stage(state.snapshot.stage, of: rule)
    let value = values[Int(rule.point.rawValue)]?.reading
    let since = state.since.wallTime(by: moment.reference)
    let clock = site.zone.stamp(since)
    return CAPContent(
      rule: EventFact.Named(id: rule.id, name: rule.name), stage: stage,
      point: EventFact.Named(id: point.id, name: point.name),
      onset: since,
      text: LocalizedText(
        english: site.mode.mark.english
          + "\(rule.name.english): \(stage.named.name.english) since \(clock)",
        japanese: site.mode.mark.japanese
          + "\(rule.name.japanese)：\(clock) から「\(stage.named.name.japanese)」"),
      instruction: site.instruction(state.snapshot.stage, of: rule),
      value: value.flatMap { $0.flag == .missing ? nil : $0.value }, unit: point.unit,
      decimals: point.decimals, limit: nil, flag: value?.flag.rawValue, trendPerHour: nil,
      priority: rule.priority)
  }

  // MARK: Alerts

  private mutating func alert(
    of event: EventFact, _ fact: Fact, at moment: SendingMoment
  ) -> MQTTMessage? {
    guard let alarm = event.alarm, ["raised", "cleared", "removed"].contains(event.kind) else {
      return nil
    }
    let onset = fact.time.wallTime(by: moment.reference)
    let nowNs = moment.now.nanosecondsSince1970
    let before = incidents.standing(
      alarm.rule.id, before: fact.id, nowNs: nowNs, validityNs: plan.validityNs)
    if before.isEmpty {
      let isOver = onset.nanosecondsSince1970 &+ plan.validityNs < nowNs
      guard alarm.stage.level > 0, !event.marks.isSilenced, !isOver else { return nil }
    }
    var value: Double?
    if case .value(let number) = event.detail, number.isFinite { value = number }
    let content = CAPContent(
      rule: alarm.rule, stage: alarm.stage, point: event.point, onset: onset, text: event.text,
      instruction: alarm.instruction, value: value, unit: event.unit, decimals: event.decimals,
      limit: event.limit, flag: event.flag, trendPerHour: event.trendPerHour,
      priority: alarm.priority)
    return alert(content, named: fact.id, at: moment)
  }

  private mutating func alert(
    _ content: CAPContent, named identifier: String, at moment: SendingMoment
  ) -> MQTTMessage? {
    let alarm = content.rule.id
    let before = incidents.standing(
      alarm, before: identifier, nowNs: moment.now.nanosecondsSince1970,
      validityNs: plan.validityNs)
    let sent = incidents.send(
      alarm, identifier, isEnd: content.stage.level == 0,
      nowNs: moment.now.nanosecondsSince1970)
    let document = CAPDocument(plan: plan, site: site, content: content, sent: sent, before: before)
    let remaining = sent.sentNs &+ plan.validityNs &- moment.now.nanosecondsSince1970
    return MQTTMessage(
      topic: topics.topic("cap"), payload: document.bytes,
      expirySeconds: UInt32(clamping: max(remaining / 1_000_000_000, 1)),
      contentType: "application/cap+xml",
      label: PayloadLabel(schema: "cap/1.2", site: site.id, mode: site.mode))
  }
}

/// What one alert says.
struct CAPContent {
  var rule: EventFact.Named
  var stage: EventFact.Stage
  var point: EventFact.Named?
  /// Since when it is so.
  var onset: WallTime
  /// It in one sentence.
  var text: LocalizedText
  /// What to do, in the site author's words.
  var instruction: LocalizedText?
  var value: Double?
  var unit: String?
  var decimals: Int?
  var limit: Double?
  var flag: UInt8?
  var trendPerHour: Double?
  var priority: AlarmPriority
}
