import DetectionCore

// The quality tests of a random plan.
extension FixedPlan {
  /// Tests of a point on its own, rarely none at all.
  mutating func addTests(_ dice: inout Dice) -> QualityTests {
    var tests = QualityTests()
    if !dice.isOne(in: 4) { tests.grossRange = grossRange(&dice) }
    if dice.isOne(in: 2) {
      tests.spike = limits(&dice)
      if dice.isOne(in: 3) { tests.spikeMethod = .average }
    }
    if dice.isOne(in: 2) { tests.rateOfChange = limits(&dice) }
    if dice.isOne(in: 4) {
      tests.changeReference =
        dice.isOne(in: 2) ? .previous : .lastUsable(longestGap: .seconds(Int64(dice.below(600))))
    }
    if dice.isOne(in: 3) { tests.flatLine = flatLine(&dice) }
    if dice.isOne(in: 3) { tests.deviation = deviation(&dice) }
    if dice.isOne(in: 3) { tests.attenuatedSignal = attenuatedSignal(&dice) }
    if dice.isOne(in: 4) { tests.climatology = addSeasons(&dice) }
    return tests
  }

  /// Tests that look at another point, before or after it.
  mutating func addComparisons(ofPoint index: Int, _ dice: inout Dice) {
    var point = points[index]
    let other = dice.below(points.count)
    guard other != index || dice.makesMistakes else { return }
    let compared = PointIndex(rawValue: dice.planned(UInt16(other)))
    if dice.isOne(in: 3) {
      point.tests.neighbour = Neighbour(
        point: compared, limits: limits(&dice), maximumAge: dice.span(from: 0))
    }
    if point.tests.changes && points[other].tests.changes && dice.isOne(in: 2) {
      point.tests.multivariate = Multivariate(point: compared, maximumAge: dice.span(from: 0))
    }
    points[index] = point
  }

  private func grossRange(_ dice: inout Dice) -> GrossRange {
    let lower = dice.quarters(-40...0)
    let upper = dice.quarters(1...40)
    let fail = ClosedSpan(
      lower: dice.planned(lower - dice.quarters(0...8)),
      upper: dice.planned(upper + dice.quarters(0...8)))
    return GrossRange(
      fail: fail, suspect: ClosedSpan(lower: dice.planned(lower), upper: dice.planned(upper)))
  }

  private func limits(_ dice: inout Dice) -> TwoLimits {
    let suspect = dice.quarters(0...12)
    let fail = suspect + dice.quarters(0...12)
    return switch dice.below(6) {
    case 4: TwoLimits(suspect: .infinity, fail: dice.planned(suspect))
    case 5: TwoLimits(suspect: dice.planned(suspect), fail: .infinity)
    default: TwoLimits(suspect: dice.planned(suspect), fail: dice.planned(fail))
    }
  }

  private func flatLine(_ dice: inout Dice) -> FlatLine {
    let suspect = UInt16(1 + dice.below(6))
    let fail = suspect + UInt16(dice.isOne(in: 16) ? 200 : dice.below(6))
    return FlatLine(
      tolerance: dice.planned(dice.quarters(0...4)), suspectCount: dice.planned(suspect),
      failCount: dice.planned(fail), gaps: dice.isOne(in: 2) ? .bridge : .restart)
  }

  func window(least: UInt16, _ dice: inout Dice) -> Window {
    let minimum = least + UInt16(dice.below(4))
    return Window(
      length: dice.span(from: 1), minimumCount: dice.planned(minimum),
      capacity: dice.planned(minimum + UInt16(dice.below(16))))
  }

  private func deviation(_ dice: inout Dice) -> Deviation {
    Deviation(
      factor: dice.planned(dice.quarters(0...12)), allowance: dice.planned(dice.quarters(0...4)),
      window: window(least: 2, &dice))
  }

  private func attenuatedSignal(_ dice: inout Dice) -> AttenuatedSignal {
    let fail = dice.quarters(0...4)
    let suspect = fail + dice.quarters(0...4)
    return AttenuatedSignal(
      dice.isOne(in: 2) ? .range : .deviation, suspect: dice.planned(suspect),
      fail: dice.planned(fail), window: window(least: 1, &dice),
      gaps: dice.isOne(in: 2) ? .unevaluated : .bridge)
  }

  private mutating func addSeasons(_ dice: inout Dice) -> Climatology? {
    let count = 1 + dice.below(4)
    guard seasons.count + count <= 24 else { return nil }
    let first = dice.planned(UInt16(seasons.count))
    for _ in 0..<count { seasons.append(season(&dice)) }
    return Climatology(firstSeason: first, seasonCount: dice.planned(UInt8(count)))
  }

  private func season(_ dice: inout Dice) -> Season {
    let period: Season.Period = dice.pick(
      [.month, .time, .quarter, .week, .dayOfYear, .dayOfWeek] as InlineArray<6, Season.Period>)
    let range = grossRange(&dice)
    let bounds = period.bounds
    var ends = (first: bounds.lowerBound, last: bounds.upperBound)
    if period == .time {
      // A year from somewhere in the last century on.
      ends.first = Int64(dice.below(100)) * 31_556_952_000_000_000
      ends.last = ends.first + 31_556_952_000_000_000
    } else if !dice.isOne(in: 3) {
      let width = Int(bounds.upperBound - bounds.lowerBound) + 1
      ends.first = bounds.lowerBound + Int64(dice.below(min(width, 256)))
      ends.last = bounds.lowerBound + Int64(dice.below(min(width, 256)))
    }
    if dice.makesMistakes && dice.isOne(in: dice.oneMistakeIn) { ends.last = dice.oddTime() }
    return Season(
      period, from: ends.first, to: ends.last, suspect: range.suspect,
      fail: dice.isOne(in: 2) ? range.fail : nil)
  }
}

extension QualityTests {
  /// True when the point's changes are tested.
  fileprivate var changes: Bool { rateOfChange != nil || deviation != nil }

  /// True when the point has a test.
  var isAny: Bool {
    changes || grossRange != nil || climatology != nil || spike != nil || flatLine != nil
      || multivariate != nil || attenuatedSignal != nil || neighbour != nil
  }
}
