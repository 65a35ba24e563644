/// The real-time core: readings in, assessed readings and events out.
///
/// It takes no lock, allocates nothing and reads no clock. What it decides is a function of its plan
/// and of the inputs in their order alone, so that the same inputs give the same bytes anywhere.
///
/// For every input it first lets time pass, then takes the reading: quality tests, derived points,
/// the sensor's alarm, rules, outputs. Time is the latest time of all inputs so far; a deadline that
/// passed is acted upon at the first input at or after it.
///
/// The lane's entry points, here and in `Outcome`, carry `@_noLocks`: the compiler refuses them if
/// they, or anything that they call, could allocate, count references or take a lock. Debug builds
/// compile file by file, where it cannot follow the calls; there the attribute is left out.
public struct Detector: ~Copyable, @unchecked Sendable {
  // Sendable: the detector is noncopyable and is the only one that knows its memory, to which the
  // tables point, so whoever holds it is alone with it.
  private let laidOutPlan: CorePlan
  let memory: CoreMemory
  /// The bytes of the memory that say how the detector stands: all but what only one input needs, or
  /// what the plan alone decides.
  let stateByteCount: Int
  /// The fingerprint of the plan: the same for equal plans on every processor, another one for plans
  /// that differ anywhere.
  public let planFingerprint: UInt64
  let plan: PlanTables
  let pointStates: Table<PointState>
  let histories: Table<ReadingHistory>
  let dependents: Table<UInt16>
  var due: DueSet
  let candidates: Table<FlatLineTest.Candidate>
  let windowEntries: Table<TimeWindow.Entry>
  let windowStates: Table<WindowState>
  let cellStates: Table<CellState>
  let operands: Table<Operand>
  let scratch: Table<Double>
  let ruleStates: Table<RuleState>
  let stageMachines: Table<StageMachine>
  let outputSwitches: Table<OutputSwitch>
  let deterrentMachines: Table<DeterrentMachine>

  /// The room that an outcome needs to hold all that one input can cause.
  public let outcomeCapacity: OutcomeCapacity
  /// The sequence number of the next event.
  public internal(set) var nextSequence: UInt64
  var flood = AlarmFlood()
  /// The latest time of all inputs.
  var now = Instant(nanoseconds: .min)
  /// The wall time that came with `now`.
  var wallNow = WallTime(nanosecondsSince1970: 0, synchronized: false)
  /// When the last event was emitted, or the first input came.
  var lastEventAt = Instant(nanoseconds: 0)
  /// No deadline is due before this.
  var earliestDeadline = Instant(nanoseconds: .max)
  var hasStarted = false

  /// Lays out a detector for `plan` in `memory`, which must have at least `byteCount(for: plan)`
  /// bytes. `firstSequence` is the number of its first event.
  public init(
    plan: consuming CorePlan, firstSequence: UInt64, memory: consuming CoreMemory
  ) throws(PlanError) {
    try plan.check()
    let tables = plan.tables
    self.plan = tables
    let points = tables.points.count
    pointStates = memory.table(filledWith: PointState.blank, count: points)
    histories = memory.table(filledWith: ReadingHistory(), count: points)
    candidates = memory.table(
      filledWith: FlatLineTest.Candidate(), count: tables.candidateCount)
    windowEntries = memory.table(
      filledWith: TimeWindow.Entry(), count: tables.windowEntryCount)
    windowStates = memory.table(filledWith: WindowState.blank, count: tables.windows.count)
    cellStates = memory.table(filledWith: CellState(), count: tables.cells.count)
    ruleStates = memory.table(filledWith: RuleState(), count: tables.rules.count)
    stageMachines = memory.table(filledWith: StageMachine(), count: tables.stages.count)
    outputSwitches = memory.table(filledWith: OutputSwitch(), count: tables.outputs.count)
    deterrentMachines = memory.table(
      filledWith: DeterrentMachine(seed: 1), count: tables.deterrents.count)
    stateByteCount = memory.laidOutByteCount
    dependents = memory.table(filledWith: 0, count: tables.dependencyCount)
    due = DueSet(count: points, in: &memory)
    operands = memory.table(filledWith: Operand.awaited, count: tables.operandCount)
    scratch = memory.table(filledWith: 0, count: tables.scratchCount)
    planFingerprint = tables.fingerprint()
    self.memory = memory
    laidOutPlan = plan
    nextSequence = firstSequence
    outcomeCapacity = tables.outcomeCapacity
    linkParts()
    linkPrograms()
    linkFurtherTests()
  }

