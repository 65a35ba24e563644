/// One thing that destinations are to be told, as it is kept: all that is needed to tell it in any
/// format, whatever becomes of the site file or of the program meanwhile.
///
/// What is stored is its JSON form by the names below; a later version may add names, which are nil
/// where an earlier one wrote.
public struct Fact: Hashable, Codable, Sendable {
  /// What it tells. Indirect, as facts are passed from queue to queue and looked into once.
  public indirect enum Content: Hashable, Codable, Sendable {
    /// Something was decided.
    case event(EventFact)
    /// Values of points were seen.
    case observations(ObservationFact)
    /// Facts that this destination was not told and never will be.
    case gap(GapFact)
    /// The site file no longer has it.
    case removal(RemovalFact)
    /// An event that an earlier version of the gateway kept as the message that it made of it.
    case rendered(MQTTMessage)
  }

  /// The name that no other fact of any site has; see `EventIdentifier`.
  public var id: String
  /// The site's id.
  public var site: String
  /// Whether it is meant.
  public var mode: SiteMode
  /// How long it is kept where there is no room for all.
  public var precedence: FactPrecedence
  /// When it happened.
  public var time: FactTime
  /// What it tells.
  public var content: Content

  /// Makes a fact.
  public init(
    id: String, site: String, mode: SiteMode, precedence: FactPrecedence, time: FactTime,
    content: Content
  ) {
    self.id = id
    self.site = site
    self.mode = mode
    self.precedence = precedence
    self.time = time
    self.content = content
  }
}

extension Fact {
  /// True where it tells what a destination was not told.
  var isGap: Bool { if case .gap = content { true } else { false } }
  /// True for values, which wait for everything else.
  var isObservation: Bool { precedence == .observation }
}

/// What is dropped first where a destination's quota is full: the lowest.
public enum FactPrecedence: Int, CaseIterable, Codable, Comparable, Sendable {
  /// Measured values.
  case observation = 0
  /// Events of sensors, outputs and the box itself.
  case system = 1
  /// Transitions of alarms.
  case alarm = 2

  /// Dropped before is less.
  public static func < (left: FactPrecedence, right: FactPrecedence) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What an event says, with the site's words at the time. Numbers that say nothing are nil.
public struct EventFact: Hashable, Codable, Sendable {
  /// An id with its name.
  public struct Named: Hashable, Sendable {
    /// The id in the site file.
    public var id: String
    /// The name.
    public var name: LocalizedText
  }
  /// The alarm that it is about.
  public struct Alarm: Hashable, Codable, Sendable {
    /// The rule's id and name.
    public var rule: Named
    /// The rule's version.
    public var version: Int
    /// How urgent it is.
    public var priority: AlarmPriority
    /// Its state, after ISA-18.2.
    public var state: String
    /// The stage now, and the one before.
    public var stage: Stage
    /// The stage before.
    public var previousStage: Stage
    /// What people are to do, in the site author's words; nil where they say nothing.
    public var instruction: LocalizedText?
    /// The id of the event with which the alarm began to stand; nil while it does not.
    public var incident: String?
  }
  /// A stage of a rule; level 0 is normal.
  public struct Stage: Hashable, Sendable {
    /// The stage's id and name.
    public var named: Named
    /// Counted from 0, normal.
    public var level: UInt8
  }
  /// What else is to be known of it.
  public struct Marks: Hashable, Codable, Sendable {
    /// The first alarm since all were normal.
    public var isFirstOut: Bool
    /// It came in a flood of alarms.
    public var isFlood: Bool
    /// Nobody is to be called.
    public var isSilenced: Bool
    /// Its alarm chatters.
    public var isChattering: Bool
  }
  /// One of the readings that led up to it.
  public struct PastReading: Hashable, Sendable {
    /// How long before the event, in nanoseconds.
    public var ageNs: Int64
    /// The value; nil where there was none.
    public var value: Double?
    /// The QARTOD flag.
    public var flag: UInt8
  }

  /// The kind's name.
  public var kind: String
  /// The alarm that it is about; nil where it is about none.
  public var alarm: Alarm?
  /// What else is to be known of it.
  public var marks: Marks
  /// The point that it is about.
  public var point: Named?
  /// The output that it is about.
  public var output: Named?
  /// What its number means.
  public var detail: EventDetail
  /// UCUM code of the value's and the limit's unit.
  public var unit: String?
  /// What the value is counted from.
  public var datum: String?
  /// Decimal places of the value that are worth showing.
  public var decimals: Int?
  /// The limit that was passed.
  public var limit: Double?
  /// The value's QARTOD flag.
  public var flag: UInt8
  /// The flag of each test, by the test's name.
  public var tests: FlatList<TestFlag>
  /// The change per hour over the readings that led up to it.
  public var trendPerHour: Double?
  /// The readings that led up to it, oldest first.
  public var history: FlatList<PastReading>
  /// The command that caused it.
  public var command: IssuedCommand?
  /// Seconds from the reading to the decision.
  public var decisionDelay: Double?
  /// The event in words.
  public var text: LocalizedText
  /// The name of the site.
  public var siteName: LocalizedText?
}

/// What one quality test said.
public struct TestFlag: Hashable, Sendable {
  /// The test's name, such as `grossRange`.
  public var test: String
  /// Its QARTOD flag.
  public var flag: UInt8
}

/// An alarm or a point that an edit of the site file removed: whatever receivers retain of it is emptied.
public struct RemovalFact: Hashable, Codable, Sendable {
  /// True for an alarm, false for a point.
  public var isAlarm: Bool
  /// Its id.
  public var id: String
  /// The end of an alarm that stood; nil where nothing stood.
  public var event: EventFact?

  /// Something that was not active.
  public init(isAlarm: Bool, id: String) {
    self.isAlarm = isAlarm
    self.id = id
  }
}

/// Facts that one destination was never told, and why.
public struct GapFact: Hashable, Codable, Sendable {
  /// Why.
  public enum Reason: String, Codable, CaseIterable, Sendable {
    /// The destination's share of the outbox was full.
    case quota
    /// The disk did not take them, and memory for them was full.
    case memory
    /// They were damaged on the disk.
    case damaged
    /// The outbox was lost, or was found damaged and begun anew; how many were in it is not known.
    case outboxLost
  }

  /// Why they are missing.
  public var reason: Reason
  /// How many of each precedence, `FactPrecedence.allCases` in order; all 0 where nobody knows.
  public var counts: [Int]
  /// When the first of them happened; nil where nobody knows.
  public var first: FactTime?
  /// When the last of them happened.
  public var last: FactTime?

  /// A gap of nothing yet.
  public init(reason: Reason) {
    self.reason = reason
    counts = FactPrecedence.allCases.map { _ in 0 }
  }

  /// Adds one fact that was dropped.
  public mutating func add(_ precedence: FactPrecedence, at time: FactTime) {
    counts[precedence.rawValue] += 1
    if first == nil { first = time }
    last = time
  }
}
