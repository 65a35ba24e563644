/// One rule's alarm: what its stages mean for people.
///
/// | from | what happens | to |
/// |---|---|---|
/// | any | a higher stage is reached | unacknowledged |
/// | unacknowledged | acknowledge | acknowledged |
/// | unacknowledged | the last stage is left | returned, or as if it had been acknowledged |
/// | acknowledged | the last stage is left | latched, or normal |
/// | returned | acknowledge | latched, or normal |
/// | latched | reset | normal |
/// | unacknowledged, acknowledged | still there after the re-alarm time | unacknowledged |
///
/// Shelving, suppression by design and being out of service silence an alarm and change nothing of the
/// above: what happens is still told, marked as silenced. When the last of them ends while a stage
/// is reached, the alarm is announced anew.
///
/// Three raises within a minute are chatter: from then on, ends are held back until the stage has
/// not turned for a minute. What raises is never held back.
///
/// Sources: ANSI/ISA-18.2 and IEC 62682 (states, shelving, suppression by design, out of service);
/// OPC UA Part 9 5.8 (one-shot shelving ends with the alarm; ReAlarmTime). Three a minute as the limit
/// of chatter is the common reading of EEMUA 191.
struct AlarmMachine: BitwiseCopyable {
  /// Where it stands.
  private(set) var condition = AlarmCondition.normal
  /// The stage that has been announced; 0 is normal.
  private(set) var stage: UInt8 = 0
  private(set) var isChattering = false
  private(set) var isSuppressed = false
  private(set) var isOutOfService = false
  /// When shelving ends; the beginning of time when it is not shelved.
  private var shelvedUntil = Instant(nanoseconds: .min)
  private var endsShelvingWithAlarm = false
  private var announced = Instant(nanoseconds: 0)
  /// The last three raises from normal, and the last time that the rule's own stage turned.
  private var raises = InlineArray<3, Instant>(repeating: Instant(nanoseconds: .min))
  private var turned = Instant(nanoseconds: 0)
  private var heldEnds: UInt32 = 0

  /// Chatter: so many raises ...
  static var chatterCount: Int { 3 }
  /// ... within this time; and so long without a turn ends it.
  static var chatterTime: TimeSpan { .seconds(60) }

  var isShelved: Bool { shelvedUntil.nanoseconds != .min }
  /// True when nobody is to be called.
  var isSilenced: Bool { isShelved || isSuppressed || isOutOfService }
  /// The stage that outputs are to follow.
  var effectiveStage: UInt8 { isSilenced ? 0 : stage }

  /// When something happens by itself; nil when nothing does.
  func deadline(plan: AlarmPlan) -> Instant? {
    var earliest = Instant(nanoseconds: .max)
    if isShelved { earliest = shelvedUntil }
    if let reAlarm = plan.reAlarm, stage > 0, !isSilenced {
      earliest = min(earliest, announced + reAlarm)
    }
    return earliest.nanoseconds == .max ? nil : earliest
  }

  /// The rule's own stage has turned to `new`; only to be called when it did.
  mutating func turn(to new: UInt8, at now: Instant, plan: AlarmPlan) -> AlarmTurns {
    var turns = AlarmTurns()
    turned = now
    if new > stage {
      let isFirst = stage == 0
      turns.append(.stageRaised, from: stage, to: new)
      stage = new
      announce(at: now)
      if isFirst && plan.holdsChatter && startsChatter(with: now) { turns.append(.chatterStarted) }
    } else if new < stage {
      if isChattering && new == 0 { heldEnds += 1 } else { lower(to: new, plan: plan, &turns) }
    }
    return turns
  }

  /// A usable reading came while it chatters; `current` is the rule's own stage.
  mutating func confirm(_ current: UInt8, at now: Instant, plan: AlarmPlan) -> AlarmTurns {
    var turns = AlarmTurns()
    guard isChattering, now - turned >= AlarmMachine.chatterTime else { return turns }
    isChattering = false
    turns.append(.chatterEnded, value: Double(Int64(widening: Int(heldEnds))))
    heldEnds = 0
    if current < stage { lower(to: current, plan: plan, &turns) }
    return turns
  }

  /// Time has passed.
  mutating func pass(to now: Instant, plan: AlarmPlan) -> AlarmTurns {
    var turns = AlarmTurns()
    if isShelved && now >= shelvedUntil { unshelve(at: now, &turns) }
    if let reAlarm = plan.reAlarm, stage > 0, !isSilenced, now >= announced + reAlarm {
      remind(at: now, &turns)
    }
    return turns
  }

  /// The logic that suppresses it by design has turned.
  mutating func suppress(_ isWanted: Bool, at now: Instant) -> AlarmTurns {
    var turns = AlarmTurns()
    guard isWanted != isSuppressed else { return turns }
    isSuppressed = isWanted
    turns.append(isWanted ? .suppressed : .resumed)
    if !isWanted { speakAgain(at: now, &turns) }
    return turns
  }

