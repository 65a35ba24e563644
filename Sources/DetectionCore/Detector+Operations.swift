// What the instructions of a program do.
extension Detector {
  /// Runs a program for values that came at `time`; nil while a value that it needs is still awaited.
  mutating func run(_ program: Int, at time: Instant) -> Operand? {
    var depth = 0
    for position in plan.instructionRange(ofProgram: program) {
      let instruction = plan.instructions[position]
      depth -= instruction.operation.operandCount
      operands[depth] = perform(instruction, from: depth, at: time)
      depth += 1
    }
    let result = operands[0]
    return result.isAwaited && !result.flag.isBad ? nil : result
  }

  /// Performs an instruction on the operands from `base` on.
  private mutating func perform(
    _ instruction: Instruction, from base: Int, at time: Instant
  ) -> Operand {
    let index = Int(instruction.index)
    switch instruction.operation {
    case .constant: return Operand(value: instruction.number, flag: .pass)
    case .value: return newest(of: index)
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
      .notEqual, .and, .or, .fallback:
      return combine(operands[base], operands[base + 1], by: instruction.operation)
    case .scale: return operands[base].with(operands[base].value * instruction.number)
    case .shift: return operands[base].with(operands[base].value + instruction.number)
    case .negate, .magnitude, .squareRoot, .logarithm, .exponential, .not, .isUsable:
      return change(operands[base], by: instruction.operation)
    case .choose: return operands[base].choose(operands[base + 1], operands[base + 2])
    case .interpolate:
      let curve = plan.curves[index]
      return operands[base].with(curve.value(at: operands[base].value, in: plan.curvePoints))
    case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope:
      return summarise(window: index, by: instruction.operation, at: time)
    case .previous, .exponentialMean: return recall(cell: index)
    case .since:
      guard !operands[base].value.isNaN else { return operands[base] }
      return operands[base].with(
        cellStates[index].since(operands[base].isTrue, at: time) ?? .nan)
    case .hysteresis: return switched(cell: index, base: base)
    case .dewPoint, .salinity, .oxygenSolubility, .timeToLimit:
      return formula(instruction, from: base)
    }
  }

  private func newest(of point: Int) -> Operand {
    let value = pointStates[point].last.value
    let flag = pointStates[point].flag
    return value.isNaN && !flag.isBad ? .awaited : Operand(value: value, flag: flag)
  }

  private func combine(_ a: Operand, _ b: Operand, by operation: Operation) -> Operand {
    switch operation {
    case .add: a.with(b, a.value + b.value)
    case .subtract: a.with(b, a.value - b.value)
    case .multiply: a.with(b, a.value * b.value)
    case .divide: a.with(b, a.value / b.value)
    case .minimum: a.with(b, b.value < a.value || b.value.isNaN ? b.value : a.value)
    case .maximum: a.with(b, b.value > a.value || b.value.isNaN ? b.value : a.value)
    case .less: a.asked(b, a.value < b.value)
    case .lessOrEqual: a.asked(b, a.value <= b.value)
    case .equal: a.asked(b, a.value == b.value)
    case .notEqual: a.asked(b, a.value != b.value)
    case .and: a.and(b)
    case .or: a.or(b)
    case .fallback: a.isUsable ? a : b
    case .negate, .magnitude, .squareRoot, .logarithm, .exponential, .not, .isUsable, .mean,
      .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
      .robustSlope, .dewPoint, .salinity, .oxygenSolubility, .timeToLimit, .constant, .value,
      .scale, .shift, .choose, .interpolate, .previous, .exponentialMean, .since, .hysteresis:
      preconditionFailure("no operation on two values")
    }
  }

