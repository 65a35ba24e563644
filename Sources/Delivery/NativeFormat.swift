public import DetectionCore

/// The gateway's own format: JSON in UTF-8 after the schemas in `docs/schemas`; every key is always there,
/// `null` where it means nothing.
public struct NativeFormat: PayloadFormat {
  /// The site that speaks.
  public let site: SiteDescription
  /// The gateway's start that speaks.
  public let session: SessionIdentity
  /// The gateway's version.
  public let version: String
  /// The site's topics.
  public let topics: Topics

  /// Makes the format of a site; `topics` are those of its destination, by default with the standard root.
  public init(
    site: SiteDescription, session: SessionIdentity, version: String, topics: Topics? = nil
  ) {
    self.site = site
    self.session = session
    self.version = version
    self.topics = topics ?? Topics(site: site.id)
  }

  /// The message that tells a fact, and after it the one that empties what is retained.
  public func messages(
    of fact: Fact, isDurable: Bool, at moment: SendingMoment
  ) -> [MQTTMessage] {
    let reference = moment.reference
    switch fact.content {
    case .event(let event):
      return [message(of: event, fact, isDurable: isDurable, by: reference)]
    case .gap(let gap): return [message(of: gap, fact, by: reference)]
    case .observations(let observed):
      return [message(of: observed, fact, isDurable: isDurable, at: moment)]
    case .removal(let removal):
      return
        (removal.event.map { [message(of: $0, fact, isDurable: isDurable, by: reference)] } ?? [])
        + [emptied(removal, fact)]
    case .rendered(var message):
      message.topic = topics.whole(message.topic)
      return [message]
    }
  }

  /// What lets the broker forget what it retains of something that is gone: a payload of no bytes.
  private func emptied(_ removal: RemovalFact, _ fact: Fact) -> MQTTMessage {
    let topics = topics.of(fact.site)
    return MQTTMessage(
      topic: removal.isAlarm ? topics.alarm(removal.id) : topics.point(removal.id), payload: [],
      isRetained: true,
      label: PayloadLabel(
        schema: removal.isAlarm ? Self.alarmSchema : Self.pointSchema, site: fact.site,
        mode: fact.mode))
  }

  private static let alarmSchema = "nomori/alarm/3"
  private static let pointSchema = "nomori/point/2"

  private func message(
    of event: EventFact, _ fact: Fact, isDurable: Bool, by reference: TimeReference?
  ) -> MQTTMessage {
    let time = fact.time.wallTime(by: reference)
    let label = PayloadLabel(schema: "nomori/event/4", site: fact.site, mode: fact.mode)
    let alarm = event.alarm
    let payload = JSONWriter.object { json in
      json.heading(label, id: fact.id)
      json.member("siteName", event.siteName)
      json.member("kind", event.kind)
      json.member("incident", alarm?.incident)
      json.named("alarm", alarm?.rule)
      if let alarm { json.member("version", alarm.version) } else { json.null("version") }
      json.member("priority", alarm?.priority.rawValue)
      json.member("state", alarm?.state)
      json.member("marks") { marks in
        marks.member("firstOut", event.marks.isFirstOut)
        marks.member("flood", event.marks.isFlood)
        marks.member("silenced", event.marks.isSilenced)
        marks.member("chattering", event.marks.isChattering)
      }
      json.stage("stage", alarm?.stage)
      json.stage("previousStage", alarm?.previousStage)
      json.member("instruction", alarm?.instruction)
      json.named("point", event.point)
      json.named("output", event.output)
      event.detail.write(to: &json)
      json.member("unit", event.unit)
      json.member("datum", event.datum)
      if let decimals = event.decimals {
        json.member("decimals", decimals)
      } else {
        json.null("decimals")
      }
      json.member("limit", event.limit ?? .nan)
      json.member("flag", event.flag)
      json.tests(event.tests.elements)
      json.member("trend", event.trendPerHour ?? .nan)
      json.member("history", each: event.history.elements) { entry, reading in
        let wall = WallTime(
          nanosecondsSince1970: time.nanosecondsSince1970 &- reading.ageNs,
          synchronized: time.synchronized)
        entry.member("time", CivilTime(wall))
        entry.member("value", reading.value ?? .nan)
        entry.member("flag", reading.flag)
      }
      json.command(event.command)
      json.member("decisionDelay", event.decisionDelay ?? .nan)
      json.member("provisional", true)
      json.time(time)
      json.member("localTime", site.zone.timestamp(time))
      json.member("durable", isDurable)
      json.member("text", event.text)
    }
    return MQTTMessage(topic: topics.of(fact.site).event, payload: payload, label: label)
  }

  private func message(
    of gap: GapFact, _ fact: Fact, by reference: TimeReference?
  ) -> MQTTMessage {
    let label = PayloadLabel(schema: "nomori/gap/1", site: fact.site, mode: fact.mode)
    let payload = JSONWriter.object { json in
      json.heading(label, id: fact.id)
      json.member("reason", gap.reason.rawValue)
      json.member("missing") { missing in
        missing.member("alarms", gap.counts[FactPrecedence.alarm.rawValue])
        missing.member("others", gap.counts[FactPrecedence.system.rawValue])
        missing.member("values", gap.counts[FactPrecedence.observation.rawValue])
      }
      json.member("first", gap.first.map { CivilTime($0.wallTime(by: reference)).timestamp })
      json.member("last", gap.last.map { CivilTime($0.wallTime(by: reference)).timestamp })
      json.time(fact.time.wallTime(by: reference))
    }
    return MQTTMessage(topic: topics.of(fact.site).gap, payload: payload, label: label)
  }

