/// Notices an alarm that comes and goes too often, and calms it.
///
///     chatter begins   at a raise from normal when raises[newest] - raises[newest - n + 1] < within
///     chatter ends     when the condition has neither come nor gone for `hold`
///
/// While it lasts, a return to normal is held back until the chatter ends; whoever is told of the
/// alarm hears nothing of returns that did not last, and the end says how many these were. A rise is
/// never held back. Source: ISA-18.2 counts an alarm as chattering from three times a minute.
///
/// Three raises within 60 s, hold 60 s: raised at 0, 20 and 40 s, each for 10 s. The third begins
/// the chatter. The return at 50 s is held back until 110 s; had the alarm come again at 70 s to
/// stay, the chatter would be over at 130 s, with one return held back.
struct ChatterWatch: BitwiseCopyable {
  /// True from the raise that made the chatter to its end.
  private(set) var isChattering = false
  /// How many returns were held back and undone by a raise.
  private(set) var swallowed: UInt32 = 0
  /// When the condition last came or went.
  private(set) var turned = Instant(nanoseconds: 0)
  /// The newest raises, the newest first.
  private(set) var raises = RecentTimes()

  init() {}

  init(isChattering: Bool, swallowed: UInt32, turned: Instant, raises: RecentTimes) {
    self.isChattering = isChattering
    self.swallowed = swallowed
    self.turned = turned
    self.raises = raises
  }

  /// The condition came; true when this begins a chatter.
  mutating func come(at now: Instant, plan: ChatterPlan?) -> Bool {
    turned = now
    raises.append(now)
    guard !isChattering else {
      swallowed = swallowed == .max ? .max : swallowed + 1
      return false
    }
    guard let plan, raises.has(Int(plan.raises), within: plan.within, at: now) else { return false }
    isChattering = true
    return true
  }

  /// The condition went.
  mutating func go(at now: Instant) { turned = now }

  /// When the chatter is over if the condition stays as it is; nil when there is none.
  func deadline(plan: ChatterPlan?) -> Instant? {
    guard isChattering else { return nil }
    guard let plan else { return turned }
    return turned + plan.hold
  }

  /// The deadline has passed; returns how many returns were swallowed.
  mutating func end() -> UInt32 {
    defer { swallowed = 0 }
    isChattering = false
    return swallowed
  }
}
