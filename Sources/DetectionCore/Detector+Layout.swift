extension Detector {
  /// The bytes that a detector with this plan occupies, beside those of the plan.
  public static func byteCount(for plan: borrowing CorePlan) -> Int {
    let tables = plan.tables
    return CoreMemory.byteCount(of: PointState.self, count: tables.points.count)
      + CoreMemory.byteCount(of: ReadingHistory.self, count: tables.points.count)
      + CoreMemory.byteCount(of: UInt16.self, count: tables.dependencyCount)
      + DueSet.byteCount(count: tables.points.count)
      + CoreMemory.byteCount(of: FlatLineTest.Candidate.self, count: tables.candidateCount)
      + CoreMemory.byteCount(of: TimeWindow.Entry.self, count: tables.windowEntryCount)
      + CoreMemory.byteCount(of: WindowState.self, count: tables.windows.count)
      + CoreMemory.byteCount(of: CellState.self, count: tables.cells.count)
      + CoreMemory.byteCount(of: Operand.self, count: tables.operandCount)
      + CoreMemory.byteCount(of: Double.self, count: tables.scratchCount)
      + CoreMemory.byteCount(of: RuleState.self, count: tables.rules.count)
      + CoreMemory.byteCount(of: StageMachine.self, count: tables.stages.count)
      + CoreMemory.byteCount(of: OutputSwitch.self, count: tables.outputs.count)
      + CoreMemory.byteCount(of: DeterrentMachine.self, count: tables.deterrents.count)
  }

  /// Gives every flat line test its candidates, and chains rules to their points and outputs to
  /// their rules. Backwards, so that chains run in plan order.
  func linkParts() {
    var base = 0
    for index in 0..<plan.points.count {
      guard let limits = plan.points[index].tests.flatLine else { continue }
      pointStates[index].flatLine = FlatLineTest(limits: limits, base: base)
      base += FlatLineTest.candidateCount(for: limits)
    }
    for index in (0..<plan.rules.count).reversed() {
      if let incident = plan.rules[index].incident {
        for member in 0..<Int(incident.memberCount) {
          pointStates[Int(incident.members[member].rawValue)].isMember = true
        }
        continue
      }
      let point = Int(plan.rules[index].point.rawValue)
      ruleStates[index].nextOfPoint = pointStates[point].firstRule
      pointStates[point].firstRule = UInt16(index)
    }
    for index in (0..<plan.rules.count).reversed() {
      if let suppressor = plan.rules[index].suppressor {
        ruleStates[index].nextSuppressed = pointStates[Int(suppressor.rawValue)].firstSuppressed
        pointStates[Int(suppressor.rawValue)].firstSuppressed = UInt16(index)
      }
    }
    for index in 0..<plan.deterrents.count {
      deterrentMachines[index] = DeterrentMachine(seed: plan.deterrents[index].seed)
    }
    for index in (0..<plan.outputs.count).reversed() where plan.outputs[index].deterrent == nil {
      let rule = Int(plan.outputs[index].rule)
      outputSwitches[index].nextOfRule = ruleStates[rule].firstOutput
      ruleStates[rule].firstOutput = UInt16(index)
    }
  }

  /// Lists for each point those that are computed from it, and chains windows and cells to their
  /// points.
  func linkPrograms() {
    for index in 0..<plan.points.count {
      var sources = plan.sources(ofPoint: index)
      while let source = sources.next() {
        pointStates[source].dependentCount += 1
        pointStates[source].isLookedAt = true
      }
    }
    var next: UInt32 = 0
    for index in 0..<plan.points.count {
      pointStates[index].firstDependent = next
      next += UInt32(pointStates[index].dependentCount)
      pointStates[index].dependentCount = 0
    }
    for index in 0..<plan.points.count {
      var sources = plan.sources(ofPoint: index)
      while let source = sources.next() {
        let slot = pointStates[source].firstDependent + UInt32(pointStates[source].dependentCount)
        dependents[Int(slot)] = UInt16(index)
        pointStates[source].dependentCount += 1
      }
    }
    var base = plan.testWindowEntryCount
    for index in 0..<plan.windows.count {
      let capacity = Int(plan.windows[index].window.capacity)
      windowStates[index].window = TimeWindow(base: base, capacity: capacity)
      base += capacity
    }
    for index in (0..<plan.windows.count).reversed() {
      let point = Int(plan.windows[index].point.rawValue)
      windowStates[index].nextOfPoint = pointStates[point].firstWindow
      pointStates[point].firstWindow = UInt16(index)
    }
    for index in (0..<plan.cells.count).reversed() {
      guard let point = plan.cells[index].point else { continue }
      cellStates[index].nextOfPoint = pointStates[point].firstCell
      pointStates[point].firstCell = UInt16(index)
    }
  }
}

