import DetectionCore

/// What no input may ever make the core do, held against each outcome.
struct Invariants {
  private let plan: FixedPlan
  /// Time limits are only held where times are those that clocks show.
  private let isBoundless: Bool
  private var latest = Instant(nanoseconds: .min)
  private var sequence: UInt64
  private var stages = InlineArray<16, UInt8>(repeating: 0)
  private var onSince = InlineArray<16, Instant?>(repeating: nil)
  private var isFaulty = InlineArray<12, Bool>(repeating: false)

  init(of plan: FixedPlan, isBoundless: Bool) {
    self.plan = plan
    self.isBoundless = isBoundless
    sequence = plan.firstSequence
  }

  /// Takes what `input` caused; the promise that it breaks, or nil.
  mutating func broken(
    by outcome: borrowing Outcome, after input: DetectionInput, of detector: borrowing Detector
  ) -> StaticString? {
    latest = max(latest, input.time)
    let capacity = detector.outcomeCapacity
    if outcome.readingCount > capacity.readings || outcome.eventCount > capacity.events {
      return "no input causes more than the outcome's capacity"
    }
    for index in 0..<outcome.readingCount {
      if let broken = broken(by: outcome.reading(at: index)) { return broken }
    }
    for index in 0..<outcome.eventCount {
      if let broken = broken(by: outcome.event(at: index)) { return broken }
    }
    return broken(views: detector)
  }

  private func broken(by assessed: AssessedReading) -> StaticString? {
    let reading = assessed.reading
    let tests = assessed.tests
    if Int(reading.point.rawValue) >= plan.points.count { return "readings are those of points" }
    if reading.time > latest { return "no reading is from the future" }
    if reading.flag == .missing && reading.value.bitPattern != Double.nan.bitPattern {
      return "a missing value is the one NaN"
    }
    if !reading.flag.isBad && !reading.value.isFinite { return "a value that is not bad is finite" }
    switch reading.flag {
    case .pass where tests.has(.suspect) || tests.has(.fail),
      .suspect where tests.has(.fail), .notEvaluated where tests.hasVerdict:
      return "the roll-up is at least as grave as every test"
    default: return nil
    }
  }

  private mutating func broken(by event: DetectionEvent) -> StaticString? {
    if event.sequence != sequence { return "sequence numbers have no gap" }
    sequence &+= 1
    if event.time > latest { return "no event is from the future" }
    let subject = Int(event.subject)
    switch event.kind {
    case .stageRaised, .stageCleared: return brokenStage(by: event)
    case .sensorFaultRaised, .sensorFaultCleared:
      let isRaised = event.kind == .sensorFaultRaised
      if subject >= plan.points.count { return "sensor alarms are those of points" }
      if event.flag.isBad != isRaised {
        return "bad values raise a sensor alarm, good ones clear it"
      }
      if isFaulty[subject] == isRaised { return "a sensor alarm is raised and cleared in turn" }
      isFaulty[subject] = isRaised
    case .outputOn, .outputOff:
      let isOn = event.kind == .outputOn
      if subject >= plan.outputs.count { return "outputs are those of the plan" }
      if (onSince[subject] != nil) == isOn { return "an output is switched on and off in turn" }
      onSince[subject] = isOn ? latest : nil
    case .inputsLost, .floodStarted, .floodEnded, .signOfLife, .commandRefused:
      // A command is refused for one rule, or for all.
      let isRule = event.kind == .commandRefused && subject < plan.rules.count
      return subject == 0 || isRule ? nil : "an event about nothing has no subject"
    case .deterrentHeld:
      return subject < plan.deterrents.count ? nil : "deterrents are those of the plan"
    case .outputStopped, .outputReleased:
      return subject < plan.outputs.count ? nil : "only outputs are stopped and released"
    default: return subject < plan.rules.count ? nil : "alarms are those of rules"
    }
    return nil
  }

  private mutating func brokenStage(by event: DetectionEvent) -> StaticString? {
    let subject = Int(event.subject)
    guard subject < plan.rules.count else { return "stages are those of rules" }
    let rule = plan.rules[subject]
    // What time or a command decides has no value.
    if event.value.isFinite ? !event.flag.isUsable : event.flag != .notEvaluated {
      return "a value with flag 4 or 9 neither raises nor clears an alarm"
    }
    let isRise = event.kind == .stageRaised
    if event.previousStage != stages[subject] || (event.stage > event.previousStage) != isRise
      || event.stage == event.previousStage || event.stage > rule.stageCount
    {
      return "a rule's events follow from one another"
    }
    stages[subject] = event.stage
    // What counts for an incident are its triggers.
    guard event.value.isFinite, rule.incident == nil else { return nil }
    let decisive = Int(rule.firstStage) + Int(max(event.stage, event.previousStage)) - 1
    let stage = plan.stages[decisive]
    let sign: Double = rule.direction == .rising ? 1 : -1
    let excess = (event.value - stage.limit) * sign
    if event.limit != stage.limit {
      return "the limit is that of the stage that was left or reached"
    }
    // A chattering alarm falls to its rule's stage while a delay still keeps that below the value.
    if isRise ? excess < -stage.deadband : excess >= 0 && !event.marks.isChattering {
      return "a stage is raised beyond its limit and cleared within it"
    }
    return nil
  }

  private func broken(views detector: borrowing Detector) -> StaticString? {
    for index in 0..<plan.rules.count where detector.stage(ofRule: index) != stages[index] {
      return "a rule's stage is what its events said"
    }
    for index in 0..<plan.points.count
    where detector.hasSensorFault(PointIndex(rawValue: UInt16(index))) != isFaulty[index] {
      return "a sensor alarm is what its events said"
    }
    for index in 0..<plan.outputs.count {
      let since = onSince[index]
      if detector.isOn(output: index) != (since != nil) {
        return "an output is what its events said"
      }
      guard let since else { continue }
      let output = plan.outputs[index]
      if output.deterrent == nil, stages[Int(output.rule)] < output.fromStage {
        return "an output is on for its stage only"
      }
      if !isBoundless && latest - since >= output.maximumOnTime {
        return "an output is never on for longer than its maximum"
      }
    }
    return nil
  }
}

extension DetectionInput {
  /// When it came.
  var time: Instant {
    switch self {
    case .reading(let reading): reading.time
    case .tick(let time, _), .lost(let time, _, _), .command(let time, _, _): time
    }
  }
}

extension TestFlags {
  /// True when a test of the value has this flag.
  fileprivate func has(_ flag: QualityFlag) -> Bool {
    grossRange == flag || climatology == flag || spike == flag || rateOfChange == flag
      || flatLine == flag || multivariate == flag || attenuatedSignal == flag || neighbour == flag
  }

  /// True when a test of the value came to a verdict.
  fileprivate var hasVerdict: Bool { has(.pass) || has(.suspect) || has(.fail) }
}
