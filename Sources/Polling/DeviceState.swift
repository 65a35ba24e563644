import DetectionCore
import DeviceProfiles

/// What the schedule knows of one device.
struct DeviceState: Sendable {
  let unit: UInt8
  let limits: ReadLimits
  let timing: DeviceTiming
  let cost: TransactionCost
  /// The read that tells whether a lost device is back: the shortest that is polled; nil where
  /// the device has no points.
  let probe: RegisterSpan?
  let exceptions: [ExceptionMeaning]
  /// In the order in which they were made; a cadence occurs twice only until the younger group
  /// can join the older.
  var groups: [PollGroup]
  /// Periods that wait for the end of a round.
  var changes: [PeriodChange] = []
  var health = DeviceHealth.online
  /// Time-outs since the last answer of any kind.
  var timeoutsInRow = 0
  /// Damaged answers since the last good one.
  var damagedInRow = 0
  var counters = BusCounters()

  init(_ plan: DevicePlan, link: BusLink, start: Instant) throws(BusPlanError) {
    unit = plan.unit
    limits = plan.profile.limits
    timing = plan.profile.timing
    cost = TransactionCost(link: link, timing: timing)
    exceptions = plan.profile.exceptions
    var cadences: [Cadence] = []
    for point in plan.points where !cadences.contains(Cadence(of: point)) {
      cadences.append(Cadence(of: point))
    }
    groups = []
    for cadence in cadences {
      groups.append(
        try PollGroup(
          points: plan.points.filter { Cadence(of: $0) == cadence }, limits: limits,
          cost: cost, grid: SampleGrid(cadence, start: start)))
    }
    let pieces = groups.flatMap(\.plannedBlocks).flatMap(\.pieces)
    probe = pieces.map { plan.profile.limits.aligned($0.span) }.min { $0.count < $1.count }
  }

  var isOnline: Bool { health == .online }

  /// Forgets faults, as after a good answer.
  mutating func heard() {
    timeoutsInRow = 0
    damagedInRow = 0
  }

  /// What is done about a fault, with what the profile says of exceptions.
  func reaction(to fault: BusFault) -> Reaction {
    if case .exception(let code) = fault,
      let meaning = exceptions.first(where: { $0.code == code })?.meaning
    {
      return switch meaning {
      case .notReady(let retryMs): .again(after: .milliseconds(Int64(retryMs)))
      case .fault(.missing): .give(.missing)
      case .fault: .give(.fail)
      }
    }
    return switch fault.recovery {
    case .skipPoint: .split
    case .retryLater: .again(after: PollingLimits.notReadyDelay)
    case .retryNow, .backOffDevice, .reopenPort:
      .retry(last: fault.leavesLineDirty && fault != .timeout ? .fail : .missing)
    }
  }

  /// Counts a fault; true where the device now counts as lost.
  mutating func isLost(by fault: BusFault) -> Bool {
    if fault.recovery == .backOffDevice {
      timeoutsInRow += 1
    } else {
      timeoutsInRow = 0
      damagedInRow += 1
    }
    return timeoutsInRow >= PollingLimits.timeoutsBeforeBackOff
      || damagedInRow >= PollingLimits.damagedBeforeBackOff
  }

  /// The first pause of a device that is lost now.
  private var firstPause: TimeSpan {
    let shortest = groups.map(\.grid.cadence.period).min()
    return min(shortest ?? PollingLimits.firstBackOffWithoutPoints, PollingLimits.longestBackOff)
  }

  /// Puts the device on probation; each time the pause doubles.
  mutating func backOff(at now: Instant) {
    let pause: TimeSpan =
      switch health {
      case .online: firstPause
      case .lost(_, let last): last.doubled(atMost: PollingLimits.longestBackOff)
      }
    health = .lost(probeAt: now + pause, pause: pause)
  }
}

/// What is done about a block whose read failed.
enum Reaction {
  /// Read its parts one by one, and leave out what the device refuses.
  case split
  /// Read it again after a pause: no error.
  case again(after: TimeSpan)
  /// Read it again at once; after the last try its points get this flag.
  case retry(last: QualityFlag)
  /// Its points get this flag.
  case give(QualityFlag)

  /// What counts as no error.
  var isPatient: Bool {
    if case .again = self { return true }
    return false
  }
}

extension TimeSpan {
  func doubled(atMost limit: TimeSpan) -> TimeSpan {
    self.nanoseconds >= limit.nanoseconds / 2
      ? limit : TimeSpan(nanoseconds: self.nanoseconds * 2)
  }
}
