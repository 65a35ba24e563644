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

extension QualityTests {
  /// The room that the tests need in the detector's table of window entries.
  public var windowCapacity: Int {
    Int(deviation?.window.capacity ?? 0) + Int(attenuatedSignal?.window.capacity ?? 0)
  }

  /// True when `furtherTests` has something to do.
  var hasFurtherTests: Bool {
    climatology != nil || deviation != nil || attenuatedSignal != nil || multivariate != nil
      || neighbour != nil
  }
}
