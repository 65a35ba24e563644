#if !hasFeature(Embedded)
  // An edited site: what the detector of the plan before knew of things that are still there goes on in that of
  // the new plan.
  extension Detector {
    /// Goes on where `old` stands, a detector of another plan, with all that is the same by `match`; before the
    /// first input. What is new begins as in a new detector.
    ///
    /// Windows go on as far as they are long, whatever is computed from them now; the memory of a test where the
    /// point has the same test; delays where the stage is the same; an output's on-time, where the same rule
    /// switches it, with at most its new maximum.
    public mutating func takeOver(from old: borrowing Detector, _ match: PlanMatch) {
      now = old.now
      wallNow = old.wallNow
      lastEventAt = old.lastEventAt
      hasStarted = old.hasStarted
      for (index, other) in match.points.enumerated() { takePoint(index, other, from: old) }
      takeWindows(from: old, match)
      takeCells(from: old, match)
      flood = old.flood.withoutAlarms
      for (index, rule) in match.rules.enumerated() { takeRule(index, rule, from: old, match) }
      for case (let index, let other?) in match.outputs.enumerated() {
        takeOutput(index, other, from: old, match)
      }
      for case (let index, let other?) in match.deterrents.enumerated() {
        let machine = old.deterrentMachines[other]
        if machine.fits(plan.deterrents[index]) { deterrentMachines[index] = machine }
      }
      arm(now)
    }

    /// An output that something else switches now goes off with the first input: nothing that is still there
    /// wants it on.
    private mutating func takeOutput(
      _ index: Int, _ other: Int, from old: borrowing Detector, _ match: PlanMatch
    ) {
      let (own, before) = (plan.outputs[index], old.plan.outputs[other])
      let hasSameRule = match.rules[Int(own.rule)]?.index == Int(before.rule)
      let hasSameDeterrent =
        (own.deterrent == nil) == (before.deterrent == nil)
        && own.deterrent.flatMap { match.deterrents[Int($0)] } == before.deterrent.map { Int($0) }
      let end = min(old.outputSwitches[other].offAt, now + own.maximumOnTime)
      outputSwitches[index].restore(
        isOn: old.outputSwitches[other].isOn, until: hasSameRule && hasSameDeterrent ? end : now)
    }

    private func takePoint(_ index: Int, _ other: Int?, from old: borrowing Detector) {
      let age = plan.points[index].maximumAge
      if hasStarted, let age { pointStates[index].staleAt = now + age }
      guard let other, plan.points[index].source.isSameKind(as: old.plan.points[other].source)
      else {
        return
      }
      let tests = plan.points[index].tests
      let before = old.plan.points[other].tests
      pointStates[index].takeOver(
        from: old.pointStates[other], point: index, hasSpikeTest: tests.spike != nil)
      if age != nil, old.plan.points[other].maximumAge != nil {
        pointStates[index].staleAt = old.pointStates[other].staleAt
      }
      histories[index] = old.histories[other]
      if tests.flatLine?.failCount == before.flatLine?.failCount {
        pointStates[index].flatLine.takeOver(
          from: old.pointStates[other].flatLine, in: old.candidates, into: candidates)
      }
      if tests.deviation != nil, before.deviation != nil {
        pointStates[index].deviation.takeOver(
          from: old.pointStates[other].deviation, in: old.windowEntries, into: windowEntries)
      }
      if tests.attenuatedSignal != nil, before.attenuatedSignal != nil {
        pointStates[index].attenuatedSignal.takeOver(
          from: old.pointStates[other].attenuatedSignal, in: old.windowEntries,
          into: windowEntries)
      }
    }

    /// Each window takes the values of the one that was the same, or of the longest one, that kept the same of
    /// the same point.
    private func takeWindows(from old: borrowing Detector, _ match: PlanMatch) {
      for index in 0..<plan.windows.count {
        let own = plan.windows[index]
        guard let point = match.points[Int(own.point.rawValue)] else { continue }
        var longest: Int?
        for other in 0..<old.plan.windows.count {
          let window = old.plan.windows[other]
          guard Int(window.point.rawValue) == point, window.content == own.content else { continue }
          if window.window.isSame(as: own.window) {
            longest = other
            break
          }
          let length = longest.map { old.plan.windows[$0].window.length } ?? .zero
          if window.window.length > length { longest = other }
        }
        guard let longest else { continue }
        windowStates[index].takeOver(
          from: old.windowStates[longest], in: old.windowEntries, into: windowEntries)
      }
    }

    /// A cell of a point's values goes on where one of the same kind took those; one of a condition where the
    /// program that it belongs to does the same as before.
    private func takeCells(from old: borrowing Detector, _ match: PlanMatch) {
      for index in 0..<plan.cells.count {
        guard let point = plan.cells[index].point, let source = match.points[point] else {
          continue
        }
        for other in 0..<old.plan.cells.count
        where old.plan.cells[other].point == source
          && plan.cells[index].keepsTheSame(as: old.plan.cells[other])
        {
          cellStates[index].takeOver(from: old.cellStates[other])
          break
        }
      }
      for (index, other) in match.points.enumerated() {
        guard let other, case .computed(let program) = plan.points[index].source,
          case .computed(let before) = old.plan.points[other].source
        else { continue }
        takeConditions(ofProgram: Int(program), from: old, Int(before))
      }
    }

    private func takeConditions(
      ofProgram program: Int, from old: borrowing Detector, _ before: Int
    ) {
      let own = plan.instructionRange(ofProgram: program)
      let other = old.plan.instructionRange(ofProgram: before)
      guard own.count == other.count else { return }
      let pairs = zip(own, other)
      guard
        pairs.allSatisfy({ plan.instructions[$0].operation == old.plan.instructions[$1].operation })
      else { return }
      for (own, other) in pairs {
        let instruction = plan.instructions[own]
        guard instruction.operation == .since || instruction.operation == .hysteresis else {
          continue
        }
        cellStates[Int(instruction.index)].takeOver(
          from: old.cellStates[Int(old.plan.instructions[other].index)])
      }
    }

    private mutating func takeRule(
      _ index: Int, _ rule: PlanMatch.Rule?, from old: borrowing Detector, _ match: PlanMatch
    ) {
      if hasStarted, plan.rules[index].activePeriod != nil { ruleStates[index].periodCheck = now }
      guard let rule else { return }
      let state = old.ruleStates[rule.index]
      var snapshot = state.alarm.snapshot(at: now)
      snapshot.stage = rule.level(snapshot.stage)
      snapshot.ruleStage = rule.level(snapshot.ruleStage)
      restore(snapshot, ofRule: index)
      if snapshot.stage == state.alarm.stage, snapshot.ruleStage == state.alarm.decided {
        ruleStates[index].alarm = state.alarm
        ruleStates[index].stage = state.stage
      }
      takeSuppression(index, rule.index, from: old, match)
      for (offset, before) in rule.stages.enumerated() {
        guard let before else { continue }
        stageMachines[Int(plan.rules[index].firstStage) + offset] =
          old.stageMachines[Int(old.plan.rules[rule.index].firstStage) + before]
      }
      if let incident = plan.rules[index].incident,
        let before = old.plan.rules[rule.index].incident,
        incident.hasSameMembers(as: before, match.points)
      {
        ruleStates[index].incident = state.incident
      }
    }
  }

  extension Detector {
    /// What suppressed the alarm goes on to, where it is the same.
    private func takeSuppression(
      _ index: Int, _ other: Int, from old: borrowing Detector, _ match: PlanMatch
    ) {
      let (own, before) = (plan.rules[index], old.plan.rules[other])
      if let suppressor = own.suppressor, let same = match.points[Int(suppressor.rawValue)],
        same == before.suppressor.map({ Int($0.rawValue) })
      {
        ruleStates[index].isSuppressedByPoint = old.ruleStates[other].isSuppressedByPoint
      }
      if own.activePeriod != nil, before.activePeriod != nil {
        ruleStates[index].isOutsidePeriod = old.ruleStates[other].isOutsidePeriod
        ruleStates[index].periodCheck = old.ruleStates[other].periodCheck
      }
    }
  }

  extension PointSource {
    fileprivate func isSameKind(as other: PointSource) -> Bool {
      switch (self, other) {
      case (.acquired, .acquired), (.derived, .derived), (.computed, .computed): true
      case (.acquired, _), (.derived, _), (.computed, _): false
      }
    }
  }

  extension Window {
    fileprivate func isSame(as other: Window) -> Bool {
      length == other.length && capacity == other.capacity
    }
  }

  extension CellPlan {
    fileprivate func keepsTheSame(as other: CellPlan) -> Bool {
      switch (self, other) {
      case (.previous, .previous): true
      case (.exponentialMean(_, let own), .exponentialMean(_, let before)): own == before
      case (.previous, _), (.exponentialMean, _), (.since, _), (.hysteresis, _): false
      }
    }
  }

  extension IncidentPlan {
    fileprivate func hasSameMembers(as other: IncidentPlan, _ points: [Int?]) -> Bool {
      memberCount == other.memberCount
        && (0..<Int(memberCount)).allSatisfy {
          points[Int(members[$0].rawValue)] == Int(other.members[$0].rawValue)
        }
    }
  }
#endif
