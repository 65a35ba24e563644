/// A deterrent: outputs that are switched on for a while, one at a time, against animals, and not in a
/// way that they get used to.
///
/// Each activation takes an output at random, never the last one again, waits a random while and
/// lasts a random while. The random numbers follow from the seed and from what happened before, so that
/// a recording replays the same. Sources: changing sounds and lights wear off later than repeated ones
/// (vendors' practice; deer, Eur J Wildl Res 2022); xorshift generator of Marsaglia (2003).
public struct DeterrentPlan: BitwiseCopyable, Sendable {
  /// The most outputs that it has.
  public static var mostOutputs: Int { 8 }

  /// The rule that wants it.
  public var rule: UInt16
  /// Wanted while the rule's stage is this or higher.
  public var fromStage: UInt8
  /// The outputs, the first `outputCount` of them.
  public var outputs: InlineArray<8, UInt16>
  /// How many outputs there are, 1 to 8.
  public var outputCount: UInt8
  /// The shortest and longest wait from being wanted to coming on.
  public var delay: TimeRange
  /// The shortest and longest time for which an output is on.
  public var length: TimeRange
  /// The shortest time from the end of one activation to the beginning of the next.
  public var coolDown: TimeSpan
  /// It comes on again this long after it went off while it is still wanted; nil: once each time
  /// that it is wanted.
  public var repeatAfter: TimeSpan?
  /// The most activations from noon to noon.
  public var mostPerNight: UInt16
  /// When it must stay off; also while the box does not know the time. Nil for never.
  public var quietHours: ActivePeriod?
  /// Where its random numbers begin; not 0.
  public var seed: UInt32

  /// Makes a deterrent without outputs.
  public init(
    rule: UInt16, fromStage: UInt8, delay: TimeRange, length: TimeRange, coolDown: TimeSpan,
    repeatAfter: TimeSpan? = nil, mostPerNight: UInt16, quietHours: ActivePeriod? = nil,
    seed: UInt32
  ) {
    self.rule = rule
    self.fromStage = fromStage
    outputs = InlineArray(repeating: 0)
    outputCount = 0
    self.delay = delay
    self.length = length
    self.coolDown = coolDown
    self.repeatAfter = repeatAfter
    self.mostPerNight = mostPerNight
    self.quietHours = quietHours
    self.seed = seed
  }

  /// Adds an output; at most eight have room.
  public mutating func add(output: UInt16) {
    outputs[Int(outputCount)] = output
    outputCount += 1
  }
}

/// From the shortest to the longest time, both included.
public struct TimeRange: BitwiseCopyable, Equatable, Sendable {
  /// The shortest.
  public var shortest: TimeSpan
  /// The longest.
  public var longest: TimeSpan
  /// Makes a range.
  public init(shortest: TimeSpan, longest: TimeSpan) {
    self.shortest = shortest
    self.longest = longest
  }
}

/// Why a deterrent that is wanted stays off; the `value` of a `deterrentHeld` event is its number.
public enum DeterrentHold: UInt8, BitwiseCopyable, Sendable {
  /// Somebody has stopped it.
  case stopped = 1
  /// It is quiet time, or the box does not know the time.
  case quietHours = 2
  /// It was on often enough this night.
  case nightlyMaximum = 3
}

/// What has to outlive a restart of a deterrent.
public struct DeterrentSnapshot: BitwiseCopyable, Equatable, Sendable {
  /// How many activations it has had since it was first used; a later snapshot has more.
  public var activations: UInt32
  /// How many of them in `night`.
  public var tonight: UInt16
  /// The night, as days since 1970; the smallest number while no night was ever known.
  public var night: Int32
  /// How long it still has to rest.
  public var restLeft: TimeSpan
  /// The index of the last output among its outputs.
  public var lastChoice: UInt8
  /// Where its random numbers go on.
  public var random: UInt32
  /// True while somebody has stopped it.
  public var isStopped: Bool
  /// True while its last output was on: that goes off with the restart.
  public var isOn: Bool

  /// A deterrent that was never used.
  public init() {
    activations = 0
    tonight = 0
    night = .min
    restLeft = .zero
    lastChoice = .max
    random = 0
    isStopped = false
    isOn = false
  }
}

/// One deterrent's state; see `DeterrentPlan`.
struct DeterrentMachine: BitwiseCopyable {
  /// What is to be done.
  enum Action: BitwiseCopyable {
    case none
    /// An output, by its index among the deterrent's, is to come on.
    case on(Int)
    /// It is to go off.
    case off(Int)
    case held(DeterrentHold)
  }

  private enum Phase: BitwiseCopyable {
    case idle
    case waiting(until: Instant)
    case on(until: Instant)
  }

  private var phase = Phase.idle
  private(set) var isWanted = false
  private var kept = DeterrentSnapshot()
  private var restsUntil = Instant(nanoseconds: .min)
  /// Why it was held last, so that this is told once and not at each try.
  private var lastHold: DeterrentHold?

  init(seed: UInt32) { kept.random = seed }

  var isStopped: Bool { kept.isStopped }

  /// Whether it can be one of `plan`: one that is on has an output, and its numbers go on.
  func fits(_ plan: DeterrentPlan) -> Bool {
    guard kept.random != 0 else { return false }
    guard case .on = phase else { return true }
    return kept.lastChoice < plan.outputCount
  }

  /// When something happens by itself; nil when nothing does.
  var deadline: Instant? {
    switch phase {
    case .idle: nil
    case .waiting(let until), .on(let until): until
    }
  }

