internal import DetectionCore

/// How much the relay takes, keeps and sends, with the reason for each number.
public enum AlertingLimits {
  /// Ten times the largest event that a box sends; more is no event.
  public static let payloadBytes = 64 << 10
  /// A state tells of an event that has not come. So long it may still come, as a box that was cut off sends
  /// its states first and a broker what it had kept later.
  static let eventGrace = TimeSpan.seconds(10)
  /// A box that is away for less has changed its network or was started anew.
  static let absenceGrace = TimeSpan.seconds(300)
  /// In a flood of alarms those that are not urgent travel together, as often as this.
  static let floodDigest = TimeSpan.seconds(300)
  /// An hour, over which mails are counted.
  static let hour = TimeSpan.seconds(3_600)
  /// Whether a period has begun is looked at once a minute, as periods are given in minutes.
  static let minute = TimeSpan.seconds(60)
  /// More lines in one digest are unreadable on a telephone; the rest is counted.
  static let digestEntries = 30
  /// A change within less says nothing of an hour: a fence that loses its 5 kV in a minute.
  static let trendMinutes = 3
  /// The bars of a plot: as many as fit the width of a telephone.
  static let plottedReadings = 24
  /// A subject that is longer is cut by every mail program.
  static let subjectCharacters = 120
  /// Longer names and texts come from no site file.
  static let textCharacters = 500
}
