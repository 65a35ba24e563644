import DetectionCore

// The programs of a random plan, and what they keep.
extension FixedPlan {
  /// A program over points that stand already; its index, and whether all these points are tested.
  /// Nil when there is no room for another one.
  mutating func addProgram(_ dice: inout Dice) -> (index: UInt16, isTested: Bool)? {
    let longest = 12
    guard !programs.isFull, instructions.count + 2 * longest <= 96 else { return nil }
    let first = instructions.count
    let index = UInt16(programs.count)
    var isTested = true
    var depth = 0
    put(Instruction(.value, index: named(&isTested, &dice)), on: &depth, &dice)
    for _ in 0..<dice.below(longest) {
      guard let operation = operation(&dice),
        operation.taken <= depth || dice.makesMistakes, depth < 8,
        let instruction = instruction(operation, &isTested, &dice)
      else { continue }
      put(instruction, on: &depth, &dice)
    }
    while depth > 1 {
      let operation: Operation = dice.pick(
        [.add, .maximum, .divide, .less, .and, .fallback] as InlineArray<6, Operation>)
      put(Instruction(operation), on: &depth, &dice)
    }
    programs.append(
      ProgramPlan(
        firstInstruction: dice.planned(UInt16(first)),
        instructionCount: dice.planned(UInt16(instructions.count - first))))
    return (index, isTested)
  }

  /// Any operation; those over windows, which do most, a little more often.
  private func operation(_ dice: inout Dice) -> Operation? {
    let isWindowed = dice.isOne(in: 4)
    let first = isWindowed ? Operation.mean : Operation.constant
    let last = isWindowed ? Operation.robustSlope : Operation.timeToLimit
    return Operation(
      rawValue: first.rawValue + UInt8(dice.below(Int(last.rawValue - first.rawValue) + 1)))
  }

  private mutating func put(
    _ instruction: Instruction, on depth: inout Int, _ dice: inout Dice
  ) {
    guard !instructions.isFull else { return }
    var instruction = instruction
    instruction.index = dice.planned(instruction.index)
    instruction.number = dice.planned(instruction.number)
    instructions.append(instruction)
    depth += 1 - instruction.operation.taken
  }

  /// The index of a point that a program names.
  private func named(_ isTested: inout Bool, _ dice: inout Dice) -> UInt16 {
    let point = dice.below(points.count)
    if !testedPoints[point] { isTested = false }
    return UInt16(point)
  }

  private mutating func instruction(
    _ operation: Operation, _ isTested: inout Bool, _ dice: inout Dice
  ) -> Instruction? {
    switch operation {
    case .value: return Instruction(.value, index: named(&isTested, &dice))
    case .constant, .scale, .shift: return Instruction(operation, number: dice.quarters(-20...20))
    case .timeToLimit: return Instruction(operation, number: dice.quarters(0...200))
    case .interpolate:
      guard curves.count > 0 else { return nil }
      return Instruction(operation, index: UInt16(dice.below(curves.count)))
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope:
      return addWindow(&isTested, &dice).map { Instruction(operation, index: $0) }
    case .previous:
      return addCell(.previous(point(&isTested, &dice))).map { Instruction(.previous, index: $0) }
    case .exponentialMean:
      let cell = CellPlan.exponentialMean(
        point(&isTested, &dice), timeConstant: dice.span(from: 1))
      return addCell(cell).map { Instruction(operation, index: $0) }
    case .since: return addCell(.since).map { Instruction(operation, index: $0) }
    case .hysteresis: return addCell(.hysteresis).map { Instruction(operation, index: $0) }
    default: return Instruction(operation)
    }
  }

  private func point(_ isTested: inout Bool, _ dice: inout Dice) -> PointIndex {
    PointIndex(rawValue: dice.planned(named(&isTested, &dice)))
  }

  private mutating func addWindow(_ isTested: inout Bool, _ dice: inout Dice) -> UInt16? {
    guard !windows.isFull else { return nil }
    var content = PointWindow.Content.values
    if dice.isOne(in: 3) {
      content = .increments(
        modulus: dice.planned(dice.pick([65_536, 16, .infinity] as InlineArray<3, Double>)))
    }
    windows.append(
      PointWindow(
        point: point(&isTested, &dice), window: window(least: 1, &dice), content: content))
    return UInt16(windows.count - 1)
  }

  private mutating func addCell(_ cell: CellPlan) -> UInt16? {
    guard !cells.isFull else { return nil }
    cells.append(cell)
    return UInt16(cells.count - 1)
  }

  /// A curve of two to five points that grow.
  mutating func addCurve(_ dice: inout Dice) {
    let count = 2 + dice.below(4)
    guard !curves.isFull, curvePoints.count + count <= 16 else { return }
    curves.append(
      CurvePlan(
        firstPoint: dice.planned(UInt16(curvePoints.count)),
        pointCount: dice.planned(UInt16(count))))
    var x = dice.quarters(-40...0)
    for _ in 0..<count {
      x += dice.quarters(1...20)
      curvePoints.append(CurvePoint(x: dice.planned(x), y: dice.planned(dice.quarters(-40...40))))
    }
  }
}

extension Operation {
  /// How many numbers it takes from the stack.
  fileprivate var taken: Int {
    switch self {
    case .constant, .value, .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count,
      .sum, .slope, .robustSlope, .previous, .exponentialMean:
      0
    case .scale, .shift, .negate, .magnitude, .squareRoot, .logarithm, .exponential, .not,
      .isUsable, .interpolate, .since:
      1
    case .choose, .hysteresis, .salinity: 3
    default: 2
    }
  }
}
