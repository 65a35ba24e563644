public import DetectionCore

/// Which alarms and points a site's destinations know of, as the outbox keeps it, so that an edit of the site
/// file leaves nothing behind: what it removes is ended, and its retained topic emptied.
public struct AnnouncedSite: Hashable, Codable, Sendable {
  /// An alarm with the words that its end is told in.
  struct Alarm: Hashable, Codable, Sendable {
    var rule: EventFact.Named
    var version: Int
    var priority: AlarmPriority
    var point: EventFact.Named
    /// From normal upwards.
    var stages: [EventFact.Named]
  }

  private var alarms: [Alarm]
  private var points: [String]

  /// What the destinations of `site` know of.
  public init(_ site: SiteDescription) {
    points = site.points.map(\.id)
    alarms = site.rules.compactMap { rule in
      site.point(of: rule).map { point in
        Alarm(
          rule: EventFact.Named(id: rule.id, name: rule.name), version: rule.version,
          priority: rule.priority, point: EventFact.Named(id: point.id, name: point.name),
          stages: (0...UInt8(clamping: rule.stages.count)).map { site.stage($0, of: rule).named })
      }
    }
  }

  /// What an edit of the site file removed.
  public struct Removal: Hashable, Sendable {
    /// The id of an alarm or a point.
    public var id: String
    /// The alarm; nil for a point.
    var alarm: Alarm?
    /// True where it is an alarm.
    public var isAlarm: Bool { alarm != nil }
  }

  /// What is in here and no longer in `site`, alarms first.
  public func removals(in site: SiteDescription) -> [Removal] {
    alarms.filter { alarm in !site.rules.contains { $0.id == alarm.rule.id } }
      .map { Removal(id: $0.rule.id, alarm: $0) }
      + points.filter { id in !site.points.contains { $0.id == id } }.map { Removal(id: $0) }
  }
}

extension FactSource {
  /// The fact that ends what an edit removed.
  ///
  /// - Parameters:
  ///   - snapshot: Where the alarm stood; nil for a point, and where nothing was ever decided about it.
  ///   - incident: What it belonged to; nil where it did not stand.
  ///   - number: The fact's number in this start.
  public func fact(
    _ removal: AnnouncedSite.Removal, after snapshot: AlarmSnapshot?, incident: String?,
    number: UInt64, at now: Instant, _ wallTime: WallTime
  ) -> Fact {
    var content = RemovalFact(isAlarm: removal.isAlarm, id: removal.id)
    if let alarm = removal.alarm, let snapshot, snapshot.condition != .normal {
      content.event = EventFact(ending: alarm, from: snapshot.stage, of: incident, at: site)
    }
    return Fact(
      id: identifier(number).description, site: site.id, mode: site.mode,
      precedence: content.event == nil ? .system : .alarm, time: time(now, wallTime),
      content: .removal(content))
  }
}

extension EventFact {
  /// The end of an alarm whose rule is gone.
  fileprivate init(
    ending alarm: AnnouncedSite.Alarm, from level: UInt8, of incident: String?,
    at site: SiteDescription
  ) {
    func stage(_ level: UInt8) -> Stage {
      let number = LocalizedText(english: "\(level)", japanese: "\(level)")
      let named =
        Int(level) < alarm.stages.count
        ? alarm.stages[Int(level)] : Named(id: "\(level)", name: number)
      return Stage(named: named, level: level)
    }
    self.init(
      kind: "removed",
      alarm: Alarm(
        rule: alarm.rule, version: alarm.version, priority: alarm.priority,
        state: AlarmCondition.normal.name, stage: stage(0), previousStage: stage(level),
        incident: incident),
      marks: Marks(DetectionEvent.Marks()), point: alarm.point, detail: .value(.nan),
      flag: QualityFlag.notEvaluated.rawValue, tests: FlatList(TestFlags().list),
      history: FlatList([]),
      text: LocalizedText(
        english: "\(alarm.rule.name.english): ended, as the site no longer has this alarm",
        japanese: "\(alarm.rule.name.japanese): この警報は設定から削除されたため終了しました"),
      siteName: site.name)
  }
}
