import DetectionCore
import DeviceProfiles

/// Decides what happens on one bus, one transaction after another; never does it itself.
///
/// The owner calls `next`, carries out what it is told, reports with `finished`, and so on:
///
/// ```swift
/// switch schedule.next(at: now, wallTime: wall, into: &readings) {
/// case .wait(let until): sleep(until)
/// case .perform(let task):
///   let outcome = port.perform(task, into: &words)
///   schedule.finished(outcome, words: words, at: now, wallTime: wall, into: &readings)
/// }
/// ```
///
/// Output writes go before reads; reads go by deadline, earliest first: a sample should be complete
/// when the next one is due. Sample n of a point is due at `start + n * period`, or a burst of
/// samples begins then (with `BusPlan.clock`, when the clock on the wall shows a multiple of it); samples that come too late are counted and left out, never bunched. Points
/// that cannot be read get a `.missing` reading each period, so that the core sees the fault. Both
/// methods append at most one reading a point and call.
///
/// A device that does not answer costs the others no more than `BusPlan.deadShare` of the time; one
/// that is met, or has come back, is known and set up before anything else (`DeviceStartup`); and
/// nothing is written to it but what `WriteList` permits.
struct BusSchedule: DiagnosticReporting {
  /// What is polled.
  let plan: BusPlan
  /// Whether the port is usable.
  var port: PortHealth
  /// What happened on the bus, all devices together.
  var counters = BusCounters()
  /// How often the port was opened.
  var portOpenings: UInt64 = 0

  var devices: [DeviceState]
  /// What samples are aligned to, if to anything.
  var clock: CivilClock?
  var outputs: [OutputState]
  var links: [DiagnosticState]
  let transmission: TransmissionTime?
  /// The task that `next` gave out and `finished` has not taken back.
  var step: Step?
  var stepStart: Instant
  /// What was asked for in the step.
  var stepRequest: BusRequest?
  /// Why that was asked, where it goes before what the step is for.
  var stepPrerequisite: Prerequisite?
  /// How long request and answer of the step are on the line.
  var stepLineTime = TimeSpan.zero
  /// The longest that the step may take by itself: time-out, request and answer.
  var stepAllowance = TimeSpan.zero
  /// What may still be spent on devices that do not answer.
  var probeBudget: ProbeBudget
  /// The line must be silent until then.
  var lineFreeAt: Instant
  /// Silence to wait for before the next request.
  var wantedDrain: TimeSpan?
  /// True from the opening of the port to the first fault.
  var isFresh = false
  /// What the open connection has been good for.
  var service = ConnectionService()
  /// True once only outputs are served, to switch them off.
  var isShuttingDown = false

  /// What a task was for.
  enum Step {
    case open, close, drain
    /// A good answer to a read has so many words.
    case transaction(device: Int, Purpose, words: Int?)
  }

  /// What a transaction was for.
  enum Purpose {
    case block(group: Int)
    case probe
    /// Reads what the register of an output holds besides the output.
    case fetch(output: Int, on: Bool)
    case write(output: Int, on: Bool)
    case verify(output: Int, on: Bool)

    /// The output that waits for it.
    var output: Int? {
      switch self {
      case .fetch(let output, _), .write(let output, _), .verify(let output, _): output
      case .block, .probe: nil
      }
    }
  }

  /// Makes the schedule of a bus whose port is closed; the first samples are due at `start`.
  ///
  /// - Parameters:
  ///   - plan: What is to be done.
  ///   - start: The present.
  ///   - slack: How much more time outputs get before the schedule itself gives them up; for a
  ///     clock that runs fast, in whose time the machine is slow.
  /// - Throws: `BusPlanError` for the first point or output that the bus cannot serve.
  init(
    plan: BusPlan, start: Instant, slack: TimeSpan = .zero
  ) throws(BusPlanError) {
    // All that can throw comes first: a value that cannot be copied is made whole or not at all.
    var devices: [DeviceState] = []
    for device in plan.devices {
      devices.append(try DeviceState(device, link: plan.link, start: start))
    }
    var outputs: [OutputState] = []
    for (index, device) in plan.devices.enumerated() {
      for output in device.outputs {
        outputs.append(
          try OutputState(
            output, device: index, limits: device.modbus?.profile.limits ?? ReadLimits(),
            start: start, slack: slack,
            recheck: device.modbus?.failSafe.map {
              TimeSpan(nanoseconds: $0.nanoseconds / PollingLimits.signsOfLifePerFailSafe)
            }))
      }
    }
    self.plan = plan
    self.devices = devices
    self.outputs = outputs
    links = plan.links.map { DiagnosticState($0, start: start) }
    transmission = plan.link.transmission
    port = .closed(openAt: start, pause: .zero)
    stepStart = start
    probeBudget = ProbeBudget(perMille: plan.deadShare, start: start)
    clock = plan.clock.map { CivilClock(zone: $0) }
    lineFreeAt = start
  }

