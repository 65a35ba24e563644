/// Triggers of several sensors that are one incident: animals at a fence, a trap that shut.
///
///     opens    at the trigger that makes at least `triggers` of at least `sensors` sensors within `within`
///     closes   at the first usable reading of a member at least `quietGap` after the last trigger,
///              while no member is on
///
/// A trigger is a reading that turned to true (0.5 or more). A sensor that stays on extends an incident
/// and counts once. Only readings decide: sensors that fall silent neither open nor close.
///
/// Worked example: two of three sensors within 60 s, quiet gap 300 s. Sensor 1 at 0 s and again at 50 s
/// opens nothing; sensor 2 at 70 s does, with two triggers; a trigger at 200 s lets the first
/// quiet reading from 500 s on close it.
public struct IncidentPlan: BitwiseCopyable, Sendable {
  /// The most members that an incident has.
  public static var mostMembers: Int { 8 }

  /// The points, the first `memberCount` of them.
  public var members: InlineArray<8, PointIndex>
  /// How many members there are, 1 to 8.
  public var memberCount: UInt8
  /// How many triggers open it, 1 to 8.
  public var triggers: UInt8
  /// Of how many different members, 1 to `memberCount`, at most `triggers`.
  public var sensors: UInt8
  /// Within which time.
  public var within: TimeSpan
  /// How long nothing may trigger before it closes.
  public var quietGap: TimeSpan

  /// Makes a plan without members.
  public init(triggers: UInt8, sensors: UInt8, within: TimeSpan, quietGap: TimeSpan) {
    members = InlineArray(repeating: PointIndex(rawValue: 0))
    memberCount = 0
    self.triggers = triggers
    self.sensors = sensors
    self.within = within
    self.quietGap = quietGap
  }

  /// Adds a member; at most eight have room.
  public mutating func add(_ point: PointIndex) {
    members[Int(memberCount)] = point
    memberCount += 1
  }

  /// The index of a point among the members; nil for another point.
  func member(_ point: Int) -> Int? {
    for member in 0..<Int(memberCount) where Int(members[member].rawValue) == point {
      return member
    }
    return nil
  }
}

/// One incident's state; see `IncidentPlan`.
struct IncidentMachine: BitwiseCopyable {
  private(set) var isOpen = false
  /// How many triggers the incident has had.
  private(set) var count: UInt32 = 0
  private var isOn: UInt8 = 0
  private var last = Instant(nanoseconds: .min)
  private var times = InlineArray<8, Instant>(repeating: Instant(nanoseconds: .min))
  private var next = 0
  /// The last trigger of each member: however often one triggers, it hides no other.
  private var lastOf = InlineArray<8, Instant>(repeating: Instant(nanoseconds: .min))
  /// Members of an incident that was open at a restart, whose next reading is no trigger: they may have
  /// been on before.
  private var isUnknown: UInt8 = 0

  /// Takes a usable reading of a member; true when the incident opened or closed.
  mutating func take(_ isTrue: Bool, of member: Int, at now: Instant, plan: IncidentPlan) -> Bool {
    let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: member)
    let isTrigger = isTrue && (isOn | isUnknown) & bit == 0
    isUnknown &= ~bit
    isOn = isTrue ? isOn | bit : isOn & ~bit
    if isTrigger { note(member, at: now) }
    if isOpen {
      if isTrigger { count = count == .max ? .max : count + 1 }
      if isOn != 0 { last = now }
      guard isOn == 0, now - last >= plan.quietGap else { return false }
      // What opened it does not open the next one too.
      self = IncidentMachine(closedAfter: count)
      return true
    }
    guard isTrigger, opens(at: now, plan: plan) else { return false }
    isOpen = true
    last = now
    return true
  }

  init() {}

  /// Whether its index is within its room.
  var isSound: Bool { next >= 0 && next < IncidentPlan.mostMembers }

  private init(closedAfter count: UInt32) { self.count = count }

  private mutating func note(_ member: Int, at now: Instant) {
    times[next] = now
    lastOf[member] = now
    next = (next + 1) % IncidentPlan.mostMembers
  }

  private mutating func opens(at now: Instant, plan: IncidentPlan) -> Bool {
    var triggers: UInt32 = 0
    var sensors = 0
    for member in 0..<IncidentPlan.mostMembers {
      if isRecent(times[member], at: now, plan) { triggers += 1 }
      if isRecent(lastOf[member], at: now, plan) { sensors += 1 }
    }
    guard triggers >= UInt32(plan.triggers), sensors >= Int(plan.sensors) else { return false }
    count = triggers
    return true
  }

  private func isRecent(_ time: Instant, at now: Instant, _ plan: IncidentPlan) -> Bool {
    time.nanoseconds != .min && now - time <= plan.within
  }

  /// Goes on as an earlier run left it; a member that is still on triggers nothing anew.
  mutating func resume(isOpen: Bool, at now: Instant) {
    self.isOpen = isOpen
    isUnknown = isOpen ? .max : 0
    last = now
  }
}
