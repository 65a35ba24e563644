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
  /// How long ago the alarm was last announced; only meant while it is active.
  public var sinceAnnounced: TimeSpan
  /// Whether the alarm chattered.
  public var isChattering: Bool
  /// How many returns the chatter had swallowed.
  public var swallowedReturns: UInt32
  /// How long ago the alarm's condition last came or went.
  public var sinceTurned: TimeSpan
  /// How long ago the newest raises were, the newest first; `raiseCount` of them are meant.
  public var raiseAges: InlineArray<8, TimeSpan>
  /// How many raises are known, 0 to 8.
  public var raiseCount: UInt8

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
    raiseAges = InlineArray(repeating: .zero)
    raiseCount = 0
  }
}

/// What has to outlive a restart of a site's alarm flood.
public struct FloodSnapshot: BitwiseCopyable, Sendable {
  /// Whether there was a flood.
  public var isFlood: Bool
  /// How many alarms the flood had had.
  public var count: UInt32
  /// How long ago the newest alarms were announced, the newest first; `raiseCount` of them are meant.
  public var raiseAges: InlineArray<32, TimeSpan>
  /// How many are known, 0 to 32.
  public var raiseCount: UInt8

  /// Makes the snapshot of a site without alarms.
  public init() {
    isFlood = false
    count = 0
    raiseAges = InlineArray(repeating: .zero)
    raiseCount = 0
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
    for index in 0..<chatter.raises.count {
      snapshot.raiseAges[index] = now - chatter.raises[index]
    }
    snapshot.raiseCount = UInt8(chatter.raises.count)
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
        raises: RecentTimes(ages: snapshot.raiseAges, count: snapshot.raiseCount, at: now)))
  }
}

extension AlarmFlood {
  /// What a later flood needs to go on from here.
  func snapshot(at now: Instant) -> FloodSnapshot {
    var snapshot = FloodSnapshot()
    snapshot.isFlood = isFlood
    snapshot.count = count
    for index in 0..<raises.count { snapshot.raiseAges[index] = now - raises[index] }
    snapshot.raiseCount = UInt8(raises.count)
    return snapshot
  }

  /// A flood that goes on where `snapshot` was taken, on a site whose restored alarms are `standing`.
  init(restoring snapshot: FloodSnapshot, standing: Int, at now: Instant) {
    self.init(
      isFlood: snapshot.isFlood, count: snapshot.count, standing: standing,
      raises: RecentTimes(ages: snapshot.raiseAges, count: snapshot.raiseCount, at: now))
  }
}

extension RecentTimes {
  fileprivate init(ages: InlineArray<capacity, TimeSpan>, count: UInt8, at now: Instant) {
    self.init()
    var index = min(Int(count), capacity)
    while index > 0 {
      index -= 1
      append(now.before(ages[index]))
    }
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
  fileprivate func before(_ span: TimeSpan) -> Instant {
    self + TimeSpan(nanoseconds: -span.plausible.nanoseconds)
  }
}
