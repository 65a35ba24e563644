public import DetectionCore
public import DeviceProfiles

/// A device's answer that it has no such register, as far as it concerns one point.
struct Refusal: Sendable {
  /// The registers that were asked for.
  let span: RegisterSpan
  /// The exception.
  let fault: BusFault
  /// How often in a row.
  let times: Int
  /// The first sample that the point is asked for again in.
  let retestAt: Instant
  /// True until then.
  var isPutOff = true
}

/// When reads that were cut where the device refused them are joined again: soon, since it may only
/// have been starting; ever later where that is refused again.
struct Rejoining: Sendable {
  /// Nil where nothing is cut but what stands beside a refused point.
  var at: Instant?
  private var pause = TimeSpan.zero
  private var last: Instant?

  /// A read was refused, or a point is read again, in the sample that was due at `slot`; the next
  /// sample is due `period` later.
  mutating func plan(from slot: Instant, period: TimeSpan) {
    guard at == nil else { return }
    let isAgain = last.map { slot <= $0 + pause } ?? false
    pause =
      isAgain ? pause.doubled(atMost: PollingLimits.longestRetestPause) : period
    at = slot + pause
  }

  /// The reads were joined in the sample that was due at `slot`.
  mutating func joined(at slot: Instant) {
    at = nil
    last = slot
  }
}

// What is done about a register that the device refuses.
extension DeviceReads {
  /// The device refused the block that `group` leads: halves it, or puts the point of its only piece
  /// off and calls `body` for it; the current block is then the one behind it.
  ///
  /// A point is put off for one period, and each time that it is refused again for twice as long, up to
  /// `PollingLimits.longestRetestPause`. Until it answers, it is read apart from all others.
  mutating func refuse(
    _ group: Int, with fault: BusFault, at now: Instant, each body: (PolledPoint) -> Void
  ) {
    guard let block = block(of: group) else { return }
    let current = groups[group].progress.current
    groups[group].progress.tries = 0
    forgetPlans()
    if let (first, second) = block.halves(limits: pieces.limits) {
      rejoining.plan(from: groups[group].slot ?? now, period: groups[group].grid.cadence.spacing)
      pieces.cut(before: second.pieces[0])
      groups[group].progress.blocks[current] = first
      groups[group].progress.blocks.insert(second, at: current + 1)
      return
    }
    pieces.isolate(block.pieces[0])
    putOff(block.pieces[0], fault)
    settleBlock(of: group, each: body)
    advance(group, at: now)
  }

  private mutating func putOff(_ piece: ReadPiece, _ fault: BusFault) {
    let group = groups[members[piece.point].group]
    let times = (members[piece.point].refusal?.times ?? 0) + 1
    var pause = group.grid.cadence.spacing
    for _ in 1..<times where pause < PollingLimits.longestRetestPause {
      pause = pause.doubled(atMost: PollingLimits.longestRetestPause)
    }
    members[piece.point].refusal = Refusal(
      span: piece.span, fault: fault, times: times, retestAt: (group.slot ?? group.nextSlot) + pause
    )
    refusalChanges &+= 1
  }

  /// Asks for a point again in the sample that begins, where its time has come.
  mutating func retest(_ member: Int) {
    guard let refusal = members[member].refusal, refusal.isPutOff else { return }
    let group = groups[members[member].group]
    // Samples that follow the clock on the wall may come a little early.
    let early = TimeSpan(nanoseconds: group.grid.cadence.spacing.nanoseconds / 2)
    guard let slot = group.slot, slot + early >= refusal.retestAt else { return }
    members[member].refusal?.isPutOff = false
    forgetPlans()
  }

  /// The point is read again.
  mutating func endRefusal(of member: Int) {
    members[member].refusal = nil
    refusalChanges &+= 1
    let group = groups[members[member].group]
    rejoining.plan(from: group.slot ?? group.nextSlot, period: group.grid.cadence.spacing)
  }

  /// Joins what was cut, where its time has come; refused points stay apart.
  mutating func rejoinReads(at slot: Instant) {
    guard let at = rejoining.at, slot >= at else { return }
    rejoining.joined(at: slot)
    pieces.joinAgain { members[$0].refusal != nil }
    forgetPlans()
  }
}

/// A point that its device refuses, for whoever looks after the bus.
public struct RefusedRead: Hashable, Sendable {
  /// The point in the core's plan.
  public let point: PointIndex
  /// The registers that were asked for.
  public let span: RegisterSpan
  /// The exception that came.
  public let fault: BusFault
  /// How often in a row.
  public let times: Int
  /// When the point is asked for again, at the earliest.
  public let nextAt: Instant

  /// Makes the description of a refused point.
  public init(
    point: PointIndex, span: RegisterSpan, fault: BusFault, times: Int, nextAt: Instant
  ) {
    self.point = point
    self.span = span
    self.fault = fault
    self.times = times
    self.nextAt = nextAt
  }
}

extension BusEngine {
  /// The points that the device at that index of the plan refuses, since their last good answers; none
  /// where devices send messages of their own.
  public func refusedReads(ofDevice index: Int) -> [RefusedRead] {
    guard !isFramed else { return [] }
    return devices[index].reads.members.compactMap { member in
      member.refusal.map {
        RefusedRead(
          point: member.point.point, span: $0.span, fault: $0.fault, times: $0.times,
          nextAt: $0.retestAt)
      }
    }
  }

  /// Changes whenever `refusedReads` does.
  public func refusalChanges(ofDevice index: Int) -> UInt64 {
    isFramed ? 0 : devices[index].reads.refusalChanges
  }
}
