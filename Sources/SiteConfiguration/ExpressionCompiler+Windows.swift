internal import Delivery
internal import DetectionCore

// Functions that look at a point's past.
extension ExpressionCompiler {
  // MARK: Values

  fileprivate func point(_ part: ExpressionPart) throws(ExpressionError) -> (
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

  fileprivate func duration(_ part: ExpressionPart) throws(ExpressionError) -> TimeSpan {
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
  fileprivate mutating func window(
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
}

// MARK: Statistics

extension ExpressionFunction {
  static let statistics = [
    statistic("mean", .mean, .same),
    statistic("median", .median, .same),
    statistic("lowest", .lowest, .same),
    statistic("highest", .highest, .same),
    statistic("rms", .rootMeanSquare, .sameFromZero),
    statistic("stddev", .deviation, .step, least: { max(2, $0 / 2) }),
    statistic("count", .count, .one, least: { _ in 1 }),
    statistic("sum", .sum, .sameFromZero, least: { _ in 1 }),
    statistic("slope", .slope, .rate, least: { max(2, $0 / 2) }),
    trend,
    ExpressionFunction(
      "increase(point, duration) or increase(point, duration, 16 or 32)", 2...3
    ) { compiler, call throws(ExpressionError) in try compiler.increase(call) },
  ]

  fileprivate static let trend = statistic(
    "trend", .robustSlope, .rate, atMost: CoreLimits.robustSlopeCount, least: { max(2, $0 / 2) })

  /// The unit of a statistic.
  fileprivate enum StatisticUnit {
    /// The point's.
    case same
    /// The point's, whose 0 must be nothing.
    case sameFromZero
    /// That of a difference.
    case step
    /// That of a difference, per second.
    case rate
    /// None.
    case one
  }

  /// A statistic of a window; `least` says how many values it needs by default, from how many the
  /// window has.
  private static func statistic(
    _ name: String, _ operation: Operation, _ unit: StatisticUnit,
    atMost limit: Int = CoreLimits.windowCapacity,
    least: @escaping @Sendable (Int) -> Int = { max(1, $0 / 2) }
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(point, duration) or \(name)(point, duration, least count)", 2...3
    ) { compiler, call throws(ExpressionError) in
      let type = try compiler.type(of: call.values[0], unit)
      let index = try compiler.window(call, atMost: limit, default: least)
      return ExpressionPart(type, [Instruction(operation, index: index)], at: call.position)
    }
  }
}

extension ExpressionCompiler {
  /// What a statistic of the point is.
  fileprivate func type(
    of part: ExpressionPart, _ kind: ExpressionFunction.StatisticUnit
  ) throws(ExpressionError) -> ExpressionType {
    let (_, read) = try point(part)
    let unit = read.isTruth ? .one : read.unit
    let step: ExpressionType = unit.isAbsolute ? .difference(.kelvin) : .quantity(unit)
    switch kind {
    case .same: return .quantity(unit)
    case .sameFromZero:
      try requireZero(part, unit)
      return .quantity(unit)
    case .step: return step
    case .rate: return .quantity((step.unit ?? unit).divided(by: .second).simplified)
    case .one: return .quantity(.one)
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

  fileprivate mutating func increase(_ call: Call) throws(ExpressionError) -> ExpressionPart {
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
}

// MARK: Memory

extension ExpressionFunction {
  static let memories = [
    ExpressionFunction("previous(point)", 1...1) { compiler, call throws(ExpressionError) in
      let (index, _) = try compiler.point(call.values[0])
      let cell = try compiler.cell(.previous(index), at: call.position)
      return ExpressionPart(
        call.values[0].type, [Instruction(.previous, index: cell)], at: call.position)
    },
    ExpressionFunction("smooth(point, duration)", 2...2) { compiler, call throws(ExpressionError) in
      let (index, _) = try compiler.point(call.values[0])
      let constant = try compiler.duration(call.values[1])
      let cell = try compiler.cell(
        .exponentialMean(index, timeConstant: constant), at: call.position)
      let number = try compiler.number(call.values[0]).part
      return ExpressionPart(
        number.type, [Instruction(.exponentialMean, index: cell)], at: call.position)
    },
    ExpressionFunction("since(condition)", 1...1) { compiler, call throws(ExpressionError) in
      let cell = try compiler.cell(.since, at: call.position)
      return try compiler.truth(call.values[0])
        .then(.since, index: cell, as: .quantity(.second))
    },
    ExpressionFunction("hysteresis(x, on, off)", 3...3) { compiler, call throws(ExpressionError) in
      try compiler.hysteresis(call)
    },
  ]
}

extension ExpressionCompiler {
  fileprivate mutating func hysteresis(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let values = try matched(call.values)
    if let on = values[1].constant, on == values[2].constant {
      throw .mistake(
        at: values[2].position,
        expected: both(
          "a value other than \(text[values[1].position])", "\(text[values[1].position]) 以外の値"))
    }
    var part = ExpressionPart(.hysteresis, of: values, .truth, at: call.position)
    part.steps[part.steps.count - 1].index = try cell(.hysteresis, at: call.position)
    return part
  }
}

// MARK: Forecast

extension ExpressionFunction {
  static let forecasts = [
    ExpressionFunction("timeTo(point, limit, window, horizon)", 4...4) {
      compiler, call throws(ExpressionError) in
      try compiler.time(call, isFalling: false)
    },
    ExpressionFunction("timeDownTo(point, limit, window, horizon)", 4...4) {
      compiler, call throws(ExpressionError) in
      try compiler.time(call, isFalling: true)
    },
  ]
}

extension ExpressionCompiler {
  /// limit - value, its change per second, and the time that the one takes with the other; for a
  /// limit that is reached from above, with both signs turned.
  fileprivate mutating func time(
    _ call: Call, isFalling: Bool
  ) throws(ExpressionError) -> ExpressionPart {
    let (index, point) = try point(call.values[0])
    let horizon = try duration(call.values[3])
    let trend = Call(
      values: [call.values[0], call.values[2]], position: call.values[2].position)
    var change = try ExpressionFunction.trend.compile(&self, trend)
    let value = ExpressionPart(
      .quantity(point.unit), [Instruction(.value, index: index.rawValue)], at: call.position)
    let limit = try converted(call.values[1], to: point.unit, as: call.values[0])
    var left = try subtracted(limit, value)
    if isFalling {
      left = try subtracted(value, limit)
      change = change.then(.negate, as: change.type)
    }
    var part = ExpressionPart(
      .timeToLimit, of: [left, change], .quantity(.second), at: call.position)
    part.steps[part.steps.count - 1].number = horizon.seconds
    return part
  }
}
