internal import Delivery
internal import DetectionCore

// The section `rules`: what turns a point's values into an alarm.

/// A rule over a point or, with `incident`, over the triggers of several.
struct RuleKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let point = Key(optional: "point", .reference)
  let direction = Key(optional: "direction", .word(["rising", "falling"]))
  let incident = Key(optional: "incident", .section(IncidentKeys.self))
  let stages = Key(
    "stages", .list(of: .section(StageKeys.self), 1...CoreLimits.stagesPerRule))
  let version = Key("version", .integer(1...Int(Int32.max)), default: 1)
  let priority = Key("priority", .choice(AlarmPriority.self), default: .medium)
  let activeDuring = Key(optional: "activeDuring", .section(PeriodKeys.self))
  let sampling = Key(
    optional: "sampling", .later(.open(SamplingKeys.self, others: .form(.duration))))
  let suppressedBy = Key(optional: "suppressedBy", .reference)
  let alarm = Key(optional: "alarm", .section(AlarmKeys.self))
}

/// A stage; that of an incident has no limit.
struct StageKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let limit = Key(optional: "limit", .value)
  let deadband = Key(optional: "deadband", .difference)
  let onDelay = Key(optional: "onDelay", .duration())
  let offDelay = Key(optional: "offDelay", .duration())
  let instruction = Key(optional: "instruction", .localizedText)
}

extension SiteReader {
  /// A rule that has been read.
  struct ReadRule {
    var plan: RulePlan
    var description: RuleDescription
    var stageNames: Names
  }

  mutating func readRules(_ root: Section<SiteFileKeys>) {
    for section in root.rules ?? [] {
      let id = ruleNames.declare(section.id)
      if let incident = section.incident {
        rules.append(readIncidentRule(section, incident, id: id))
      } else {
        rules.append(readRule(section, id: id))
      }
    }
  }

  private mutating func readRule(_ section: Section<RuleKeys>, id: String?) -> ReadRule {
    let name = section.name
    let pointNode = section.needed(\.point)
    let number = pointNode.flatMap { pointNames.index(of: $0) }
    let direction = section.needed(\.direction)
      .map { $0 == "rising" ? RulePlan.Direction.rising : .falling }
    let stageSections = section.stages ?? []
    let point = number.flatMap { points[$0] }
    if let pointNode, let number { checkTested(number, at: pointNode) }
    var names = Names("stage", "段階")
    let firstStage = stages.count
    var descriptions: [StageDescription] = []
    for stage in stageSections {
      let milder = descriptions.last
      guard
        let (description, plan) = readStage(
          stage, names: &names, direction: direction ?? .rising, point: point, milder: milder)
      else { continue }
      descriptions.append(description)
      stages.append(plan)
    }
    let alarm = readAlarm(section, stages: names)
    if let sampling = section.sampling {
      readSampling(sampling, rule: rules.count, stages: names)
    }
    // What could not be read has been reported, so that the defaults are never seen.
    let index = PointIndex(rawValue: UInt16(number ?? 0))
    return ReadRule(
      plan: RulePlan(
        point: index, direction: direction ?? .rising, firstStage: UInt16(firstStage),
        stageCount: UInt8(descriptions.count), alarm: alarm.plan,
        suppressor: alarm.suppressor, activePeriod: alarm.activePeriod),
      description: RuleDescription(
        id: id ?? "", name: name ?? both("", ""), point: index, direction: direction ?? .rising,
        stages: descriptions, version: alarm.version, priority: alarm.priority),
      stageNames: names)
  }

  private func readStage(
    _ section: Section<StageKeys>, names: inout Names, direction: RulePlan.Direction,
    point: ReadPoint?,
    milder: StageDescription?
  ) -> (StageDescription, StagePlan)? {
    let id = names.declare(section.id)
    let name = section.name
    let instruction = section.instruction
    let limitNode = section.needed(\.limit)
    let deadbandNode = section.needed(\.deadband)
    let onDelay = section.needed(\.onDelay)
    let offDelay = section.needed(\.offDelay)
    guard let point, let limitNode, let deadbandNode else { return nil }
    let limit = limitNode.value(in: point.unit)
    let deadband = deadbandNode.difference(in: point.unit)
    guard let limit, let deadband else { return nil }
    check(limit, at: limitNode, direction: direction, point: point, milder: milder)
    if let milder { check(deadband, at: deadbandNode, limit: limit, milder: milder) }
    guard let id, let name, let onDelay, let offDelay else { return nil }
    return (
      StageDescription(id: id, name: name, limit: limit, instruction: instruction),
      StagePlan(limit: limit, deadband: deadband, onDelay: onDelay, offDelay: offDelay)
    )
  }

  private func check(
    _ limit: Double, at node: YAMLNode, direction: RulePlan.Direction, point: ReadPoint,
    milder: StageDescription?
  ) {
    if let milder {
      let isBeyond = direction == .rising ? limit > milder.limit : limit < milder.limit
      guard isBeyond else {
        let side =
          direction == .rising ? both("above", "より大きい") : both("below", "より小さい")
        node.report(
          expected: both(
            "a number \(side.english) \(milder.limit), the limit of the stage before "
              + "(\"\(milder.id)\")",
            "前の段階 (\"\(milder.id)\") の限界値 \(milder.limit) \(side.japanese)数値"))
        return
      }
    }
    guard let span = point.plan.tests.grossRange?.fail, !span.contains(limit) else { return }
    node.report(
      expected: both(
        "a number inside the point's grossRange.fail, [\(span.lower), \(span.upper)]; values "
          + "outside never alarm",
        "観測点の grossRange.fail [\(span.lower), \(span.upper)] の内側 (外側の値は警報にならない)"))
  }

  private func check(
    _ deadband: Double, at node: YAMLNode, limit: Double, milder: StageDescription
  ) {
    let gap = (limit - milder.limit).magnitude
    guard deadband >= gap, gap > 0 else { return }
    node.report(
      expected: both(
        "a number below \(written(gap)), the gap to the stage before (\"\(milder.id)\")",
        "前の段階 (\"\(milder.id)\") との差 \(written(gap)) より小さい数値"))
  }

  /// A difference without the digits that binary fractions add.
  private func written(_ gap: Double) -> String {
    "\((gap * 1e6).rounded() / 1e6)"
  }
}
