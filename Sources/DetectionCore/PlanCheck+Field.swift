// Incidents, deterrents, active periods and the site's clock.
extension PlanCheck {
  func checkSite() throws(PlanError) {
    try check(plan.site.zone)
    if let interval = plan.site.signOfLife {
      try checkTime(.site, 0, interval, isZeroAllowed: false)
    }
    try limit(.deterrent, plan.deterrents.count, to: CoreLimits.deterrents)
    for index in 0..<plan.deterrents.count { try checkDeterrent(index) }
  }

  private func check(_ zone: TimeZoneRule) throws(PlanError) {
    let day: Int32 = 86_400
    guard zone.offsetSeconds.magnitude <= day.magnitude else {
      throw PlanError(.site, 0, .zoneOffset(Int(zone.offsetSeconds)))
    }
    guard let summer = zone.summer else { return }
    guard summer.offsetSeconds.magnitude <= day.magnitude else {
      throw PlanError(.site, 0, .zoneOffset(Int(summer.offsetSeconds)))
    }
    try check(summer.start)
    try check(summer.end)
  }

  private func check(_ moment: YearlyMoment) throws(PlanError) {
    let longest: Int32 = 7 * 86_400
    guard moment.month >= 1, moment.month <= 12, moment.week >= 1, moment.week <= 5,
      moment.dayOfWeek <= 6, moment.secondOfDay.magnitude <= longest.magnitude
    else { throw PlanError(.site, 0, .momentOutOfRange) }
  }

  func check(
    _ period: ActivePeriod, of part: PlanError.Part, _ index: Int
  ) throws(PlanError) {
    guard period.fromMinute < 1_440, period.toMinute < 1_440, period.fromMonth >= 1,
      period.fromMonth <= 12, period.toMonth >= 1, period.toMonth <= 12, period.weekdays > 0,
      period.weekdays <= 0x7F
    else { throw PlanError(part, index, .momentOutOfRange) }
  }

  func check(_ incident: IncidentPlan, ofRule index: Int) throws(PlanError) {
    let members = Int(incident.memberCount)
    guard members >= 1, members <= IncidentPlan.mostMembers else {
      throw PlanError(
        .rule, index, .tooMany(count: members, limit: IncidentPlan.mostMembers))
    }
    for member in 0..<members {
      let point = Int(incident.members[member].rawValue)
      guard point < plan.points.count else {
        throw PlanError(.rule, index, .indexOutOfRange(point, limit: plan.points.count))
      }
      guard plan.isTested[point] else { throw PlanError(.rule, index, .untestedPoint(point)) }
    }
    guard incident.triggers >= 1, Int(incident.triggers) <= IncidentPlan.mostMembers,
      incident.sensors >= 1, Int(incident.sensors) <= members,
      incident.sensors <= incident.triggers
    else {
      throw PlanError(
        .rule, index,
        .incidentCounts(
          triggers: Int(incident.triggers), sensors: Int(incident.sensors), members: members))
    }
    guard plan.rules[index].stageCount == 1 else {
      throw PlanError(.rule, index, .tooMany(count: Int(plan.rules[index].stageCount), limit: 1))
    }
    try checkTime(.rule, index, incident.within)
    try checkTime(.rule, index, incident.quietGap)
  }

  private func checkDeterrent(_ index: Int) throws(PlanError) {
    let deterrent = plan.deterrents[index]
    let rule = Int(deterrent.rule)
    guard rule < plan.rules.count else {
      throw PlanError(.deterrent, index, .indexOutOfRange(rule, limit: plan.rules.count))
    }
    let stages = Int(plan.rules[rule].stageCount)
    guard deterrent.fromStage >= 1, Int(deterrent.fromStage) <= stages else {
      throw PlanError(
        .deterrent, index, .noSuchStage(Int(deterrent.fromStage), stages: stages))
    }
    let count = Int(deterrent.outputCount)
    guard count >= 1, count <= DeterrentPlan.mostOutputs else {
      throw PlanError(
        .deterrent, index, .tooMany(count: count, limit: DeterrentPlan.mostOutputs))
    }
    for choice in 0..<count {
      let output = Int(deterrent.outputs[choice])
      guard output < plan.outputs.count, let owner = plan.outputs[output].deterrent,
        Int(owner) == index
      else { throw PlanError(.deterrent, index, .notItsOutput(output)) }
      guard deterrent.length.longest <= plan.outputs[output].maximumOnTime else {
        throw PlanError(
          .deterrent, index, .timeOutOfRange(deterrent.length.longest.nanoseconds))
      }
    }
    try check(deterrent.delay, ofDeterrent: index, isZeroAllowed: true)
    try check(deterrent.length, ofDeterrent: index, isZeroAllowed: false)
    try checkTime(.deterrent, index, deterrent.coolDown)
    if let pause = deterrent.repeatAfter { try checkTime(.deterrent, index, pause) }
    if let quiet = deterrent.quietHours { try check(quiet, of: .deterrent, index) }
    guard deterrent.seed != 0 else { throw PlanError(.deterrent, index, .seedIsZero) }
  }

  private func check(
    _ range: TimeRange, ofDeterrent index: Int, isZeroAllowed: Bool
  ) throws(PlanError) {
    try checkTime(.deterrent, index, range.shortest, isZeroAllowed: isZeroAllowed)
    guard range.shortest <= range.longest,
      range.longest <= CoreLimits.longestDeterrence
    else { throw PlanError(.deterrent, index, .timeOutOfRange(range.longest.nanoseconds)) }
  }
}