  /// The most readings that one call appends.
  var readingCapacity: Int {
    plan.devices.reduce(plan.links.count) { $0 + $1.points.count }
  }
  /// Whether the device at that place of the plan answers.
  func health(ofDevice index: Int) -> DeviceHealth { devices[index].health }
  /// What happened with the device at that place of the plan.
  func counters(ofDevice index: Int) -> BusCounters { devices[index].counters }

  /// What to do at `now`.
  ///
  /// - Parameters:
  ///   - now: The present; must not lie before the last call's.
  ///   - wallTime: The same moment in civil time, for readings.
  ///   - readings: Gets a `.missing` reading for each point whose sample is due and cannot be
  ///     read, because its device or port is lost.
  mutating func next(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> BusAction {
    precondition(step == nil, "the last task has not been reported as finished")
    probeBudget.fill(until: now)
    tellLinks(at: now, wallTime: wallTime, into: &readings)
    let action = decide(at: now, wallTime: wallTime, into: &readings)
    guard case .wait(let until) = action else { return action }
    return .wait(until: min(until, nextLink()))
  }

  private mutating func decide(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> BusAction {
    expireOutputs(at: now, margin: PollingLimits.onTimeMargin)
    switch port {
    case .failed: return perform(.close, for: .close, at: now)
    case .closed(let openAt, _) where now >= openAt: return perform(.open, for: .open, at: now)
    case .closed(let openAt, _):
      if isShuttingDown { return .wait(until: openAt) }
      beginSamples(at: now, wallTime: wallTime, into: &readings)
      return .wait(until: min(openAt, nextSample()))
    case .open where isShuttingDown: break
    case .open:
      lookAtOutputs(at: now)
      beginSamples(at: now, wallTime: wallTime, into: &readings)
    }
    // A late answer is no answer to a write, and there is no time to lose.
    if isShuttingDown { wantedDrain = nil }
    if let silence = wantedDrain { return perform(.drain(silence: silence), for: .drain, at: now) }
    if now < lineFreeAt { return .wait(until: lineFreeAt) }
    return dueTransaction(at: now)
  }

  /// The transaction that is due at `now`, or the wait for the next one.
  mutating func dueTransaction(at now: Instant) -> BusAction {
    if let action = dueWrite(at: now) { return action }
    return isShuttingDown ? .wait(until: nextWrite()) : dueRead(at: now)
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - words: The answer to a read, one word a register or bit, or to any other request, one word a
  ///     byte; ignored after other tasks.
  ///   - now: When it ended.
  ///   - wallTime: The same moment in civil time.
  ///   - readings: Gets the readings that the answer, or its lack, gives.
  mutating func finished(
    _ outcome: BusOutcome, words: [UInt16], at now: Instant, wallTime: WallTime,
    into readings: inout [Reading]
  ) {
    guard let step else { preconditionFailure("nothing was to be finished") }
    self.step = nil
    let stamp = Stamp(time: now, wallTime: wallTime)
    switch step {
    case .open: finishedOpen(outcome, stamp: stamp, into: &readings)
    case .close: port.wasClosed(at: now)
    case .drain:
      wantedDrain = nil
      guard case .failed(let fault) = outcome, !resumes(after: fault, at: now) else { return }
      counters.count(fault, recovery: fault.recovery)
      losePort(stamp: stamp, into: &readings)
    case .transaction(let device, let purpose, let expected):
      let fits = outcome != .done || expected == nil || words.count == expected
      let verdict =
        fits
        ? verdict(on: outcome, words: words, device: device, purpose) : .failed(.unexpectedAnswer)
      conclude(purpose, device: device, verdict, words, stamp: stamp, into: &readings)
    }
  }
}

/// When something was learned.
struct Stamp {
  let time: Instant
  let wallTime: WallTime

  func reading(_ point: PointIndex, _ value: Double, _ flag: QualityFlag) -> Reading {
    Reading(point: point, value: value, flag: flag, time: time, wallTime: wallTime)
  }
}
