// The quality tests that few points have: what a plan may say of them, which memory they get, and when
// they run.

extension Detector {
  /// Runs the quality tests that few points have on a finite value, and adds their flags to `tests`.
  @inline(never)
  mutating func furtherTests(
    on reading: Reading, beside tests: TestFlags, of index: Int
  ) -> TestFlags {
    var tests = tests
    if let climatology = plan.points[index].tests.climatology {
      tests.climatology = climatology.flag(
        of: reading.value, at: reading.wallTime, in: plan.seasons)
    }
    if let limits = plan.points[index].tests.deviation {
      let flag = pointStates[index].deviation.flag(
        of: reading.value, at: reading.time, limits: limits, in: windowEntries)
      tests.rateOfChange = tests.rateOfChange.joined(with: flag)
    }
    if let limits = plan.points[index].tests.attenuatedSignal {
      tests.attenuatedSignal = pointStates[index].attenuatedSignal.take(
        reading.value, at: reading.time, limits: limits, in: windowEntries)
    }
    if let multivariate = plan.points[index].tests.multivariate {
      tests.multivariate = multivariate.flag(
        rateOfChange: tests.rateOfChange, at: reading.time,
        beside: pointStates[Int(multivariate.point.rawValue)])
    }
    if let neighbour = plan.points[index].tests.neighbour {
      tests.neighbour = neighbour.flag(
        of: reading.value, at: reading.time,
        beside: pointStates[Int(neighbour.point.rawValue)])
    }
    return tests
  }

  /// Gives the tests with a window their entries, and says which tests a point has and whose tests
  /// look at it.
  func linkFurtherTests() {
    var base = 0
    for index in 0..<plan.points.count {
      let tests = plan.points[index].tests
      if let limits = tests.deviation {
        pointStates[index].deviation = DeviationTest(limits, base: base)
        base += Int(limits.window.capacity)
      }
      if let limits = tests.attenuatedSignal {
        pointStates[index].attenuatedSignal = AttenuatedSignalTest(limits, base: base)
        base += Int(limits.window.capacity)
      }
      if let other = tests.multivariate?.point {
        pointStates[Int(other.rawValue)].isLookedAt = true
      }
      if let other = tests.neighbour?.point { pointStates[Int(other.rawValue)].isLookedAt = true }
      pointStates[index].hasFurtherTests = tests.hasFurtherTests
      if plan.points[index].maximumAge != nil { pointStates[index].arrival.gap = .pass }
      if case .acquired = plan.points[index].source {
        pointStates[index].arrival.syntax = .pass
      } else {
        pointStates[index].isPlain = tests.isEmpty && plan.points[index].maximumAge == nil
      }
    }
  }
}

extension PlanCheck {
  func checkFurtherTests(_ index: Int) throws(PlanError) {
    let tests = plan.points[index].tests
    if let limits = tests.deviation {
      try check(limits.window, least: 2, of: .point, index)
      try checkNumber(limits.factor, ofPoint: index)
      try checkNumber(limits.allowance, ofPoint: index)
    }
    if let limits = tests.attenuatedSignal {
      try check(limits.window, least: 1, of: .point, index)
      try checkNumber(limits.suspect, ofPoint: index)
      try checkNumber(limits.fail, ofPoint: index)
      guard limits.fail <= limits.suspect else {
        throw PlanError(
          .point, index, .suspectBelowFail(suspect: limits.suspect, fail: limits.fail))
      }
    }
    if let multivariate = tests.multivariate {
      try checkOther(multivariate.point, of: index, age: multivariate.maximumAge)
      try checkRate(of: index, forPoint: index)
      try checkRate(of: Int(multivariate.point.rawValue), forPoint: index)
    }
    if let neighbour = tests.neighbour {
      try checkOther(neighbour.point, of: index, age: neighbour.maximumAge)
      try check(neighbour.limits, ofPoint: index)
    }
  }

  private func checkNumber(_ number: Double, ofPoint index: Int) throws(PlanError) {
    guard number.isFinite else { throw PlanError(.point, index, .notFinite) }
    guard number >= 0 else { throw PlanError(.point, index, .negative(number)) }
  }

  private func checkOther(
    _ other: PointIndex, of index: Int, age: TimeSpan
  ) throws(PlanError) {
    let otherIndex = Int(other.rawValue)
    guard otherIndex < plan.points.count else {
      throw PlanError(.point, index, .indexOutOfRange(otherIndex, limit: plan.points.count))
    }
    guard otherIndex != index else { throw PlanError(.point, index, .comparedWithItself) }
    try checkTime(.point, index, age)
  }

  private func checkRate(
    of point: Int, forPoint index: Int
  ) throws(PlanError) {
    guard plan.points[point].tests.rateOfChange != nil || plan.points[point].tests.deviation != nil
    else {
      throw PlanError(.point, index, .noRateOfChange(point))
    }
  }
}