  /// Takes one input and adds what it causes to `outcome`, which must be empty and have at least
  /// `outcomeCapacity`. A reading must name an acquired point of the plan (`isAcquired`).
  #if !DEBUG
    @_noLocks
  #endif
  public mutating func accept(_ input: DetectionInput, into outcome: inout Outcome) {
    precondition(outcome.isEmpty, "the outcome of the last input was not removed")
    precondition(
      outcome.readingRoom >= outcomeCapacity.readings
        && outcome.eventRoom >= outcomeCapacity.events, "the outcome is too small for this plan")
    switch input {
    case .reading(let reading):
      precondition(isAcquired(reading.point), "the plan acquires no such point")
      letTimePass(to: reading.time, wallTime: reading.wallTime, into: &outcome)
      let first = outcome.readingCount
      take(reading, into: &outcome)
      followUp(from: first, into: &outcome)
    case .tick(let time, let wallTime):
      letTimePass(to: time, wallTime: wallTime, into: &outcome)
    case .command(let time, let wallTime, let command):
      letTimePass(to: time, wallTime: wallTime, into: &outcome)
      switch command.kind {
      case .stopOutput, .releaseOutput: obeyAboutOutputs(command, into: &outcome)
      case .acknowledge, .reset, .shelve, .shelveOnce, .unshelve, .takeOutOfService,
        .returnToService, .acknowledgeEarlier:
        obey(command, into: &outcome)
      }
    case .lost(let time, let wallTime, let count):
      letTimePass(to: time, wallTime: wallTime, into: &outcome)
      var event = event(.inputsLost, of: 0, at: time, wallTime)
      event.value = Double(Int64(widening: count))
      emit(event, into: &outcome)
    }
  }

  /// When the next thing happens by itself, at the latest; a tick at that time, or any input, makes
  /// it happen. It may be early: then the tick does nothing but move it.
  public var nextDeadline: Instant? {
    earliestDeadline.nanoseconds == .max ? nil : earliestDeadline
  }

  /// True when readings of `point` may be given to `accept`: it is in the plan, and not derived.
  public func isAcquired(_ point: PointIndex) -> Bool {
    let index = Int(point.rawValue)
    guard index < plan.points.count, case .acquired = plan.points[index].source else {
      return false
    }
    return true
  }

  /// The stage of the rule at `index` that was announced last, 0 when it is normal.
  public func stage(ofRule index: Int) -> UInt8 { ruleStates[index].alarm.stage }

  /// Where the alarm of the rule at `index` stands.
  public func condition(ofRule index: Int) -> AlarmCondition {
    ruleStates[index].alarm.condition
  }

  /// True while the output at `index` is to be on.
  public func isOn(output index: Int) -> Bool { outputSwitches[index].isOn }

  /// The flag of the last assessed reading of `point`; `.notEvaluated` before the first.
  public func flag(of point: PointIndex) -> QualityFlag {
    pointStates[Int(point.rawValue)].flag
  }

  /// True while the sensor alarm of `point` is raised.
  public func hasSensorFault(_ point: PointIndex) -> Bool {
    pointStates[Int(point.rawValue)].alarm.isActive
  }

  /// The newest assessed readings of the point that `event` is about, those of the last input
  /// included; none where it is about no point.
  #if !DEBUG
    @_noLocks
  #endif
  public func history(of event: DetectionEvent) -> ReadingHistory {
    let subject = Int(event.subject)
    switch event.kind.subject {
    case .rule: return histories[Int(plan.rules[subject].point.rawValue)]
    case .point: return histories[subject]
    case .output:
      return histories[Int(plan.rules[Int(plan.outputs[subject].rule)].point.rawValue)]
    case .deterrent:
      return histories[Int(plan.rules[Int(plan.deterrents[subject].rule)].point.rawValue)]
    case .flood, .site: return ReadingHistory()
    }
  }

  /// An event about `subject` at this moment; `emit` gives it its number.
  func event(
    _ kind: DetectionEvent.Kind, of subject: Int, at time: Instant, _ wallTime: WallTime
  ) -> DetectionEvent {
    DetectionEvent(
      sequence: 0, kind: kind, subject: UInt16(subject), time: time, wallTime: wallTime)
  }

  mutating func emit(_ event: DetectionEvent, into outcome: inout Outcome) {
    var event = event
    event.sequence = nextSequence
    lastEventAt = now
    nextSequence &+= 1
    outcome.append(event)
  }
}

extension DetectionEvent {
  /// The same event, decided by a reading.
  func decided(by assessed: AssessedReading) -> DetectionEvent {
    var event = self
    event.value = assessed.reading.value
    event.flag = assessed.reading.flag
    event.tests = assessed.tests
    return event
  }
}
