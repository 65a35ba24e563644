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
  var groups: [PollGroup]
  var health = DeviceHealth.online
  /// Time-outs since the last answer of any kind.
  var timeoutsInRow = 0
  /// Damaged answers since the last good one.
  var damagedInRow = 0
  var counters = BusCounters()

  init(_ plan: DevicePlan, start: Instant) throws(ReadPlanError) {
    unit = plan.unit
    timing = plan.profile.timing
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

  /// Repeats the write after a pause, which doubles unless the device only needs time.
  mutating func postpone(after fault: BusFault, at now: Instant) {
    step = .write
    if fault.recovery == .retryLater {
      attemptAt = now + PollingLimits.notReadyDelay
    } else {
      attemptAt = now + pause
      pause = pause.doubled(atMost: PollingLimits.longestWriteDelay)
    }
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

  init(_ quantity: ProfileQuantity) {
    precondition(
      quantity.span.count == 1
        && (quantity.span.table == .coil || quantity.span.table == .holdingRegister),
      "output \(quantity.id) is neither a coil nor a holding register")
    span = quantity.span
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
