internal import Delivery
internal import DetectionCore

// Calls of functions, and the functions that work on any values.
extension ExpressionCompiler {
  /// A function that is called, its values, and where it stands.
  struct Call {
    var function: ExpressionFunction
    var values: [ExpressionPart]
    var position: Range<Int>
    /// The curve that it names.
    var curve: Int?
  }

  /// What follows the name of a function.
  mutating func call(
    _ name: String, at position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    guard let function = ExpressionFunction(rawValue: name) else {
      guard scope.curveNames.index(of: name) == nil else {
        throw .mistake(at: position, expected: both("curve(\(name), x)", "curve(\(name), x)"))
      }
      let names = ExpressionFunction.allCases.map(\.rawValue)
      let near = nearMiss(of: name, among: names)
      throw .mistake(
        at: position,
        expected: near.map {
          both("the name of a function; did you mean \"\($0)\"?", "関数の名前 (もしかして \"\($0)\"?)")
        }
          ?? both(
            "the name of a function: \(names.joined(separator: ", "))",
            "関数の名前: \(names.joined(separator: ", "))"))
    }
    _ = takes(.open)
    var call = Call(function: function, values: [], position: position)
    if function == .curve { call.curve = try curve() }
    if call.curve != nil || !takes(.close) {
      repeat { call.values.append(try disjunction()) } while takes(.comma)
      guard takes(.close) else { throw unexpected(.close) }
    }
    call.position = position.lowerBound..<end
    guard function.counts.contains(call.values.count) else {
      throw .mistake(at: call.position, expected: both(function.usage, function.usage))
    }
    var part = try checked(compile(call))
    part.position = call.position
    return part
  }

  /// The name of a curve, and the comma behind it.
  private mutating func curve() throws(ExpressionError) -> Int {
    let usage = both(ExpressionFunction.curve.usage, ExpressionFunction.curve.usage)
    let (id, position) = try takeWord(expected: usage)
    guard let index = scope.curveNames.index(of: id) else {
      throw .mistake(at: position, expected: scope.curveNames.expectation(insteadOf: id))
    }
    guard takes(.comma) else { throw unexpected(.comma) }
    return index
  }

  private mutating func compile(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    switch call.function {
    case .min, .max, .abs, .clamp, .sqrt, .ln, .exp: try arithmetic(call)
    case .if, .else, .usable, .since, .hysteresis: try choice(call)
    case .mean, .median, .lowest, .highest, .rms, .stddev, .count, .sum, .slope, .trend:
      try statistic(call)
    case .increase: try increase(call)
    case .previous, .smooth: try memory(call)
    case .dewPoint, .salinity, .oxygenSaturation, .curve: try formula(call)
    case .timeTo, .timeDownTo: try time(call)
    }
  }

  // MARK: Arithmetic

  private func arithmetic(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let values = call.values
    switch call.function {
    case .min: return try folded(.minimum, matched(values), at: call.position)
    case .max: return try folded(.maximum, matched(values), at: call.position)
    case .clamp:
      let values = try matched(values)
      let isOrdered =
        if let low = values[1].constant, let high = values[2].constant { low <= high } else { true }
      guard isOrdered else {
        throw .mistake(
          at: values[1].position,
          expected: both(
            "a lower end not above \(text[values[2].position])", "\(text[values[2].position]) 以下の下限"
          ))
      }
      let below = try folded(.minimum, [values[0], values[2]], at: call.position)
      return try folded(.maximum, [below, values[1]], at: call.position)
    case .abs:
      let value = try scalable(number(values[0]).part)
      return value.then(.magnitude, as: value.type)
    case .sqrt:
      let value = try scalable(number(values[0]).part)
      guard let unit = value.type.unit, let root = unit.dimension.squareRoot else {
        throw .mistake(
          at: value.position, found: described(value),
          expected: both("a quantity whose unit is a square, such as m2", "単位が二乗の量 (例: m2)"))
      }
      let base = value.converted(to: unit.base)
      return base.then(.squareRoot, as: .quantity(Unit(root.written, root).simplified))
    case .ln, .exp:
      let operation: Operation = call.function == .ln ? .logarithm : .exponential
      let (value, unit) = try number(values[0])
      guard unit.dimension == .one else {
        throw .mistake(
          at: value.position, found: described(value),
          expected: both(
            "a number without a unit, such as \(text[value.position]) / (1 \(unit.code))",
            "単位のない数値 (例: \(text[value.position]) / (1 \(unit.code)))"))
      }
      return value.converted(to: .one).then(operation, as: .quantity(.one))
    case .if, .else, .usable, .mean, .median, .lowest, .highest, .rms, .stddev, .count, .sum,
      .slope, .trend, .increase, .previous, .smooth, .since, .hysteresis, .dewPoint, .salinity,
      .oxygenSaturation, .timeTo, .timeDownTo, .curve:
      preconditionFailure("no arithmetic")
    }
  }

