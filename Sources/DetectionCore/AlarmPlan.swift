/// How one alarm behaves beyond its stages. The defaults are those of a plain ISA-18.2 alarm: it
/// needs acknowledgement, does not latch, is announced once and may come and go as it likes.
public struct AlarmPlan: BitwiseCopyable, Sendable {
  /// Who says that an alarm is known.
  public enum Acknowledgement: UInt8, BitwiseCopyable, Sendable {
    /// A person: an alarm that returns before waits for it.
    case byPerson
    /// A person while the alarm is active; once it returns it is taken as known. For boxes that
    /// nobody watches at a desk, where every alarm would wait for ever.
    case onReturn
  }

  /// How an alarm is acknowledged.
  public var acknowledgement: Acknowledgement
  /// Whether a returned and acknowledged alarm waits for a reset.
  public var isLatching: Bool
  /// An alarm that is still active this long after it was last announced is announced again and
  /// wants to be acknowledged again (OPC UA Part 9: ReAlarmTime); nil: it is announced once.
  public var reAlarm: TimeSpan?
  /// The longest time for which it may be shelved; zero: not at all.
  public var longestShelving: TimeSpan
  /// The highest stage that shelving silences: at a higher one the alarm cannot be shelved, and
  /// reaching one ends the shelving. Whoever silences high water has not silenced the flood.
  public var highestShelvedStage: UInt8
  /// When it counts as chattering, and how that is calmed; nil: never.
  public var chatter: ChatterPlan?

  /// Makes a plan. The default `longestShelving` is a working shift, after which the next people
  /// are to know of it.
  public init(
    acknowledgement: Acknowledgement = .byPerson, isLatching: Bool = false,
    reAlarm: TimeSpan? = nil, longestShelving: TimeSpan = .seconds(8 * 3_600),
    highestShelvedStage: UInt8 = .max, chatter: ChatterPlan? = nil
  ) {
    self.acknowledgement = acknowledgement
    self.isLatching = isLatching
    self.reAlarm = reAlarm
    self.longestShelving = longestShelving
    self.highestShelvedStage = highestShelvedStage
    self.chatter = chatter
  }
}

/// When an alarm comes and goes too often; see `ChatterWatch`.
public struct ChatterPlan: BitwiseCopyable, Sendable {
  /// The most raises that can be asked for.
  public static var mostRaises: UInt8 { 16 }

  /// So many raises from normal make an alarm chatter; 2 to `mostRaises`.
  public var raises: UInt8
  /// They lie within less than this time.
  public var within: TimeSpan
  /// Chatter is over when the alarm's condition has neither come nor gone for this time.
  public var hold: TimeSpan

  /// Makes a plan. The defaults are three raises a minute, as ISA-18.2 counts chattering, and a
  /// minute of calm.
  public init(
    raises: UInt8 = 3, within: TimeSpan = .seconds(60), hold: TimeSpan = .seconds(60)
  ) {
    self.raises = raises
    self.within = within
    self.hold = hold
  }
}

/// When a site has more alarms than a person can follow; see `AlarmFlood`.
public struct FloodPlan: BitwiseCopyable, Sendable {
  /// The largest `above` that can be asked for.
  public static var mostRaises: UInt8 { 15 }

  /// More announced raises than this within `window` begin a flood; 1 to `mostRaises`.
  public var above: UInt8
  /// Fewer than this within `window` end it; 1 to `above`.
  public var below: UInt8
  /// The time over which they are counted.
  public var window: TimeSpan

  /// Makes a plan. The defaults are those of EEMUA 191 and ISA-18.2 for one operator: above 10
  /// alarms in 10 minutes, until below 5 in 10 minutes.
  public init(above: UInt8 = 10, below: UInt8 = 5, window: TimeSpan = .seconds(600)) {
    self.above = above
    self.below = below
    self.window = window
  }
}
