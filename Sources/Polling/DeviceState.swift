import DetectionCore
import DeviceProfiles

/// What the schedule knows of one device.
struct DeviceState: Sendable {
  let unit: UInt8
  let timing: DeviceTiming
  /// The read that tells whether a lost device is back: the shortest that is polled; nil where
  /// the device has no points.
  let probe: RegisterSpan?
  let firstPause: TimeSpan
  let exceptions: [ExceptionMeaning]
  var groups: [PollGroup]
  var health = DeviceHealth.online
  /// Time-outs since the last answer of any kind.
  var timeoutsInRow = 0
  /// Damaged answers since the last good one.
  var damagedInRow = 0
  var counters = BusCounters()

  init(_ plan: DevicePlan, start: Instant) throws(BusPlanError) {
    unit = plan.unit
    timing = plan.profile.timing
    exceptions = plan.profile.exceptions
    var periods: [TimeSpan] = []
    for point in plan.points where !periods.contains(point.period) {
      periods.append(point.period)
    }
    groups = []
    for period in periods {
      groups.append(
        try PollGroup(
          points: plan.points.filter { $0.period == period }, limits: plan.profile.limits,
          start: start))
    }
    let pieces = groups.flatMap(\.plannedBlocks).flatMap(\.pieces)
    probe = pieces.map { plan.profile.limits.aligned($0.span) }.min { $0.count < $1.count }
    let shortest = periods.min() ?? PollingLimits.firstBackOffWithoutPoints
    firstPause = min(shortest, PollingLimits.longestBackOff)
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

/// What the schedule knows of one output.
struct OutputState: Sendable {
  /// What is done next about an output that is not as wanted.
  enum Step { case write, verify, none }

  let output: UInt16
  let device: Int
  let field: WrittenField
  var wanted: Bool?
  var step = Step.none
  var attemptAt: Instant
  var pause = PollingLimits.firstWriteDelay

  /// Repeats the write at `instant`, or after a pause that doubles.
  mutating func postpone(until instant: Instant?, at now: Instant) {
    step = .write
    attemptAt = instant ?? (now + pause)
    if instant == nil { pause = pause.doubled(atMost: PollingLimits.longestWriteDelay) }
  }

  /// Writes what is wanted, at once.
  mutating func restart(at now: Instant) {
    guard wanted != nil else { return }
    step = .write
    attemptAt = now
    pause = PollingLimits.firstWriteDelay
  }
}

/// The one coil or register behind an output.
struct WrittenField: Sendable {
  let span: RegisterSpan
  let isVerified: Bool

  init(_ plan: WrittenOutput) throws(BusPlanError) {
    let quantity = plan.quantity
    span = quantity.span
    guard span.count == 1, span.table == .coil || span.table == .holdingRegister else {
      throw .unwritable(output: plan.output, span)
    }
    isVerified = quantity.isReadable && quantity.readback == .same
  }

  func write(_ on: Bool) -> BusRequest {
    span.table == .coil
      ? .writeCoil(address: span.address, on: on)
      : .writeRegister(address: span.address, value: on ? 1 : 0)
  }
}

extension TimeSpan {
  func doubled(atMost limit: TimeSpan) -> TimeSpan {
    self.nanoseconds >= limit.nanoseconds / 2
      ? limit : TimeSpan(nanoseconds: self.nanoseconds * 2)
  }
}
