import DetectionCore
import DeviceProfiles

/// What the schedule knows of one device.
struct DeviceState: BusMember, Sendable {
  let unit: UInt8
  let timing: DeviceTiming
  /// What is done when the device is met.
  var startup: DeviceStartup
  /// What is done before each sample.
  var preparation: SampleTrigger
  /// What may be written.
  let writable: WriteList
  /// The request that tells whether a lost device is back: for its identity, the shortest read that
  /// is polled, or, where all of them would clear what they read, for what function 17 says, which any
  /// device answers in some way. Nil where nothing is polled.
  let probe: BusRequest?
  let exceptions: [ExceptionMeaning]
  var reads: DeviceReads
  /// Periods that wait for the end of a round.
  var changes: [PeriodChange] = []
  var liveness = DeviceLiveness()
  /// What may still come from it although nobody waits for it.
  var owed = StaleResponseGuard<BusRequest>()
  /// How long it takes to answer.
  var responseTime = ResponseTime()
  /// After a silence, values are trustworthy from then on.
  var warmAt = Instant(nanoseconds: .min)
  var counters = BusCounters()

  init(_ plan: DevicePlan, link: Link, start: Instant) throws(BusPlanError) {
    guard case .modbus(let device) = plan.dialect else {
      preconditionFailure("\(plan.id) does not speak Modbus")
    }
    unit = device.unit
    startup = try DeviceStartup(device, id: plan.id)
    preparation = try SampleTrigger(device, id: plan.id)
    var written: [WrittenField] = []
    for output in device.outputs {
      written.append(try WrittenField(output, limits: device.profile.limits))
    }
    writable = WriteList(
      outputs: written, startup: startup, preparation: preparation)
    var timing = plan.timing
    timing.minimumPeriodMs = max(timing.minimumPeriodMs, device.profile.preparationMs)
    self.timing = timing
    exceptions = device.profile.exceptions
    reads = try DeviceReads(
      points: plan.points, limits: device.profile.limits,
      cost: TransactionCost(link: link, timing: timing), start: start)
    probe =
      startup.identity ?? reads.shortestRead.map { .read($0) }
      ?? (plan.points.isEmpty ? nil : .serverID)
  }

  /// Lets samples be due when `clock` shows multiples of their periods.
  mutating func align(to clock: CivilClock, at now: Instant) {
    let gap = TimeSpan.milliseconds(Int64(timing.minimumPeriodMs))
    for group in reads.groups.indices {
      reads.groups[group].grid.align(to: clock, atLeast: gap, at: now)
    }
  }

  /// When what is next for a group's sample should be complete.
  func deadline(ofGroup group: Int) -> Instant {
    let group = reads.groups[group]
    return preparation.deadline(slot: group.slot, reads: group.deadline)
  }

  var canBeProbed: Bool { probe != nil }

  /// How long an answer may take by the profile; writes take devices longer than reads, and are too
  /// rare to be measured.
  var longestPatience: TimeSpan { .milliseconds(Int64(timing.responseTimeoutMs)) }

  /// How long to wait for the first byte of an answer.
  func patience(margin: TimeSpan) -> TimeSpan {
    responseTime.patience(margin: margin, longest: longestPatience, isLost: !isOnline)
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

  /// Counts a fault of an online device; true where it now counts as lost.
  ///
  /// - Parameter isTolerant: false where the bus can spare no time for one that fails often.
  mutating func isLost(by fault: BusFault, isTolerant: Bool) -> Bool {
    if fault.recovery == .backOffDevice { responseTime.double() }
    return liveness.isLost(by: fault, isTolerant: isTolerant)
  }

  /// Puts the device on probation; each time the pause and the wait for its answer double.
  mutating func backOff(at now: Instant) {
    if isOnline { responseTime.forgetDoublings() } else { responseTime.double() }
    let startupTime = TimeSpan.milliseconds(Int64(timing.startupMs))
    let period = reads.groups.lazy.map(\.grid.cadence.period).min()
    liveness.backOff(from: period.map { max($0, startupTime) }, at: now)
    startup.restart()
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
