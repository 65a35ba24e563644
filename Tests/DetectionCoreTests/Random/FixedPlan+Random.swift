import DetectionCore

// Random plans. Every kind of part has a function that draws it.
extension FixedPlan {
  /// A plan as the dice fall, with all that plans can hold; valid, unless they are mischievous.
  init(random dice: inout Dice) {
    self.init()
    firstSequence = dice.isOne(in: 8) ? dice.bits() &>> 1 : 1
    for _ in 0..<dice.below(3) { addCurve(&dice) }
    for _ in 0...dice.below(10) { addPoint(&dice) }
    for point in 0..<points.count { addComparisons(ofPoint: point, &dice) }
    for _ in 0..<dice.below(14) { addRule(&dice) }
    for _ in 0..<dice.below(8) where rules.count > 0 { addOutput(&dice) }
    for _ in 0..<dice.below(4) where rules.count > 0 { addDeterrent(&dice) }
    site = siteRules(&dice)
  }

  private mutating func addPoint(_ dice: inout Dice) {
    guard !points.isFull else { return }
    var point = PointPlan(tests: addTests(&dice))
    var isTested = point.tests.isAny
    if points.count > 0 {
      switch dice.below(4) {
      case 2:
        let source = dice.below(points.count)
        point.source = .derived(
          from: PointIndex(rawValue: dice.planned(UInt16(source))),
          gain: dice.planned(dice.pick([1, -1, 0.5, 0, 3, 1e300] as InlineArray<6, Double>)),
          offset: dice.planned(dice.quarters(0...8)))
        isTested = isTested || testedPoints[source]
      case 3:
        guard let program = addProgram(&dice) else { break }
        point.source = .computed(program: dice.planned(program.index))
        isTested = isTested || program.isTested
      default: break
      }
    }
    if dice.isOne(in: 2) { point.maximumAge = dice.span(from: 1) }
    point.sensorFaultDelay = dice.span(from: 0)
    points.append(point)
    testedPoints.append(isTested)
  }

  private mutating func addRule(_ dice: inout Dice) {
    let incident = dice.isOne(in: 6) ? self.incident(&dice) : nil
    let count = incident == nil ? 1 + dice.below(4) : 1
    guard !rules.isFull, stages.count + count <= 64 else { return }
    let point = UInt16(dice.below(points.count))
    guard testedPoints[Int(point)] || dice.makesMistakes else { return }
    let direction: RulePlan.Direction = dice.isOne(in: 3) ? .falling : .rising
    var rule = RulePlan(
      point: PointIndex(rawValue: dice.planned(point)), direction: direction,
      firstStage: dice.planned(UInt16(stages.count)), stageCount: dice.planned(UInt8(count)),
      alarm: alarm(&dice), incident: incident)
    if dice.isOne(in: 6) { rule.activePeriod = period(&dice) }
    if dice.isOne(in: 4) {
      rule.suppressor = PointIndex(rawValue: dice.planned(UInt16(dice.below(points.count))))
    }
    rules.append(rule)
    var severity = dice.quarters(-8...8)
    for _ in 0..<count {
      let gap = dice.quarters(1...6)
      severity += gap
      stages.append(
        StagePlan(
          limit: dice.planned(direction == .rising ? severity : -severity),
          deadband: dice.planned(dice.isOne(in: 2) ? gap - 0.25 : 0),
          onDelay: dice.span(from: 0), offDelay: dice.span(from: 0)))
    }
  }

  private func alarm(_ dice: inout Dice) -> AlarmPlan {
    var alarm = AlarmPlan(acknowledgement: dice.isOne(in: 2) ? .byPerson : .onReturn)
    alarm.isLatching = dice.isOne(in: 4)
    if dice.isOne(in: 4) { alarm.reAlarm = dice.span(from: 1) }
    if dice.isOne(in: 2) { alarm.longestShelving = dice.span(from: 0) }
    if dice.isOne(in: 4) { alarm.highestShelvedStage = UInt8(dice.below(4)) }
    if dice.isOne(in: 3) {
      alarm.chatter = ChatterPlan(
        raises: dice.planned(UInt8(2 + dice.below(4))), within: dice.span(from: 20_000_000_000),
        hold: dice.span(from: 1))
    }
    return alarm
  }

  private mutating func addOutput(_ dice: inout Dice) {
    guard !outputs.isFull else { return }
    let rule = dice.below(rules.count)
    let stage = 1 + UInt8(dice.below(max(1, Int(rules[rule].stageCount))))
    outputs.append(
      OutputPlan(
        rule: dice.planned(UInt16(rule)), fromStage: dice.planned(stage),
        maximumOnTime: dice.span(from: 1)))
  }
}
