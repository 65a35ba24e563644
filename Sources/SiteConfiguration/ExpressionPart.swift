internal import DetectionCore

/// What an expression, or a part of one, gives.
enum ExpressionType: Equatable {
  /// True or false; 1 or 0 on the stack.
  case truth
  /// A number in a unit.
  case quantity(Unit)
  /// A difference of temperatures, or a multiple of one, in kelvins: it can be added to a temperature
  /// but not compared with one.
  case difference(Unit)

  /// The unit of a number; nil for a truth.
  var unit: Unit? {
    switch self {
    case .truth: nil
    case .quantity(let unit), .difference(let unit): unit
    }
  }
}

/// A part of an expression that has been compiled: what it gives, and the steps that leave it on the
/// stack.
struct ExpressionPart {
  var type: ExpressionType
  var steps: [Instruction]
  /// How many slots of the stack the steps need.
  var stackDepth = 1
  /// Where it stands in the text.
  var position: Range<Int>
  /// The point, where the part is one and nothing else.
  var point: Int?
  /// True for a number that was written without a unit.
  var isBare = false

  /// The number, where it is known already.
  var constant: Double? {
    guard steps.count == 1, steps[0].operation == .constant else { return nil }
    return steps[0].number
  }

  init(_ type: ExpressionType, _ steps: [Instruction], at position: Range<Int>) {
    self.type = type
    self.steps = steps
    self.position = position
  }

  /// A number.
  init(constant: Double, _ type: ExpressionType, isBare: Bool = false, at position: Range<Int>) {
    self.init(type, [Instruction(.constant, number: constant)], at: position)
    self.isBare = isBare
  }

  /// The result of `operation` on the results of `parts`, in their order.
  init(
    _ operation: Operation, of parts: [ExpressionPart], _ type: ExpressionType,
    at position: Range<Int>
  ) {
    self.init(type, parts.flatMap(\.steps) + [Instruction(operation)], at: position)
    stackDepth = parts.indices.map { $0 + parts[$0].stackDepth }.max() ?? 1
  }

  /// The result of further steps on this one; a truth or number alone any more.
  func then(
    _ operation: Operation, index: UInt16 = 0, number: Double = 0, as type: ExpressionType
  ) -> ExpressionPart {
    var part = self
    part.steps.append(Instruction(operation, index: index, number: number))
    part.type = type
    part.point = nil
    part.isBare = false
    return part
  }

  /// The same quantity in another unit of the same dimension. Numbers are multiplied before they are
  /// divided, so that 220 cm are 2.2 m.
  func converted(to unit: Unit) -> ExpressionPart {
    guard let own = type.unit, !own.isSameScale(as: unit), let conversion = own.conversion(to: unit)
    else { return self }
    let type: ExpressionType =
      if case .difference = type { .difference(unit) } else { .quantity(unit) }
    if let constant {
      let value =
        constant * (own.numerator * unit.denominator) / (own.denominator * unit.numerator)
      return ExpressionPart(constant: value + conversion.offset, type, at: position)
    }
    var part = self
    if conversion.factor != 1 {
      part = part.then(.scale, number: conversion.factor, as: type)
    }
    if conversion.offset != 0 {
      part = part.then(.shift, number: conversion.offset, as: type)
    }
    part.type = type
    return part
  }
}
