/// One alarm: turns the stages that its rule reaches, commands and time into the states of ISA-18.2.
/// The table of the states stands at `AlarmCondition`; beyond it:
///
/// - **Suppression** (`AlarmSuppression`) keeps the alarm from being announced and changes nothing
///   else: it is judged on, everything that happens is a transition, marked as suppressed. An alarm
///   that returns while it is suppressed needs no acknowledgement. When the last suppression ends,
///   the state follows from the stage alone: an active alarm is unacknowledged and announced again,
///   one that had returned is normal, and a latch holds.
/// - **Re-alarm:** `announced` is the last raise or reminder. An alarm that is active and not
///   suppressed at `announced + reAlarm` is announced again, which is a reminder.
/// - **Chatter** (`ChatterWatch`) holds returns back; `stage` is then still the last one reached.
///
/// Commands that cannot be carried out are answered, never ignored. The owner lets time pass first:
/// when an input comes at or after `deadline`, `letTimePass` comes before it.
///
/// A latching alarm with a re-alarm time of 600 s: raised at 0 s (unacknowledged), acknowledged at
/// 100 s, announced again at 600 s (unacknowledged), shelved for 300 s at 700 s, fallen to 0 at 800 s
/// (latched, since it was suppressed), unshelved by its time at 1,000 s (latched), reset at 1,100 s
/// (normal).
struct AlarmMachine: BitwiseCopyable {
  /// Where the alarm stands.
  private(set) var condition = AlarmCondition.normal
  /// The stage reached; 0 when the condition is not active, and only then.
  private(set) var stage: UInt8 = 0
  /// What keeps the alarm from being announced.
  private(set) var suppression = AlarmSuppression.none
  /// The rule's stage, which is 0 before `stage` is while a return is held back.
  private(set) var decided: UInt8 = 0
  /// When shelving ends.
  private(set) var shelvedUntil = Instant(nanoseconds: .max)
  /// When the alarm was last raised or announced again.
  private(set) var announced = Instant(nanoseconds: 0)
  private(set) var chatter = ChatterWatch()

  init() {}

  init(
    condition: AlarmCondition, stage: UInt8, decided: UInt8, suppression: AlarmSuppression,
    shelvedUntil: Instant, announced: Instant, chatter: ChatterWatch
  ) {
    self.condition = condition
    self.stage = stage
    self.decided = decided
    self.suppression = suppression
    self.shelvedUntil = shelvedUntil
    self.announced = announced
    self.chatter = chatter
  }

  /// Whether people are told of it: something is reached or waited for, and nothing suppresses it.
  var isStanding: Bool { condition != .normal && suppression.isEmpty }

  /// True while returns are held back.
  var isChattering: Bool { chatter.isChattering }

  /// The stage as outputs and people see it: 0 while the alarm is suppressed.
  var announcedStage: UInt8 { suppression.isEmpty ? stage : 0 }

  /// When time alone changes something; nil when it does not.
  func deadline(plan: AlarmPlan) -> Instant? {
    var earliest = Instant(nanoseconds: .max)
    if isShelved { earliest = shelvedUntil }
    if let over = chatter.deadline(plan: plan.chatter) { earliest = min(earliest, over) }
    if let again = reAlarmTime(plan: plan) { earliest = min(earliest, again) }
    return earliest < Instant(nanoseconds: .max) ? earliest : nil
  }

  var isShelved: Bool { suppression.contains(.shelvings) }

  private func reAlarmTime(plan: AlarmPlan) -> Instant? {
    guard condition.isActive, suppression.isEmpty, let span = plan.reAlarm else { return nil }
    return announced + span
  }
}

/// What can happen to it.
extension AlarmMachine {
  /// The rule's stage is now `stage`.
  mutating func take(
    stage new: UInt8, at now: Instant, plan: AlarmPlan
  ) -> AlarmTransitions {
    var transitions = AlarmTransitions()
    guard new != decided else { return transitions }
    let hasCome = decided == 0
    decided = new
    guard new > 0 else {
      chatter.go(at: now)
      if !chatter.isChattering { change(to: 0, plan: plan, at: now, into: &transitions) }
      return transitions
    }
    change(to: new, plan: plan, at: now, into: &transitions)
    if hasCome && chatter.come(at: now, plan: plan.chatter) {
      append(.chatterBegan, to: &transitions)
    }
    return transitions
  }

  /// A command came.
  mutating func take(
    _ command: DetectionCommand, at now: Instant, plan: AlarmPlan
  ) -> AlarmTransitions {
    var transitions = AlarmTransitions()
    if let refusal = refusal(of: command, plan: plan) {
      append(.refused, refusal: refusal, to: &transitions)
      return transitions
    }
    switch command.kind {
    case .acknowledge:
      condition = condition == .returned ? rest(plan: plan) : .acknowledged
      append(.acknowledged, to: &transitions)
    case .reset:
      condition = .normal
      append(.reset, to: &transitions)
    case .shelve, .shelveOnce:
      suppression.remove(.shelvings)
      suppression.insert(command.kind == .shelve ? .shelved : .shelvedOnce)
      shelvedUntil = now + shelvingTime(of: command, plan: plan)
      append(.shelved, to: &transitions)
    case .unshelve: end(.shelvings, .unshelved, at: now, plan: plan, into: &transitions)
    case .takeOutOfService:
      suppression.insert(.outOfService)
      append(.outOfService, to: &transitions)
    case .returnToService:
      end(.outOfService, .inService, at: now, plan: plan, into: &transitions)
    // Refused above: an alarm is no output, and what was not seen is not acknowledged.
    case .stopOutput, .releaseOutput, .acknowledgeEarlier: break
    }
    return transitions
  }

