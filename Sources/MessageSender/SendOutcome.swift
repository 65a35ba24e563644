public import DetectionCore

/// What became of an attempt to hand something over. No reason holds an address or a secret.
public enum SendOutcome: Hashable, Sendable {
  /// The other side has it.
  case sent
  /// It may be taken later, at the earliest after so long; others may be taken now.
  case later(reason: String, retryAfter: TimeSpan?)
  /// There is no speaking to the other side, whatever is said, for at least so long.
  case unavailable(reason: String, retryAfter: TimeSpan?)
  /// It will never be taken; others may.
  case refused(reason: String)
}
