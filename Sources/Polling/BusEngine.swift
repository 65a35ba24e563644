public import DetectionCore
import DeviceProfiles

/// Decides what happens on one bus, one task after another; never does it itself.
///
/// The owner calls `next`, carries out what it is told, reports with `finished`, and so on:
///
/// ```swift
/// switch engine.next(at: now, wallTime: wall, into: &readings) {
/// case .wait(let until): sleep(until)
/// case .perform(let task):
///   let outcome = port.perform(task, listening: timeout, into: &words)
///   engine.finished(outcome, words: words, at: now, wallTime: wall, into: &readings)
/// }
/// ```
///
/// Sample n of a point is due at `start + n * period`, or a burst of samples begins then (with
/// `BusPlan.clock`, when the clock on the wall shows a multiple of it). It should be complete when the
/// next one is due; what has to be complete first goes first. Samples that come too late are counted and
/// left out, never bunched; points that cannot be read get a `.missing` reading each period, so that the
/// core sees the fault. Both methods append at most one reading a point and call.
///
/// A device that does not answer costs the others no more than `BusPlan.probeShare` of the time.
///
/// - Modbus units: output writes go before reads. A unit that is heard for the first time, or again, is
///   identified and set up before anything else (`DeviceStartup`); and nothing is written to it but what
///   `WriteList` permits.
/// - Devices with messages of their own: the first message that holds a point gives its reading, one that
///   the device sends by itself or the answer to the request that is sent then. The line is listened to
///   all the time, so that no reading is older than the moment at which it was due, and no part of a late
///   answer is taken for a whole one. What is heard between samples, and messages that the profile does
///   not know, are left alone and counted.
public struct BusEngine: ~Copyable {
  /// What is done on the bus.
  public let plan: BusPlan
  /// Whether the port is usable.
  public internal(set) var port: PortHealth
  /// What happened on the bus, all devices together. An answer is a message that the profile knows,
  /// asked for or not.
  public internal(set) var counters = BusCounters()
  /// How often the port was opened.
  public internal(set) var portOpenings: UInt64 = 0

  /// The way to each device of the plan.
  var links: [DeviceLink]
  /// The devices as Modbus units; none on a bus of devices with messages of their own.
  var devices: [DeviceState] = []
  /// The devices as senders of messages; none on a bus of Modbus units.
  var sensors: [FramedSensor] = []
  /// How the devices speak.
  let isFramed: Bool
  /// What samples are aligned to, if to anything.
  var clock: CivilClock?
  var outputs: [OutputState]
  var diagnostics: [DiagnosticState]
  /// The line's times, where Modbus frames need a delay between them.
  let transmission: TransmissionTime?
  /// The task that `next` gave out and `finished` has not taken back.
  var step: Step?
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
  /// After that the port is not opened any more.
  var lastOpening = Instant(nanoseconds: .max)
  /// What is heard where devices send messages of their own.
  var line: FramedLine

  /// What a task was for.
  enum Step {
    case open, close, drain, send, listen
    case transaction(OpenTransaction)
  }

  /// Makes the engine of a bus whose port is closed; the first samples are due at `start`.
  ///
  /// - Parameters:
  ///   - plan: What is to be done.
  ///   - start: The present.
  ///   - slack: How much more time outputs get before the engine itself gives them up; for a
  ///     clock that runs fast, in whose time the machine is slow.
  /// - Throws: `BusPlanError` for the first point or output that the bus cannot serve.
  public init(
    plan: BusPlan, start: Instant, slack: TimeSpan = .zero
  ) throws(BusPlanError) {
    // All that can throw comes first: a value that cannot be copied is made whole or not at all.
    var devices: [DeviceState] = []
    var sensors: [FramedSensor] = []
    var links: [DeviceLink] = []
    var outputs: [OutputState] = []
    for (index, device) in plan.devices.enumerated() {
      switch device.dialect {
      case .modbus(let modbus):
        devices.append(try DeviceState(device, link: plan.link, start: start))
        links.append(DeviceLink(timing: device.timing, minimumPeriod: device.minimumPeriod))
        for output in modbus.outputs {
          outputs.append(
            try OutputState(
              output, device: index, limits: modbus.profile.limits, start: start, slack: slack,
              recheck: modbus.failSafe.map {
                TimeSpan(nanoseconds: $0.nanoseconds / PollingLimits.signsOfLifePerFailSafe)
              }))
        }
      case .framed:
        let sensor = FramedSensor(device, start: start)
        sensors.append(sensor)
        links.append(sensor.link(timing: device.timing, minimumPeriod: device.minimumPeriod))
      }
    }
    precondition(devices.isEmpty || sensors.isEmpty, "devices of one bus speak one dialect")
    self.plan = plan
    self.devices = devices
    self.sensors = sensors
    self.links = links
    self.outputs = outputs
    isFramed = plan.isFramed
    line = FramedLine(sensors)
    diagnostics = plan.links.map { DiagnosticState($0, start: start) }
    transmission = plan.isFramed ? nil : plan.link.transmission
    port = .closed(openAt: start, pause: .zero)
    probeBudget = ProbeBudget(perMille: plan.probeShare, start: start)
    clock = plan.clock.map { CivilClock(zone: $0) }
    lineFreeAt = start
  }

