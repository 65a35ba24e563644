/// Which MQTT is spoken.
public enum ProtocolVersion: Int32, Sendable, CaseIterable, CustomStringConvertible {
  /// MQTT 3.1.1: without expiry, properties and reasons.
  case v311 = 4
  /// MQTT 5.
  case v5 = 5

  /// The number by which people call it.
  public var description: String {
    switch self {
    case .v311: "3.1.1"
    case .v5: "5"
    }
  }
}

/// Which MQTT the next connection to a broker speaks: 5 first, and 3.1.1 where the broker refuses 5 or
/// closes the connection without an answer, as those do that never heard of it.
///
/// A connection that is closed without an answer proves nothing by itself: a broker that is just
/// starting, or a proxy before one, does the same. So both versions take turns, and 3.1.1 is kept
/// only when 5 has been passed over in silence twice.
public struct VersionChoice: Sendable {
  /// The version of the next attempt.
  public private(set) var next: ProtocolVersion
  /// The version that is known to work, to be kept over restarts; nil while none is.
  public private(set) var proven: ProtocolVersion?
  /// Attempts with MQTT 5 that ended without an answer.
  private var silences = 0
  /// Attempts with the proven version that ended without an answer, one after another.
  private var failures = 0

  /// So often 5 is passed over in silence before 3.1.1 is kept.
  private static let silencesThatProve = 2
  /// So often the proven version may end in silence before the other one is tried: brokers are
  /// exchanged, but far more often they are only restarted.
  private static let failuresThatDoubt = 4

  /// Begins with what an earlier run has found, or with MQTT 5.
  public init(proven: ProtocolVersion? = nil) {
    self.proven = proven
    next = proven ?? .v5
  }

  /// The broker has accepted a connection.
  public mutating func connected() {
    failures = 0
    switch next {
    case .v5:
      silences = 0
      proven = .v5
    case .v311 where proven == .v311 || silences >= Self.silencesThatProve:
      proven = .v311
    case .v311:
      // The next connection asks for 5 once more.
      next = .v5
    }
  }

  /// The broker has said that it does not speak the version.
  public mutating func refused() {
    switch next {
    case .v5:
      silences = Self.silencesThatProve
      next = .v311
    case .v311:
      next = .v5
    }
    proven = nil
  }

  /// The broker took the connection and closed it without an answer.
  public mutating func closedUnanswered() {
    if proven != nil {
      failures += 1
      guard failures >= Self.failuresThatDoubt else { return }
      proven = nil
      failures = 0
      silences = 0
    }
    switch next {
    case .v5:
      silences += 1
      next = .v311
    case .v311:
      next = .v5
    }
  }
}
