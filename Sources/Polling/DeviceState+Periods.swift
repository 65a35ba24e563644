import DetectionCore
import DeviceProfiles

/// A period that was requested for a point while the schedule runs.
struct PeriodChange: Sendable {
  let point: PointIndex
  let period: TimeSpan
  let requestedAt: Instant
}

extension DeviceState {
  /// Where a point stands among the groups; nil where the device does not have it.
  func place(of point: PointIndex) -> (group: Int, member: Int)? {
    for group in groups.indices {
      let member = groups[group].members.firstIndex { $0.point.point == point }
      if let member { return (group, member) }
    }
    return nil
  }

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
      guard let place = place(of: change.point) else { continue }
      if groups[place.group].isBetweenRounds {
        apply(change, to: place)
        applied += 1
      } else {
        waiting.append(change)
      }
    }
    changes = waiting
    return applied
  }

  /// Takes the point out of its group and gives it a group of its own. Both groups forget what
  /// the device refused: a change is rare enough to ask again.
  private mutating func apply(_ change: PeriodChange, to place: (group: Int, member: Int)) {
    let old = groups[place.group]
    var points = old.members.map(\.point)
    var point = points.remove(at: place.member)
    point.period = change.period
    if points.isEmpty {
      groups.remove(at: place.group)
    } else {
      groups[place.group] = group(of: points, on: old.grid)
    }
    let grid = old.grid.changed(to: Cadence(of: point), at: change.requestedAt)
    groups.append(group(of: [point], on: grid))
  }

  /// Lets each group that has come to the cadence of an older one join it, so that they share
  /// their reads again.
  ///
  /// The older one's grid stays. The younger one joins when that delays none of its samples, nor
  /// brings one nearer to the last than the device allows: after at most a sample or two of its
  /// own.
  mutating func joinGroups() {
    var young = groups.count - 1
    while young > 0 {
      if let old = groups[..<young].firstIndex(where: { mayJoin(groups[young], $0) }) {
        groups[old] = group(
          of: groups[old].members.map(\.point) + groups[young].members.map(\.point),
          on: groups[old].grid)
        groups.remove(at: young)
      }
      young -= 1
    }
  }

  private func mayJoin(_ young: PollGroup, _ old: PollGroup) -> Bool {
    guard young.grid.cadence == old.grid.cadence, young.isBetweenRounds, old.isBetweenRounds,
      old.nextSlot <= young.nextSlot
    else { return false }
    guard let last = young.grid.lastRound else { return true }
    let lastSample = last + young.grid.cadence.lastOffset
    return old.nextSlot - lastSample >= .milliseconds(Int64(timing.minimumPeriodMs))
  }

  private func group(of points: [PolledPoint], on grid: SampleGrid) -> PollGroup {
    guard let group = try? PollGroup(points: points, limits: limits, cost: cost, grid: grid) else {
      preconditionFailure("each point was readable when the schedule was made")
    }
    return group
  }
}
