import DetectionCore
import DeviceProfiles

/// Decides what happens on one line of sensors that do not speak Modbus; never does it itself.
///
/// The owner works with it as with a `BusSchedule`. A sample is due at `start + n * period`, as on
/// a bus. From then on the first message that holds the point gives its reading: one that the
/// sensor sends by itself, or the answer to the request that is sent then, the one with the earliest
/// deadline first. A sample without a message in time is missing, and failed where only damaged frames
/// came; while a sensor is silent, each further period gives a missing reading.
///
/// What a sensor sends by itself may take as long as its profile's response time-out says, an answer
/// as long as usual (`ResponseTime`), and until that time-out once it has begun. Sensors that do not
/// answer cost the others no more than `BusPlan.deadShare` of the time.
///
/// The line is listened to all the time, so that no reading is older than the moment at which it was
/// due, and no part of a late answer is taken for a whole one. What is heard between samples, and
/// messages that the profile does not know, are left alone and counted. `StaleResponseGuard` says what keeps
/// a late answer from being taken for another request's, where its pattern does not.
struct FramedSchedule: ScheduledBus, DiagnosticReporting {
  /// What is read.
  let plan: BusPlan
  /// Whether the port is usable.
  var port: PortHealth
  /// What happened on the line, all sensors together. An answer is a message that the profile
  /// knows, asked for or not.
  var counters = BusCounters()
  /// How often the port was opened.
  var portOpenings: UInt64 = 0
  /// Whole frames that no profile of the line knows, or that nobody had asked for.
  var ignoredFrames: UInt64 = 0
  /// What was sent and heard since the last call of `next`.
  var transcript = FrameTranscript()

  var sensors: [FramedSensor]
  /// What may still be spent on sensors that do not answer.
  var probeBudget: ProbeBudget
  /// What samples are aligned to, if to anything.
  var clock: CivilClock?
  var links: [DiagnosticState]
  /// For each sensor and message, the number of its form: answers of one form can be taken for each
  /// other.
  let forms: [[Int]]
  /// One for each form.
  var owed: [StaleResponseGuard<FramedRequest>]
  /// True where a sensor sends by itself: the line is never silent.
  let isFreeRunning: Bool
  /// What the open connection has been good for.
  var service = ConnectionService()
  /// The question that waits for its answer.
  var question: OpenQuestion?
  /// When a question may be sent that has to wait for a late answer to another.
  var heldUntil = Instant(nanoseconds: .max)
  /// The task that `next` gave out and `finished` has not taken back.
  var task: BusTask?
  /// The line must be left alone until then.
  var lineFreeAt: Instant
  /// Since when bytes come that nobody waits for; nil once the line was silent.
  var noisySince: Instant?
  /// Where the fields of the message at hand stand; allotted once.
  var fields: [Range<Int>]

  /// Makes the schedule of a line whose port is closed; the first samples are due at `start`.
  init(plan: BusPlan, start: Instant) {
    sensors = plan.devices.map { FramedSensor($0, start: start) }
    links = plan.links.map { DiagnosticState($0, start: start) }
    let forms = FramedRequest.forms(of: sensors.map(\.line))
    self.forms = forms
    owed = Array(repeating: StaleResponseGuard(), count: forms.joined().count)
    isFreeRunning = sensors.contains(where: \.isFreeRunning)
    fields = Array(
      repeating: 0..<0, count: sensors.map(\.line.mostFields).max() ?? 0)
    probeBudget = ProbeBudget(perMille: plan.deadShare, start: start)
    clock = plan.clock.map { CivilClock(zone: $0) }
    self.plan = plan
    port = .closed(openAt: start, pause: .zero)
    lineFreeAt = start
  }

  /// The most readings that one call appends.
  var readingCapacity: Int {
    plan.devices.reduce(plan.links.count) { $0 + $1.points.count }
  }
  /// Whether the sensor at that place of the plan answers, or sends its messages.
  func health(ofDevice index: Int) -> DeviceHealth { sensors[index].health }
  /// What happened with the sensor at that place of the plan.
  func counters(ofDevice index: Int) -> BusCounters { sensors[index].counters }

