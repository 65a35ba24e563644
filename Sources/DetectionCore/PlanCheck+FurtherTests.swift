extension PlanCheck {
  /// The seasons are those of the points, in their order.
  static func checkSeasons(_ seasons: Span<Season>, of points: Span<PointPlan>) throws(PlanError) {
    try limit(.season, seasons.count, to: CoreLimits.seasons)
    var next = 0
    for index in points.indices {
      guard let climatology = points[index].tests.climatology else { continue }
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
      guard next <= seasons.count else {
        throw PlanError(.point, index, .indexOutOfRange(next - 1, limit: seasons.count))
      }
    }
    guard next == seasons.count else { throw PlanError(.season, next, .seasonWithoutPoint) }
    for index in seasons.indices { try checkSeason(index, seasons[index]) }
  }

  private static func checkSeason(_ index: Int, _ season: Season) throws(PlanError) {
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

  /// The windows of all points fit.
  static func checkWindows(of points: Span<PointPlan>) throws(PlanError) {
    var count = 0
    for index in points.indices {
      count += points[index].tests.windowCapacity
      guard count <= CoreLimits.windowEntries else {
        throw PlanError(
          .point, index, .windowsTooLarge(count: count, limit: CoreLimits.windowEntries))
      }
    }
  }

  static func checkFurtherTests(_ index: Int, of points: Span<PointPlan>) throws(PlanError) {
    let tests = points[index].tests
    if let limits = tests.deviation {
      try check(limits.window, least: 2, ofPoint: index)
      try checkNumber(limits.factor, ofPoint: index)
      try checkNumber(limits.allowance, ofPoint: index)
    }
    if let limits = tests.attenuatedSignal {
      try check(limits.window, least: 1, ofPoint: index)
      try checkNumber(limits.suspect, ofPoint: index)
      try checkNumber(limits.fail, ofPoint: index)
      guard limits.fail <= limits.suspect else {
        throw PlanError(
          .point, index, .suspectBelowFail(suspect: limits.suspect, fail: limits.fail))
      }
    }
    if let multivariate = tests.multivariate {
      try checkOther(multivariate.point, of: index, age: multivariate.maximumAge, in: points)
      try checkRate(of: index, forPoint: index, in: points)
      try checkRate(of: Int(multivariate.point.rawValue), forPoint: index, in: points)
    }
    if let neighbour = tests.neighbour {
      try checkOther(neighbour.point, of: index, age: neighbour.maximumAge, in: points)
      try check(neighbour.limits, ofPoint: index)
    }
  }

  private static func check(
    _ window: Window, least: Int, ofPoint index: Int
  ) throws(PlanError) {
    try checkTime(.point, index, window.length, isZeroAllowed: false)
    let minimum = Int(window.minimumCount)
    let capacity = Int(window.capacity)
    guard minimum >= least, minimum <= capacity, capacity <= CoreLimits.windowCapacity else {
      throw PlanError(
        .point, index,
        .windowCounts(
          minimum: minimum, capacity: capacity, least: least,
          limit: CoreLimits.windowCapacity))
    }
  }

  private static func checkNumber(_ number: Double, ofPoint index: Int) throws(PlanError) {
    guard number.isFinite else { throw PlanError(.point, index, .notFinite) }
    guard number >= 0 else { throw PlanError(.point, index, .negative(number)) }
  }

  private static func checkOther(
    _ other: PointIndex, of index: Int, age: TimeSpan, in points: Span<PointPlan>
  ) throws(PlanError) {
    let place = Int(other.rawValue)
    guard place < points.count else {
      throw PlanError(.point, index, .indexOutOfRange(place, limit: points.count))
    }
    guard place != index else { throw PlanError(.point, index, .comparedWithItself) }
    try checkTime(.point, index, age)
  }

  private static func checkRate(
    of point: Int, forPoint index: Int, in points: Span<PointPlan>
  ) throws(PlanError) {
    guard points[point].tests.rateOfChange != nil || points[point].tests.deviation != nil else {
      throw PlanError(.point, index, .noRateOfChange(point))
    }
  }
}
