extension Detector {
  /// The bytes that a detector with this plan occupies.
  public static func byteCount(
    points: Span<PointPlan>, seasons: Span<Season>, rules: Span<RulePlan>,
    stages: Span<StagePlan>, outputs: Span<OutputPlan>
  ) -> Int {
    CoreMemory.byteCount(of: PointPlan.self, count: points.count)
      + CoreMemory.byteCount(of: PointState.self, count: points.count)
      + CoreMemory.byteCount(of: Season.self, count: seasons.count)
      + CoreMemory.byteCount(of: TimeWindow.Entry.self, count: windowEntryCount(points))
      + CoreMemory.byteCount(of: FlatLineTest.Candidate.self, count: candidateCount(points))
      + CoreMemory.byteCount(of: RulePlan.self, count: rules.count)
      + CoreMemory.byteCount(of: RuleState.self, count: rules.count)
      + CoreMemory.byteCount(of: StagePlan.self, count: stages.count)
      + CoreMemory.byteCount(of: StageMachine.self, count: stages.count)
      + CoreMemory.byteCount(of: OutputPlan.self, count: outputs.count)
      + CoreMemory.byteCount(of: OutputSwitch.self, count: outputs.count)
  }

  static func candidateCount(_ points: Span<PointPlan>) -> Int {
    var count = 0
    for index in points.indices {
      if let limits = points[index].tests.flatLine {
        count += FlatLineTest.candidateCount(for: limits)
      }
    }
    return count
  }

  static func windowEntryCount(_ points: Span<PointPlan>) -> Int {
    var count = 0
    for index in points.indices { count += points[index].tests.windowCapacity }
    return count
  }

  /// How many readings and events one input can cause at most.
  ///
  /// A point emits every reading that it takes, once; before that it may hold one from earlier,
  /// and it may add one because it went stale. An acquired point takes one reading an input, a
  /// derived point takes all that its source emits. So a point emits at most the readings that
  /// it takes and two more.
  ///
  /// Each emitted reading turns its sensor alarm, each rule on its point and each output of these
  /// rules at most once; the passing of time may also raise each sensor alarm and end each output
  /// once. Lost inputs are one event.
  static func outcomeCapacity(
    points: Span<PointPlan>, rules: Span<RulePlan>, outputs: Span<OutputPlan>
  ) -> OutcomeCapacity {
    var readings = 0
    var events = 1
    for index in points.indices {
      let emitted = emittedReadings(of: index, in: points)
      readings += emitted
      events += emitted + 1
    }
    for index in rules.indices {
      events += emittedReadings(of: Int(rules[index].point.rawValue), in: points)
    }
    for index in outputs.indices {
      let point = Int(rules[Int(outputs[index].rule)].point.rawValue)
      events += emittedReadings(of: point, in: points) + 1
    }
    return OutcomeCapacity(readings: readings, events: events)
  }

  private static func emittedReadings(of point: Int, in points: Span<PointPlan>) -> Int {
    var emitted = 3
    var place = point
    while case .derived(let source, _, _) = points[place].source {
      emitted += 2
      place = Int(source.rawValue)
    }
    return emitted
  }

  /// Gives every flat line test its candidates, and chains derived points to their sources, rules
  /// to their points and outputs to their rules. Backwards, so that chains run in plan order.
  mutating func linkParts() {
    var base = 0
    for index in 0..<points.count {
      guard let limits = points[index].tests.flatLine else { continue }
      pointStates[index].flatLine = FlatLineTest(limits: limits, base: base)
      base += FlatLineTest.candidateCount(for: limits)
    }
    for index in (0..<points.count).reversed() {
      guard case .derived(let source, _, _) = points[index].source else { continue }
      pointStates[index].nextDerived = pointStates[Int(source.rawValue)].firstDerived
      pointStates[Int(source.rawValue)].firstDerived = UInt16(index)
    }
    for index in (0..<rules.count).reversed() {
      let point = Int(rules[index].point.rawValue)
      ruleStates[index].nextOfPoint = pointStates[point].firstRule
      pointStates[point].firstRule = UInt16(index)
    }
    for index in (0..<outputs.count).reversed() {
      let rule = Int(outputs[index].rule)
      outputSwitches[index].nextOfRule = ruleStates[rule].firstOutput
      ruleStates[rule].firstOutput = UInt16(index)
    }
  }
}
