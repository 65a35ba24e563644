internal import DetectionCore

/// How long the relay waits and how often it tries, with the reason for each number.
enum RelayLimits {
  /// A broker's connection is looked at this often although nothing comes, to see that the relay is to stop.
  static let pollMilliseconds: Int32 = 1_000
  /// A disk that refuses is asked again after this.
  static let storeRetry = TimeSpan.seconds(1)
  /// What is taken from the store at once.
  static let batch = 50
  /// What was not taken is tried again after this, and after twice as long each further time.
  static let firstRetry = TimeSpan.seconds(10)
  /// It is never tried less often than this.
  static let longestRetry = TimeSpan.seconds(900)
  /// After two days nobody needs to hear of it by mail any more; mail servers give up after four or five.
  static let longestMailing = TimeSpan.seconds(2 * 86_400)
  /// After a day nobody looks for it in a chat, and LINE no longer knows repeats.
  static let longestPosting = TimeSpan.seconds(86_400)
  /// A box that does not hear within an hour that somebody knows of its alarm is told no more.
  static let commandLife = TimeSpan.seconds(3_600)
  /// Alertmanager is told of each incident at least this often.
  static let alertRefresh = TimeSpan.seconds(60)
  /// An alert of which it hears nothing for so long is over: a relay that is gone keeps none alive.
  static let alertLife = TimeSpan.seconds(300)
  /// It is told of an end for so long, as it may have been away.
  static let endedAlerts = TimeSpan.seconds(3_600)
  /// So many incidents are looked through for those.
  static let recentIncidents = 500
  /// What is too old to matter is forgotten this often.
  static let pruning = TimeSpan.seconds(86_400)
  /// At the end each thread is waited for so long; a mail server that hangs holds one for a minute.
  static let stopping = TimeSpan.seconds(5)
}
