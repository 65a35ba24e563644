extension PlanCheck {
  /// Curves lie in a row, grow, and have values.
  func checkCurves() throws(PlanError) {
    try limit(.curve, plan.curves.count, to: CoreLimits.curves)
    try limit(.curvePoint, plan.curvePoints.count, to: CoreLimits.curvePoints)
    var next = 0
    for index in 0..<plan.curves.count {
      let curve = plan.curves[index]
      guard Int(curve.firstPoint) == next else {
        throw PlanError(
          .curve, index, .notInRow(first: Int(curve.firstPoint), expected: next))
      }
      guard curve.pointCount >= 2 else { throw PlanError(.curve, index, .curveTooShort) }
      next += Int(curve.pointCount)
      guard next <= plan.curvePoints.count else {
        throw PlanError(
          .curve, index, .indexOutOfRange(next - 1, limit: plan.curvePoints.count))
      }
      for position in Int(curve.firstPoint)..<next {
        let point = plan.curvePoints[position]
        guard point.x.isFinite && point.y.isFinite else {
          throw PlanError(.curvePoint, position, .notFinite)
        }
        guard position == Int(curve.firstPoint) || plan.curvePoints[position - 1].x < point.x else {
          throw PlanError(.curvePoint, position, .curveNotGrowing)
        }
      }
    }
  }

  /// Programs lie in a row, windows and cells name points, and every instruction finds what it names
  /// and takes from the stack no more than there is.
  func checkPrograms() throws(PlanError) {
    try limit(.program, plan.programs.count, to: CoreLimits.points)
    try limit(.instruction, plan.instructions.count, to: CoreLimits.instructions)
    try limit(.cell, plan.cells.count, to: CoreLimits.cells)
    for index in 0..<plan.cells.count { try checkCell(index) }
    var next = 0
    for index in 0..<plan.programs.count {
      let program = plan.programs[index]
      guard Int(program.firstInstruction) == next else {
        throw PlanError(
          .program, index, .notInRow(first: Int(program.firstInstruction), expected: next))
      }
      let count = Int(program.instructionCount)
      guard count <= CoreLimits.instructionsPerProgram else {
        throw PlanError(
          .program, index, .tooMany(count: count, limit: CoreLimits.instructionsPerProgram))
      }
      next += count
      guard next <= plan.instructions.count else {
        throw PlanError(
          .program, index, .indexOutOfRange(next - 1, limit: plan.instructions.count))
      }
      try checkStack(ofProgram: index)
    }
  }

  private func checkCell(_ index: Int) throws(PlanError) {
    guard let point = plan.cells[index].point else { return }
    guard point < plan.points.count else {
      throw PlanError(.cell, index, .indexOutOfRange(point, limit: plan.points.count))
    }
    if case .exponentialMean(_, let timeConstant) = plan.cells[index] {
      try checkTime(.cell, index, timeConstant, isZeroAllowed: false)
    }
  }

  private func checkStack(ofProgram index: Int) throws(PlanError) {
    var depth = 0
    for position in plan.instructionRange(ofProgram: index) {
      let instruction = plan.instructions[position]
      try checkOperand(of: instruction, at: position)
      let taken = instruction.operation.operandCount
      guard depth >= taken else { throw PlanError(.instruction, position, .stackEmpty) }
      depth += 1 - taken
      guard depth <= CoreLimits.programStack else {
        throw PlanError(.instruction, position, .stackTooDeep(limit: CoreLimits.programStack))
      }
    }
    guard depth == 1 else { throw PlanError(.program, index, .resultCount(depth)) }
  }

  private func checkOperand(of instruction: Instruction, at position: Int) throws(PlanError) {
    let index = Int(instruction.index)
    switch instruction.operation {
    case .constant, .scale, .shift, .timeToLimit:
      guard instruction.number.isFinite else { throw PlanError(.instruction, position, .notFinite) }
    case .value: try checkIndex(index, below: plan.points.count, at: position)
    case .interpolate: try checkIndex(index, below: plan.curves.count, at: position)
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope:
      try checkIndex(index, below: plan.windows.count, at: position)
    case .robustSlope:
      try checkIndex(index, below: plan.windows.count, at: position)
      let capacity = Int(plan.windows[index].window.capacity)
      guard capacity <= CoreLimits.robustSlopeCount else {
        throw PlanError(
          .window, index, .tooMany(count: capacity, limit: CoreLimits.robustSlopeCount))
      }
    case .previous, .exponentialMean, .since, .hysteresis:
      try checkIndex(index, below: plan.cells.count, at: position)
      guard plan.cells[index].operation == instruction.operation else {
        throw PlanError(.instruction, position, .otherCell(index))
      }
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .negate, .magnitude,
      .squareRoot, .logarithm, .exponential, .less, .lessOrEqual, .equal, .notEqual, .and, .or,
      .not, .choose, .fallback, .isUsable, .dewPoint, .salinity, .oxygenSolubility:
      break
    }
  }

  private func checkIndex(_ index: Int, below limit: Int, at position: Int) throws(PlanError) {
    guard index < limit else {
      throw PlanError(.instruction, position, .indexOutOfRange(index, limit: limit))
    }
  }

  /// A point is the only one that its program computes, and what it is computed from stands before.
  func checkProgram(_ program: Int, ofPoint index: Int) throws(PlanError) {
    guard program < plan.programs.count else {
      throw PlanError(.point, index, .indexOutOfRange(program, limit: plan.programs.count))
    }
    var sourceCount = 0
    var sources = plan.sources(ofPoint: index)
    while let source = sources.next() {
      try checkSource(source, ofPoint: index)
      sourceCount += 1
    }
    guard sourceCount > 0 else { throw PlanError(.point, index, .noSource) }
    for other in 0..<index {
      if case .computed(let taken) = plan.points[other].source, Int(taken) == program {
        throw PlanError(.point, index, .programShared(with: other))
      }
    }
  }

  /// The windows of programs, and those of all points together, fit.
  func checkWindows() throws(PlanError) {
    try limit(.window, plan.windows.count, to: CoreLimits.windows)
    var count = 0
    for index in 0..<plan.windows.count {
      let window = plan.windows[index]
      let point = Int(window.point.rawValue)
      guard point < plan.points.count else {
        throw PlanError(.window, index, .indexOutOfRange(point, limit: plan.points.count))
      }
      if case .increments(let modulus) = window.content, !(modulus > 0) {
        throw PlanError(.window, index, .negative(modulus))
      }
      try check(window.window, least: 1, of: .window, index)
      count += Int(window.window.capacity)
    }
    for index in 0..<plan.points.count {
      count += plan.points[index].tests.windowCapacity
      guard count <= CoreLimits.windowEntries else {
        throw PlanError(
          .point, index, .windowsTooLarge(count: count, limit: CoreLimits.windowEntries))
      }
    }
  }
}
