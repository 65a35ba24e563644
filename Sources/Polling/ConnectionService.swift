import DetectionCore

/// What a connection has been good for since it was opened.
///
/// Servers close a connection that is idle, or after each answer; then nothing is wrong with it, and it
/// is opened again at once. One that was closed within `PollingLimits.firstReopenDelay` and without a
/// single answer is not tried again before that pause.
struct ConnectionService: Sendable {
  private var openedAt = Instant(nanoseconds: .min)
  /// True once an answer has come.
  var hasAnswered = false
  /// True while it is opened again, and nothing has to be begun anew.
  var isResuming = false

  /// The connection was opened.
  mutating func begin(at now: Instant) {
    openedAt = now
    hasAnswered = false
    isResuming = false
  }

  /// True where the connection is opened again at once when its other end closes it.
  func canResume(at now: Instant) -> Bool {
    hasAnswered || now >= openedAt + PollingLimits.firstReopenDelay
  }
}

extension Link {
  /// True for what another machine can close.
  public var isConnection: Bool {
    switch self {
    case .serial: false
    case .tcp, .rtuOverTCP, .rawTCP: true
    }
  }
}