  /// The site's logic suppresses the alarm, or does so no longer.
  mutating func suppressByDesign(
    _ isSuppressed: Bool, at now: Instant, plan: AlarmPlan
  ) -> AlarmTransitions {
    var transitions = AlarmTransitions()
    guard isSuppressed != suppression.contains(.byDesign) else { return transitions }
    if isSuppressed {
      suppression.insert(.byDesign)
      append(.suppressed, to: &transitions)
    } else {
      end(.byDesign, .resumed, at: now, plan: plan, into: &transitions)
    }
    return transitions
  }

  /// Time has come to `now`: acts on every deadline that has come. Chatter is first, since it
  /// decides whether the alarm is still active when the others ask.
  mutating func letTimePass(to now: Instant, plan: AlarmPlan) -> AlarmTransitions {
    var transitions = AlarmTransitions()
    if let over = chatter.deadline(plan: plan.chatter), over <= now {
      let swallowed = chatter.end()
      if decided == 0 { change(to: 0, plan: plan, at: now, into: &transitions) }
      append(.chatterEnded, count: swallowed, to: &transitions)
    }
    if isShelved && shelvedUntil <= now {
      end(.shelvings, .unshelved, at: now, plan: plan, into: &transitions)
    }
    if let again = reAlarmTime(plan: plan), again <= now { remind(at: now, into: &transitions) }
    return transitions
  }
}

/// What it does then.
extension AlarmMachine {
  /// Brings the alarm to another stage than 0 or to 0, if it is not there.
  private mutating func change(
    to new: UInt8, plan: AlarmPlan, at now: Instant, into transitions: inout AlarmTransitions
  ) {
    let previous = stage
    if new > previous {
      if isShelved && new > plan.highestShelvedStage {
        release(.shelvings, plan: plan)
        append(.unshelved, to: &transitions)
      }
      stage = new
      condition = .unacknowledged
      announced = now
      append(.raised, from: previous, to: &transitions)
    } else if new < previous {
      stage = new
      if new == 0 {
        let isKnown = condition == .acknowledged || plan.acknowledgement == .onReturn
        condition = isKnown || !suppression.isEmpty ? rest(plan: plan) : .returned
      }
      append(.cleared, from: previous, to: &transitions)
      if new == 0 && suppression.contains(.shelvedOnce) {
        end(.shelvedOnce, .unshelved, at: now, plan: plan, into: &transitions)
      }
    }
  }

  /// Where a returned alarm is that nobody has to acknowledge.
  private func rest(plan: AlarmPlan) -> AlarmCondition { plan.isLatching ? .latched : .normal }

  /// Lifts a suppression; if it was the last, the state follows from the stage.
  private mutating func release(_ ended: AlarmSuppression, plan: AlarmPlan) {
    suppression.remove(ended)
    guard suppression.isEmpty else { return }
    if condition == .acknowledged { condition = .unacknowledged }
    if condition == .returned { condition = rest(plan: plan) }
  }

  /// Lifts a suppression, and announces an active alarm again if it was the last.
  private mutating func end(
    _ ended: AlarmSuppression, _ kind: AlarmTransition.Kind, at now: Instant, plan: AlarmPlan,
    into transitions: inout AlarmTransitions
  ) {
    release(ended, plan: plan)
    append(kind, to: &transitions)
    if suppression.isEmpty && condition.isActive { remind(at: now, into: &transitions) }
  }

  private mutating func remind(at now: Instant, into transitions: inout AlarmTransitions) {
    condition = .unacknowledged
    announced = now
    append(.reminded, to: &transitions)
  }

  private func append(
    _ kind: AlarmTransition.Kind, from previous: UInt8? = nil, refusal: CommandRefusal? = nil,
    count: UInt32 = 0, to transitions: inout AlarmTransitions
  ) {
    transitions.append(
      AlarmTransition(
        kind: kind, condition: condition, stage: stage, previousStage: previous ?? stage,
        suppression: suppression, refusal: refusal, count: count))
  }

  private func refusal(of command: DetectionCommand, plan: AlarmPlan) -> CommandRefusal? {
    switch command.kind {
    case .acknowledge:
      let isWanted = condition == .unacknowledged || condition == .returned
      return isWanted ? nil : .nothingToAcknowledge
    case .reset:
      if condition == .latched { return nil }
      guard plan.isLatching, condition != .normal else { return .nothingToReset }
      return condition.isActive ? .stillActive : .notAcknowledged
    case .shelve, .shelveOnce:
      let time = shelvingTime(of: command, plan: plan)
      guard time > .zero && time <= plan.longestShelving else { return .durationOutOfRange }
      return stage > plan.highestShelvedStage ? .stageTooHigh : nil
    case .unshelve: return isShelved ? nil : .notShelved
    case .takeOutOfService:
      return suppression.contains(.outOfService) ? .alreadyOutOfService : nil
    case .returnToService:
      return suppression.contains(.outOfService) ? nil : .notOutOfService
    case .stopOutput, .releaseOutput: return .wrongSubject
    case .acknowledgeEarlier: return .newerEvent
    }
  }

  private func shelvingTime(of command: DetectionCommand, plan: AlarmPlan) -> TimeSpan {
    let isOpen = command.kind == .shelveOnce && command.duration == .zero
    return isOpen ? plan.longestShelving : command.duration
  }
}
