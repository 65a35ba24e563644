public import DetectionCore

/// Turns what one start of the gateway decides and measures into messages.
///
/// Payloads are JSON in UTF-8 after the schemas in `docs/schemas`; every key is always there,
/// `null` where it means nothing. Topics lack the destination's root.
public struct PayloadWriter: Sendable {
  /// The site that speaks.
  public let site: SiteDescription
  /// The number of this start, from `EventStore.nextSession`.
  public let session: UInt32
  /// The gateway's version.
  public let version: String
  /// The site's topics.
  public let topics: Topics

  /// Makes a writer.
  public init(site: SiteDescription, session: UInt32, version: String) {
    self.site = site
    self.session = session
    self.version = version
    self.topics = Topics(site: site.id)
  }

  /// The identifier of the event with the core's number `sequence`.
  public func identifier(_ sequence: UInt64) -> EventIdentifier {
    EventIdentifier(site: site.id, session: session, sequence: sequence)
  }

  /// An event in words.
  public func sentence(for event: DetectionEvent) -> LocalizedText {
    EventSentence(site: site).text(for: event)
  }

  /// An event, ready for the outbox.
  public func event(
    _ decided: DecidedEvent, command: IssuedCommand? = nil
  ) -> OutboxEvent {
    let event = decided.event
    let id = identifier(event.sequence).description
    let label = label("nomori/event/2")
    let rule = event.concernsRule ? site.rule(event.subject) : nil
    let point =
      event.concernsSensor ? site.point(event.subject) : rule.flatMap { site.point(of: $0) }
    let output = event.concernsOutput ? site.output(event.subject) : nil
    let payload = JSONWriter.object { json in
      json.member("schema", label.schema)
      json.member("id", id)
      json.member("site", site.id)
      json.member("mode", site.mode.rawValue)
      json.member("kind", event.kind.name)
      json.subject("alarm", rule?.id, rule?.name)
      if let rule { json.member("version", rule.version) } else { json.null("version") }
      json.member("priority", rule?.priority.rawValue)
      json.member("state", rule == nil ? nil : event.condition.name)
      json.member("marks", event.marks)
      json.stage("stage", event.stage, of: rule, site)
      json.stage("previousStage", event.previousStage, of: rule, site)
      json.subject("point", point?.id, point?.name)
      json.subject("output", output?.id, output?.name)
      EventDetail(event).write(to: &json)
      json.member("unit", point?.unit)
      json.member("datum", point?.datum)
      json.member("limit", event.limit)
      json.member("flag", event.flag.rawValue)
      json.member("tests", event.tests)
      json.member("trend", decided.history.trend.map { $0 * 3600 } ?? .nan)
      json.member("history", each: 0..<decided.history.count) { entry, index in
        let reading = decided.history[index]
        let age = (event.time - reading.time).nanoseconds
        let time = WallTime(
          nanosecondsSince1970: event.wallTime.nanosecondsSince1970 &- age,
          synchronized: event.wallTime.synchronized)
        entry.member("time", CivilTime(time))
        entry.member("value", reading.flag == .missing ? .nan : reading.value)
        entry.member("flag", reading.flag.rawValue)
      }
      json.member("command", command)
      json.member("decisionDelay", decided.delay?.seconds ?? .nan)
      json.member("provisional", true)
      json.time(event.wallTime)
      json.member("text", sentence(for: event))
    }
    return OutboxEvent(
      id: id, message: MQTTMessage(topic: topics.event, payload: payload, label: label))
  }

  /// What `decided` made of its alarm, and of which rule that is; nil where it is about no alarm.
  public func alarm(after decided: DecidedEvent) -> (rule: Int, message: MQTTMessage)? {
    guard case .rule(let state)? = decided.state else { return nil }
    let event = decided.event
    let message = alarm(
      state, rule: event.subject, since: event.wallTime, lastEvent: identifier(event.sequence))
    return message.map { (Int(event.subject), $0) }
  }

  /// The current state of an alarm; nil where the site has no such rule.
  ///
  /// - Parameters:
  ///   - state: Where it stands.
  ///   - place: The rule's place in the plan.
  ///   - since: Since when it is so.
  ///   - lastEvent: The event that made it so; nil before the first event of this start.
  public func alarm(
    _ state: AlarmSnapshot, rule place: UInt16, since: WallTime, lastEvent: EventIdentifier?
  ) -> MQTTMessage? {
    guard let rule = site.rule(place) else { return nil }
    let label = label("nomori/alarm/2")
    let payload = JSONWriter.object { json in
      json.member("schema", label.schema)
      json.member("site", site.id)
      json.member("mode", site.mode.rawValue)
      json.subject("alarm", rule.id, rule.name)
      json.member("state", state.condition.name)
      json.member("silence") { silence in
        let causes = state.suppression
        silence.member(
          "shelved", causes.contains(.shelved) || causes.contains(.shelvedOnce))
        silence.member("suppressed", causes.contains(.byDesign))
        silence.member("outOfService", causes.contains(.outOfService))
      }
      json.stage("stage", state.stage, of: rule, site)
      json.member("since", CivilTime(since))
      json.member("synchronized", since.synchronized)
      json.member("lastEvent", lastEvent?.description)
    }
    return MQTTMessage(
      topic: topics.alarm(rule.id), payload: payload, isRetained: true, label: label)
  }