  /// The most readings that one call appends.
  public var readingCapacity: Int {
    plan.devices.reduce(plan.links.count) { $0 + $1.points.count }
  }

  /// Whether the device at that index of the plan answers, or sends its messages.
  public func health(ofDevice index: Int) -> DeviceHealth { links[index].health }

  /// What happened with the device at that index of the plan.
  public func counters(ofDevice index: Int) -> BusCounters { links[index].counters }

  /// Whole frames that no profile of the bus knows, or that nobody had asked for.
  public var ignoredFrames: UInt64 { line.ignoredFrames }

  /// What was sent and heard since the last call of `next`; nil where requests and answers tell it all.
  public var transcript: FrameTranscript? { isFramed ? line.transcript : nil }

  /// What to do at `now`.
  ///
  /// - Parameters:
  ///   - now: The present; must not lie before the last call's.
  ///   - wallTime: The same moment in civil time, for readings.
  ///   - readings: Gets a reading for each point whose sample is over without a value.
  public mutating func next(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> BusAction {
    precondition(step == nil, "the last task has not been reported as finished")
    let stamp = Stamp(time: now, wallTime: wallTime)
    line.transcript.clear()
    probeBudget.fill(until: now)
    tellDiagnostics(stamp, into: &readings)
    switch decide(stamp, into: &readings) {
    case .wait(let until): return .wait(until: min(until, nextDiagnostic))
    case .perform(.listen(let until)):
      return perform(.listen(until: min(until, nextDiagnostic)), for: .listen)
    case .perform(let task): return .perform(task)
    }
  }

  private mutating func decide(_ stamp: Stamp, into readings: inout [Reading]) -> BusAction {
    let now = stamp.time
    expireOutputs(at: now, margin: PollingLimits.onTimeMargin)
    switch port {
    case .failed: return perform(.close, for: .close)
    case .closed where now > lastOpening: return .wait(until: Instant(nanoseconds: .max))
    case .closed(let openAt, _) where now >= openAt: return perform(.open, for: .open)
    case .closed(let openAt, _):
      if isShuttingDown { return .wait(until: openAt) }
      beginSamples(stamp, into: &readings)
      return .wait(until: min(openAt, nextSample))
    case .open:
      return isFramed
        ? decideMessage(stamp, into: &readings) : decideTransaction(stamp, into: &readings)
    }
  }

  mutating func perform(_ task: BusTask, for step: Step) -> BusAction {
    self.step = step
    return .perform(task)
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - words: What came of it: of a read one word a register or bit, else one word a byte; ignored
  ///     after tasks of which nothing comes.
  ///   - now: When it ended.
  ///   - wallTime: The same moment in civil time.
  ///   - readings: Gets the readings that the answer, or its lack, gives.
  public mutating func finished(
    _ outcome: BusOutcome, words: [UInt16], at now: Instant, wallTime: WallTime,
    into readings: inout [Reading]
  ) {
    guard let step else { preconditionFailure("nothing was to be finished") }
    self.step = nil
    let stamp = Stamp(time: now, wallTime: wallTime)
    switch (step, outcome) {
    case (.open, _): finishedOpen(outcome, stamp, into: &readings)
    case (.close, _):
      port.wasClosed(at: now)
      leaveLateSamples(stamp, into: &readings)
    case (.transaction(let sent), _): finished(sent, outcome, words, stamp, into: &readings)
    case (.drain, .failed(let fault)), (.send, .failed(let fault)), (.listen, .failed(let fault)):
      if case .drain = step { wantedDrain = nil }
      if !resumes(after: fault, at: now) { losePort(fault, stamp, into: &readings) }
    case (.drain, .done): wantedDrain = nil
    case (.send, .done): line.finishedSending(to: &sensors)
    case (.listen, .done): hear(words, stamp, into: &readings)
    }
  }

  private mutating func finishedOpen(
    _ outcome: BusOutcome, _ stamp: Stamp, into readings: inout [Reading]
  ) {
    let now = stamp.time
    guard case .closed(_, let pause) = port else { return }
    let isResumed = service.isResuming
    switch outcome {
    case .failed(let fault):
      counters.count(fault, recovery: fault.recovery)
      service.isResuming = false
      port.stayedClosed(at: now)
      failedWrites()
      leaveLateSamples(stamp, into: &readings)
    case .done:
      port = .open
      isFresh = true
      service.begin(at: now)
      lineFreeAt = now + (transmission?.interFrameDelay ?? .zero)
      line.noisySince = nil
      guard !isResumed else {
        for index in outputs.indices { outputs[index].checkAfterReconnection(at: now) }
        return
      }
      portOpenings += 1
      for device in devices.indices { devices[device].startup.restart() }
      for sensor in sensors.indices { sensors[sensor].restart() }
      restartOutputs(of: nil, at: now)
      // A port that had failed may have taken its devices' answers with it: ask them at once.
      guard pause > .zero else { return }
      for index in links.indices {
        guard case .lost(_, let pause) = links[index].health else { continue }
        links[index].health = .lost(probeAt: now, pause: pause)
      }
    }
  }

  /// The other end has closed a connection that served: it is opened again at once, and what was being
  /// done is done again. False where the fault is another one.
  mutating func resumes(after fault: BusFault, at now: Instant) -> Bool {
    guard plan.link.isConnection, case .portLost = fault, service.canResume(at: now) else {
      return false
    }
    service.isResuming = true
    counters.reconnections += 1
    isFresh = false
    wantedDrain = nil
    line.request = nil
    port = .failed(pause: .zero)
    return true
  }

  /// The open port has failed: it is closed and opened again.
  mutating func losePort(_ fault: BusFault, _ stamp: Stamp, into readings: inout [Reading]) {
    counters.count(fault, recovery: fault.recovery)
    port = .lost
    wantedDrain = nil
    line.request = nil
    failedWrites()
  }

  /// Leaves the samples that would be late even if the next attempt to open the port succeeds: asked once it
  /// is known when that will be.
  private mutating func leaveLateSamples(_ stamp: Stamp, into readings: inout [Reading]) {
    let openAt = port.nextOpening(from: stamp.time)
    for device in links.indices {
      if isFramed {
        sensors[device].settle(.due(by: openAt), flag: .missing, stamp, into: &readings)
      } else if !devices[device].reads.canWait(until: openAt) {
        leaveSamples(of: device, stamp, into: &readings)
      }
    }
  }

  /// The samples of a device that are being read end without values.
  mutating func leaveSamples(of device: Int, _ stamp: Stamp, into readings: inout [Reading]) {
    if isFramed {
      sensors[device].settle(.all, flag: .missing, stamp, into: &readings)
    } else {
      devices[device].reads.abandon { point in
        readings.append(stamp.reading(point.point, .nan, .missing))
      }
    }
  }

  /// Counts something that happened with one device.
  mutating func count(_ device: Int, _ change: (inout BusCounters) -> Void) {
    change(&counters)
    change(&links[device].counters)
  }

  /// From now on the device is only probed; when it comes back, it is set up first.
  mutating func backOff(_ device: Int, at now: Instant) {
    if isFramed {
      links[device].backOff(from: sensors[device].shortestPeriod, at: now)
      sensors[device].setup.restart(withStored: false)
    } else {
      links[device].backOff(from: devices[device].reads.shortestPeriod, at: now)
      devices[device].startup.restart()
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

/// What could be done now, where what has to be complete first goes first.
///
/// Non-preemptive earliest deadline first, which no other order without planned idling beats
/// (Jeffay, Stanat, Martel 1991). Where deadlines are equal, points that a rule watches go before
/// others, and those before probes; then devices in their order.
struct Candidate<Work> {
  let deadline: Instant
  /// Decides between equal deadlines; the lower goes first.
  let rank: Int
  let work: Work

  func goes(before other: Candidate?) -> Bool {
    guard let other else { return true }
    return (deadline, rank) < (other.deadline, other.rank)
  }
}
