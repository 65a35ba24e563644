public import DetectionCore

/// Makes facts of what one start of the gateway decides.
public struct FactSource: Sendable {
  /// The site that speaks.
  public let site: SiteDescription
  /// What the facts of this start are called by.
  public let session: SessionIdentity
  /// Which start of the machine its times count in.
  public let boot: String
  /// How far the core's time is ahead of the time since that start.
  public let lead: TimeSpan

  /// Makes a source.
  public init(
    site: SiteDescription, session: SessionIdentity, boot: String, lead: TimeSpan = .zero
  ) {
    self.site = site
    self.session = session
    self.boot = boot
    self.lead = lead
  }

  /// The core's time `instant`, with what the wall clock showed then.
  public func time(_ instant: Instant, _ wallTime: WallTime) -> FactTime {
    FactTime(
      boot: boot, monotonicNs: instant.nanoseconds &- lead.nanoseconds,
      wallNs: wallTime.nanosecondsSince1970, synchronized: wallTime.synchronized)
  }

  /// The identifier of the event with the core's number `sequence`.
  public func identifier(_ sequence: UInt64) -> EventIdentifier {
    EventIdentifier(site: site.id, session: session, sequence: sequence)
  }

  /// An event in words.
  public func sentence(for decided: DecidedEvent) -> LocalizedText {
    EventSentence(site: site).text(
      for: decided.event, trendPerHour: decided.isTrendTold ? decided.trendPerHour : nil)
  }

  /// The fact that an event is.
  ///
  /// - Parameters:
  ///   - decided: The event.
  ///   - command: What caused it.
  ///   - incident: What it belongs to.
  public func fact(
    _ decided: DecidedEvent, command: IssuedCommand? = nil, incident: String? = nil
  ) -> Fact {
    let event = decided.event
    return Fact(
      id: identifier(event.sequence).description, site: site.id, mode: site.mode,
      precedence: event.kind.subject == .rule ? .alarm : .system, time: time(of: event),
      content: .event(content(decided, command: command, incident: incident)))
  }

  /// The fact that `gap` is; `number` tells the gaps of one start apart.
  public func fact(_ gap: GapFact, number: UInt64, at now: Instant, _ wallTime: WallTime) -> Fact {
    Fact(
      id: identifier(number).description + "-gap", site: site.id, mode: site.mode,
      precedence: .alarm, time: time(now, wallTime), content: .gap(gap))
  }

  /// The fact that `observed` is; `number` tells those of one start apart.
  public func fact(_ observed: ObservationFact, number: UInt64, at time: FactTime) -> Fact {
    Fact(
      id: identifier(number).description + "-observations", site: site.id, mode: site.mode,
      precedence: .observation, time: time, content: .observations(observed))
  }

  /// What `decided`, which belongs to `incident`, made of its alarm; nil where it is about none.
  public func alarm(after decided: DecidedEvent, incident: String? = nil) -> AlarmState? {
    guard case .rule(let snapshot)? = decided.state, let rule = site.rule(decided.event.subject)
    else { return nil }
    return AlarmState(
      rule: Int(decided.event.subject), id: rule.id, snapshot: snapshot,
      since: time(of: decided.event), lastEvent: identifier(decided.event.sequence).description,
      incident: snapshot.condition == .normal ? nil : incident)
  }

  private func time(of event: DetectionEvent) -> FactTime { time(event.time, event.wallTime) }

  private func content(
    _ decided: DecidedEvent, command: IssuedCommand?, incident: String?
  ) -> EventFact {
    let event = decided.event
    let rule = event.kind.subject == .rule ? site.rule(event.subject) : nil
    let point =
      event.kind.subject == .point ? site.point(event.subject) : rule.flatMap { site.point(of: $0) }
    let output = event.kind.subject == .output ? site.output(event.subject) : nil
    return EventFact(
      kind: event.kind.name,
      alarm: rule.map { rule in
        EventFact.Alarm(
          rule: EventFact.Named(id: rule.id, name: rule.name), version: rule.version,
          priority: rule.priority, state: event.condition.name,
          stage: site.stage(event.stage, of: rule),
          previousStage: site.stage(event.previousStage, of: rule),
          instruction: site.instruction(event.stage, of: rule), incident: incident)
      },
      marks: EventFact.Marks(event.marks),
      point: point.map { EventFact.Named(id: $0.id, name: $0.name) },
      output: output.map { EventFact.Named(id: $0.id, name: $0.name) },
      detail: EventDetail(event), unit: point?.unit, datum: point?.datum,
      decimals: point?.decimals,
      limit: event.limit.ifFinite, flag: event.flag.rawValue, tests: FlatList(event.tests.list),
      trendPerHour: decided.trendPerHour,
      history: FlatList(decided.pastReadings),
      command: command, decisionDelay: decided.delay?.seconds, text: sentence(for: decided),
      siteName: site.name)
  }
}

extension SiteDescription {
  /// A stage of `rule` with its words.
  func stage(_ level: UInt8, of rule: RuleDescription) -> EventFact.Stage {
    EventFact.Stage(
      named: EventFact.Named(id: stageID(level, of: rule), name: stageName(level, of: rule)),
      level: level)
  }
}

extension DecidedEvent {
  /// How fast its point's value changes, in its unit an hour; nil where too little is known.
  fileprivate var trendPerHour: Double? { history.trend.flatMap { ($0 * 3600).ifFinite } }

  /// False where its readings span so little that an hour of it would mislead a person.
  fileprivate var isTrendTold: Bool {
    guard history.count > 1 else { return false }
    return history[history.count - 1].time - history[0].time >= DeliveryLimits.toldTrendTime
  }

  /// The readings that led up to it, oldest first.
  fileprivate var pastReadings: [EventFact.PastReading] {
    (0..<history.count).map { index in
      let reading = history[index]
      return EventFact.PastReading(
        ageNs: (event.time - reading.time).nanoseconds,
        value: reading.flag == .missing ? nil : reading.value.ifFinite,
        flag: reading.flag.rawValue)
    }
  }
}

extension EventFact.Marks {
  init(_ marks: DetectionEvent.Marks) {
    self.init(
      isFirstOut: marks.isFirstOut, isFlood: marks.isFlood, isSilenced: marks.isSilenced,
      isChattering: marks.isChattering)
  }
}

extension TestFlags {
  /// The tests' names in payloads, in the order in which the core runs them.
  public static let names = [
    "gap", "syntax", "grossRange", "climatology", "spike", "rateOfChange", "flatLine",
    "multivariate", "attenuatedSignal", "neighbour",
  ]

  /// The tests' flags, in the order of their names.
  public var inOrder: [QualityFlag] {
    [
      gap, syntax, grossRange, climatology, spike, rateOfChange, flatLine, multivariate,
      attenuatedSignal, neighbour,
    ]
  }

  /// The flag of each test by its name, in the order in which the core runs them.
  var list: [TestFlag] {
    zip(Self.names, inOrder).map { TestFlag(test: $0, flag: $1.rawValue) }
  }
}

extension Double {
  /// The number; nil where it is none.
  fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
