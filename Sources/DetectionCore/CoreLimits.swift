/// The largest plan that the core takes, and why each number is what it is.
public enum CoreLimits {
  /// A site of 32 devices with 32 values each; a point index has 16 bits.
  public static var points: Int { 1_024 }
  /// As many rules as points: one apiece for a site that watches everything.
  public static var rules: Int { 1_024 }
  /// A river gauge has four stages and a start level; twice that leaves room without letting
  /// one reading cost an unbounded time.
  public static var stagesPerRule: Int { 8 }
  /// Eight relay modules of 32 channels, the most that one bus carries.
  public static var outputs: Int { 256 }
  /// How many derived points may lie between a point and its acquired source: raw value,
  /// level, elevation, remaining height.
  public static var derivedDepth: Int { 4 }
  /// A deterrent for each of 32 fences.
  public static var deterrents: Int { 32 }
  /// An hour: whatever is on longer, or waits longer, is no deterrent.
  public static var longestDeterrence: TimeSpan { .seconds(3_600) }
  /// Sixteen steps for each point.
  public static var instructions: Int { 16_384 }
  /// A formula that a person can still read has some twenty steps.
  public static var instructionsPerProgram: Int { 256 }
  /// How deep the brackets of such a formula lie.
  public static var programStack: Int { 16 }
  /// As many as points: rain in 10 min, 1 h and 24 h for a third of them.
  public static var windows: Int { 1_024 }
  /// A slope between all pairs of 64 values: 2,016 pairs, what one reading may cost.
  public static var robustSlopeCount: Int { 64 }
  /// As many as points: a switch or a mean for each.
  public static var cells: Int { 1_024 }
  /// A rating curve for each of 64 gauges.
  public static var curves: Int { 64 }
  /// As many points as 64 well surveyed curves have.
  public static var curvePoints: Int { 4_096 }
  /// A day of one reading a minute; a value that stands still longer is found long before.
  public static var flatLineCount: Int { 1_440 }
  /// Two windows of a day of one reading a minute; all of it is looked through at each reading.
  public static var windowCapacity: Int { 2_880 }
  /// The windows of all points together: 4 MiB, what 1,024 points need for 256 values each.
  public static var windowEntries: Int { 262_144 }
  /// A span for each week of the year and some for single times.
  public static var seasonsPerPoint: Int { 64 }
  /// Sixteen seasons for each of 1,024 points.
  public static var seasons: Int { 16_384 }
  /// A year in nanoseconds; a longer delay is a slip of the unit.
  public static var longestTime: TimeSpan { .seconds(366 * 86_400) }
}