  /// The operation on the first two values, then on its result and the next one, and so on.
  private func folded(
    _ operation: Operation, _ values: [ExpressionPart], at position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    var part = values[0]
    for value in values.dropFirst() {
      part = try checked(
        ExpressionPart(operation, of: [part, value], type(of: values), at: position))
    }
    part.isBare = values.allSatisfy(\.isBare)
    return part
  }

  // MARK: Choice

  private mutating func choice(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let values = call.values
    switch call.function {
    case .if:
      return try selected(.choose, [truth(values[0])], [values[1], values[2]], call.position)
    case .else: return try selected(.fallback, [], values, call.position)
    case .usable: return values[0].then(.isUsable, as: .truth)
    case .since:
      let cell = try cell(.since, at: call.position)
      return try truth(values[0]).then(.since, index: cell, as: .quantity(.second))
    case .hysteresis:
      let values = try matched(values)
      if let on = values[1].constant, on == values[2].constant {
        throw .mistake(
          at: values[2].position,
          expected: both(
            "a value other than \(text[values[1].position])", "\(text[values[1].position]) 以外の値"))
      }
      var part = ExpressionPart(.hysteresis, of: values, .truth, at: call.position)
      part.steps[part.steps.count - 1].index = try cell(.hysteresis, at: call.position)
      return part
    case .min, .max, .abs, .clamp, .sqrt, .ln, .exp, .mean, .median, .lowest, .highest, .rms,
      .stddev, .count, .sum, .slope, .trend, .increase, .previous, .smooth, .dewPoint, .salinity,
      .oxygenSaturation, .timeTo, .timeDownTo, .curve:
      preconditionFailure("no choice")
    }
  }

  /// The operation on what decides and two values of the same kind.
  private func selected(
    _ operation: Operation, _ deciding: [ExpressionPart], _ values: [ExpressionPart],
    _ position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    guard values.contains(where: { $0.type != .truth }) else {
      return ExpressionPart(operation, of: deciding + values, .truth, at: position)
    }
    let values = try matched(values)
    var part = ExpressionPart(operation, of: deciding + values, type(of: values), at: position)
    part.isBare = values.allSatisfy(\.isBare)
    return part
  }

  // MARK: Formulas

  private func formula(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let values = call.values
    func value(_ index: Int, _ code: String) throws(ExpressionError) -> ExpressionPart {
      try converted(values[index], to: Unit.named(code) ?? .one)
    }
    func quantity(_ code: String) -> ExpressionType { .quantity(Unit.named(code) ?? .one) }
    switch call.function {
    case .dewPoint:
      let parts = [try value(0, "Cel"), try value(1, "%")]
      return ExpressionPart(.dewPoint, of: parts, quantity("Cel"), at: call.position)
    case .salinity:
      let parts = [try value(0, "mS/cm"), try value(1, "Cel"), try value(2, "dbar")]
      return ExpressionPart(.salinity, of: parts, quantity("1"), at: call.position)
    case .oxygenSaturation:
      let parts = [try value(0, "Cel"), try practicalSalinity(values[1])]
      return ExpressionPart(.oxygenSolubility, of: parts, quantity("mg/L"), at: call.position)
    case .curve:
      guard let index = call.curve, let curve = scope.curves[index] else {
        throw .reportedElsewhere
      }
      return try converted(values[0], to: curve.x)
        .then(.interpolate, index: UInt16(index), as: .quantity(curve.y))
    case .min, .max, .abs, .clamp, .sqrt, .ln, .exp, .if, .else, .usable, .mean, .median,
      .lowest, .highest, .rms, .stddev, .count, .sum, .slope, .trend, .increase, .previous,
      .smooth, .since, .hysteresis, .timeTo, .timeDownTo:
      preconditionFailure("no formula")
    }
  }

  /// Practical salinity is a plain number; 35 g/kg would become 0.035 of it.
  private func practicalSalinity(
    _ part: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let (part, unit) = try number(part)
    guard unit.isPlain else {
      throw .mistake(
        at: part.position, found: described(part),
        expected: both("practical salinity, with the unit 1", "実用塩分 (単位 1)"))
    }
    return part
  }
}
