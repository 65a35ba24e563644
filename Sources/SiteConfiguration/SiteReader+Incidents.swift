internal import Delivery
internal import DetectionCore

// Rules whose stage is made by the triggers of several points.

struct IncidentKeys: Keys {
  let points = Key("points", .list(of: .reference, 1...IncidentPlan.mostMembers))
  let triggers = Key("triggers", .integer(1...IncidentPlan.mostMembers))
  /// At most as many as there are points and triggers.
  let sensors = Key("sensors", .later(.integer(1...IncidentPlan.mostMembers)))
  let within = Key("within", .duration())
  let quietGap = Key("quietGap", .duration())
}

extension SiteReader {
  /// Reads a rule with the key `incident`, which has one stage and no limit.
  mutating func readIncidentRule(
    _ rule: Section<RuleKeys>, _ section: Section<IncidentKeys>, id: String?
  ) -> ReadRule {
    let noKey = both("a rule without incident", "incident のないルール")
    rule.refuse(\.point, expected: noKey)
    rule.refuse(\.direction, expected: noKey)
    rule.refuse(\.sampling, expected: noKey)
    let name = rule.name
    let incident = readIncident(section)
    var names = Names("stage", "段階")
    let firstStage = stages.count
    var descriptions: [StageDescription] = []
    let stageSections = rule.stages ?? []
    if stageSections.count > 1 {
      rule.node(\.stages)?.report(
        found: .value("\(stageSections.count)"),
        expected: both("one stage beside incident", "incident では一つの段階"))
    }
    for stage in stageSections {
      let stageID = names.declare(stage.id)
      let stageName = stage.name
      let instruction = stage.instruction
      stage.refuse(\.limit, expected: noKey)
      stage.refuse(\.deadband, expected: noKey)
      stage.refuse(\.onDelay, expected: noKey)
      stage.refuse(\.offDelay, expected: noKey)
      guard let stageID, let stageName else { continue }
      descriptions.append(
        StageDescription(
          id: stageID, name: stageName, limit: Double(incident?.triggers ?? 1),
          instruction: instruction))
      stages.append(StagePlan(limit: 1, deadband: 0, onDelay: .zero, offDelay: .zero))
    }
    let alarm = readAlarm(rule, stages: names)
    let point = incident?.members[0] ?? PointIndex(rawValue: 0)
    return ReadRule(
      plan: RulePlan(
        point: point, direction: .rising, firstStage: UInt16(firstStage),
        stageCount: UInt8(descriptions.count), alarm: alarm.plan, suppressor: alarm.suppressor,
        incident: incident, activePeriod: alarm.activePeriod),
      description: RuleDescription(
        id: id ?? "", name: name ?? both("", ""), point: point, stages: descriptions,
        version: alarm.version, priority: alarm.priority),
      stageNames: names)
  }

  private func readIncident(_ section: Section<IncidentKeys>) -> IncidentPlan? {
    let pointNodes = section.points ?? []
    let triggers = section.triggers
    let most = max(1, min(pointNodes.count, triggers ?? 1))
    let sensors = section.sensors?.integer(in: 1...most)
    let within = section.within
    let quietGap = section.quietGap
    let indexes = pointNodes.compactMap { pointNode -> Int? in
      guard let index = pointNames.index(of: pointNode) else { return nil }
      checkTested(index, at: pointNode)
      return index
    }
    guard let triggers, let sensors, let within, let quietGap, !indexes.isEmpty else { return nil }
    var incident = IncidentPlan(
      triggers: UInt8(triggers), sensors: UInt8(sensors), within: within, quietGap: quietGap)
    for index in indexes { incident.add(PointIndex(rawValue: UInt16(index))) }
    return incident
  }

  /// A value that no test saw must not alarm: the point itself, or all that it is computed from, has a
  /// gross range.
  func checkTested(_ index: Int, at node: YAMLNode) {
    guard let point = points[index], !isTested(point, index) else { return }
    node.report(
      expected: both(
        "a point with a quality.grossRange test; a value that no test saw must not alarm",
        "quality.grossRange 検査のある観測点 (検査していない値は警報にしない)"))
  }

  private func isTested(_ point: ReadPoint, _ index: Int) -> Bool {
    if point.plan.tests.grossRange != nil { return true }
    return point.roots != [index] && !point.roots.isEmpty
      && point.roots.allSatisfy { points[$0].map { $0.plan.tests.grossRange != nil } ?? true }
  }
}
