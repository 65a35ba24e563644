// What stages, commands and time make of a rule's alarm, and what follows from that.
extension Detector {
  /// What made an alarm turn.
  struct Occasion: BitwiseCopyable {
    var time: Instant
    var wallTime: WallTime
    /// The emitted reading that decided, by its index in the outcome; nil where none did.
    var reading: Int?
    /// What decided instead of the reading's value: the number of triggers of an incident.
    var value: Double?
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

  /// Emits what happened to an alarm, and lets the flood and the outputs follow. `before` is the
  /// alarm as it was.
  mutating func announce(
    _ transitions: AlarmTransitions, ofRule rule: Int, before: AlarmMachine, on occasion: Occasion,
    into outcome: inout Outcome
  ) {
    guard transitions.count > 0 else { return }
    let alarm = ruleStates[rule].alarm
    let verdict = flood.take(
      transitions, wasStanding: before.isStanding, isStanding: alarm.isStanding,
      at: occasion.time, plan: FloodPlan())
    for index in 0..<transitions.count {
      emit(
        transitions[index], ofRule: rule, isFirstOut: verdict.isFirstOut, on: occasion,
        into: &outcome)
    }
    if verdict.beginsFlood { emitFlood(.floodStarted, count: flood.count, into: &outcome) }
    if let deadline = alarm.deadline(plan: plan.rules[rule].alarm) { arm(deadline) }
    if let deadline = flood.deadline(plan: FloodPlan()) { arm(deadline) }
    drive(
      outputsOf: rule, from: before.announcedStage, to: alarm.announcedStage, on: occasion,
      into: &outcome)
  }

  private mutating func emit(
    _ transition: AlarmTransition, ofRule rule: Int, isFirstOut: Bool, on occasion: Occasion,
    into outcome: inout Outcome
  ) {
    var event = event(transition.kind.event, of: rule, at: occasion.time, occasion.wallTime)
    if let reading = occasion.reading { event = event.decided(by: outcome.reading(at: reading)) }
    switch transition.kind {
    case .raised, .cleared:
      event.limit = occasion.limit
      if let value = occasion.value { event.value = value }
    case .chatterEnded: event.value = Double(Int64(widening: Int(transition.count)))
    case .shelved:
      event.value = (ruleStates[rule].alarm.shelvedUntil - occasion.time).seconds
    case .refused:
      event.value = Double(Int64(widening: Int(transition.refusal?.rawValue ?? 0)))
    case .acknowledged, .reset, .unshelved, .suppressed, .resumed, .outOfService, .inService,
      .reminded, .chatterBegan:
      break
    }
    event.stage = transition.stage
    event.previousStage = transition.previousStage
    event.condition = transition.condition
    event.cause = occasion.cause
    event.marks.isSilenced = transition.isSuppressed
    event.marks.isChattering = ruleStates[rule].alarm.isChattering
    event.marks.isFirstOut = isFirstOut && transition.kind == .raised
    event.marks.isFlood = flood.isFlood
    emit(event, into: &outcome)
  }

  private mutating func emitFlood(
    _ kind: DetectionEvent.Kind, count: UInt32, into outcome: inout Outcome
  ) {
    var event = event(kind, of: 0, at: now, wallNow)
    event.value = Double(Int64(widening: Int(count)))
    emit(event, into: &outcome)
  }

  /// Lets all alarms and the flood see that time has passed.
  mutating func passAlarms(into outcome: inout Outcome) {
    for rule in 0..<plan.rules.count {
      let alarm = plan.rules[rule].alarm
      guard let deadline = ruleStates[rule].alarm.deadline(plan: alarm), deadline <= now
      else { continue }
      let before = ruleStates[rule].alarm
      let transitions = ruleStates[rule].alarm.letTimePass(to: now, plan: alarm)
      announce(transitions, ofRule: rule, before: before, on: passing, into: &outcome)
    }
    if let deadline = flood.deadline(plan: FloodPlan()), deadline <= now {
      emitFlood(.floodEnded, count: flood.end(), into: &outcome)
    }
  }

  /// Carries a command to an alarm out. One that is meant for all is refused only when none could
  /// follow it.
  mutating func obey(_ command: DetectionCommand, into outcome: inout Outcome) {
    let rules = plan.rules.count
    guard command.subject == DetectionCommand.everything else {
      guard Int(command.subject) < rules else {
        return refuse(command, because: .wrongSubject, into: &outcome)
      }
      return obey(command, ofRule: Int(command.subject), into: &outcome)
    }
    var refusal = CommandRefusal.wrongSubject
    var isObeyed = false
    for rule in 0..<rules {
      var trial = ruleStates[rule].alarm
      let transitions = trial.take(command, at: now, plan: plan.rules[rule].alarm)
      if let reason = transitions[0].refusal {
        refusal = reason
      } else {
        isObeyed = true
        obey(command, ofRule: rule, into: &outcome)
      }
    }
    if !isObeyed { refuse(command, because: refusal, into: &outcome) }
  }

  private mutating func obey(
    _ command: DetectionCommand, ofRule rule: Int, into outcome: inout Outcome
  ) {
    let before = ruleStates[rule].alarm
    let transitions = ruleStates[rule].alarm.take(
      command, at: now, plan: plan.rules[rule].alarm)
    var occasion = passing
    occasion.cause = command.number
    announce(transitions, ofRule: rule, before: before, on: occasion, into: &outcome)
  }

  mutating func refuse(
    _ command: DetectionCommand, because reason: CommandRefusal, into outcome: inout Outcome
  ) {
    var event = event(.commandRefused, of: 0, at: now, wallNow)
    event.cause = command.number
    event.value = Double(Int64(widening: Int(reason.rawValue)))
    emit(event, into: &outcome)
  }
}

extension AlarmTransition.Kind {
  /// The event that tells of it.
  fileprivate var event: DetectionEvent.Kind {
    switch self {
    case .raised: .stageRaised
    case .cleared: .stageCleared
    case .acknowledged: .acknowledged
    case .reset: .reset
    case .shelved: .shelved
    case .unshelved: .unshelved
    case .suppressed: .suppressed
    case .resumed: .resumed
    case .outOfService: .takenOutOfService
    case .inService: .returnedToService
    case .reminded: .reminded
    case .chatterBegan: .chatterStarted
    case .chatterEnded: .chatterEnded
    case .refused: .commandRefused
    }
  }
}
