extension PlanTables {
  /// Where the instructions of a program lie.
  func instructionRange(ofProgram index: Int) -> Range<Int> {
    let first = Int(programs[index].firstInstruction)
    return first..<first + Int(programs[index].instructionCount)
  }

  /// The points that the point at `index` is computed from, each once.
  func sources(ofPoint index: Int) -> PointSources {
    PointSources(of: points[index].source, in: self)
  }

  /// The point that an instruction takes values from, directly or through a window or cell.
  fileprivate func source(of instruction: Instruction) -> Int? {
    let index = Int(instruction.index)
    switch instruction.operation {
    case .value: return index
    case .previous, .exponentialMean: return cells[index].point
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope:
      return Int(windows[index].point.rawValue)
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
      .notEqual, .and, .or, .fallback, .negate, .magnitude, .squareRoot, .logarithm,
      .exponential, .not, .isUsable, .dewPoint, .salinity, .oxygenSolubility, .timeToLimit,
      .constant, .scale, .shift, .choose, .interpolate, .since, .hysteresis:
      return nil
    }
  }
}

/// The points that a point is computed from, each once, in the order in which they are named.
///
/// No `Sequence`: its conformance would bring arrays along.
struct PointSources {
  private let plan: PlanTables
  private var single: Int?
  private var remaining: Range<Int>
  private let first: Int

  init(of source: PointSource, in plan: PlanTables) {
    self.plan = plan
    remaining = 0..<0
    switch source {
    case .acquired: break
    case .derived(let point, _, _): single = Int(point.rawValue)
    case .computed(let program): remaining = plan.instructionRange(ofProgram: Int(program))
    }
    first = remaining.lowerBound
  }

  mutating func next() -> Int? {
    if let point = single {
      single = nil
      return point
    }
    while !remaining.isEmpty {
      let position = remaining.lowerBound
      remaining = position + 1..<remaining.upperBound
      if let source = plan.source(of: plan.instructions[position]),
        !isNamed(source, before: position)
      {
        return source
      }
    }
    return nil
  }

  private func isNamed(_ source: Int, before position: Int) -> Bool {
    for earlier in first..<position where plan.source(of: plan.instructions[earlier]) == source {
      return true
    }
    return false
  }
}

extension Operation {
  /// How many numbers it takes from the stack; it puts one.
  var operandCount: Int {
    switch self {
    case .constant, .value: 0
    case .add, .subtract, .multiply, .divide, .minimum, .maximum: 2
    case .scale, .shift, .negate, .magnitude, .squareRoot, .logarithm, .exponential: 1
    case .less, .lessOrEqual, .equal, .notEqual, .and, .or, .fallback: 2
    case .not, .isUsable, .interpolate, .since: 1
    case .choose, .hysteresis, .salinity: 3
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope, .previous, .exponentialMean:
      0
    case .dewPoint, .oxygenSolubility, .timeToLimit: 2
    }
  }

  /// True when it names a window.
  var usesWindow: Bool {
    switch self {
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope:
      true
    case .constant, .value, .add, .subtract, .multiply, .divide, .minimum, .maximum, .scale, .shift,
      .negate, .magnitude, .squareRoot, .logarithm, .exponential, .less, .lessOrEqual, .equal,
      .notEqual, .and, .or, .not, .choose, .fallback, .isUsable, .interpolate, .previous,
      .exponentialMean, .since, .hysteresis, .dewPoint, .salinity, .oxygenSolubility, .timeToLimit:
      false
    }
  }
}

extension CellPlan {
  /// The index of the point whose values it takes.
  var point: Int? {
    switch self {
    case .previous(let point), .exponentialMean(let point, _): Int(point.rawValue)
    case .since, .hysteresis: nil
    }
  }

  /// The operation that it serves.
  var operation: Operation {
    switch self {
    case .previous: .previous
    case .exponentialMean: .exponentialMean
    case .since: .since
    case .hysteresis: .hysteresis
    }
  }
}
