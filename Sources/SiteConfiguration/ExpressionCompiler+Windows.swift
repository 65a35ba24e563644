internal import Delivery
internal import DetectionCore

// Functions that look at a point's past.
extension ExpressionCompiler {
  // MARK: Values

  private func point(_ part: ExpressionPart) throws(ExpressionError) -> (
    index: PointIndex, read: SiteReader.ReadPoint
  ) {
    guard let index = part.point else {
      throw .mistake(
        at: part.position,
        expected: both(
          "the id of a point; a formula can be a point of its own",
          "観測点の ID (式は別の観測点にできる)"))
    }
    // A point whose period is unknown has a mistake of its own.
    guard let point = scope.points[index], point.interval > .zero else { throw .reportedElsewhere }
    return (PointIndex(rawValue: UInt16(index)), point)
  }

  private func duration(_ part: ExpressionPart) throws(ExpressionError) -> TimeSpan {
    guard let number = part.constant, part.type.unit?.dimension == .time, !part.isBare,
      let seconds = part.converted(to: .second).constant, number > 0,
      seconds <= CoreLimits.longestTime.seconds
    else {
      throw .mistake(
        at: part.position,
        expected: both(
          "a duration with its unit (ms, s, min, h, d), such as 10 min",
          "単位 (ms, s, min, h, d) の付いた時間 (例: 10 min)"))
    }
    return TimeSpan(nanoseconds: Int64((seconds * 1e9).rounded()))
  }

  // MARK: Windows

  /// The window of the first two values, and the smallest count of the third.
  private mutating func window(
    _ call: Call, content: PointWindow.Content = .values,
    atMost limit: Int = CoreLimits.windowCapacity,
    default minimum: (Int) -> Int
  ) throws(ExpressionError) -> UInt16 {
    let (index, point) = try point(call.values[0])
    let part = call.values[1]
    let length = try duration(part)
    let count = length.nanoseconds / point.interval.nanoseconds
    let least = minimum(0)
    guard count <= Int64(limit) else {
      let longest = TimeSpan(nanoseconds: point.interval.nanoseconds * Int64(limit)).written
      throw .mistake(
        at: part.position,
        expected: both(
          "at most \(limit) readings: \(longest) with one every \(point.interval.written)",
          "\(limit) 回分以下: \(point.interval.written) ごとなら \(longest)"))
    }
    guard count >= Int64(least) else {
      let shortest = TimeSpan(nanoseconds: point.interval.nanoseconds * Int64(least)).written
      throw .mistake(
        at: part.position,
        expected: both(
          "at least \(shortest), the time of \(least) readings", "\(least) 回分の時間 \(shortest) 以上"))
    }
    var needed = max(least, minimum(Int(length.nanoseconds / point.description.period.nanoseconds)))
    if call.values.count > 2, content == .values {
      needed = try leastCount(call.values[2], least...Int(count))
    }
    // Room for a reading that comes a little early.
    let capacity = min(max(Int(count) + 2, needed), limit)
    return try window(
      PointWindow(
        point: index,
        window: Window(
          length: length, minimumCount: UInt16(needed), capacity: UInt16(capacity)),
        content: content), at: call.position)
  }

  private func leastCount(
    _ part: ExpressionPart, _ range: ClosedRange<Int>
  ) throws(ExpressionError) -> Int {
    guard part.isBare, let number = part.constant, let count = Int(exactly: number),
      range.contains(count)
    else {
      throw .mistake(
        at: part.position,
        expected: both(
          "a whole number of readings from \(range.lowerBound) to \(range.upperBound)",
          "\(range.lowerBound) 以上 \(range.upperBound) 以下の回数"))
    }
    return count
  }

  /// The index of the window; one that is there already serves all.
  private mutating func window(
    _ window: PointWindow, at position: Range<Int>
  ) throws(ExpressionError) -> UInt16 {
    let known = compiled.windows.firstIndex {
      $0.point == window.point && $0.content == window.content
        && $0.window.length == window.window.length
        && $0.window.minimumCount == window.window.minimumCount
        && $0.window.capacity == window.window.capacity
    }
    if let known { return UInt16(known) }
    compiled.windows.append(window)
    guard compiled.windowEntries <= CoreLimits.windowEntries else {
      throw .mistake(
        at: position, found: "\(compiled.windowEntries)",
        expected: both(
          "windows of at most \(CoreLimits.windowEntries) readings in all expressions",
          "全式の窓の合計が \(CoreLimits.windowEntries) 回分以下"))
    }
    return try newest(
      of: compiled.windows.count, atMost: CoreLimits.windows, both("windows", "窓"), at: position)
  }

  /// The index of a new cell. Each use has its own, because a run writes into it.
  mutating func cell(_ cell: CellPlan, at position: Range<Int>) throws(ExpressionError) -> UInt16 {
    compiled.cells.append(cell)
    return try newest(
      of: compiled.cells.count, atMost: CoreLimits.cells,
      both("uses of previous, smooth, since and hysteresis", "previous、smooth、since、hysteresis"),
      at: position)
  }

  /// The index of the newest of so many.
  private func newest(
    of count: Int, atMost limit: Int, _ what: LocalizedText, at position: Range<Int>
  ) throws(ExpressionError) -> UInt16 {
    guard count <= limit else {
      throw .mistake(
        at: position, found: "\(count)",
        expected: both(
          "at most \(limit) \(what.english) in all expressions",
          "全式の合計で \(limit) 以下の\(what.japanese)"))
    }
    return UInt16(count - 1)
  }

  // MARK: Statistics