  private func change(_ a: Operand, by operation: Operation) -> Operand {
    switch operation {
    case .negate: a.with(-a.value)
    case .magnitude: a.with(a.value.magnitude)
    case .squareRoot: a.with(a.value.root())
    case .logarithm: a.with(Elementary.logarithm(a.value))
    case .exponential: a.with(Elementary.exponential(a.value))
    case .not: a.value.isNaN ? a : a.with(a.isTrue ? 0 : 1)
    case .isUsable: Operand(a.isUsable, flag: .pass)
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
      .notEqual, .and, .or, .fallback, .mean, .median, .lowest, .highest, .rootMeanSquare,
      .deviation, .count, .sum, .slope, .robustSlope, .dewPoint, .salinity, .oxygenSolubility,
      .timeToLimit, .constant, .value, .scale, .shift, .choose, .interpolate, .previous,
      .exponentialMean, .since, .hysteresis:
      preconditionFailure("no operation on one value")
    }
  }

  private func recall(cell index: Int) -> Operand {
    let plan = self.plan.cells[index]
    let value = cellStates[index].recalled(by: plan)
    guard let point = plan.point else { return .awaited }
    let flag = pointStates[point].flag
    return value.isNaN && !flag.isBad ? .awaited : Operand(value: value, flag: flag)
  }

  private func switched(cell index: Int, base: Int) -> Operand {
    let x = operands[base]
    let answer = x.with(operands[base + 1], x.value).with(operands[base + 2], x.value)
    if answer.isAwaited || answer.flag.isBad { return answer }
    let isOn = cellStates[index].switched(
      by: x.value, on: operands[base + 1].value, off: operands[base + 2].value)
    return answer.with(isOn ? 1 : 0)
  }

  private func formula(_ instruction: Instruction, from base: Int) -> Operand {
    let a = operands[base]
    let b = operands[base + 1]
    switch instruction.operation {
    case .dewPoint:
      return a.with(b, Formulas.dewPoint(temperature: a.value, relativeHumidity: b.value))
    case .oxygenSolubility:
      return a.with(b, Formulas.oxygenSolubility(temperature: a.value, salinity: b.value))
    case .salinity:
      let c = operands[base + 2]
      let salinity = Formulas.salinity(
        conductivity: a.value, temperature: b.value, pressure: c.value)
      return a.with(b, salinity).with(c, salinity)
    case .timeToLimit:
      return a.with(
        b, Formulas.timeToLimit(rest: a.value, rate: b.value, horizon: instruction.number))
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
      .notEqual, .and, .or, .fallback, .negate, .magnitude, .squareRoot, .logarithm,
      .exponential, .not, .isUsable, .mean, .median, .lowest, .highest, .rootMeanSquare,
      .deviation, .count, .sum, .slope, .robustSlope, .constant, .value, .scale, .shift, .choose,
      .interpolate, .previous, .exponentialMean, .since, .hysteresis:
      preconditionFailure("no formula")
    }
  }

  private mutating func summarise(
    window index: Int, by operation: Operation, at time: Instant
  ) -> Operand {
    let window = plan.windows[index]
    windowStates[index].window.forget(
      olderThan: window.window.length, at: time, in: windowEntries)
    let values = windowStates[index].window
    let flag = pointStates[Int(window.point.rawValue)].flag
    guard values.count >= Int(window.window.minimumCount) else {
      return flag.isBad ? Operand(value: .nan, flag: flag) : .awaited
    }
    let value =
      switch operation {
      case .mean: values.mean(in: windowEntries)
      case .median: values.median(in: windowEntries, scratch: scratch)
      case .lowest: values.smallest(in: windowEntries)
      case .highest: values.largest(in: windowEntries)
      case .rootMeanSquare: values.rootMeanSquare(in: windowEntries)
      case .deviation: values.standardDeviation(in: windowEntries)
      case .count: Double(Int64(widening: values.count))
      case .sum: values.sum(in: windowEntries)
      case .slope: values.slope(in: windowEntries)
      case .robustSlope: values.robustSlope(in: windowEntries, scratch: scratch)
      case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .equal,
        .notEqual, .and, .or, .fallback, .negate, .magnitude, .squareRoot, .logarithm,
        .exponential, .not, .isUsable, .dewPoint, .salinity, .oxygenSolubility, .timeToLimit,
        .constant, .value, .scale, .shift, .choose, .interpolate, .previous, .exponentialMean,
        .since, .hysteresis:
        // No statistic, and no trap either: that would have to free what the detector owns.
        Double.nan
      }
    return Operand(value: value, flag: flag)
  }
}