  /// What to do at `now`.
  ///
  /// - Parameters:
  ///   - now: The present; must not lie before the last call's.
  ///   - wallTime: The same moment in civil time, for readings.
  ///   - readings: Gets a reading for each point whose sample is over without a message.
  mutating func next(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> BusAction {
    precondition(task == nil, "the last task has not been reported as finished")
    let stamp = Stamp(time: now, wallTime: wallTime)
    transcript.clear()
    probeBudget.fill(until: now)
    tellLinks(at: now, wallTime: wallTime, into: &readings)
    switch port {
    case .failed: return perform(.close)
    case .closed(let openAt, _) where now >= openAt: return perform(.open)
    case .closed(let openAt, _):
      beginSamples(stamp, into: &readings)
      return .wait(until: min(openAt, nextSample(), nextLink()))
    case .open: break
    }
    endQuestion(stamp, into: &readings)
    endSamples(stamp, into: &readings)
    beginSamples(stamp, into: &readings)
    var request: [UInt8]?
    if question == nil, now >= lineFreeAt {
      noisySince = nil
      request = takeSetting(stamp) ?? ask(stamp)
    }
    leaveSamples(stamp, into: &readings)
    if let request { return perform(.send(request)) }
    if isBabbling(at: now) {
      count(.babble)
      losePort(stamp, into: &readings)
      return perform(.close)
    }
    return perform(.listen(until: min(nextDeadline(at: now), nextLink())))
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - words: What was heard, one byte a word; ignored after other tasks.
  ///   - now: When it ended.
  ///   - wallTime: The same moment in civil time.
  ///   - readings: Gets the readings that were heard.
  mutating func finished(
    _ outcome: BusOutcome, words: [UInt16], at now: Instant, wallTime: WallTime,
    into readings: inout [Reading]
  ) {
    guard let task else { preconditionFailure("nothing was to be finished") }
    self.task = nil
    let stamp = Stamp(time: now, wallTime: wallTime)
    switch (task, outcome) {
    case (.open, .failed(let fault)):
      count(fault)
      service.isResuming = false
      port.stayedClosed(at: now)
    case (.open, .done):
      let isResumed = service.isResuming
      port = .open
      service.begin(at: now)
      lineFreeAt = now
      noisySince = nil
      guard !isResumed else { return }
      portOpenings += 1
      for index in sensors.indices { sensors[index].restart(at: now) }
    case (.close, _): port.wasClosed(at: now)
    case (_, .failed(let fault)) where resumes(after: fault, at: now): break
    case (_, .failed(let fault)):
      count(fault)
      losePort(stamp, into: &readings)
    case (.send, .done):
      // A sensor that sends by itself may be in the midst of a line.
      guard let question, !isFreeRunning else { return }
      sensors[question.asked.sensor].framer.restart(isSilentBefore: true)
    case (.listen, .done): hear(words, stamp, into: &readings)
    case (.drain, .done), (.transact, .done): preconditionFailure("never given out")
    }
  }

  private mutating func perform(_ task: BusTask) -> BusAction {
    self.task = task
    return .perform(task)
  }

  /// The other end has closed a connection that served: it is opened again, and what was asked is
  /// asked again. False where the fault is another one.
  private mutating func resumes(after fault: BusFault, at now: Instant) -> Bool {
    guard plan.link.isConnection, case .portLost = fault, service.canResume(at: now) else {
      return false
    }
    service.isResuming = true
    counters.reconnections += 1
    question = nil
    port = .failed(pause: .zero)
    return true
  }

  private mutating func losePort(_ stamp: Stamp, into readings: inout [Reading]) {
    port = .lost
    question = nil
    for index in sensors.indices {
      sensors[index].settle(.all, flag: .missing, stamp, into: &readings)
    }
  }

  /// Counts something that happened to the port.
  private mutating func count(_ fault: BusFault) {
    counters.count(fault, recovery: fault.recovery)
  }

  /// Counts something that happened with one sensor.
  mutating func count(_ sensor: Int, _ change: (inout BusCounters) -> Void) {
    change(&counters)
    change(&sensors[sensor].counters)
  }
}
