// What stages, commands and time make of a rule's alarm, and what follows from that.
extension Detector {
  /// What made an alarm turn.
  struct Occasion: BitwiseCopyable {
    var time: Instant
    var wallTime: WallTime
    /// The emitted reading that decided, by its place in the outcome; nil where none did.
    var reading: Int?
    /// The limit that was crossed.
    var limit = Double.nan
    /// The number of the command; 0 for none.
    var cause: UInt32 = 0

    init(time: Instant, wallTime: WallTime, reading: Int? = nil) {
      self.time = time
      self.wallTime = wallTime
      self.reading = reading
    }
  }

  /// Nothing but the passing of time.
  var passing: Occasion { Occasion(time: now, wallTime: wallNow) }

  /// Emits what an alarm's turns say, and lets outputs and the flood follow.
  mutating func announce(
    _ turns: AlarmTurns, ofRule rule: Int, on occasion: Occasion, into outcome: inout Outcome
  ) {
    for place in 0..<turns.count {
      emitTurn(turns[place], ofRule: rule, on: occasion, into: &outcome)
    }
    if let deadline = ruleStates[rule].alarm.deadline(plan: plan.rules[rule].alarm) {
      arm(deadline)
    }
    // While ends are held back, each reading is to be seen.
    if ruleStates[rule].alarm.isChattering { ruleStates[rule].rest = .empty }
    let driven = ruleStates[rule].drivenStage
    let wanted = ruleStates[rule].alarm.effectiveStage
    guard driven != wanted else { return }
    ruleStates[rule].drivenStage = wanted
    var change = event(.outputOn, of: rule, at: occasion.time, occasion.wallTime)
    if let reading = occasion.reading { change = change.decided(by: outcome.reading(at: reading)) }
    change.stage = wanted
    change.previousStage = driven
    change.limit = occasion.limit
    change.cause = occasion.cause
    switchOutputs(after: change, into: &outcome)
  }

  private mutating func emitTurn(
    _ turn: AlarmTurns.Turn, ofRule rule: Int, on occasion: Occasion, into outcome: inout Outcome
  ) {
    let alarm = ruleStates[rule].alarm
    var event = event(turn.kind, of: rule, at: occasion.time, occasion.wallTime)
    if let reading = occasion.reading { event = event.decided(by: outcome.reading(at: reading)) }
    if turn.changesStage {
      event.limit = occasion.limit
      event.stage = turn.stage
      event.previousStage = turn.previousStage
    } else {
      event.value = turn.value
      event.stage = alarm.stage
      event.previousStage = alarm.stage
    }
    event.condition = alarm.condition
    event.cause = occasion.cause
    event.marks.isSilenced = alarm.isSilenced
    event.marks.isChattering = alarm.isChattering
    let isNew = turn.kind == .stageRaised && turn.previousStage == 0
    if isNew {
      event.marks.isFirstOut = raisedCount == 0
      raisedCount += 1
    } else if turn.kind == .stageCleared && turn.stage == 0 {
      raisedCount -= 1
    }
    let beginsFlood = isNew && !alarm.isSilenced && flood.raised(at: occasion.time)
    event.marks.isFlood = flood.isActive
    emit(event, into: &outcome)
    if beginsFlood { emitFlood(.floodStarted, into: &outcome) }
    if let deadline = flood.deadline { arm(deadline) }
  }

  private mutating func emitFlood(_ kind: DetectionEvent.Kind, into outcome: inout Outcome) {
    var event = event(kind, of: 0, at: now, wallNow)
    event.value = Double(Int64(widening: kind == .floodStarted ? AlarmFlood.limit + 1 : 0))
    emit(event, into: &outcome)
  }

  /// Lets all alarms and the flood see that time has passed.
  mutating func passAlarms(into outcome: inout Outcome) {
    for rule in 0..<plan.rules.count {
      let alarm = plan.rules[rule].alarm
      guard let deadline = ruleStates[rule].alarm.deadline(plan: alarm), deadline <= now
      else { continue }
      let turns = ruleStates[rule].alarm.pass(to: now, plan: alarm)
      announce(turns, ofRule: rule, on: passing, into: &outcome)
    }
    if flood.pass(to: now) { emitFlood(.floodEnded, into: &outcome) }
  }

  /// Carries a command out. One that is meant for everything is refused only when nothing could
  /// follow it.
  mutating func obey(_ command: DetectionCommand, into outcome: inout Outcome) {
    let rules = plan.rules.count
    guard command.subject == DetectionCommand.everything else {
      guard Int(command.subject) < rules else {
        return refuse(command, because: .unknownSubject, into: &outcome)
      }
      return obey(command, ofRule: Int(command.subject), into: &outcome)
    }
    var isObeyed = false
    for rule in 0..<rules {
      var trial = ruleStates[rule].alarm
      let turns = trial.obey(command, at: now, plan: plan.rules[rule].alarm)
      guard turns[0].kind != .commandRefused else { continue }
      isObeyed = true
      obey(command, ofRule: rule, into: &outcome)
    }
    if !isObeyed { refuse(command, because: .nothingToAcknowledge, into: &outcome) }
  }

  private mutating func obey(
    _ command: DetectionCommand, ofRule rule: Int, into outcome: inout Outcome
  ) {
    let turns = ruleStates[rule].alarm.obey(command, at: now, plan: plan.rules[rule].alarm)
    var occasion = passing
    occasion.cause = command.number
    announce(turns, ofRule: rule, on: occasion, into: &outcome)
  }

  private mutating func refuse(
    _ command: DetectionCommand, because reason: CommandRefusal, into outcome: inout Outcome
  ) {
    var event = event(.commandRefused, of: 0, at: now, wallNow)
    event.cause = command.number
    event.value = Double(Int64(widening: Int(reason.rawValue)))
    emit(event, into: &outcome)
  }
}