  /// The rule's stage rose to where the deterrent is wanted, or fell below.
  mutating func want(
    _ isWanted: Bool, at now: Instant, _ local: CivilTime?, plan: DeterrentPlan
  ) -> Action {
    guard isWanted != self.isWanted else { return .none }
    self.isWanted = isWanted
    lastHold = nil
    guard isWanted else { return end(at: now, plan: plan) }
    if let reason = hold(local, plan: plan) { return held(reason, at: now, plan: plan) }
    phase = .waiting(until: max(now, restsUntil) + number(in: plan.delay))
    return .none
  }

  /// A deadline has come; `longest` is how long each output may be on at most.
  mutating func pass(
    to now: Instant, _ local: CivilTime?, plan: DeterrentPlan
  ) -> Action {
    guard let deadline, now >= deadline else { return .none }
    switch phase {
    case .idle: return .none
    case .waiting:
      if let reason = hold(local, plan: plan) { return held(reason, at: now, plan: plan) }
      lastHold = nil
      let length = number(in: plan.length)
      phase = .on(until: now + length)
      kept.lastChoice = UInt8(choose(of: Int(plan.outputCount)))
      kept.activations &+= 1
      kept.tonight &+= 1
      return .on(Int(kept.lastChoice))
    case .on:
      let action = end(at: now, plan: plan)
      if let pause = plan.repeatAfter, isWanted {
        phase = .waiting(until: max(now + pause, restsUntil))
      }
      return action
    }
  }

  /// Somebody stops it, or lets it go on.
  mutating func stop(_ isStopped: Bool, at now: Instant, plan: DeterrentPlan) -> Action {
    kept.isStopped = isStopped
    if isStopped { return end(at: now, plan: plan) }
    if isWanted, plan.repeatAfter != nil, case .idle = phase {
      phase = .waiting(until: max(now, restsUntil) + number(in: plan.delay))
    }
    return .none
  }

  /// It is wanted and stays off; where it repeats, it tries again later.
  private mutating func held(
    _ reason: DeterrentHold, at now: Instant, plan: DeterrentPlan
  ) -> Action {
    phase = plan.repeatAfter.map { .waiting(until: now + max($0, .seconds(1))) } ?? .idle
    defer { lastHold = reason }
    return reason == lastHold ? .none : .held(reason)
  }

  private mutating func end(at now: Instant, plan: DeterrentPlan) -> Action {
    defer { phase = .idle }
    guard case .on = phase else { return .none }
    restsUntil = now + plan.coolDown
    return .off(Int(kept.lastChoice))
  }

  private mutating func hold(_ local: CivilTime?, plan: DeterrentPlan) -> DeterrentHold? {
    if kept.isStopped { return .stopped }
    if let quiet = plan.quietHours {
      guard let local, !quiet.contains(local) else { return .quietHours }
    }
    if let local { noteNight(local) }
    return kept.tonight >= plan.mostPerNight ? .nightlyMaximum : nil
  }

  /// Nights last from noon to noon. What was done while the time was not known counts to the first night
  /// that is; and a clock that is set back by less than a day begins no new night.
  private mutating func noteNight(_ local: CivilTime) {
    let seconds = local.nanosecondsSince1970 / 1_000_000_000 - 43_200
    let night = Int32(truncatingIfNeeded: seconds / 86_400)
    if kept.night != .min && (night > kept.night || night < kept.night - 1) { kept.tonight = 0 }
    if kept.night == .min || kept.tonight == 0 { kept.night = night }
  }

  // MARK: Random numbers

  private mutating func random() -> UInt32 {
    var bits = kept.random
    bits ^= bits &<< 13
    bits ^= bits &>> 17
    bits ^= bits &<< 5
    kept.random = bits
    return bits
  }

  /// A number from 0 to below `count`, each as likely as any other.
  private mutating func random(below count: UInt32) -> UInt32 {
    // The generator gives 1 to 2³² - 1; what lies above the last whole multiple is drawn again.
    let limit = UInt32.max - UInt32.max % count
    var bits = random()
    while bits > limit { bits = random() }
    return (bits - 1) % count
  }

  /// A whole number of milliseconds in the range.
  private mutating func number(in range: TimeRange) -> TimeSpan {
    let spread = (range.longest.nanoseconds - range.shortest.nanoseconds) / 1_000_000
    let milliseconds = random(below: UInt32(truncatingIfNeeded: spread) + 1)
    return TimeSpan(
      nanoseconds: range.shortest.nanoseconds
        + Int64(widening: Int(truncatingIfNeeded: milliseconds)) * 1_000_000)
  }

  private mutating func choose(of count: Int) -> Int {
    guard count > 1, Int(kept.lastChoice) < count else {
      return Int(truncatingIfNeeded: random(below: UInt32(truncatingIfNeeded: count)))
    }
    let other = Int(truncatingIfNeeded: random(below: UInt32(truncatingIfNeeded: count - 1)))
    return other < Int(kept.lastChoice) ? other : other + 1
  }

  // MARK: Restarts

  func snapshot(at now: Instant, plan: DeterrentPlan) -> DeterrentSnapshot {
    var snapshot = kept
    // An output that is on goes off with the box; the rest begins then.
    if case .on = phase {
      snapshot.isOn = true
      snapshot.restLeft = plan.coolDown
    } else {
      snapshot.restLeft = restsUntil.nanoseconds == .min ? .zero : restsUntil - now
    }
    return snapshot
  }

  /// Goes on as an earlier run left it, off until its rule wants it anew; false where this one has been used
  /// more often.
  mutating func resume(_ snapshot: DeterrentSnapshot, at now: Instant) -> Bool {
    guard snapshot.activations >= kept.activations, snapshot.random != 0 else { return false }
    kept = snapshot
    kept.isOn = false
    phase = .idle
    isWanted = false
    restsUntil = now + min(max(snapshot.restLeft, .zero), CoreLimits.longestTime)
    return true
  }
}

#if !hasFeature(Embedded)
  extension DeterrentHold: CaseIterable {}
#endif
