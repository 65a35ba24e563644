import DetectionCore
import DeviceProfiles

/// The points of one device that are sampled together: they have the same cadence, and stand in the same
/// message where the device sends any.
struct SampleGroup<Progress: Sendable>: Sendable {
  /// The message's index; 0 where points stand in registers.
  let message: Int
  /// When samples are due.
  var grid: SampleGrid
  /// When the sample that is being read was due; nil between samples.
  var slot: Instant?
  /// True where a rule watches one of the points.
  var isWatched: Bool
  /// How far the sample that is being read has come.
  var progress: Progress

  /// When the next sample is due.
  var nextSlot: Instant { grid.next }

  /// True while nothing is being read, nor in the midst of a burst.
  var isBetweenRounds: Bool { slot == nil && grid.index == 0 }

  /// When the sample that is being read should be complete: when the next one may begin; nil between
  /// samples.
  var deadline: Instant? { slot.map { $0 + grid.cadence.relativeDeadline } }

  /// Takes the sample that is due at `now` and returns how many were passed over; nil where none is
  /// due or the last one is still being read.
  mutating func take(at now: Instant) -> UInt64? {
    guard slot == nil, now >= nextSlot else { return nil }
    let taken = grid.take(at: now)
    slot = taken.slot
    return UInt64(taken.passed)
  }
}

/// A period that was requested for a point while the engine runs.
struct PeriodChange: Sendable {
  let point: PointIndex
  let period: TimeSpan
  let requestedAt: Instant
}

/// One point among those of its device.
protocol SampledPoint {
  var point: PolledPoint { get set }
  /// The message that it stands in; 0 for registers.
  var message: Int { get }
  /// The group that it is in.
  var group: Int { get set }
}

/// What samples the points of one device: when they are due, and how their periods change.
protocol SampledDevice {
  associatedtype Member: SampledPoint
  associatedtype Progress: Sendable
  /// By the order of the plan.
  var members: [Member] { get set }
  /// In the order in which they were made; a cadence occurs twice only until the younger group
  /// can join the older.
  var groups: [SampleGroup<Progress>] { get set }
  /// Periods that wait for the end of a round.
  var changes: [PeriodChange] { get set }
  /// Samples that ended behind their deadline and have not been counted yet.
  var lateSamples: UInt64 { get set }
  /// Where a sample begins.
  static var initialProgress: Progress { get }
  /// Points have changed their groups.
  mutating func regrouped()
}

extension SampledDevice {
  /// Makes the groups that `members` need, the first samples of which are due at `start`.
  static func groups(
    of members: inout [Member], start: Instant
  ) -> [SampleGroup<Progress>] {
    var groups: [SampleGroup<Progress>] = []
    for index in members.indices {
      let cadence = Cadence(of: members[index].point)
      let message = members[index].message
      let known = groups.firstIndex { $0.grid.cadence == cadence && $0.message == message }
      members[index].group = known ?? groups.count
      if known == nil {
        groups.append(
          SampleGroup(
            message: message, grid: SampleGrid(cadence, start: start), isWatched: false,
            progress: initialProgress))
      }
      if members[index].point.isWatched { groups[members[index].group].isWatched = true }
    }
    return groups
  }

  /// The shortest period of all points; nil where there are none.
  var shortestPeriod: TimeSpan? { groups.lazy.map(\.grid.cadence.period).min() }

  /// When the next sample is due.
  var nextSample: Instant {
    groups.reduce(Instant(nanoseconds: .max)) { min($0, $1.nextSlot) }
  }

  /// The point among those of the device; nil where the device does not have it.
  func member(of point: PointIndex) -> Member? { members.first { $0.point.point == point } }

  /// Wants a point to be read each `period`, or as nearly as it and the `shortest` period of the device
  /// allow; returns the period that it will have, nil where the device does not have it.
  mutating func setPeriod(
    _ period: TimeSpan, of point: PointIndex, atLeast shortest: TimeSpan, at now: Instant
  ) -> TimeSpan? {
    guard let wanted = member(of: point)?.point else { return nil }
    let least = max(PollingLimits.shortestPeriod, shortest, wanted.burst?.length ?? .zero)
    let possible = min(max(period, least), max(least, PollingLimits.longestPeriod))
    changes.removeAll { $0.point == point }
    if possible != wanted.period {
      changes.append(PeriodChange(point: point, period: possible, requestedAt: now))
    }
    return possible
  }

  /// Carries out the changes of period whose points are between two rounds, and returns how many; lets
  /// groups that have come to the same cadence become one again.
  mutating func changePeriods(atLeast gap: TimeSpan) -> UInt64 {
    var applied: UInt64 = 0
    if !changes.isEmpty {
      var waiting: [PeriodChange] = []
      for change in changes {
        if apply(change) { applied += 1 } else { waiting.append(change) }
      }
      changes = waiting
    }
    joinGroups(atLeast: gap)
    return applied
  }

  /// Lets samples be due when `clock` shows multiples of their periods.
  mutating func align(to clock: CivilClock, atLeast gap: TimeSpan, at now: Instant) {
    for group in groups.indices { groups[group].grid.align(to: clock, atLeast: gap, at: now) }
  }

  /// How many samples ended behind their deadline since the last call.
  mutating func takeLateSamples() -> UInt64 {
    defer { lateSamples = 0 }
    return lateSamples
  }

  /// Takes the point out of its group and gives it a group of its own; false while its group is in
  /// the midst of a round.
  private mutating func apply(_ change: PeriodChange) -> Bool {
    guard let index = members.firstIndex(where: { $0.point.point == change.point }) else {
      return true
    }
    let old = members[index].group
    guard groups[old].isBetweenRounds else { return false }
    members[index].point.period = change.period
    let grid = groups[old].grid.changed(
      to: Cadence(of: members[index].point), at: change.requestedAt)
    groups.append(
      SampleGroup(
        message: members[index].message, grid: grid, isWatched: false,
        progress: Self.initialProgress))
    members[index].group = groups.count - 1
    regroup()
    return true
  }

  /// Lets each group that has come to the cadence of an older one join it, so that they share
  /// their reads again.
  ///
  /// The older one's grid stays. The younger one joins when that delays none of its samples, nor
  /// brings one nearer to the last than the device allows: after at most a sample or two of its
  /// own.
  private mutating func joinGroups(atLeast gap: TimeSpan) {
    var young = groups.count - 1
    while young > 0 {
      if let old = groups[..<young].firstIndex(where: { mayJoin(groups[young], $0, gap) }) {
        for index in members.indices where members[index].group == young {
          members[index].group = old
        }
        regroup()
      }
      young -= 1
    }
  }

  private func mayJoin(
    _ young: SampleGroup<Progress>, _ old: SampleGroup<Progress>, _ gap: TimeSpan
  ) -> Bool {
    guard young.grid.cadence == old.grid.cadence, young.message == old.message,
      young.isBetweenRounds, old.isBetweenRounds, old.nextSlot <= young.nextSlot
    else { return false }
    guard let last = young.grid.lastRound else { return true }
    return old.nextSlot - (last + young.grid.cadence.lastOffset) >= gap
  }

  /// After a point has gone to another group: leaves out the group that has none any more.
  private mutating func regroup() {
    for group in groups.indices {
      groups[group].isWatched = members.contains { $0.group == group && $0.point.isWatched }
    }
    let empty = groups.indices.first { group in !members.contains { $0.group == group } }
    if let empty {
      groups.remove(at: empty)
      for index in members.indices where members[index].group > empty { members[index].group -= 1 }
    }
    regrouped()
  }
}
