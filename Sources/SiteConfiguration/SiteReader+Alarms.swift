internal import Delivery
internal import DetectionCore

// The keys of a rule that say how its alarm behaves beyond its stages.

struct AlarmKeys: Keys {
  let acknowledge = Key("acknowledge", .word(["onReturn", "byPerson"]), default: "onReturn")
  let latch = Key("latch", .truth, default: false)
  let reAlarm = Key(optional: "reAlarm", .duration(atLeast: .seconds(1)))
  let longestShelving = Key(
    "longestShelving", .duration(), default: AlarmPlan().longestShelving)
  let highestShelvedStage = Key(optional: "highestShelvedStage", .reference)
  let chatter = Key(
    optional: "chatter", .later(.either([.words(["off"]), .section(ChatterKeys.self)])))
}

struct ChatterKeys: Keys {
  let raises = Key("raises", .integer(2...Int(ChatterPlan.mostRaises)))
  let within = Key("within", .duration(atLeast: .seconds(1)))
  let hold = Key("hold", .duration(atLeast: .seconds(1)))
}

extension SiteReader {
  /// What a rule's `version`, `priority` and `alarm` say.
  struct ReadAlarm {
    var version = 1
    var priority = AlarmPriority.medium
    var plan: AlarmPlan
    var suppressor: PointIndex?
    var activePeriod: ActivePeriod?
  }

  /// For a box without an operator at a desk: alarms end by themselves, chatter is held back.
  private static let fieldAlarm = AlarmPlan(acknowledgement: .onReturn, chatter: ChatterPlan())

  func readAlarm(_ rule: Section<RuleKeys>, stages: Names) -> ReadAlarm {
    var alarm = ReadAlarm(plan: Self.fieldAlarm)
    alarm.version = rule.version
    alarm.priority = rule.priority
    if let index = rule.suppressedBy.flatMap({ pointNames.index(of: $0) }) {
      alarm.suppressor = PointIndex(rawValue: UInt16(index))
    }
    alarm.activePeriod = rule.activeDuring.flatMap(readPeriod)
    if let section = rule.alarm { readAlarm(section, stages: stages, into: &alarm.plan) }
    return alarm
  }

  private func readAlarm(
    _ section: Section<AlarmKeys>, stages: Names, into plan: inout AlarmPlan
  ) {
    plan.acknowledgement = section.acknowledge == "byPerson" ? .byPerson : .onReturn
    plan.isLatching = section.latch
    plan.reAlarm = section.reAlarm
    plan.longestShelving = section.longestShelving
    if let stage = section.highestShelvedStage.flatMap({ stages.index(of: $0) }) {
      plan.highestShelvedStage = UInt8(stage + 1)
    }
    if let chatter = section.chatter {
      plan.chatter = chatter.plainText == "off" ? nil : readChatter(Section(chatter))
    }
  }

  private func readChatter(_ section: Section<ChatterKeys>) -> ChatterPlan? {
    let raises = section.raises
    let within = section.within
    let hold = section.hold
    guard let raises, let within, let hold else { return nil }
    return ChatterPlan(raises: UInt8(raises), within: within, hold: hold)
  }
}
