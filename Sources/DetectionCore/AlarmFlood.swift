/// Tells when a site has more alarms than a person can follow, and which alarm was the first.
///
///     a flood begins   when more than `above` alarms were announced within `window`
///     a flood ends     when fewer than `below` were
///
/// Announced are rises to a stage, from normal or not, that nothing suppressed. It begins with the
/// alarm that was one too many and ends by time alone. The newest `above` + 1 times decide both, so
/// no more are kept. Source: EEMUA 191, ISA-18.2 (above 10 alarms in 10 minutes, until below 5).
///
/// First-out: an alarm announced while no other alarm of the site is standing, which means announced
/// or still waited for, is the first of what follows and often its cause.
///
/// An alarm every 50 s from 0 s on: the eleventh, at 500 s, begins the flood. When the last of them
/// comes at 1,000 s, those of the last 10 minutes are fewer than five from 1,400 s on: the fifth
/// newest, of 800 s, is then 600 s old.
struct AlarmFlood: BitwiseCopyable {
  /// What an announced alarm means for the site.
  struct Verdict: BitwiseCopyable, Equatable {
    /// The alarm is the first since no alarm was standing.
    var isFirstOut = false
    /// A flood begins with it.
    var beginsFlood = false
  }

  /// True from the alarm that was one too many to the end.
  private(set) var isFlood = false
  /// How many alarms the flood has had: those that began it and all since.
  private(set) var count: UInt32 = 0
  /// How many alarms are standing.
  private(set) var standing = 0
  /// When the newest alarms were announced.
  private(set) var raises = RecentTimes()

  init() {}

  init(isFlood: Bool, count: UInt32, standing: Int, raises: RecentTimes) {
    self.isFlood = isFlood
    self.count = count
    self.standing = standing
    self.raises = raises
  }

  /// An alarm's input made `transitions`; `wasStanding` and `isStanding` are that alarm's
  /// `AlarmMachine.isStanding` before and afterwards.
  mutating func take(
    _ transitions: AlarmTransitions, wasStanding: Bool, isStanding: Bool, at now: Instant,
    plan: FloodPlan
  ) -> Verdict {
    var verdict = Verdict()
    let isFirst = standing == 0
    if isStanding != wasStanding { standing += isStanding ? 1 : -1 }
    for index in 0..<transitions.count where transitions[index].isAnnouncedRaise {
      verdict.isFirstOut = isFirst
      raises.append(now)
      if isFlood {
        count = count == .max ? .max : count + 1
      } else if raises.has(Int(plan.above) + 1, within: plan.window, at: now) {
        isFlood = true
        count = UInt32(plan.above) + 1
        verdict.beginsFlood = true
      }
    }
    return verdict
  }

  /// An alarm was restored: whether it stands, and whether it stood before.
  mutating func restore(standing isStanding: Bool, before wasStanding: Bool) {
    if isStanding != wasStanding { standing += isStanding ? 1 : -1 }
  }

  /// When the flood ends if no alarm comes before; nil when there is none.
  func deadline(plan: FloodPlan) -> Instant? {
    guard isFlood else { return nil }
    let deciding = Int(plan.below)
    guard deciding > 0 && deciding <= raises.count else { return Instant(nanoseconds: .min) }
    return raises[deciding - 1] + plan.window
  }

  /// The deadline has passed; returns how many alarms the flood had.
  mutating func end() -> UInt32 {
    isFlood = false
    return count
  }
}

extension AlarmTransition {
  /// Whether it calls for people: a rise that nothing suppresses.
  fileprivate var isAnnouncedRaise: Bool { kind == .raised && !isSuppressed }
}
