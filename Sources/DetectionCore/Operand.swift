/// A number on the stack of a program.
struct Operand: BitwiseCopyable {
  var value: Double
  var flag: QualityFlag
  /// True where a value is still awaited: a point was never read, or a window is not full enough.
  var isAwaited = false

  init(value: Double, flag: QualityFlag) {
    self.value = value
    self.flag = flag
  }

  /// The answer to a question.
  init(_ isTrue: Bool, flag: QualityFlag) { self.init(value: isTrue ? 1 : 0, flag: flag) }

  /// What stands where there is no value yet.
  static var awaited: Operand {
    var operand = Operand(value: .nan, flag: .notEvaluated)
    operand.isAwaited = true
    return operand
  }

  var isTrue: Bool { value == 1 }
  /// True when there is a value that did not fail.
  var isUsable: Bool { !isAwaited && !flag.isBad && value.isFinite }

  /// The same quality with another value.
  func with(_ value: Double) -> Operand {
    var operand = self
    operand.value = value
    return operand
  }

  /// A number that was made of this one and another.
  func with(_ other: Operand, _ value: Double) -> Operand {
    var operand = Operand(value: value, flag: flag.worse(other.flag))
    operand.isAwaited = isAwaited || other.isAwaited
    return operand
  }

  /// An answer about this number and another; there is none about a number that is not there.
  func asked(_ other: Operand, _ isTrue: Bool) -> Operand {
    with(other, value.isNaN || other.value.isNaN ? .nan : isTrue ? 1 : 0)
  }
}

extension Operand {
  /// True when both are; one that is false for certain decides alone.
  func and(_ other: Operand) -> Operand {
    if isUsable && !isTrue { return self }
    if other.isUsable && !other.isTrue { return other }
    return asked(other, isTrue && other.isTrue)
  }

  /// True when one is; one that is true for certain decides alone.
  func or(_ other: Operand) -> Operand {
    if isUsable && isTrue { return self }
    if other.isUsable && other.isTrue { return other }
    return asked(other, isTrue || other.isTrue)
  }

  /// `first` where this is true, else `second`; nothing where this has no answer.
  func choose(_ first: Operand, _ second: Operand) -> Operand {
    guard !value.isNaN else { return self }
    let chosen = isTrue ? first : second
    return with(chosen, chosen.value)
  }
}

extension QualityFlag {
  /// The flag of what is made of two values: the worse one, in the order pass, not evaluated, suspect,
  /// fail, missing. Unlike a roll-up of tests, where one passed test speaks for the value, a value
  /// that was not tested makes untested all that is computed from it.
  func worse(_ other: QualityFlag) -> QualityFlag { rawValue >= other.rawValue ? self : other }
}
