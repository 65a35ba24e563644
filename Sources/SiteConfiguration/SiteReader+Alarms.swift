internal import Delivery
internal import DetectionCore

// The keys of a rule that say how its alarm behaves beyond its stages.
extension SiteReader {
  /// What a rule's `version`, `priority` and `alarm` say.
  struct ReadAlarm {
    var version = 1
    var priority = AlarmPriority.medium
    var plan: AlarmPlan
    var suppressor: PointIndex?
    var activePeriod: ActivePeriod?
  }

  /// A box that nobody watches at a desk: alarms end by themselves, chatter is calmed.
  private static let fieldAlarm = AlarmPlan(acknowledgement: .onReturn, chatter: ChatterPlan())

  func readAlarm(_ rule: YAMLNode, stages: Names) -> ReadAlarm {
    var alarm = ReadAlarm(plan: Self.fieldAlarm)
    if let version = rule.optional("version")?.integer(in: 1...Int(Int32.max)) {
      alarm.version = version
    }
    if let priority = rule.optional("priority")?.choice(AlarmPriority.self) {
      alarm.priority = priority
    }
    if let place = rule.optional("suppressedBy").flatMap({ pointNames.place(of: $0) }) {
      alarm.suppressor = PointIndex(rawValue: UInt16(place))
    }
    alarm.activePeriod = rule.optional("activeDuring").flatMap(readPeriod)
    if let node = rule.optional("alarm") { readAlarm(node, stages: stages, into: &alarm.plan) }
    return alarm
  }

  private func readAlarm(_ node: YAMLNode, stages: Names, into plan: inout AlarmPlan) {
    if let word = node.optional("acknowledge")?.choice(["byPerson", "onReturn"]) {
      plan.acknowledgement = word == "byPerson" ? .byPerson : .onReturn
    }
    if let isLatching = node.optional("latch")?.bool() { plan.isLatching = isLatching }
    plan.reAlarm = node.optional("reAlarm")?.duration(atLeast: .seconds(1))
    if let longest = node.optional("longestShelving")?.duration() {
      plan.longestShelving = longest
    }
    if let stage = node.optional("highestShelvedStage").flatMap({ stages.place(of: $0) }) {
      plan.highestShelvedStage = UInt8(stage + 1)
    }
    if let chatter = node.optional("chatter") {
      plan.chatter = chatter.plainText == "off" ? nil : readChatter(chatter)
    }
    node.finish()
  }

  private func readChatter(_ node: YAMLNode) -> ChatterPlan? {
    let raises = node.integer("raises", in: 2...Int(ChatterPlan.mostRaises))
    let within = node.duration("within", atLeast: .seconds(1))
    let hold = node.duration("hold", atLeast: .seconds(1))
    node.finish()
    guard let raises, let within, let hold else { return nil }
    return ChatterPlan(raises: UInt8(raises), within: within, hold: hold)
  }
}
