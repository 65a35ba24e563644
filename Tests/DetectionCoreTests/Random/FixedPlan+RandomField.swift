import DetectionCore

// What a random plan has for wildlife and for the clock on the wall.
extension FixedPlan {
  /// An incident of one to three tested points; nil where there is none.
  func incident(_ dice: inout Dice) -> IncidentPlan? {
    var incident = IncidentPlan(
      triggers: 1, sensors: 1, within: dice.span(from: 0), quietGap: dice.span(from: 0))
    for _ in 0...dice.below(3) {
      let point = dice.below(points.count)
      guard testedPoints[point] || dice.makesMistakes else { continue }
      incident.add(PointIndex(rawValue: dice.planned(UInt16(point))))
    }
    guard incident.memberCount > 0 else { return nil }
    let sensors = UInt8(1 + dice.below(Int(incident.memberCount)))
    incident.sensors = dice.planned(sensors)
    incident.triggers = dice.planned(sensors + UInt8(dice.below(4)))
    return incident
  }

  /// A deterrent with one or two outputs of its own.
  mutating func addDeterrent(_ dice: inout Dice) {
    let count = 1 + dice.below(2)
    guard !deterrents.isFull, outputs.count + count <= 16 else { return }
    let rule = dice.below(rules.count)
    let stage = UInt8(1 + dice.below(max(1, Int(rules[rule].stageCount))))
    let length = range(from: 1, &dice)
    var deterrent = DeterrentPlan(
      rule: dice.planned(UInt16(rule)), fromStage: dice.planned(stage),
      delay: range(from: 0, &dice), length: length, coolDown: dice.span(from: 0),
      mostPerNight: UInt16(dice.below(5)), seed: UInt32(1 + dice.below(200)))
    if dice.isOne(in: 2) { deterrent.repeatAfter = dice.span(from: 0) }
    if dice.isOne(in: 3) { deterrent.quietHours = period(&dice) }
    for _ in 0..<count {
      deterrent.add(output: dice.planned(UInt16(outputs.count)))
      outputs.append(
        OutputPlan(
          rule: UInt16(rule), fromStage: stage,
          maximumOnTime: max(length.longest, dice.span(from: 1)),
          deterrent: dice.planned(UInt16(deterrents.count))))
    }
    deterrents.append(deterrent)
  }

  private func range(from shortest: Int64, _ dice: inout Dice) -> TimeRange {
    let first = TimeSpan(nanoseconds: max(shortest, Int64(dice.below(4)) * 500_000_000))
    let more = Int64(dice.below(40)) * 250_000_000
    return TimeRange(shortest: first, longest: TimeSpan(nanoseconds: first.nanoseconds + more))
  }

  /// A part of the day, the week or the year.
  func period(_ dice: inout Dice) -> ActivePeriod {
    ActivePeriod(
      fromMinute: dice.planned(UInt16(dice.below(24) * 60)),
      toMinute: dice.planned(UInt16(dice.below(24) * 60)),
      fromMonth: dice.planned(UInt8(1 + dice.below(12))),
      toMonth: dice.planned(UInt8(1 + dice.below(12))),
      weekdays: dice.isOne(in: 3) ? dice.planned(UInt8(1 + dice.below(127))) : 0x7f)
  }

  /// The site's clock, with summer time or without, and its sign of life.
  func siteRules(_ dice: inout Dice) -> SiteRules {
    var site = SiteRules()
    if dice.isOne(in: 4) { site.signOfLife = dice.span(from: 1) }
    site.zone.offsetSeconds = dice.pick([0, 32_400, -18_000] as InlineArray<3, Int32>)
    if dice.isOne(in: 2) {
      site.zone.summer = TimeZoneRule.Summer(
        offsetSeconds: site.zone.offsetSeconds + 3_600, start: moment(&dice), end: moment(&dice))
    }
    return site
  }

  private func moment(_ dice: inout Dice) -> YearlyMoment {
    YearlyMoment(
      month: dice.planned(UInt8(1 + dice.below(12))), week: dice.planned(UInt8(1 + dice.below(5))),
      dayOfWeek: dice.planned(UInt8(dice.below(7))), secondOfDay: Int32(dice.below(100)) * 3_600)
  }
}
