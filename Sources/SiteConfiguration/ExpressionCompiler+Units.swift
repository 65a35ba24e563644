internal import Delivery
internal import DetectionCore

// How parts are brought to the same unit, and what is said where that is impossible.
extension ExpressionCompiler {
  /// A part as a number. A point that is true or false counts as 1 or 0, so that several of them can
  /// be added.
  func number(_ part: ExpressionPart) throws(ExpressionError) -> (part: ExpressionPart, unit: Unit)
  {
    if let unit = part.type.unit { return (part, unit) }
    guard part.point != nil else {
      throw .mistake(
        at: part.position,
        expected: both(
          "a number; this is true or false, if(condition, 1, 0) makes a number of it",
          "数値 (これは真偽。if(条件, 1, 0) で数値になる)"))
    }
    var number = part
    number.type = .quantity(.one)
    return (number, .one)
  }

  /// The parts as numbers in one unit: that of the first which is no constant.
  func matched(_ parts: [ExpressionPart]) throws(ExpressionError) -> [ExpressionPart] {
    var numbers: [ExpressionPart] = []
    for part in parts { numbers.append(try number(part).part) }
    let leader = numbers.first { $0.constant == nil } ?? numbers.first { !$0.isBare } ?? numbers[0]
    let measured = leader.isBare ? numbers.first { !$0.isBare } ?? leader : leader
    for index in numbers.indices {
      numbers[index] = try converted(numbers[index], toMatch: measured)
    }
    return numbers
  }

  private func converted(
    _ part: ExpressionPart, toMatch other: ExpressionPart
  ) throws(ExpressionError) -> ExpressionPart {
    guard let unit = other.type.unit else { return part }
    // A difference and a temperature, such as air - road < 2 Cel.
    if case .difference = other.type, part.type.unit?.isAbsolute == true {
      throw .mistake(
        at: part.position, found: described(part),
        expected: both(
          "a difference in K, as \(shown(other)) is one", "\(shown(other)) と同じ K 単位の温度差"))
    }
    return try converted(part, to: unit, as: other.isBare ? nil : other)
  }

  /// A part as a number in `unit`, which is that of `other`.
  func converted(
    _ part: ExpressionPart, to unit: Unit, as other: ExpressionPart? = nil
  ) throws(ExpressionError) -> ExpressionPart {
    let (part, own) = try number(part)
    if part.isBare, !unit.isPlain {
      let example = part.constant == nil ? "" : ", such as \(text[part.position]) \(unit.code)"
      let japanese = part.constant == nil ? "" : " (例: \(text[part.position]) \(unit.code))"
      throw .mistake(
        at: part.position,
        expected: both("a quantity in \(unit.code)\(example)", "\(unit.code) 単位の量\(japanese)"))
    }
    guard own.dimension == unit.dimension else {
      let reason = other.map { (", as \(shown($0)) is", "\(shown($0)) と同じ ") } ?? ("", "")
      throw .mistake(
        at: part.position, found: described(part),
        expected: both(
          "a quantity that can be converted to \(unit.code)\(reason.0)",
          "\(reason.1)\(unit.code) に換算できる量"))
    }
    if case .difference = part.type, unit.isAbsolute { throw notATemperature(part, unit) }
    return try checked(part.converted(to: unit))
  }

  /// A change of temperature that is added to a temperature.
  func difference(_ part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    try converted(part, to: .kelvin)
  }

  private func notATemperature(_ part: ExpressionPart, _ unit: Unit) -> ExpressionError {
    .mistake(
      at: part.position, found: described(part),
      expected: both(
        "a temperature in \(unit.code); a difference of temperatures is one in K",
        "\(unit.code) 単位の温度 (温度差は K 単位)"))
  }

  /// The whole expression as a value of a point in `unit`.
  func result(_ part: ExpressionPart, in unit: Unit) throws(ExpressionError) -> ExpressionPart {
    if part.type == .truth {
      guard unit.isPlain else {
        throw .mistake(
          at: part.position,
          expected: both(
            "a quantity that can be converted to \(unit.code); what is true or false has the unit 1",
            "\(unit.code) に換算できる量 (真偽の単位は 1)"))
      }
      return part
    }
    return try converted(part, to: unit)
  }

  /// The type of a sum: a difference where one of its parts is.
  func type(of parts: [ExpressionPart]) -> ExpressionType {
    parts.map(\.type).first { if case .difference = $0 { true } else { false } } ?? parts[0].type
  }

  /// From the beginning of one part to the end of the other.
  func span(_ left: ExpressionPart, _ right: ExpressionPart) -> Range<Int> {
    left.position.lowerBound..<max(left.position.lowerBound, right.position.upperBound)
  }

  /// What a part is, with its unit: `rain.total in mm`.
  func described(_ part: ExpressionPart) -> String {
    guard let unit = part.type.unit, part.constant == nil else { return text[part.position] }
    return "\(shown(part)) in \(unit.code)"
  }

  /// A part's text, shortened where it is long.
  func shown(_ part: ExpressionPart) -> String {
    let longest = 40
    let written = text[part.position]
    return written.count > longest ? written.prefix(longest - 1) + "…" : written
  }

  /// The part, where the core can run it.
  func checked(_ part: ExpressionPart) throws(ExpressionError) -> ExpressionPart {
    guard part.steps.allSatisfy(\.number.isFinite) else {
      throw .mistake(at: part.position, expected: both("a finite number", "有限の数値"))
    }
    guard part.steps.count <= CoreLimits.instructionsPerProgram else {
      throw .mistake(
        at: part.position, found: "\(part.steps.count)",
        expected: both(
          "at most \(CoreLimits.instructionsPerProgram) steps; a part can be a point of its own",
          "\(CoreLimits.instructionsPerProgram) 以下の手順 (一部を別の観測点にできる)"))
    }
    guard part.stackDepth <= CoreLimits.programStack else {
      throw .mistake(
        at: part.position,
        expected: both(
          "at most \(CoreLimits.programStack) values that wait for each other; a part can be a point"
            + " of its own",
          "同時に待つ値は \(CoreLimits.programStack) 以下 (一部を別の観測点にできる)"))
    }
    return part
  }
}
