internal import Delivery
internal import DetectionCore

// What the operators do to units, and the steps that they become.
extension ExpressionCompiler {
  // MARK: Truth

  func joined(
    _ operation: Operation, _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let parts = [try truth(left), try truth(right)]
    return try checked(ExpressionPart(operation, of: parts, .truth, at: span(left, right)))
  }

  func inverted(_ part: ExpressionPart, from start: Int) throws(ExpressionError) -> ExpressionPart {
    var inverted = try truth(part).then(.not, as: .truth)
    inverted.position = start..<part.position.upperBound
    return try checked(inverted)
  }

  func truth(_ part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    guard part.type == .truth else {
      throw .mistake(
        at: part.position,
        expected: both(
          "a condition, such as \(text[part.position]) > …", "条件 (例: \(text[part.position]) > …)"))
    }
    return part
  }

  func compared(
    _ left: ExpressionPart, _ sign: ExpressionToken.Sign, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let isEquality = sign == .equal || sign == .notEqual
    var parts = [left, right]
    if !isEquality || left.type != .truth || right.type != .truth {
      parts = try matched([left, right])
    }
    let operation: Operation =
      switch sign {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less, .greater: .less
      case .lessOrEqual, .greaterOrEqual: .lessOrEqual
      case .plus, .minus, .times, .over, .open, .close, .comma:
        preconditionFailure("no comparison")
      }
    if sign == .greater || sign == .greaterOrEqual { parts.reverse() }
    return try checked(ExpressionPart(operation, of: parts, .truth, at: span(left, right)))
  }

  // MARK: Sums

  func added(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let left = try number(left)
    let right = try number(right)
    let position = span(left.part, right.part)
    guard left.unit.isAbsolute || right.unit.isAbsolute else {
      let parts = try matched([left.part, right.part])
      return try sum(parts[0], parts[1], sign: 1, type(of: parts), at: position)
    }
    guard !left.unit.isAbsolute || !right.unit.isAbsolute else {
      throw .mistake(
        at: right.part.position,
        expected: both(
          "a difference in K; two temperatures in \(right.unit.code) have no sum",
          "K 単位の温度差 (\(right.unit.code) の温度同士は足せない)"))
    }
    try requireTemperatures(left.part, right.part)
    let (temperature, step) = left.unit.isAbsolute ? (left, right) : (right, left)
    return try sum(
      temperature.part, difference(step.part), sign: 1, .quantity(temperature.unit), at: position)
  }

  func subtracted(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let left = try number(left)
    let right = try number(right)
    let position = span(left.part, right.part)
    switch (left.unit.isAbsolute, right.unit.isAbsolute) {
    case (true, true):
      let other = right.part.converted(to: left.unit)
      return try sum(left.part, other, sign: -1, .difference(.kelvin), at: position)
    case (true, false):
      try requireTemperatures(left.part, right.part)
      let other = try difference(right.part)
      return try sum(left.part, other, sign: -1, .quantity(left.unit), at: position)
    case (false, true):
      try requireTemperatures(left.part, right.part)
      throw .mistake(
        at: left.part.position, found: described(left.part),
        expected: both(
          "a temperature in \(right.unit.code), from which another one can be subtracted",
          "\(right.unit.code) 単位の温度 (温度を引かれるもの)"))
    case (false, false):
      let parts = try matched([left.part, right.part])
      return try sum(parts[0], parts[1], sign: -1, type(of: parts), at: position)
    }
  }

  /// One of the two is a temperature; so must be the other, or a number that lacks its unit.
  private func requireTemperatures(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) {
    if !left.isBare && !right.isBare && left.type.unit?.dimension != right.type.unit?.dimension {
      _ = try matched([left, right])
    }
  }

  /// Left plus, or with a sign of -1 minus, right; both in the same scale.
  private func sum(
    _ left: ExpressionPart, _ right: ExpressionPart, sign: Double, _ type: ExpressionType,
    at position: Range<Int>
  ) throws(ExpressionError) -> ExpressionPart {
    var part: ExpressionPart
    switch (left.constant, right.constant) {
    case (let first?, let second?):
      part = ExpressionPart(constant: first + sign * second, type, at: position)
    case (_, let second?):
      part = left.then(.shift, number: sign * second, as: type)
    case (let first?, _):
      part = sign < 0 ? right.then(.negate, as: type) : right
      part = part.then(.shift, number: first, as: type)
    case (nil, nil):
      part = ExpressionPart(sign < 0 ? .subtract : .add, of: [left, right], type, at: position)
    }
    part.isBare = left.isBare && right.isBare
    part.position = position
    return try checked(part)
  }