  /// Where an alarm stands; nil where the site has no such rule any more.
  public func message(of alarm: AlarmState, at moment: SendingMoment) -> MQTTMessage? {
    guard let rule = site.rule(UInt16(clamping: alarm.rule)), rule.id == alarm.id else {
      return nil
    }
    let state = alarm.snapshot
    let since = alarm.since.wallTime(by: moment.reference)
    let label = label(Self.alarmSchema)
    let payload = JSONWriter.object { json in
      json.heading(label)
      json.named("alarm", EventFact.Named(id: rule.id, name: rule.name))
      json.member("state", state.condition.name)
      json.member("silence") { silence in
        let causes = state.suppression
        silence.member(
          "shelved", causes.contains(.shelved) || causes.contains(.shelvedOnce))
        silence.member("suppressed", causes.contains(.byDesign))
        silence.member("outOfService", causes.contains(.outOfService))
      }
      json.stage("stage", site.stage(state.stage, of: rule))
      json.member("since", CivilTime(since))
      json.member("synchronized", since.synchronized)
      json.member("lastEvent", alarm.lastEvent)
      json.member("incident", alarm.incident)
    }
    return MQTTMessage(
      topic: topics.alarm(rule.id), payload: payload, isRetained: true, label: label)
  }

  /// The newest value of a point.
  ///
  /// Brokers forget it after three periods, and not before a minute, so that nobody takes an old value for
  /// a current one.
  public func point(_ assessed: AssessedReading, at moment: SendingMoment) -> MQTTMessage? {
    let reading = assessed.reading
    guard let point = site.point(reading.point.rawValue) else { return nil }
    let label = label(Self.pointSchema)
    let payload = JSONWriter.object { json in
      json.heading(label)
      json.named("point", EventFact.Named(id: point.id, name: point.name))
      json.member("value", reading.flag == .missing ? .nan : reading.value)
      json.member("unit", point.unit)
      json.member("datum", point.datum)
      json.member("flag", reading.flag.rawValue)
      json.tests(assessed.tests.list)
      json.member("provisional", true)
      json.time(reading.wallTime)
    }
    return MQTTMessage(
      topic: topics.point(point.id), payload: payload, quality: .atMostOnce, isRetained: true,
      expirySeconds: point.expirySeconds, label: label)
  }

  /// That the gateway was cut off.
  public func will() -> MQTTMessage { status(.lost) }

  /// Whether the gateway is there.
  public func status(_ connection: ConnectionState, at moment: SendingMoment) -> MQTTMessage {
    status(connection)
  }

  private func status(_ connection: ConnectionState) -> MQTTMessage {
    let label = label("nomori/status/2")
    let (state, reason, since): (String, String?, WallTime?) =
      switch connection {
      case .online(let since): ("online", nil, since)
      case .stopped(let since): ("offline", "stopped", since)
      case .lost: ("offline", "lost", nil)
      }
    let payload = JSONWriter.object { json in
      json.member("schema", label.schema)
      json.member("site", site.id)
      json.member("name", site.name)
      json.member("mode", site.mode.rawValue)
      json.member("state", state)
      json.member("reason", reason)
      json.member("version", version)
      json.member("session", session.number)
      json.member("since", since.map { CivilTime($0).timestamp })
      json.member("synchronized", since?.synchronized ?? false)
    }
    return MQTTMessage(topic: topics.status, payload: payload, isRetained: true, label: label)
  }

  func label(_ schema: String) -> PayloadLabel {
    PayloadLabel(schema: schema, site: site.id, mode: site.mode)
  }
}

extension JSONWriter {
  /// What every payload begins with.
  mutating func heading(_ label: PayloadLabel, id: String? = nil) {
    member("schema", label.schema)
    if let id { member("id", id) }
    member("site", label.site)
    member("mode", label.mode.rawValue)
  }

  fileprivate mutating func named(_ key: String, _ subject: EventFact.Named?) {
    guard let subject else { return null(key) }
    member(key) { json in
      json.member("id", subject.id)
      json.member("name", subject.name)
    }
  }

  fileprivate mutating func stage(_ key: String, _ stage: EventFact.Stage?) {
    guard let stage else { return null(key) }
    member(key) { json in
      json.member("id", stage.named.id)
      json.member("level", stage.level)
      json.member("name", stage.named.name)
    }
  }

  fileprivate mutating func tests(_ tests: [TestFlag]) {
    member("tests") { json in
      for test in tests { json.member(test.test, test.flag) }
    }
  }

  fileprivate mutating func command(_ command: IssuedCommand?) {
    guard let command else { return null("command") }
    member("command") { json in
      json.member("id", command.id)
      json.member("operator", command.operator)
      json.member("comment", command.comment)
    }
  }

  mutating func time(_ wallTime: WallTime) {
    member("time", CivilTime(wallTime))
    member("synchronized", wallTime.synchronized)
  }
}

extension PointDescription {
  /// After so many seconds without another one nobody is to take a value for the current one: three periods,
  /// a minute to a day.
  var expirySeconds: UInt32 { UInt32(max(60, min(86_400, 3 * period.seconds))) }
}