  mutating func statistic(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let (_, read) = try point(call.values[0])
    let unit = read.isTruth ? .one : read.unit
    let (operation, type) = try result(of: call, in: unit)
    let index: UInt16 =
      switch call.function {
      case .trend: try window(call, atMost: CoreLimits.robustSlopeCount) { max(2, $0 / 2) }
      case .slope, .stddev: try window(call) { max(2, $0 / 2) }
      case .count, .sum: try window(call) { _ in 1 }
      case .mean, .median, .lowest, .highest, .rms: try window(call) { max(1, $0 / 2) }
      case .min, .max, .abs, .clamp, .sqrt, .ln, .exp, .if, .else, .usable, .increase, .previous,
        .smooth, .since, .hysteresis, .dewPoint, .salinity, .oxygenSaturation, .timeTo,
        .timeDownTo, .curve:
        preconditionFailure("no statistic")
      }
    return ExpressionPart(type, [Instruction(operation, index: index)], at: call.position)
  }

  private func result(
    of call: Call, in unit: Unit
  ) throws(ExpressionError) -> (Operation, ExpressionType) {
    let same = ExpressionType.quantity(unit)
    let step: ExpressionType = unit.isAbsolute ? .difference(.kelvin) : same
    switch call.function {
    case .mean: return (.mean, same)
    case .median: return (.median, same)
    case .lowest: return (.lowest, same)
    case .highest: return (.highest, same)
    case .stddev: return (.deviation, step)
    case .count: return (.count, .quantity(.one))
    case .rms, .sum:
      try requireZero(call.values[0], unit)
      return (call.function == .sum ? .sum : .rootMeanSquare, same)
    case .slope, .trend:
      let rate = (step.unit ?? unit).divided(by: .second).simplified
      return (call.function == .trend ? .robustSlope : .slope, .quantity(rate))
    case .min, .max, .abs, .clamp, .sqrt, .ln, .exp, .if, .else, .usable, .increase, .previous,
      .smooth, .since, .hysteresis, .dewPoint, .salinity, .oxygenSaturation, .timeTo,
      .timeDownTo, .curve:
      preconditionFailure("no statistic")
    }
  }

  /// Sums and squares mean something only where 0 means nothing at all.
  private func requireZero(_ part: ExpressionPart, _ unit: Unit) throws(ExpressionError) {
    guard unit.isAbsolute else { return }
    throw .mistake(
      at: part.position, found: described(part),
      expected: both(
        "a point in a unit whose 0 is nothing; that of \(unit.code) is not",
        "0 が「無」を表す単位の観測点 (\(unit.code) は異なる)"))
  }

  // MARK: Counters

  mutating func increase(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let (_, point) = try point(call.values[0])
    try requireZero(call.values[0], point.unit)
    var modulus = point.counting?.modulus ?? .infinity
    if call.values.count > 2 { modulus = try self.modulus(call.values[2], of: point) }
    let index = try window(call, content: .increments(modulus: modulus)) { _ in 1 }
    return ExpressionPart(
      .quantity(point.unit), [Instruction(.sum, index: index)], at: call.position)
  }

  /// The value at which a counter begins anew, from its bits or as a quantity.
  private func modulus(
    _ part: ExpressionPart, of point: SiteReader.ReadPoint
  ) throws(ExpressionError) -> Double {
    let step = point.counting?.step ?? (point.unit.isPlain ? 1 : nil)
    if part.isBare, let step, let number = part.constant, number == 16 || number == 32 {
      return step * (number == 16 ? 65_536 : 4_294_967_296)
    }
    let code = point.unit.code
    guard !part.isBare, let value = part.constant, value > 0,
      part.type.unit?.dimension == point.unit.dimension,
      let modulus = part.converted(to: point.unit).constant
    else {
      let bits = step == nil ? ("", "") : ("16 or 32 bits, or ", "16 か 32 (ビット)、または")
      throw .mistake(
        at: part.position,
        expected: both(
          "\(bits.0)the value at which the counter begins anew, such as 65536 \(code)",
          "\(bits.1)計数が 0 に戻る値 (例: 65536 \(code))"))
    }
    return modulus
  }

  // MARK: Memory

  mutating func memory(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let (index, _) = try point(call.values[0])
    let type = call.values[0].type
    guard call.function == .smooth else {
      let cell = try cell(.previous(index), at: call.position)
      return ExpressionPart(type, [Instruction(.previous, index: cell)], at: call.position)
    }
    let constant = try duration(call.values[1])
    let cell = try cell(.exponentialMean(index, timeConstant: constant), at: call.position)
    let number = try number(call.values[0]).part
    return ExpressionPart(
      number.type, [Instruction(.exponentialMean, index: cell)], at: call.position)
  }

  // MARK: Forecast

  /// limit - value, its change per second, and the time that the one takes with the other; for a
  /// limit that is reached from above, with both signs turned.
  mutating func time(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let (index, point) = try point(call.values[0])
    let horizon = try duration(call.values[3])
    let trend = Call(
      function: .trend, values: [call.values[0], call.values[2]], position: call.values[2].position)
    var change = try statistic(trend)
    let value = ExpressionPart(
      .quantity(point.unit), [Instruction(.value, index: index.rawValue)], at: call.position)
    let limit = try converted(call.values[1], to: point.unit, as: call.values[0])
    var left = try subtracted(limit, value)
    if call.function == .timeDownTo {
      left = try subtracted(value, limit)
      change = change.then(.negate, as: change.type)
    }
    var part = ExpressionPart(
      .timeToLimit, of: [left, change], .quantity(.second), at: call.position)
    part.steps[part.steps.count - 1].number = horizon.seconds
    return part
  }
}
