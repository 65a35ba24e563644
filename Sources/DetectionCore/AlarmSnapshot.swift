/// What has to outlive a restart of one alarm. Times are spans, since the monotonic time line begins
/// anew: the time for which the box was off does not count, so shelving goes on with the time left.
public struct AlarmSnapshot: BitwiseCopyable, Sendable {
  /// Where the alarm stood.
  public var condition: AlarmCondition
  /// The stage announced.
  public var stage: UInt8
  /// The stage of the rule: `stage`, or 0 while chatter held the return back.
  public var ruleStage: UInt8
  /// What suppressed the alarm.
  public var suppression: AlarmSuppression
  /// How long shelving still had to last; only meant while the alarm is shelved.
  public var shelvingLeft: TimeSpan
  /// How long ago the alarm was last raised or announced again; only meant while it is active.
  public var sinceAnnounced: TimeSpan
  /// Whether the alarm chattered.
  public var isChattering: Bool
  /// How many returns the chatter had swallowed.
  public var swallowedReturns: UInt32
  /// How long ago the alarm's condition last came or went.
  public var sinceTurned: TimeSpan
  /// How long ago the newest raises from normal were.
  public var raises: RecentAges

  /// Makes the snapshot of an alarm that has been normal for ever.
  public init() {
    condition = .normal
    stage = 0
    ruleStage = 0
    suppression = .none
    shelvingLeft = .zero
    sinceAnnounced = .zero
    isChattering = false
    swallowedReturns = 0
    sinceTurned = .zero
    raises = RecentAges()
  }
}

/// What has to outlive a restart of a site's alarm flood.
public struct FloodSnapshot: BitwiseCopyable, Sendable {
  /// Whether there was a flood.
  public var isFlood: Bool
  /// How many alarms the flood had had.
  public var count: UInt32
  /// How long ago the newest alarms were announced.
  public var raises: RecentAges

  /// Makes the snapshot of a site without alarms.
  public init() {
    isFlood = false
    count = 0
    raises = RecentAges()
  }
}

extension AlarmMachine {
  /// What a later machine needs to go on from here.
  func snapshot(at now: Instant) -> AlarmSnapshot {
    var snapshot = AlarmSnapshot()
    snapshot.condition = condition
    snapshot.stage = stage
    snapshot.ruleStage = decided
    snapshot.suppression = suppression
    snapshot.shelvingLeft = isShelved ? shelvedUntil - now : .zero
    snapshot.sinceAnnounced = now - announced
    snapshot.isChattering = chatter.isChattering
    snapshot.swallowedReturns = chatter.swallowed
    snapshot.sinceTurned = now - chatter.turned
    snapshot.raises = chatter.raises.ages(at: now)
    return snapshot
  }

  /// A machine that goes on where `snapshot` was taken, and announces nothing by itself. A snapshot
  /// that contradicts itself is damaged: its stage decides, and nothing is silenced for longer than
  /// any plan could ask for.
  init(restoring snapshot: AlarmSnapshot, at now: Instant) {
    let stage = snapshot.stage
    let isChattering = snapshot.isChattering && stage > 0
    let isHeld = isChattering && snapshot.ruleStage == 0
    var suppression = AlarmSuppression(
      rawValue: snapshot.suppression.rawValue & AlarmSuppression.all.rawValue)
    if suppression.contains(.shelved) { suppression.remove(.shelvedOnce) }
    let isShelved = suppression.contains(.shelvings)
    self.init(
      condition: snapshot.condition.matching(stage: stage), stage: stage,
      decided: isHeld ? 0 : stage, suppression: suppression,
      shelvedUntil: isShelved
        ? now + snapshot.shelvingLeft.plausible : Instant(nanoseconds: .max),
      announced: now.before(snapshot.sinceAnnounced),
      chatter: ChatterWatch(
        isChattering: isChattering, swallowed: isChattering ? snapshot.swallowedReturns : 0,
        turned: now.before(snapshot.sinceTurned),
        raises: RecentTimes(snapshot.raises, at: now)))
  }
}

extension AlarmFlood {
  /// What a later flood needs to go on from here.
  func snapshot(at now: Instant) -> FloodSnapshot {
    var snapshot = FloodSnapshot()
    snapshot.isFlood = isFlood
    snapshot.count = count
    snapshot.raises = raises.ages(at: now)
    return snapshot
  }

  /// A flood that goes on where `snapshot` was taken, on a site whose restored alarms are `standing`.
  init(restoring snapshot: FloodSnapshot, standing: Int, at now: Instant) {
    self.init(
      isFlood: snapshot.isFlood, count: snapshot.count, standing: standing,
      raises: RecentTimes(snapshot.raises, at: now))
  }
}

extension AlarmCondition {
  fileprivate func matching(stage: UInt8) -> AlarmCondition {
    if stage > 0 { return isActive ? self : .unacknowledged }
    return isActive ? .returned : self
  }
}

extension TimeSpan {
  /// The span, or the nearest that a running alarm can have.
  fileprivate var plausible: TimeSpan { min(max(self, .zero), CoreLimits.longestTime) }
}

extension Instant {
  /// The time at which something of that age was; an age that no plan asks for is cut.
  func before(_ span: TimeSpan) -> Instant {
    self + TimeSpan(nanoseconds: -span.plausible.nanoseconds)
  }
}
