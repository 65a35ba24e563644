import DetectionCore
import DeviceProfiles

/// A period that was requested for a point while the schedule runs.
struct PeriodChange: Sendable {
  let point: PointIndex
  let period: TimeSpan
  let requestedAt: Instant
}

extension DeviceState {
  /// The nearest period to `wanted` at which the point can be read.
  func possible(_ wanted: TimeSpan, for point: PolledPoint) -> TimeSpan {
    let shortest = max(
      PollingLimits.shortestPeriod, .milliseconds(Int64(timing.minimumPeriodMs)),
      point.burst?.length ?? .zero)
    return min(max(wanted, shortest), max(shortest, PollingLimits.longestPeriod))
  }

  /// Carries out the changes whose points are between two rounds, and returns how many.
  mutating func applyChanges() -> UInt64 {
    guard !changes.isEmpty else { return 0 }
    var applied: UInt64 = 0
    var waiting: [PeriodChange] = []
    for change in changes {
      guard let isApplied = reads.apply(change) else { continue }
      if isApplied { applied += 1 } else { waiting.append(change) }
    }
    changes = waiting
    return applied
  }

  /// Lets groups that have come to the same cadence become one again.
  mutating func joinGroups() {
    reads.joinGroups(atLeast: .milliseconds(Int64(timing.minimumPeriodMs)))
  }
}

extension DeviceReads {
  /// The point's place in the current sample; nil where the device does not have it.
  func member(of point: PointIndex) -> Member? {
    members.first { $0.point.point == point }
  }

  /// Takes the point out of its group and gives it a group of its own; false while its group is in
  /// the midst of a round, nil where the device does not have it.
  fileprivate mutating func apply(_ change: PeriodChange) -> Bool? {
    guard let index = members.firstIndex(where: { $0.point.point == change.point }) else {
      return nil
    }
    let old = members[index].group
    guard groups[old].isBetweenRounds else { return false }
    members[index].point.period = change.period
    let grid = groups[old].grid.changed(
      to: Cadence(of: members[index].point), at: change.requestedAt)
    groups.append(PollGroup(grid: grid, isWatched: members[index].point.isWatched))
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
  fileprivate mutating func joinGroups(atLeast gap: TimeSpan) {
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

  private func mayJoin(_ young: PollGroup, _ old: PollGroup, _ gap: TimeSpan) -> Bool {
    guard young.grid.cadence == old.grid.cadence, young.isBetweenRounds, old.isBetweenRounds,
      old.nextSlot <= young.nextSlot
    else { return false }
    guard let last = young.grid.lastRound else { return true }
    let lastSample = last + young.grid.cadence.lastOffset
    return old.nextSlot - lastSample >= gap
  }

  /// After a point has gone to another group: leaves out the group that has none any more.
  private mutating func regroup() {
    forgetPlans()
    for group in groups.indices {
      groups[group].isWatched = members.contains { $0.group == group && $0.point.isWatched }
    }
    let empty = groups.indices.first { group in !members.contains { $0.group == group } }
    guard let empty else { return }
    groups.remove(at: empty)
    for index in members.indices where members[index].group > empty { members[index].group -= 1 }
  }
}
