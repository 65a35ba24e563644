internal import Delivery
internal import DetectionCore

// Calls of functions, and the functions that work on any values.
extension ExpressionCompiler {
  typealias Call = ExpressionFunction.Call

  /// What follows the name of a function.
  mutating func call(
    _ name: String, at position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    guard let function = ExpressionFunction.named(name) else {
      guard scope.curveNames.index(of: name) == nil else {
        throw .mistake(at: position, expected: both("curve(\(name), x)", "curve(\(name), x)"))
      }
      let names = ExpressionFunction.all.map(\.name)
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
    var call = Call(values: [], position: position)
    if function.takesCurve { call.curve = try curve(expected: function.usage) }
    if call.curve != nil || !takes(.close) {
      repeat { call.values.append(try disjunction()) } while takes(.comma)
      guard takes(.close) else { throw unexpected(.close) }
    }
    call.position = position.lowerBound..<end
    guard function.counts.contains(call.values.count) else {
      throw .mistake(at: call.position, expected: both(function.usage, function.usage))
    }
    var part = try checked(function.compile(&self, call))
    part.position = call.position
    return part
  }

  /// The name of a curve, and the comma behind it.
  private mutating func curve(expected usage: String) throws(ExpressionError) -> Int {
    let (id, position) = try takeWord(expected: both(usage, usage))
    guard let index = scope.curveNames.index(of: id) else {
      throw .mistake(at: position, expected: scope.curveNames.expectation(insteadOf: id))
    }
    guard takes(.comma) else { throw unexpected(.comma) }
    return index
  }
}

// MARK: Arithmetic

extension ExpressionFunction {
  static let arithmetic = [
    ExpressionFunction("min(a, b, …)", 2...Int.max) { compiler, call throws(ExpressionError) in
      try compiler.folded(.minimum, compiler.matched(call.values), at: call.position)
    },
    ExpressionFunction("max(a, b, …)", 2...Int.max) { compiler, call throws(ExpressionError) in
      try compiler.folded(.maximum, compiler.matched(call.values), at: call.position)
    },
    ExpressionFunction("abs(x)", 1...1) { compiler, call throws(ExpressionError) in
      let value = try compiler.scalable(compiler.number(call.values[0]).part)
      return value.then(.magnitude, as: value.type)
    },
    ExpressionFunction("clamp(x, low, high)", 3...3) { compiler, call throws(ExpressionError) in
      try compiler.clamped(call)
    },
    ExpressionFunction("sqrt(x)", 1...1) { compiler, call throws(ExpressionError) in
      try compiler.root(of: call.values[0])
    },
    ExpressionFunction("ln(x)", 1...1) { compiler, call throws(ExpressionError) in
      try compiler.plain(call.values[0]).then(.logarithm, as: .quantity(.one))
    },
    ExpressionFunction("exp(x)", 1...1) { compiler, call throws(ExpressionError) in
      try compiler.plain(call.values[0]).then(.exponential, as: .quantity(.one))
    },
  ]
}

extension ExpressionCompiler {
  /// The operation on the first two values, then on its result and the next one, and so on.
  fileprivate func folded(
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

  fileprivate func clamped(_ call: Call) throws(ExpressionError) -> ExpressionPart {
    let values = try matched(call.values)
    let isOrdered =
      if let low = values[1].constant, let high = values[2].constant { low <= high } else { true }
    guard isOrdered else {
      throw .mistake(
        at: values[1].position,
        expected: both(
          "a lower end not above \(text[values[2].position])", "\(text[values[2].position]) 以下の下限"))
    }
    let below = try folded(.minimum, [values[0], values[2]], at: call.position)
    return try folded(.maximum, [below, values[1]], at: call.position)
  }

  fileprivate func root(of part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    let value = try scalable(number(part).part)
    guard let unit = value.type.unit, let root = unit.dimension.squareRoot else {
      throw .mistake(
        at: value.position, found: described(value),
        expected: both("a quantity whose unit is a square, such as m2", "単位が二乗の量 (例: m2)"))
    }
    let base = value.converted(to: unit.base)
    return base.then(.squareRoot, as: .quantity(Unit(root.written, root).simplified))
  }

  /// The value of a logarithm or an exponential, which has no unit.
  fileprivate func plain(_ part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    let (value, unit) = try number(part)
    guard unit.dimension == .one else {
      throw .mistake(
        at: value.position, found: described(value),
        expected: both(
          "a number without a unit, such as \(text[value.position]) / (1 \(unit.code))",
          "単位のない数値 (例: \(text[value.position]) / (1 \(unit.code)))"))
    }
    return value.converted(to: .one)
  }
}

// MARK: Choice

extension ExpressionFunction {
  static let choices = [
    ExpressionFunction("if(condition, a, b)", 3...3) { compiler, call throws(ExpressionError) in
      let condition = try compiler.truth(call.values[0])
      return try compiler.selected(
        .choose, [condition], [call.values[1], call.values[2]], call.position)
    },
    ExpressionFunction("else(a, b)", 2...2) { compiler, call throws(ExpressionError) in
      try compiler.selected(.fallback, [], call.values, call.position)
    },
    ExpressionFunction("usable(x)", 1...1) { _, call throws(ExpressionError) in
      call.values[0].then(.isUsable, as: .truth)
    },
  ]
}

extension ExpressionCompiler {
  /// The operation on what decides and two values of the same kind.
  fileprivate func selected(
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
}

// MARK: Formulas

extension ExpressionFunction {
  static let formulas = [
    ExpressionFunction("dewPoint(temperature, humidity)", 2...2) {
      compiler, call throws(ExpressionError) in
      let parts = [
        try compiler.value(call, 0, in: "Cel"), try compiler.value(call, 1, in: "%"),
      ]
      return ExpressionPart(.dewPoint, of: parts, .quantity(code: "Cel"), at: call.position)
    },
    ExpressionFunction("salinity(conductivity, temperature, pressure)", 3...3) {
      compiler, call throws(ExpressionError) in
      let parts = [
        try compiler.value(call, 0, in: "mS/cm"), try compiler.value(call, 1, in: "Cel"),
        try compiler.value(call, 2, in: "dbar"),
      ]
      return ExpressionPart(.salinity, of: parts, .quantity(code: "1"), at: call.position)
    },
    ExpressionFunction("oxygenSaturation(temperature, salinity)", 2...2) {
      compiler, call throws(ExpressionError) in
      let parts = [
        try compiler.value(call, 0, in: "Cel"), try compiler.practicalSalinity(call.values[1]),
      ]
      return ExpressionPart(
        .oxygenSolubility, of: parts, .quantity(code: "mg/L"), at: call.position)
    },
  ]

  static let curve = ExpressionFunction("curve(id, x)", 1...1, takesCurve: true) {
    compiler, call throws(ExpressionError) in
    guard let index = call.curve, let curve = compiler.scope.curves[index] else {
      throw .reportedElsewhere
    }
    return try compiler.converted(call.values[0], to: curve.x)
      .then(.interpolate, index: UInt16(index), as: .quantity(curve.y))
  }
}

extension ExpressionType {
  fileprivate static func quantity(code: String) -> ExpressionType {
    .quantity(Unit.named(code) ?? .one)
  }
}

extension ExpressionCompiler {
  fileprivate func value(
    _ call: Call, _ index: Int, in code: String
  ) throws(ExpressionError) -> ExpressionPart {
    try converted(call.values[index], to: Unit.named(code) ?? .one)
  }

  /// Practical salinity is a plain number; 35 g/kg would become 0.035 of it.
  fileprivate func practicalSalinity(
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
