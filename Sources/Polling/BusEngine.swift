public import DetectionCore

/// Decides what happens on one bus, one task after another; never does it itself.
///
/// The owner calls `next`, carries out what it is told, reports with `finished`, and so on:
///
/// ```swift
/// switch engine.next(at: now, wallTime: wall, into: &readings) {
/// case .wait(let until): sleep(until)
/// case .perform(let task):
///   let outcome = port.perform(task, listening: patience, into: &words)
///   engine.finished(outcome, words: words, at: now, wallTime: wall, into: &readings)
/// }
/// ```
///
/// Sample n of a point is due at `start + n * period`, or a burst of samples begins then (with
/// `BusPlan.clock`, when the clock on the wall shows a multiple of it). Samples that come too late are
/// counted and left out, never bunched; points that cannot be read get a `.missing` reading each period,
/// so that the core sees the fault. Both methods append at most one reading a point and call.
public struct BusEngine: ~Copyable {
  // One of them is there, as the devices of the plan speak.
  var registers: BusSchedule?
  var messages: FramedSchedule?
  /// What is done on the bus.
  public let plan: BusPlan
  /// What was sent and heard since the last call of `next`; nil where requests and answers tell it all.
  public var transcript: FrameTranscript? { messages?.transcript }

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
    self.plan = plan
    if plan.isFramed {
      registers = nil
      messages = FramedSchedule(plan: plan, start: start)
    } else {
      registers = try BusSchedule(plan: plan, start: start, slack: slack)
      messages = nil
    }
  }

  /// The most readings that one call appends.
  public var readingCapacity: Int {
    plan.devices.reduce(plan.links.count) { $0 + $1.points.count }
  }

  /// Whether the port is usable.
  public var port: PortHealth { registers?.port ?? messages?.port ?? .lost }
  /// What happened on the bus, all devices together. An answer is a message that the profile knows,
  /// asked for or not.
  public var counters: BusCounters { registers?.counters ?? messages?.counters ?? BusCounters() }
  /// How often the port was opened.
  public var portOpenings: UInt64 { registers?.portOpenings ?? messages?.portOpenings ?? 0 }
  /// Whole frames that no profile of the bus knows, or that nobody had asked for.
  public var ignoredFrames: UInt64 { messages?.ignoredFrames ?? 0 }

  /// Whether the device at that index of the plan answers, or sends its messages.
  public func health(ofDevice index: Int) -> DeviceHealth {
    registers?.health(ofDevice: index) ?? messages?.health(ofDevice: index) ?? .online
  }

  /// What happened with the device at that index of the plan.
  public func counters(ofDevice index: Int) -> BusCounters {
    registers?.counters(ofDevice: index) ?? messages?.counters(ofDevice: index) ?? BusCounters()
  }

  /// The points that the device at that index of the plan refuses, since their last good answers.
  public func refusedReads(ofDevice index: Int) -> [RefusedRead] {
    registers?.refusedReads(ofDevice: index) ?? []
  }

  /// Changes whenever `refusedReads` does.
  public func refusalChanges(ofDevice index: Int) -> UInt64 {
    registers?.refusalChanges(ofDevice: index) ?? 0
  }

  /// What to do at `now`.
  ///
  /// - Parameters:
  ///   - now: The present; must not lie before the last call's.
  ///   - wallTime: The same moment in civil time, for readings.
  ///   - readings: Gets a reading for each point whose sample is over without a value.
  public mutating func next(
    at now: Instant, wallTime: WallTime, into readings: inout [Reading]
  ) -> BusAction {
    registers?.next(at: now, wallTime: wallTime, into: &readings)
      ?? messages?.next(at: now, wallTime: wallTime, into: &readings) ?? .wait(until: now)
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
    registers?.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
    messages?.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
  }

  /// Wants `point` to be read each `period` from now on.
  ///
  /// - Returns: The period that the point will have; nil where this bus does not read it.
  @discardableResult
  public mutating func setPeriod(
    _ period: TimeSpan, of point: PointIndex, at now: Instant
  ) -> TimeSpan? {
    registers?.setPeriod(period, of: point, at: now)
      ?? messages?.setPeriod(period, of: point, at: now)
  }

  /// The period at which `point` is read now; nil where this bus does not read it.
  public func period(of point: PointIndex) -> TimeSpan? {
    registers?.period(of: point) ?? messages?.period(of: point)
  }

  /// Wants output `output` of the core's list to be `on`, from now on.
  ///
  /// - Returns: false, and nothing is done, where the output is not on this bus or the engine
  ///   is being shut down.
  @discardableResult
  public mutating func request(output: UInt16, on: Bool, at now: Instant) -> Bool {
    registers?.request(output: output, on: on, at: now) ?? false
  }

  /// What is known of each output, in the order of the plan.
  public var outputStatus: [OutputStatus] { registers?.outputStatus ?? [] }

  /// How many outputs it has.
  public var outputCount: Int { registers?.outputCount ?? 0 }

  /// What is known of the output at that index of the plan's outputs, device by device.
  public func outputStatus(at index: Int) -> OutputStatus {
    guard let status = registers?.outputStatus(at: index) else {
      preconditionFailure("the bus has no outputs")
    }
    return status
  }

  /// Brings the bus to its safe state: from now on nothing is read, and every output is switched
  /// off, also one that was never requested. Later requests are refused.
  ///
  /// Go on with `next` and `finished` until `isShutDown`, for as long as there is time.
  public mutating func shutDown(at now: Instant) { registers?.shutDown(at: now) }

  /// True when every output is off, or could not be switched off in
  /// `PollingLimits.writeTriesBeforeFault` tries since `shutDown`.
  public var isShutDown: Bool { registers?.isShutDown ?? true }
}

extension BusEngine: ScheduledBus {}
