extension PlanCheck {
  /// The seasons are those of the points, in their order.
  func checkSeasons() throws(PlanError) {
    try limit(.season, plan.seasons.count, to: CoreLimits.seasons)
    var next = 0
    for index in 0..<plan.points.count {
      guard let climatology = plan.points[index].tests.climatology else { continue }
      let first = Int(climatology.firstSeason)
      let count = Int(climatology.seasonCount)
      guard count > 0 else { throw PlanError(.point, index, .noSeason) }
      guard count <= CoreLimits.seasonsPerPoint else {
        throw PlanError(
          .point, index, .tooMany(count: count, limit: CoreLimits.seasonsPerPoint))
      }
      guard first == next else {
        throw PlanError(.point, index, .seasonsNotInRow(first: first, expected: next))
      }
      next += count
      guard next <= plan.seasons.count else {
        throw PlanError(.point, index, .indexOutOfRange(next - 1, limit: plan.seasons.count))
      }
    }
    guard next == plan.seasons.count else { throw PlanError(.season, next, .seasonWithoutPoint) }
    for index in 0..<plan.seasons.count { try checkSeason(index, plan.seasons[index]) }
  }

  private func checkSeason(_ index: Int, _ season: Season) throws(PlanError) {
    let bounds = season.period.bounds
    let isInside =
      season.first >= bounds.lowerBound && season.first <= bounds.upperBound
      && season.last >= bounds.lowerBound && season.last <= bounds.upperBound
    guard isInside, season.period != .time || season.first <= season.last else {
      throw PlanError(.season, index, .seasonBounds(first: season.first, last: season.last))
    }
    try check(season.suspect, of: .season, index)
    if let fail = season.fail { try check(fail, of: .season, index) }
  }

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

  func check(
    _ window: Window, least: Int, of part: PlanError.Part, _ index: Int
  ) throws(PlanError) {
    try checkTime(part, index, window.length, isZeroAllowed: false)
    let minimum = Int(window.minimumCount)
    let capacity = Int(window.capacity)
    guard minimum >= least, minimum <= capacity, capacity <= CoreLimits.windowCapacity else {
      throw PlanError(
        part, index,
        .windowCounts(
          minimum: minimum, capacity: capacity, least: least,
          limit: CoreLimits.windowCapacity))
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
