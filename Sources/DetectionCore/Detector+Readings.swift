extension Detector {
  /// Runs a point's quality tests on its next reading and emits it, unless it jumped: then it is
  /// held until the next reading of the point. A reading that was held so far is emitted first.
  ///
  /// A reading that came as failed or missing keeps that flag; nothing is compared with it.
  mutating func take(_ reading: Reading, into outcome: inout Outcome) {
    let index = Int(reading.point.rawValue)
    let reading = reading.consistent
    armStaleness(index, after: reading)
    if reading.flag == .missing || reading.flag == .fail {
      takeGap(reading, index, into: &outcome)
    } else {
      takeValue(reading, index, into: &outcome)
    }
  }

  private mutating func takeValue(
    _ reading: Reading, _ index: Int, into outcome: inout Outcome
  ) {
    let value = reading.value
    var tests = pointStates[index].arrival
    if let limits = plan.points[index].tests.grossRange {
      tests.grossRange = limits.flag(of: value)
    }
    if pointStates[index].isHolding, let limits = plan.points[index].tests.spike {
      // Whether this one may be compared with the one before depends on that one's flag.
      let verdict = pointStates[index].spike.verdict(
        whenFollowedBy: value, limits: limits, by: plan.points[index].tests.spikeMethod)
      release(index, spike: verdict, into: &outcome)
    }
    if let limits = plan.points[index].tests.rateOfChange {
      tests.rateOfChange = pointStates[index].rateOfChange.flag(
        of: value, at: reading.time, limits: limits,
        reference: plan.points[index].tests.changeReference)
    }
    if let limits = plan.points[index].tests.flatLine {
      tests.flatLine = pointStates[index].flatLine.take(value, limits: limits, in: candidates)
    }
    if pointStates[index].hasFurtherTests {
      tests = furtherTests(on: reading, beside: tests, of: index)
    }
    if let limits = plan.points[index].tests.spike {
      let method = plan.points[index].tests.spikeMethod
      switch pointStates[index].spike.take(value, limits: limits, by: method) {
      case .waiting:
        pointStates[index].held = AssessedReading(reading: reading, tests: tests)
        pointStates[index].isHolding = true
        return
      case .decided(let flag):
        tests.spike = flag
      }
    }
    conclude(AssessedReading(reading: reading, tests: tests), index, into: &outcome)
  }

  /// Gives a reading the flag that follows from its tests, and emits it.
  @inline(__always)
  private mutating func conclude(
    _ assessed: AssessedReading, _ index: Int, into outcome: inout Outcome
  ) {
    var assessed = assessed
    assessed.reading.flag = assessed.tests.rollUp(with: assessed.reading.flag)
    if !assessed.reading.flag.isBad || plan.points[index].tests.changeReference == .previous {
      let (value, time) = (assessed.reading.value, assessed.reading.time)
      pointStates[index].rateOfChange.compare(with: value, at: time)
      if plan.points[index].tests.deviation != nil {
        pointStates[index].deviation.compare(with: value, at: time, in: windowEntries)
      }
    }
    outcome.append(assessed)
  }

  @inline(never)
  private mutating func takeGap(
    _ reading: Reading, _ index: Int, into outcome: inout Outcome
  ) {
    if pointStates[index].isHolding { release(index, spike: .notEvaluated, into: &outcome) }
    pointStates[index].spike.takeGap()
    pointStates[index].rateOfChange.takeGap(reference: plan.points[index].tests.changeReference)
    if let limits = plan.points[index].tests.flatLine {
      pointStates[index].flatLine.takeGap(limits: limits, in: candidates)
    }
    pointStates[index].attenuatedSignal.takeGap(at: reading.time)
    var tests = pointStates[index].arrival
    if reading.flag == .missing {
      tests = plan.points[index].tests.flagsOfMissing(after: tests)
    } else if tests.syntax == .pass {
      tests.syntax = .fail
    }
    outcome.append(AssessedReading(reading: reading, tests: tests))
  }

  /// Emits the reading that was held, now that its spike flag is known.
  mutating func release(
    _ index: Int, spike: QualityFlag, into outcome: inout Outcome
  ) {
    var assessed = pointStates[index].held
    assessed.tests.spike = spike
    pointStates[index].isHolding = false
    conclude(assessed, index, into: &outcome)
  }

  /// Shows each emitted reading from `first` on to all that depend on it, and computes the points
  /// that are due then, until nothing is left to do.
  mutating func followUp(from first: Int, into outcome: inout Outcome) {
    var next = first
    repeat {
      while next < outcome.readingCount {
        settle(next, into: &outcome)
        next += 1
      }
      guard let point = due.removeFirst() else { return }
      compute(point, into: &outcome)
    } while true
  }

  /// Shows the emitted reading with the index `emitted` to all that depend on it.
  private mutating func settle(_ emitted: Int, into outcome: inout Outcome) {
    let reading = outcome.reading(at: emitted).reading
    let index = Int(reading.point.rawValue)
    pointStates[index].flag = reading.flag
    histories[index].append(
      ReadingHistory.Entry(time: reading.time, value: reading.value, flag: reading.flag))
    if pointStates[index].isLookedAt {
      pointStates[index].last = LastValue(
        value: reading.value, time: reading.time,
        rateOfChange: outcome.reading(at: emitted).tests.rateOfChange)
      if pointStates[index].dependentCount > 0 { passOn(reading) }
    }
    if reading.flag.isBad || !pointStates[index].alarm.isAtRest {
      judgeSensor(index, by: emitted, into: &outcome)
    }
    guard reading.flag.isUsable else { return }
    if pointStates[index].firstSuppressed != PlanChain.end {
      judgeSuppression(byPoint: index, at: emitted, into: &outcome)
    }
    if pointStates[index].isMember { judgeIncidents(ofMember: index, by: emitted, into: &outcome) }
    if pointStates[index].firstRule != PlanChain.end {
      judgeRules(ofPoint: index, by: emitted, into: &outcome)
    }
  }
}

extension Reading {
  /// The same reading, missing where it has no value, without a value where it is missing, and with
  /// the one NaN where that is its value.
  var consistent: Reading {
    var reading = self
    if !value.isFinite {
      if flag != .fail { reading.flag = .missing }
      // Arithmetic without a result makes a NaN of another sign on another processor.
      if value.isNaN { reading.value = .nan }
    }
    if reading.flag == .missing { reading.value = .nan }
    return reading
  }
}

extension QualityTests {
  /// The flags of a missing value: missing for each test that is to be run, those of how a reading
  /// comes included.
  fileprivate func flagsOfMissing(after arrival: TestFlags) -> TestFlags {
    func missing(_ isRun: Bool) -> QualityFlag { isRun ? .missing : .notEvaluated }
    return TestFlags(
      gap: missing(arrival.gap == .pass), syntax: missing(arrival.syntax == .pass),
      grossRange: missing(grossRange != nil), climatology: missing(climatology != nil),
      spike: missing(spike != nil),
      rateOfChange: missing(rateOfChange != nil || deviation != nil),
      flatLine: missing(flatLine != nil), multivariate: missing(multivariate != nil),
      attenuatedSignal: missing(attenuatedSignal != nil), neighbour: missing(neighbour != nil))
  }
}