  /// The newest value of a point; nil where the site has no such point.
  ///
  /// Brokers forget it after three periods, and not before a minute, so that nobody takes an old
  /// value for a current one.
  public func point(_ assessed: AssessedReading) -> MQTTMessage? {
    let reading = assessed.reading
    guard let point = site.point(reading.point.rawValue) else { return nil }
    let label = label("nomori/point/2")
    let payload = JSONWriter.object { json in
      json.member("schema", label.schema)
      json.member("site", site.id)
      json.member("mode", site.mode.rawValue)
      json.subject("point", point.id, point.name)
      json.member("value", reading.flag == .missing ? .nan : reading.value)
      json.member("unit", point.unit)
      json.member("datum", point.datum)
      json.member("flag", reading.flag.rawValue)
      json.member("tests", assessed.tests)
      json.member("provisional", true)
      json.time(reading.wallTime)
    }
    let seconds = max(60, min(86_400, 3 * point.period.seconds))
    return MQTTMessage(
      topic: topics.point(point.id), payload: payload, quality: .atMostOnce, isRetained: true,
      expirySeconds: UInt32(seconds), label: label)
  }

  /// Whether the gateway is there.
  public func status(_ connection: ConnectionState) -> MQTTMessage {
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
      json.member("session", session)
      json.member("since", since.map { CivilTime($0).timestamp })
      json.member("synchronized", since?.synchronized ?? false)
    }
    return MQTTMessage(topic: topics.status, payload: payload, isRetained: true, label: label)
  }

  private func label(_ schema: String) -> PayloadLabel {
    PayloadLabel(schema: schema, site: site.id, mode: site.mode)
  }
}

/// Whether a gateway is there.
public enum ConnectionState: Hashable, Sendable {
  /// Connected and at work, since it was started.
  case online(since: WallTime)
  /// Stopped as planned.
  case stopped(since: WallTime)
  /// Cut off: the last will. Nobody knows when it will be sent, so it has no time.
  case lost
}

extension DetectionEvent {
  /// True when `subject` is a rule.
  var concernsRule: Bool {
    switch kind {
    case .stageRaised, .stageCleared, .acknowledged, .reset, .shelved, .unshelved, .suppressed,
      .resumed, .takenOutOfService, .returnedToService, .reminded, .chatterStarted, .chatterEnded:
      true
    case .sensorFaultRaised, .sensorFaultCleared, .outputOn, .outputOff, .inputsLost,
      .floodStarted, .floodEnded, .signOfLife, .commandRefused, .deterrentHeld, .outputStopped,
      .outputReleased:
      false
    }
  }
  /// True when `subject` is a point.
  var concernsSensor: Bool { kind == .sensorFaultRaised || kind == .sensorFaultCleared }
  /// True when `subject` is an output.
  var concernsOutput: Bool {
    kind == .outputOn || kind == .outputOff || kind == .outputStopped || kind == .outputReleased
  }
}

extension DetectionEvent.Kind {
  /// The kind's name in payloads.
  public var name: String {
    switch self {
    case .stageRaised: "raised"
    case .stageCleared: "cleared"
    case .sensorFaultRaised: "sensorFault"
    case .sensorFaultCleared: "sensorFaultCleared"
    case .outputOn: "outputOn"
    case .outputOff: "outputOff"
    case .inputsLost: "inputsLost"
    case .acknowledged: "acknowledged"
    case .reset: "reset"
    case .shelved: "shelved"
    case .unshelved: "unshelved"
    case .suppressed: "suppressed"
    case .resumed: "resumed"
    case .takenOutOfService: "takenOutOfService"
    case .returnedToService: "returnedToService"
    case .reminded: "reminded"
    case .chatterStarted: "chatterStarted"
    case .chatterEnded: "chatterEnded"
    case .floodStarted: "floodStarted"
    case .floodEnded: "floodEnded"
    case .signOfLife: "signOfLife"
    case .commandRefused: "commandRefused"
    case .deterrentHeld: "deterrentHeld"
    case .outputStopped: "outputStopped"
    case .outputReleased: "outputReleased"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func subject(_ key: String, _ id: String?, _ name: LocalizedText?) {
    guard let id, let name else { return null(key) }
    member(key) { subject in
      subject.member("id", id)
      subject.member("name", name)
    }
  }

  fileprivate mutating func stage(
    _ key: String, _ level: UInt8, of rule: RuleDescription?, _ site: SiteDescription
  ) {
    guard let rule else { return null(key) }
    member(key) { stage in
      stage.member("id", site.stageID(level, of: rule))
      stage.member("level", level)
      stage.member("name", site.stageName(level, of: rule))
    }
  }

  fileprivate mutating func member(_ key: String, _ flags: TestFlags) {
    member(key) { tests in
      tests.member("gap", flags.gap.rawValue)
      tests.member("syntax", flags.syntax.rawValue)
      tests.member("grossRange", flags.grossRange.rawValue)
      tests.member("climatology", flags.climatology.rawValue)
      tests.member("spike", flags.spike.rawValue)
      tests.member("rateOfChange", flags.rateOfChange.rawValue)
      tests.member("flatLine", flags.flatLine.rawValue)
      tests.member("multivariate", flags.multivariate.rawValue)
      tests.member("attenuatedSignal", flags.attenuatedSignal.rawValue)
      tests.member("neighbour", flags.neighbour.rawValue)
    }
  }

  fileprivate mutating func member(_ key: String, _ marks: DetectionEvent.Marks) {
    member(key) { json in
      json.member("firstOut", marks.isFirstOut)
      json.member("flood", marks.isFlood)
      json.member("silenced", marks.isSilenced)
      json.member("chattering", marks.isChattering)
    }
  }

  fileprivate mutating func member(_ key: String, _ command: IssuedCommand?) {
    guard let command else { return null(key) }
    member(key) { json in
      json.member("id", command.id)
      json.member("operator", command.operator)
      json.member("comment", command.comment)
    }
  }

  fileprivate mutating func time(_ wallTime: WallTime) {
    member("time", CivilTime(wallTime))
    member("synchronized", wallTime.synchronized)
  }
}