extension PlanTables {
  /// How many pairs of a point and one that is computed from it there are.
  var dependencyCount: Int {
    var count = 0
    for index in 0..<points.count {
      var sources = sources(ofPoint: index)
      while sources.next() != nil { count += 1 }
    }
    return count
  }

  var candidateCount: Int {
    var count = 0
    for index in 0..<points.count {
      if let limits = points[index].tests.flatLine {
        count += FlatLineTest.candidateCount(for: limits)
      }
    }
    return count
  }

  /// The entries that the windows of all quality tests need; those of programs follow them.
  var testWindowEntryCount: Int {
    var count = 0
    for index in 0..<points.count { count += points[index].tests.windowCapacity }
    return count
  }

  var windowEntryCount: Int {
    var count = testWindowEntryCount
    for index in 0..<windows.count { count += Int(windows[index].window.capacity) }
    return count
  }

  /// The room that medians and robust slopes need to sort in.
  var scratchCount: Int {
    var count = 0
    for index in 0..<instructions.count {
      let capacity =
        instructions[index].operation.usesWindow
        ? Int(windows[Int(instructions[index].index)].window.capacity) : 0
      switch instructions[index].operation {
      case .median: count = max(count, capacity)
      case .robustSlope: count = max(count, capacity * (capacity - 1) / 2)
      case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
        .notEqual, .and, .or, .fallback, .negate, .magnitude, .squareRoot, .logarithm,
        .exponential, .not, .isUsable, .mean, .lowest, .highest, .rootMeanSquare, .deviation,
        .count, .sum, .slope, .dewPoint, .salinity, .oxygenSolubility, .timeToLimit, .constant,
        .value, .scale, .shift, .choose, .interpolate, .previous, .exponentialMean, .since,
        .hysteresis:
        break
      }
    }
    return count
  }

  var operandCount: Int { programs.count > 0 ? CoreLimits.programStack : 0 }

  /// How many readings and events one input can cause at most.
  ///
  /// An acquired point goes stale, which also releases a reading that it held, and takes a reading:
  /// three. A computed point is computed after the first and after the second, and may release a
  /// held reading both times; with its own going stale that is five at most.
  ///
  /// Each emitted reading turns its sensor alarm at most once, and each rule that it decides or
  /// suppresses, which makes at most three transitions, may begin a flood and turns its outputs. The
  /// passing of time does the same to each rule once more, and a command once again; it also raises
  /// each sensor alarm and ends each output once. Lost inputs, a refused command, the end of a flood
  /// and a sign of life are one event each.
  var outcomeCapacity: OutcomeCapacity {
    var readings = 0
    var events = 4
    for index in 0..<points.count {
      let emitted = emittedReadings(of: index)
      readings += emitted
      events += emitted + 1
    }
    let perTurn = AlarmTransitions.capacity + 1
    for index in 0..<rules.count { events += perTurn * turns(ofRule: index) }
    for index in 0..<outputs.count { events += turns(ofRule: Int(outputs[index].rule)) + 3 }
    for index in 0..<deterrents.count { events += turns(ofRule: Int(deterrents[index].rule)) + 1 }
    return OutcomeCapacity(readings: readings, events: events)
  }

  /// How often one input can turn a rule's alarm.
  private func turns(ofRule index: Int) -> Int {
    let rule = rules[index]
    let bySuppressor = rule.suppressor.map { emittedReadings(of: Int($0.rawValue)) } ?? 0
    guard let incident = rule.incident else {
      return emittedReadings(of: Int(rule.point.rawValue)) + bySuppressor + 3
    }
    var byMembers = 0
    for member in 0..<Int(incident.memberCount) {
      byMembers += emittedReadings(of: Int(incident.members[member].rawValue))
    }
    return byMembers + bySuppressor + 3
  }

  private func emittedReadings(of point: Int) -> Int {
    if case .acquired = points[point].source { return 3 }
    return 5
  }
}
