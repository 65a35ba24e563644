internal import Delivery
public import DetectionCore

/// One time that an alarm was there: from the first stage raised to normal.
public struct Episode: Sendable {
  /// The rule's index.
  public var rule: Int
  /// The highest stage, from 1.
  public var stage: UInt8
  /// When it was raised.
  public var start: WallTime
  /// When it was normal again; nil where that was not seen.
  public var end: WallTime?
  /// The worst value that was usable.
  public var peak: Double
  /// When it came first.
  public var peakTime: WallTime
  /// When each stage was raised first, from the lowest on.
  public var stageTimes: [WallTime]
  /// How many usable values there were.
  public var readingCount = 0
  /// True where it was raised by a value that was itself suspect.
  public var isSuspect: Bool

  /// How long it was; nil where its end was not seen.
  public var duration: TimeSpan? {
    end.map { TimeSpan(nanoseconds: $0.nanosecondsSince1970 - start.nanosecondsSince1970) }
  }

  /// True where it may be a false alarm: a suspect value raised it, or no second value bore it out.
  public var isDoubtful: Bool { isSuspect || (end != nil && readingCount < 2) }
}

/// Follows readings and events, and tells the episodes of rules.
public struct EpisodeCollector {
  private struct Rule {
    var point: PointIndex
    var isRising: Bool
    var episode: Episode?
  }

  private var rules: [Rule]

  /// Begins with all alarms normal.
  public init(plan: DetectionPlan) {
    rules = plan.rules.map { Rule(point: $0.point, isRising: $0.direction == .rising) }
  }

  /// The episodes that have not ended.
  public var open: [Episode] { rules.compactMap(\.episode) }

  /// Takes a value that the core assessed.
  public mutating func take(_ reading: AssessedReading) {
    let value = reading.reading.value
    guard reading.reading.flag != .fail, reading.reading.flag != .missing, !value.isNaN else {
      return
    }
    for index in rules.indices where rules[index].point == reading.reading.point {
      guard var episode = rules[index].episode else { continue }
      rules[index].episode = nil
      episode.readingCount += 1
      if rules[index].isRising ? value > episode.peak : value < episode.peak {
        episode.peak = value
        episode.peakTime = reading.reading.wallTime
      }
      rules[index].episode = episode
    }
  }

  /// Takes an event.
  ///
  /// - Returns: The episode that it ended.
  public mutating func take(_ event: DetectionEvent) -> Episode? {
    let index = Int(event.subject)
    switch event.kind {
    case .stageRaised:
      var episode =
        rules[index].episode
        ?? Episode(
          rule: index, stage: 0, start: event.wallTime, end: nil, peak: event.value,
          peakTime: event.wallTime, stageTimes: [], readingCount: 1,
          isSuspect: event.flag == .suspect)
      episode.stage = max(episode.stage, event.stage)
      while episode.stageTimes.count < Int(event.stage) {
        episode.stageTimes.append(event.wallTime)
      }
      rules[index].episode = episode
      return nil
    case .stageCleared where event.stage == 0:
      var episode = rules[index].episode
      rules[index].episode = nil
      episode?.end = event.wallTime
      return episode
    default: return nil
    }
  }
}

/// What a rule did over a whole replay.
public struct RuleSummary: Sendable {
  /// From one stage being raised to the next one, where both were.
  public struct Lead: Sendable {
    /// How often.
    public var count = 0
    /// The shortest time between them.
    public var shortest = TimeSpan(nanoseconds: .max)
    /// All together.
    public var total = TimeSpan.zero
  }

  /// All episodes.
  public private(set) var episodes = 0
  /// Those that did not end.
  public private(set) var open = 0
  /// Those that may be false alarms.
  public private(set) var doubtful = 0
  /// How long the alarm was there, without episodes that did not end.
  public private(set) var time = TimeSpan.zero
  /// From stage 1 to 2, from 2 to 3, …
  public private(set) var leads: [Lead] = []

  /// Makes an empty summary.
  public init() {}

  /// Takes an episode.
  public mutating func take(_ episode: Episode) {
    episodes += 1
    if episode.isDoubtful { doubtful += 1 }
    if let duration = episode.duration {
      time = TimeSpan(nanoseconds: time.nanoseconds + duration.nanoseconds)
    } else {
      open += 1
    }
    for (index, times) in zip(episode.stageTimes, episode.stageTimes.dropFirst()).enumerated() {
      if leads.count <= index { leads.append(Lead()) }
      let lead = TimeSpan(
        nanoseconds: times.1.nanosecondsSince1970 - times.0.nanosecondsSince1970)
      leads[index].count += 1
      leads[index].total = TimeSpan(
        nanoseconds: leads[index].total.nanoseconds + lead.nanoseconds)
      leads[index].shortest = min(leads[index].shortest, lead)
    }
  }
}

/// How often each flag was given to a point's values.
public struct FlagCounts: Sendable {
  /// Values by their roll-up.
  public private(set) var pass = 0
  /// Not evaluated.
  public private(set) var notEvaluated = 0
  /// Suspect.
  public private(set) var suspect = 0
  /// Failed.
  public private(set) var fail = 0
  /// Missing.
  public private(set) var missing = 0
  /// By test, in the order in which the core runs them: suspect and fail.
  public private(set) var tests: [(name: String, suspect: Int, fail: Int)] =
    TestFlags.names.map { ($0, 0, 0) }

  /// Makes counts of nothing.
  public init() {}

  /// All values.
  public var total: Int { pass + notEvaluated + suspect + fail + missing }

  /// Takes a value that the core assessed.
  public mutating func take(_ reading: AssessedReading) {
    switch reading.reading.flag {
    case .pass: pass += 1
    case .notEvaluated: notEvaluated += 1
    case .suspect: suspect += 1
    case .fail: fail += 1
    case .missing: missing += 1
    }
    guard reading.reading.flag == .suspect || reading.reading.flag == .fail else { return }
    for (index, flag) in reading.tests.inOrder.enumerated() {
      if flag == .suspect { tests[index].suspect += 1 }
      if flag == .fail { tests[index].fail += 1 }
    }
  }
}