  func negated(
    _ part: ExpressionPart, isLiteral: Bool, from start: Int
  ) throws(ExpressionError) -> ExpressionPart {
    let position = start..<part.position.upperBound
    let (part, unit) = try number(part)
    if let constant = part.constant, isLiteral || !unit.isAbsolute {
      return ExpressionPart(constant: -constant, part.type, isBare: part.isBare, at: position)
    }
    var negated = try scalable(part).then(.negate, as: part.type)
    negated.isBare = part.isBare
    negated.position = position
    return try checked(negated)
  }

  // MARK: Products

  func multiplied(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let position = span(left, right)
    let (left, right) = try factors(left, right)
    let type = try product(left, right, at: position) { $0.multiplied(by: $1) }
    var part: ExpressionPart
    switch (left.constant, right.constant) {
    case (let first?, let second?):
      part = ExpressionPart(constant: first * second, type, at: position)
    case (_, let second?): part = left.then(.scale, number: second, as: type)
    case (let first?, _): part = right.then(.scale, number: first, as: type)
    case (nil, nil): part = ExpressionPart(.multiply, of: [left, right], type, at: position)
    }
    part.isBare = left.isBare && right.isBare
    part.position = position
    return try checked([left.type, right.type].contains(type) ? part : plain(part))
  }

  func divided(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    let position = span(left, right)
    guard right.constant != 0 else {
      throw .mistake(at: right.position, expected: both("a divisor other than 0", "0 以外の除数"))
    }
    let (left, right) = try factors(left, right)
    let type = try product(left, right, at: position) { $0.divided(by: $1) }
    var part: ExpressionPart
    switch (left.constant, right.constant) {
    case (let first?, let second?):
      part = ExpressionPart(constant: first / second, type, at: position)
    case (_, 1?):
      part = left
      part.type = type
      part.point = nil
      part.position = position
    case (nil, _), (_, nil):
      part = ExpressionPart(.divide, of: [left, right], type, at: position)
    }
    part.isBare = left.isBare && right.isBare
    return try checked([left.type, right.type].contains(type) ? part : plain(part))
  }

  /// Both as numbers that can be multiplied. A share (50 %) of another quantity becomes a plain
  /// number first, so that the product has the other's unit.
  private func factors(
    _ left: ExpressionPart, _ right: ExpressionPart
  ) throws(ExpressionError) -> (ExpressionPart, ExpressionPart) {
    let left = try scalable(number(left).part)
    let right = try scalable(number(right).part)
    return (
      right.type.unit?.isPlain == true ? left : plain(left),
      left.type.unit?.isPlain == true ? right : plain(right)
    )
  }

  private func product(
    _ left: ExpressionPart, _ right: ExpressionPart, at position: Range<Int>,
    _ combine: (Unit, Unit) -> Unit
  ) throws(ExpressionError) -> ExpressionType {
    let first = left.type.unit ?? .one
    let second = right.type.unit ?? .one
    let unit = combine(first, second)
    guard unit.isSensible else {
      throw .mistake(at: position, expected: both("a product of fewer units", "より少ない単位の積"))
    }
    // Twice a difference of temperatures is one too.
    if second.isPlain, unit.isSameScale(as: first) { return left.type }
    if first.isPlain, unit.isSameScale(as: second) { return right.type }
    return .quantity(unit.simplified)
  }

  /// A part that may be multiplied.
  func scalable(_ part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    guard let unit = part.type.unit, unit.isAbsolute else { return part }
    throw .mistake(
      at: part.position, found: described(part),
      expected: both(
        "a difference in K, such as \(text[part.position]) - 0 \(unit.code);"
          + " temperatures in \(unit.code) cannot be multiplied",
        "K 単位の温度差 (例: \(text[part.position]) - 0 \(unit.code)。"
          + "\(unit.code) の温度は乗算できない)"))
  }

  /// A share as a plain number; anything else as it is.
  private func plain(_ part: ExpressionPart) -> ExpressionPart {
    guard let unit = part.type.unit, unit.dimension == .one, !unit.isPlain else { return part }
    return part.converted(to: .one)
  }
}
