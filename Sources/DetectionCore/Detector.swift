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
  // Sendable, although tables are not: the detector is noncopyable and is the only one that knows
  // its memory, so whoever holds it is alone with it.
  private let memory: CoreMemory
  let points: Table<PointPlan>
  let pointStates: Table<PointState>
  let seasons: Table<Season>
  let candidates: Table<FlatLineTest.Candidate>
  let windowEntries: Table<TimeWindow.Entry>
  let rules: Table<RulePlan>
  let ruleStates: Table<RuleState>
  let stages: Table<StagePlan>
  let stageMachines: Table<StageMachine>
  let outputs: Table<OutputPlan>
  let outputSwitches: Table<OutputSwitch>

  /// The room that an outcome needs to hold all that one input can cause.
  public let outcomeCapacity: OutcomeCapacity
  /// The sequence number of the next event.
  public internal(set) var nextSequence: UInt64
  /// The latest time of all inputs.
  var now = Instant(nanoseconds: .min)
  /// The wall time that came with `now`.
  var wallNow = WallTime(nanosecondsSince1970: 0, synchronized: false)
  /// No deadline is due before this.
  var earliestDeadline = Instant(nanoseconds: .max)
  var hasStarted = false

  /// Lays out a detector in `memory`, which must have at least `byteCount(points:…)` bytes.
  public init(
    points: Span<PointPlan>, seasons: Span<Season>, rules: Span<RulePlan>,
    stages: Span<StagePlan>, outputs: Span<OutputPlan>, firstSequence: UInt64,
    memory: consuming CoreMemory
  ) throws(PlanError) {
    try PlanCheck.check(
      points: points, seasons: seasons, rules: rules, stages: stages, outputs: outputs)
    let blankPoint = PointPlan()
    let blankRule = RulePlan(
      point: PointIndex(rawValue: 0), direction: .rising, firstStage: 0, stageCount: 0)
    let blankStage = StagePlan(limit: 0, deadband: 0, onDelay: .zero, offDelay: .zero)
    let blankOutput = OutputPlan(rule: 0, fromStage: 0, maximumOnTime: .zero)
    let blankSeason = Season(.time, from: 0, to: 0, suspect: ClosedSpan(lower: 0, upper: 0))

    self.points = memory.table(filledWith: blankPoint, count: points.count)
    self.pointStates = memory.table(
      filledWith: PointState.blank, count: points.count)
    self.seasons = memory.table(filledWith: blankSeason, count: seasons.count)
    self.candidates = memory.table(
      filledWith: FlatLineTest.Candidate(), count: Detector.candidateCount(points))
    self.windowEntries = memory.table(
      filledWith: TimeWindow.Entry(), count: Detector.windowEntryCount(points))
    self.rules = memory.table(filledWith: blankRule, count: rules.count)
    self.ruleStates = memory.table(filledWith: RuleState(), count: rules.count)
    self.stages = memory.table(filledWith: blankStage, count: stages.count)
    self.stageMachines = memory.table(filledWith: StageMachine(), count: stages.count)
    self.outputs = memory.table(filledWith: blankOutput, count: outputs.count)
    self.outputSwitches = memory.table(filledWith: OutputSwitch(), count: outputs.count)
    self.memory = memory
    self.nextSequence = firstSequence
    self.outcomeCapacity = Detector.outcomeCapacity(
      points: points, rules: rules, outputs: outputs)
    self.points.fill(from: points)
    self.seasons.fill(from: seasons)
    self.rules.fill(from: rules)
    self.stages.fill(from: stages)
    self.outputs.fill(from: outputs)
    linkParts()
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
    case .lost(let count, let time, let wallTime):
      letTimePass(to: time, wallTime: wallTime, into: &outcome)
      emit(
        .inputsLost, of: 0, value: Double(Int64(widening: count)), flag: .notEvaluated,
        time: time,
        wallTime: wallTime, into: &outcome)
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
    guard index < points.count, case .acquired = points[index].source else { return false }
    return true
  }

  /// The stage of the rule at `index`, 0 when it is normal.
  public func stage(ofRule index: Int) -> UInt8 { ruleStates[index].stage }

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

  mutating func emit(
    _ kind: DetectionEvent.Kind, of subject: Int, stage: UInt8 = 0, previousStage: UInt8 = 0,
    value: Double, limit: Double = .nan, flag: QualityFlag, time: Instant, wallTime: WallTime,
    into outcome: inout Outcome
  ) {
    outcome.append(
      DetectionEvent(
        sequence: nextSequence, kind: kind, subject: UInt16(subject), stage: stage,
        previousStage: previousStage, value: value, limit: limit, flag: flag, time: time,
        wallTime: wallTime))
    nextSequence &+= 1
  }
}