  private mutating func startsChatter(with raise: Instant) -> Bool {
    raises[0] = raises[1]
    raises[1] = raises[2]
    raises[2] = raise
    guard !isChattering, raises[0].nanoseconds != .min,
      raise - raises[0] <= AlarmMachine.chatterTime
    else { return false }
    isChattering = true
    heldEnds = 0
    return true
  }

  private mutating func lower(to new: UInt8, plan: AlarmPlan, _ turns: inout AlarmTurns) {
    turns.append(.stageCleared, from: stage, to: new)
    stage = new
    guard new == 0 else { return }
    if condition == .unacknowledged && plan.needsAcknowledgement {
      condition = .returned
    } else {
      condition = plan.isLatching ? .latched : .normal
    }
    if isShelved && endsShelvingWithAlarm {
      shelvedUntil = Instant(nanoseconds: .min)
      turns.append(.unshelved)
    }
  }

  private mutating func announce(at now: Instant) {
    condition = .unacknowledged
    announced = now
  }

  private mutating func remind(at now: Instant, _ turns: inout AlarmTurns) {
    announce(at: now)
    turns.append(.reminded)
  }

  private mutating func unshelve(at now: Instant, _ turns: inout AlarmTurns) {
    shelvedUntil = Instant(nanoseconds: .min)
    turns.append(.unshelved)
    speakAgain(at: now, &turns)
  }

  /// Something that silenced it has ended.
  private mutating func speakAgain(at now: Instant, _ turns: inout AlarmTurns) {
    if stage > 0 && !isSilenced { remind(at: now, &turns) }
  }
}

extension AlarmMachine {
  /// Carries a person's command out, or says why not.
  mutating func obey(
    _ command: DetectionCommand, at now: Instant, plan: AlarmPlan
  ) -> AlarmTurns {
    var turns = AlarmTurns()
    switch command.verb {
    case .acknowledge: acknowledge(plan: plan, &turns)
    case .reset:
      guard condition == .latched else { return .refused(.notLatched) }
      condition = .normal
      turns.append(.reset)
    case .shelve, .shelveOnce:
      guard command.duration > .zero, command.duration <= plan.longestShelving else {
        return .refused(.badDuration)
      }
      shelvedUntil = now + command.duration
      endsShelvingWithAlarm = command.verb == .shelveOnce
      turns.append(.shelved, value: command.duration.seconds)
    case .unshelve:
      guard isShelved else { return .refused(.notShelved) }
      unshelve(at: now, &turns)
    case .takeOutOfService:
      guard !isOutOfService else { return .refused(.alreadyOutOfService) }
      isOutOfService = true
      turns.append(.takenOutOfService)
    case .returnToService:
      guard isOutOfService else { return .refused(.inService) }
      isOutOfService = false
      turns.append(.returnedToService)
      speakAgain(at: now, &turns)
    case .stopOutput, .releaseOutput: return .refused(.unknownSubject)
    }
    return turns
  }

  private mutating func acknowledge(plan: AlarmPlan, _ turns: inout AlarmTurns) {
    switch condition {
    case .unacknowledged: condition = .acknowledged
    case .returned: condition = plan.isLatching ? .latched : .normal
    case .normal, .acknowledged, .latched:
      turns = .refused(.nothingToAcknowledge)
      return
    }
    turns.append(.acknowledged)
  }
}

/// What one thing that happened made of an alarm, in order.
struct AlarmTurns: BitwiseCopyable {
  /// One of them.
  struct Turn: BitwiseCopyable {
    var kind = DetectionEvent.Kind.commandRefused
    var stage: UInt8 = 0
    var previousStage: UInt8 = 0
    /// What the kind of event says.
    var value = Double.nan
    var changesStage = false
  }

  // The most that one call makes: an end of chatter, an end of the alarm, an end of shelving.
  private var turns = InlineArray<3, Turn>(repeating: Turn())
  private(set) var count = 0

  subscript(index: Int) -> Turn { turns[index] }

  mutating func append(_ kind: DetectionEvent.Kind, value: Double = .nan) {
    turns[count] = Turn(kind: kind, value: value)
    count += 1
  }

  mutating func append(_ kind: DetectionEvent.Kind, from previous: UInt8, to stage: UInt8) {
    turns[count] = Turn(kind: kind, stage: stage, previousStage: previous, changesStage: true)
    count += 1
  }

  static func refused(_ reason: CommandRefusal) -> AlarmTurns {
    var turns = AlarmTurns()
    turns.append(.commandRefused, value: Double(Int64(widening: Int(reason.rawValue))))
    return turns
  }
}
