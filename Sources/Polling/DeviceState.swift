import DetectionCore
import DeviceProfiles

/// What the schedule knows of one device.
struct DeviceState: Sendable {
  let unit: UInt8
  let timing: DeviceTiming
  /// What is done when the device is met.
  var introduction: Introduction
  /// What is done before each sample.
  var preparation: Preparation
  /// What may be written.
  let writable: WriteList
  /// The read that tells whether a lost device is back: of its identity, or the shortest that is
  /// polled; nil where it has neither.
  let probe: RegisterSpan?
  let exceptions: [ExceptionMeaning]
  var reads: DeviceReads
  /// Periods that wait for the end of a round.
  var changes: [PeriodChange] = []
  var health = DeviceHealth.online
  /// Time-outs since the last answer of any kind.
  var timeoutsInRow = 0
  /// How often the wait for an answer has been doubled since the last measured answer, or since
  /// the device was lost.
  var doublings = 0
  /// What may still come from it although nobody waits for it.
  var owed = OwedAnswer<BusRequest>()
  /// How long it takes to answer.
  var responseTime = ResponseTime()
  /// Good answers since the last request without one.
  var answersInRow = 0
  /// After a silence, values are trustworthy from then on.
  var warmAt = Instant(nanoseconds: .min)
  /// Since when a probe waits for its turn.
  var probeWantedSince: Instant?
  /// Damaged answers since the last good one.
  var damagedInRow = 0
  var counters = BusCounters()

  init(_ plan: DevicePlan, link: BusLink, start: Instant) throws(BusPlanError) {
    unit = plan.unit
    introduction = try Introduction(plan)
    preparation = try Preparation(plan)
    var written: [WrittenField] = []
    for output in plan.outputs { written.append(try WrittenField(output)) }
    writable = WriteList(
      outputs: written, introduction: introduction, preparation: preparation)
    var timing = plan.profile.timing
    timing.minimumPeriodMs = max(timing.minimumPeriodMs, plan.profile.preparationMs)
    self.timing = timing
    exceptions = plan.profile.exceptions
    reads = try DeviceReads(
      points: plan.points, limits: plan.profile.limits,
      cost: TransactionCost(link: link, timing: timing), start: start)
    probe = introduction.identity ?? reads.shortestRead
  }

  /// Lets samples be due when `clock` shows multiples of their periods.
  mutating func align(to clock: CivilClock, at now: Instant) {
    let gap = TimeSpan.milliseconds(Int64(timing.minimumPeriodMs))
    for group in reads.groups.indices {
      reads.groups[group].grid.align(to: clock, atLeast: gap, at: now)
    }
  }

  /// When what is next for the reads that a group leads should be complete.
  func deadline(ofReadsLedBy group: Int) -> Instant {
    let group = reads.groups[group]
    return preparation.deadline(slot: group.slot, reads: group.deadline)
  }

  var isOnline: Bool { health == .online }

  /// True where a request without an answer is nothing to worry about.
  var isTrusted: Bool { answersInRow >= PollingLimits.answersUntilTrusted }

  /// Forgets faults, as after a good answer.
  mutating func heard() {
    timeoutsInRow = 0
    damagedInRow = 0
    answersInRow += 1
  }

  /// Takes in the time of an answer that certainly belonged to its request; waits are as long as
  /// that suggests from now on. (RFC 6298, section 5.7: not before.)
  mutating func measured(_ delay: TimeSpan) {
    responseTime.take(delay)
    doublings = 0
  }

  /// How long an answer may take by the profile; writes take devices longer than reads, and are too
  /// rare to be measured.
  var longestPatience: TimeSpan { .milliseconds(Int64(timing.responseTimeoutMs)) }

  /// How long to wait for the first byte of an answer: the device's usual time with a margin,
  /// doubled with each time-out, and never longer than the profile says. (RFC 6298, section 5.5)
  func patience(margin: TimeSpan) -> TimeSpan {
    let longest = longestPatience
    var usual = responseTime.wait(margin: margin, longest: longest) ?? longest
    // A lost device that was never heard is not worth its whole time-out at once.
    if !isOnline, responseTime.mean == nil { usual = min(longest, margin) }
    for _ in 0..<doublings where usual < longest { usual = usual.doubled(atMost: longest) }
    return usual
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
    let isPatient = isTolerant || isTrusted
    answersInRow = 0
    if fault == .wrongDevice { return true }
    if fault.recovery == .backOffDevice {
      timeoutsInRow += 1
      doublings += 1
    } else {
      timeoutsInRow = 0
      damagedInRow += 1
    }
    return !isPatient || timeoutsInRow >= PollingLimits.timeoutsBeforeBackOff
      || damagedInRow >= PollingLimits.damagedBeforeBackOff
  }

  /// The first pause of a device that is lost now.
  private var firstPause: TimeSpan {
    let shortest = reads.groups.map(\.grid.cadence.period).min()
    return min(shortest ?? PollingLimits.firstBackOffWithoutPoints, PollingLimits.longestBackOff)
  }

  /// Puts the device on probation; each time the pause doubles.
  mutating func backOff(at now: Instant) {
    let pause: TimeSpan =
      switch health {
      case .online: firstPause
      case .lost(_, let last): last.doubled(atMost: PollingLimits.longestBackOff)
      }
    doublings = isOnline ? 0 : doublings + 1
    probeWantedSince = nil
    introduction.restart()
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
