public import DetectionCore
import DeviceProfiles

/// Decides what happens on one line of sensors that do not speak Modbus; never does it itself.
///
/// The owner works with it as with a `BusSchedule`. A sample is due at `start + n * period`, as on
/// a bus. From then on the first message that holds the point gives its reading: one that the
/// sensor sends by itself, or the answer to the request that is sent then. A sample without a
/// message within the profile's response time-out is missing, and failed where only damaged
/// frames came; while a sensor is silent, each further period gives a missing reading.
///
/// A line with a sensor that sends by itself is listened to all the time, so that no reading is
/// older than the moment at which it was due. What is heard between samples, and messages that the
/// profile does not know, are left alone and counted.
public struct LineSchedule: ~Copyable {
  /// What is read.
  public let plan: LinePlan
  /// Whether the port is usable.
  public internal(set) var port: PortHealth
  /// What happened on the line, all sensors together. An answer is a message that the profile
  /// knows, asked for or not.
  public internal(set) var counters = BusCounters()
  /// How often the port was opened.
  public internal(set) var portOpenings: UInt64 = 0
  /// Whole frames that no profile of the line knows, or that nobody had asked for.
  public internal(set) var ignoredFrames: UInt64 = 0

  var sensors: [LineSensor]
  /// What samples are aligned to, if to anything.
  var clock: CivilClock?
  /// The question that waits for its answer.
  var question: Question?
  /// The task that `next` gave out and `finished` has not taken back.
  var task: LineTask?
  /// The line must be left alone until then.
  var lineFreeAt: Instant
  /// Where the fields of the message at hand stand; allotted once.
  var fields: [Range<Int>]

  /// A message that was asked for.
  struct Question {
    let sensor: Int
    let message: Int
    let askedAt: Instant
    var answerBy: Instant
    /// True where frames came damaged since.
    var isDamaged = false
  }

  /// Makes the schedule of a line whose port is closed; the first samples are due at `start`.
  public init(plan: LinePlan, start: Instant) {
    sensors = plan.devices.map { LineSensor($0, start: start) }
    fields = Array(
      repeating: 0..<0, count: plan.devices.map(\.line.mostFields).max() ?? 0)
    clock = plan.clock.map { CivilClock(zone: $0) }
    self.plan = plan
    port = .closed(openAt: start, pause: .zero)
    lineFreeAt = start
  }

  /// The most readings that one call appends.
  public var readingCapacity: Int { plan.devices.reduce(0) { $0 + $1.points.count } }
  /// Whether the sensor at that place of the plan answers.
  public func health(ofDevice index: Int) -> DeviceHealth { sensors[index].health }

  /// What to do at `now`.
  ///
  /// - Parameters:
  ///   - now: The present; must not lie before the last call's.
  ///   - wallTime: The same moment in civil time, for readings.
  ///   - readings: Gets a reading for each point whose sample is over without a message.
  public mutating func next(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> LineAction {
    precondition(task == nil, "the last task has not been reported as finished")
    let stamp = Stamp(time: now, wallTime: wallTime)
    switch port {
    case .failed: return perform(.close)
    case .closed(let openAt, _) where now >= openAt: return perform(.open)
    case .closed(let openAt, _):
      beginSamples(stamp, into: &readings)
      return .wait(until: min(openAt, nextSample()))
    case .open: break
    }
    endQuestion(stamp, into: &readings)
    endSamples(stamp, into: &readings)
    beginSamples(stamp, into: &readings)
    if question == nil, now >= lineFreeAt, let request = ask(at: now) {
      return perform(.send(request))
    }
    let until = nextDeadline()
    return question != nil || sensors.contains(where: \.isFreeRunning)
      ? perform(.listen(until: until)) : .wait(until: until)
  }

  /// Takes back the task that `next` gave out.
  ///
  /// - Parameters:
  ///   - outcome: How it ended.
  ///   - bytes: What was heard; ignored after other tasks.
  ///   - now: When it ended.
  ///   - wallTime: The same moment in civil time.
  ///   - readings: Gets the readings that were heard.
  public mutating func finished(
    _ outcome: BusOutcome, bytes: [UInt8], at now: Instant, wallTime: WallTime,
    into readings: inout [Reading]
  ) {
    guard let task else { preconditionFailure("nothing was to be finished") }
    self.task = nil
    let stamp = Stamp(time: now, wallTime: wallTime)
    switch (task, outcome) {
    case (.open, _): finishedOpen(outcome, at: now)
    case (.close, _):
      guard case .failed(let pause) = port else { return }
      port = .closed(openAt: now + pause, pause: pause)
    case (_, .failed(let fault)):
      counters.count(fault, recovery: fault.recovery)
      losePort(stamp, into: &readings)
    case (.send, .done):
      guard let question else { return }
      sensors[question.sensor].framer.restart(isSilentBefore: true)
    case (.listen, .done):
      for byte in bytes { hear(byte, stamp, into: &readings) }
    }
  }

  private mutating func perform(_ task: LineTask) -> LineAction {
    self.task = task
    return .perform(task)
  }

  private mutating func finishedOpen(_ outcome: BusOutcome, at now: Instant) {
    guard case .closed(_, let pause) = port else { return }
    switch outcome {
    case .failed(let fault):
      counters.count(fault, recovery: fault.recovery)
      let longer =
        pause == .zero
        ? PollingLimits.firstReopenDelay
        : pause.doubled(atMost: PollingLimits.longestReopenDelay)
      port = .closed(openAt: now + longer, pause: longer)
    case .done:
      port = .open
      portOpenings += 1
      lineFreeAt = now
      for index in sensors.indices { sensors[index].restart(at: now) }
    }
  }

  private mutating func losePort(_ stamp: Stamp, into readings: inout [Reading]) {
    port = .failed(pause: PollingLimits.firstReopenDelay)
    question = nil
    for index in sensors.indices {
      sensors[index].settle(all: true, flag: .missing, stamp, into: &readings)
    }
  }
}
