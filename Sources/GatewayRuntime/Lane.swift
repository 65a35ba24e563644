internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Recording

/// The rings that leave the lane, and what did not fit into them.
struct LaneOutputs: Sendable {
  /// To the recorder: everything.
  let records = Ring<LaneRecord>(capacity: RuntimeLimits.recordRing)
  /// To the views: assessed readings.
  let readings = Ring<AssessedReading>(capacity: RuntimeLimits.readingRing)
  /// To the outbox: events, with what led up to them.
  let events = Ring<DecidedEvent>(capacity: RuntimeLimits.eventRing)
  /// Where the lane leaves the core's state for the recorder.
  let checkpoint = CheckpointRoom()
  /// Where it leaves it for the outbox, from which the next start goes on.
  let restartCheckpoint = CheckpointRoom()
  /// Where it leaves it at its end.
  let lastCheckpoint = CheckpointRoom()
  /// Records that the recorder was too slow for.
  let lostRecords = Counter()
  /// Events that found no room on their way to the outbox.
  let lostEvents = Counter()
}

/// A command on its way to the lane.
struct LaneCommand: BitwiseCopyable, Sendable {
  var command: DetectionCommand
  /// The last event of the alarm that whoever gave it has seen, by its number in this start: 0 where that was
  /// before this start, and the highest number where they did not say.
  var lastSeen = UInt64.max
}

/// The real-time part of the gateway: one detector between bounded rings.
///
/// The detector takes no lock and allocates nothing by the compiler's own check; the rings around it
/// do neither by their making, and a test counts the allocations of both together.
struct Lane: ~Copyable {
  private var detector: Detector
  private var outcome: Outcome
  private let outlets: LaneOutputs
  /// The number of each rule's last event in this start; 0 for none.
  private var lastEvents: [UInt64]
  /// How many inputs were taken; above 32 bits it begins anew.
  private var inputCount: UInt32 = 0

  init(
    plan: DetectionPlan, outlets: LaneOutputs, restoration: RestoredStates? = nil
  ) throws(PlanError) {
    detector = try Detector(plan: plan)
    restoration?.apply(to: &detector, firstSequence: plan.firstSequence)
    outcome = Outcome(capacity: detector.outcomeCapacity)
    self.outlets = outlets
    lastEvents = Array(repeating: 0, count: plan.rules.count)
    for room in [outlets.checkpoint, outlets.restartCheckpoint, outlets.lastCheckpoint] {
      room.prepare(byteCount: detector.checkpointByteCount)
    }
  }

  /// When the detector wants to be told that time has passed.
  var nextDeadline: Instant? { detector.nextDeadline }

  /// Takes one input and hands on all that follows from it; `now` is asked once an event has been
  /// decided.
  mutating func decide(_ input: DetectionInput, at now: @autoclosure () -> Instant) {
    giveCheckpoint()
    outcome.removeAll()
    detector.accept(input, into: &outcome)
    record(input)
    var index = 0
    while index < outcome.readingCount {
      _ = outlets.readings.push(outcome.reading(at: index))
      index += 1
    }
    guard outcome.eventCount > 0 else { return }
    var delay: TimeSpan?
    if case .reading(let reading) = input { delay = now() - reading.time }
    index = 0
    while index < outcome.eventCount {
      let event = outcome.event(at: index)
      if event.kind.subject == .rule { lastEvents[Int(event.subject)] = event.sequence }
      let decided = DecidedEvent(
        event, history: detector.history(of: event), delay: delay,
        state: detector.state(after: event))
      if !outlets.events.push(decided) { outlets.lostEvents.add() }
      index += 1
    }
  }

  /// What the detector is asked to do: to refuse, where a command acknowledges an event that is not the
  /// last of its alarm. Decided here and recorded so, as a replay begins in the middle and knows no numbers.
  func request(by command: LaneCommand) -> DetectionCommand {
    var request = command.command
    let rule = Int(request.subject)
    if request.kind == .acknowledge, rule < lastEvents.count, lastEvents[rule] > command.lastSeen {
      request.kind = .acknowledgeEarlier
    }
    return request
  }

  /// The stage of the rule at `index` that was announced last.
  func stage(ofRule index: Int) -> UInt8 { detector.stage(ofRule: index) }

  /// Whether the output at `index` is to be on.
  func isOn(output index: Int) -> Bool { detector.isOn(output: index) }

  /// The events of the last decision.
  var eventCount: Int { outcome.eventCount }

  /// One event of the last decision, `index` from 0 to below `eventCount`.
  func event(at index: Int) -> DetectionEvent { outcome.event(at: index) }

  /// Leaves the core's state for whoever wants it: the outbox, and a part of the recording that begins here.
  ///
  /// - Returns: true when the recorder is given one.
  @discardableResult func giveCheckpoint() -> Bool {
    fill(outlets.restartCheckpoint)
    guard outlets.checkpoint.isWanted, outlets.records.room > 0 else { return false }
    fill(outlets.checkpoint)
    return outlets.records.push(.checkpoint(inputCount: inputCount))
  }

  /// Leaves the core's state after the last input.
  func giveLastCheckpoint() { fill(outlets.lastCheckpoint) }

  private func fill(_ room: CheckpointRoom) {
    room.fill(nextSequence: detector.nextSequence) { detector.writeCheckpoint(into: &$0) }
  }

  /// Gives the recorder an input with all that followed from it, or nothing of it: a decision of which a
  /// part is missing could not be told from one that was another. The numbers show where inputs are missing.
  private mutating func record(_ input: DetectionInput) {
    let number = inputCount
    inputCount &+= 1
    let count = 1 + outcome.readingCount + outcome.eventCount
    guard outlets.records.room >= count else { return outlets.lostRecords.add(count) }
    _ = outlets.records.push(.input(input, number: number))
    var index = 0
    while index < outcome.readingCount {
      _ = outlets.records.push(.reading(outcome.reading(at: index)))
      index += 1
    }
    index = 0
    while index < outcome.eventCount {
      _ = outlets.records.push(.event(outcome.event(at: index)))
      index += 1
    }
  }
}
