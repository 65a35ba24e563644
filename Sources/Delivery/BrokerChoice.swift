public import DetectionCore

/// Which of a destination's brokers is spoken to: the first as long as it works, then the next, and back
/// to the first once it has worked again for a while.
///
/// Pure: the owner connects, tells how it went, and asks.
public struct BrokerChoice: Sendable {
  /// How many brokers there are.
  public let count: Int
  private let pace: Pace
  /// The broker that the next connection goes to; 0 is the first.
  public private(set) var current = 0
  /// Connections to the current broker that ended without an acknowledged message, one after another.
  private var failures = 0
  /// When the first of them began to fail.
  private var failingSince: Instant?
  /// How often the first broker has answered on trial, one time after another.
  private var answers = 0
  private var nextTrial = Instant(nanoseconds: .max)
  /// When we came back to the first broker; nil once it has kept us for long, and before.
  private var returned: Instant?
  /// How often in a row the first broker lost us soon after we came back.
  private var relapses = 0

  /// Begins with the first of `count` brokers.
  public init(count: Int, pace: Pace = Pace()) {
    precondition(count > 0, "a destination without a broker")
    self.pace = pace
    self.count = count
  }

  // MARK: What has happened

  /// The current broker has acknowledged a message, which alone proves that it works.
  public mutating func acknowledged(at now: Instant) {
    failures = 0
    failingSince = nil
    if let returned, now - returned >= pace.relapse {
      self.returned = nil
      relapses = 0
    }
  }

  /// A connection to the current broker could not be made, or has ended without our doing.
  public mutating func failed(at now: Instant) {
    guard count > 1 else { return }
    failures += 1
    let since = failingSince ?? now
    failingSince = since
    guard failures >= pace.failuresThatTell || now - since >= pace.longestFailure else { return }
    if current == 0 {
      if let returned, now - returned < pace.relapse {
        relapses = min(relapses + 1, pace.relapsesThatCount)
      }
      returned = nil
    }
    move(to: (current + 1) % count, at: now)
  }

  /// The first broker has accepted a connection that was made on trial, or has not.
  public mutating func tried(_ hasAnswered: Bool, at now: Instant) {
    answers = hasAnswered ? answers + 1 : 0
    nextTrial = now + trialInterval
  }

  /// We have left the current broker for the first.
  public mutating func returnedToFirst(at now: Instant) {
    move(to: 0, at: now)
    returned = now
  }

  // MARK: What to do

  /// True when the first broker is to be tried, beside the connection that there is.
  public func wantsTrial(at now: Instant) -> Bool { current != 0 && now >= nextTrial }

  /// True when the first broker has answered for long enough to go back to it, as soon as nothing is
  /// under way.
  public var wantsReturn: Bool { current != 0 && answers >= pace.answersThatTell }

  /// The time between two trials of the first broker.
  private var trialInterval: TimeSpan {
    TimeSpan(nanoseconds: pace.trialInterval.nanoseconds << Int64(relapses))
  }

  private mutating func move(to broker: Int, at now: Instant) {
    current = broker
    failures = 0
    failingSince = nil
    answers = 0
    nextTrial = broker == 0 ? Instant(nanoseconds: .max) : now + trialInterval
  }
}

extension BrokerChoice {
  /// How fast brokers are given up and come back to.
  public struct Pace: Sendable {
    /// So many failures in a row tell of more than a restart: with their waits, 3 to 7 s.
    public var failuresThatTell = 3
    /// Fewer failures tell as well when they took so long, as each attempt in a dead network does.
    public var longestFailure = TimeSpan.seconds(60)
    /// The first broker is tried once a minute: a few hundred bytes.
    public var trialInterval = TimeSpan.seconds(60)
    /// So often in a row it has to answer.
    public var answersThatTell = 3
    /// A first broker that fails again so soon after we came back is not trusted as fast again.
    public var relapse = TimeSpan.seconds(900)
    /// The time between trials doubles at most so often, to 16 min.
    public var relapsesThatCount = 4

    /// The pace of a gateway.
    public init() {}
  }
}
