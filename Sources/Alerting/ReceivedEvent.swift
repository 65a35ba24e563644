public import Delivery
internal import DetectionCore

/// An event of a box as it came (`nomori/event/4`, or `3`, which knows less), as far as people are told of it. It is
/// kept by the same names.
public struct ReceivedEvent: Hashable, Codable, Sendable {
  /// An id with its name.
  public struct Named: Hashable, Codable, Sendable {
    /// The id in the site file.
    public var id: String
    /// The name.
    public var name: LocalizedText
    /// Makes one.
    public init(id: String, name: LocalizedText) {
      self.id = id
      self.name = name
    }
  }
  /// A stage; level 0 is normal.
  public struct Stage: Hashable, Codable, Sendable {
    /// Counted from 0, normal.
    public var level: Int
    /// The site's words for it.
    public var name: LocalizedText
    /// Makes one.
    public init(level: Int, name: LocalizedText) {
      self.level = level
      self.name = name
    }
  }
  /// What else is to be known of it.
  public struct Marks: Hashable, Codable, Sendable {
    /// It came in a flood of alarms.
    public var flood: Bool
    /// Nobody is to be called.
    public var silenced: Bool
    /// Makes marks.
    public init(flood: Bool = false, silenced: Bool = false) {
      self.flood = flood
      self.silenced = silenced
    }
  }
  /// One of the readings that led up to it.
  public struct PastReading: Hashable, Codable, Sendable {
    /// When it was read, in UTC.
    public var time: String
    /// Its value; nil where there was none.
    public var value: Double?
    /// Makes one.
    public init(time: String, value: Double?) {
      self.time = time
      self.value = value
    }
  }
  /// The command that caused it.
  public struct Command: Hashable, Codable, Sendable {
    /// Who gave it.
    public var `operator`: String
    /// Makes one.
    public init(operator: String) { self.operator = `operator` }
  }

  /// The name that no other event has; repeats are dropped by it.
  public var id: String
  /// The site's id.
  public var site: String
  /// The site's name; nil where an earlier version wrote.
  public var siteName: LocalizedText?
  /// The id of the event with which its alarm began to stand; nil where it does not, or an earlier version wrote.
  public var incident: String?
  /// What to do, in the words of the site's author; nil where they say nothing.
  public var instruction: LocalizedText?
  /// Whether it is meant.
  public var mode: SiteMode
  /// The kind's name.
  public var kind: String
  /// The alarm that it is about; nil where it is about none.
  public var alarm: Named?
  /// How urgent the alarm is.
  public var priority: AlarmPriority?
  /// The alarm's state, after ISA-18.2.
  public var state: String?
  /// What else is to be known of it.
  public var marks: Marks
  /// The alarm's stage.
  public var stage: Stage?
  /// The point that it is about.
  public var point: Named?
  /// The point's value, in its unit.
  public var value: Double?
  /// Decimal places of the value that are worth showing.
  public var decimals: Int?
  /// UCUM code of the unit.
  public var unit: String?
  /// What the value is counted from.
  public var datum: String?
  /// The limit that was passed.
  public var limit: Double?
  /// The change per hour over the readings that led up to it.
  public var trend: Double?
  /// The readings that led up to it, oldest first.
  public var history: [PastReading]
  /// The command that caused it.
  public var command: Command?
  /// When it happened, in UTC.
  public var time: String
  /// False where the box's clock was not set.
  public var synchronized: Bool
  /// It in one sentence.
  public var text: LocalizedText

  /// Makes an event.
  public init(
    id: String, site: String, mode: SiteMode, kind: String, alarm: Named? = nil,
    priority: AlarmPriority? = nil, state: String? = nil, marks: Marks = Marks(),
    stage: Stage? = nil, point: Named? = nil, value: Double? = nil, unit: String? = nil,
    datum: String? = nil, limit: Double? = nil, trend: Double? = nil,
    history: [PastReading] = [], command: Command? = nil, time: String,
    synchronized: Bool = true, text: LocalizedText
  ) {
    self.id = id
    self.site = site
    self.mode = mode
    self.kind = kind
    self.alarm = alarm
    self.priority = priority
    self.state = state
    self.marks = marks
    self.stage = stage
    self.point = point
    self.value = value
    self.unit = unit
    self.datum = datum
    self.limit = limit
    self.trend = trend
    self.history = history
    self.command = command
    self.time = time
    self.synchronized = synchronized
    self.text = text
  }

  /// When it happened; nil where the text is no time.
  var wallTime: WallTime? {
    CivilTime(timestamp: time).map { WallTime($0, synchronized: synchronized) }
  }

  /// True where `other` of the same site is known to have happened later, by the numbers in their ids.
  func isBefore(_ other: ReceivedEvent) -> Bool {
    guard let mine = EventIdentifier(id, of: site),
      let theirs = EventIdentifier(other.id, of: site),
      mine.session.epoch == theirs.session.epoch
    else { return false }
    return (mine.session.number, mine.sequence) < (theirs.session.number, theirs.sequence)
  }
}

extension CivilTime {
  /// The moment that `CivilTime.timestamp` wrote so; nil where the text has another form.
  init?(timestamp text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      let digits = bytes[range]
      guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
      return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    guard bytes.count == 24, bytes[10] == UInt8(ascii: "T"), bytes[23] == UInt8(ascii: "Z"),
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      let millisecond = number(20..<23)
    else { return nil }
    self.init(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second,
      nanosecond: millisecond * 1_000_000)
  }
}
