internal import Delivery

/// A unit of measurement, named by its UCUM code.
struct Unit: Hashable {
  /// What is measured: the exponents of the SI base units, and of units that are a scale of their
  /// own. Only units of the same dimension can be converted. Angles count as a dimension, so that
  /// nobody takes degrees for a plain number.
  struct Dimension: Hashable {
    private var exponents: SIMD16<Int16>

    private init(index: Int) {
      exponents = .zero
      exponents[index] = 1
    }

    private init(_ exponents: SIMD16<Int16>) { self.exponents = exponents }

    static let one = Dimension(.zero)
    static let length = Dimension(index: 0)
    static let mass = Dimension(index: 1)
    static let time = Dimension(index: 2)
    static let current = Dimension(index: 3)
    static let temperature = Dimension(index: 4)
    static let amount = Dimension(index: 5)
    static let luminousIntensity = Dimension(index: 6)
    static let angle = Dimension(index: 7)
    static let turbidity = Dimension(index: 8)
    static let acidity = Dimension(index: 9)
    static let level = Dimension(index: 10)

    static let volume = length * length * length
    static let acceleration = length / time / time
    static let force = mass * acceleration
    static let pressure = force / length / length
    static let energy = force * length
    static let power = energy / time
    static let voltage = power / current

    static func * (left: Self, right: Self) -> Self {
      Dimension(left.exponents &+ right.exponents)
    }

    static func / (left: Self, right: Self) -> Self {
      Dimension(left.exponents &- right.exponents)
    }

    /// The dimension whose square this is; nil where an exponent is odd.
    var squareRoot: Self? {
      exponents & 1 == .zero ? Dimension(exponents &>> 1) : nil
    }

    /// False beyond exponents that anything measured has.
    var isSensible: Bool { exponents.min() >= -16 && exponents.max() <= 16 }

    /// Written in base units, such as `m3.s-1`.
    var written: String {
      let units = ["m", "kg", "s", "A", "K", "mol", "cd", "rad", "[NTU]", "[pH]", "dB"]
      let powers = units.indices.filter { exponents[$0] != 0 }
        .map { exponents[$0] == 1 ? units[$0] : "\(units[$0])\(exponents[$0])" }
      return powers.isEmpty ? "1" : powers.joined(separator: ".")
    }
  }

  /// The UCUM code, such as `mm/h`.
  let code: String
  /// What is measured.
  let dimension: Dimension
  /// A value in this unit, times `numerator / denominator`, plus `offset`, is the value in the
  /// dimension's base unit. Whole numbers keep conversions such as mm to m exact.
  let numerator: Double
  let denominator: Double
  let offset: Double

  init(
    _ code: String, _ dimension: Dimension, _ numerator: Double = 1, per denominator: Double = 1,
    offset: Double = 0
  ) {
    self.code = code
    self.dimension = dimension
    self.numerator = numerator
    self.denominator = denominator
    self.offset = offset
  }

  /// The unit with UCUM code `code`: one of the table, or several with exponents, multiplied with
  /// `.` and divided with `/` from left to right, such as `m3/s`. Nil for anything else.
  static func named(_ code: String) -> Unit? {
    if let unit = table.first(where: { $0.code == code }) { return unit }
    guard code.utf8.count <= longestCode else { return nil }
    var unit: Unit?
    var divides = false
    for part in code.split(omittingEmptySubsequences: false, whereSeparator: { "./".contains($0) })
    {
      guard let factor = power(part) else { return nil }
      unit = unit.map { divides ? $0.divided(by: factor) : $0.multiplied(by: factor) } ?? factor
      divides = part.endIndex < code.endIndex && code[part.endIndex] == "/"
    }
    guard let unit, unit.isSensible else { return nil }
    return Unit(code, unit.dimension, unit.numerator, per: unit.denominator)
  }

  /// Nobody measures in units with longer codes.
  private static let longestCode = 24

  /// A unit of the table, with or without an exponent; nil for one that does not begin at zero.
  private static func power(_ text: Substring) -> Unit? {
    let base: Substring
    let exponent: Int
    if let digit = text.last?.wholeNumberValue, text.count > 1 {
      base = text.dropLast(text.dropLast().last == "-" ? 2 : 1)
      exponent = base.endIndex < text.endIndex && text[base.endIndex] == "-" ? -digit : digit
    } else {
      base = text
      exponent = 1
    }
    guard exponent != 0, let unit = table.first(where: { $0.code == base }), unit.offset == 0
    else { return nil }
    var power = unit
    for _ in 1..<exponent.magnitude { power = power.multiplied(by: unit) }
    return exponent > 0 ? power : Unit.one.divided(by: power)
  }

  /// The codes that are offered to somebody who has mistyped one.
  static var codes: [String] { table.map(\.code) + compounds }

  /// The unit of plain numbers.
  static let one = Unit("1", .one)
  /// The unit of differences of temperatures.
  static let kelvin = Unit("K", .temperature)
  static let second = Unit("s", .time)

  /// How a value in this unit becomes one in `other`; nil for another dimension.
  func conversion(to other: Unit) -> Conversion? {
    guard dimension == other.dimension else { return nil }
    let factor = (numerator * other.denominator) / (denominator * other.numerator)
    return Conversion(
      factor: factor, offset: (offset - other.offset) * other.denominator / other.numerator)
  }

  /// An affine conversion: `value * factor + offset`.
  struct Conversion: Hashable {
    let factor: Double
    let offset: Double

    func callAsFunction(_ value: Double) -> Double { value * factor + offset }
  }

  /// Source of the codes: UCUM 2.1. Base units: m, kg, s, A, K, mol, cd and rad.
  private static let table: [Unit] = [
    Unit("m", .length), Unit("km", .length, 1000), Unit("cm", .length, per: 100),
    Unit("mm", .length, per: 1000), Unit("um", .length, per: 1_000_000),
    Unit("[ft_i]", .length, 3048, per: 10_000), Unit("[in_i]", .length, 254, per: 10_000),
    Unit("[g]", .acceleration, 980_665, per: 100_000),
    Unit("Pa", .pressure), Unit("hPa", .pressure, 100), Unit("kPa", .pressure, 1000),
    Unit("MPa", .pressure, 1_000_000), Unit("bar", .pressure, 100_000),
    Unit("dbar", .pressure, 10_000), Unit("mbar", .pressure, 100),
    Unit("mm[H2O]", .pressure, 980_665, per: 100_000),
    kelvin, Unit("Cel", .temperature, offset: 273.15),
    Unit("kg", .mass), Unit("g", .mass, per: 1000), Unit("mg", .mass, per: 1_000_000),
    Unit("ug", .mass, per: 1_000_000_000), Unit("t", .mass, 1000),
    Unit("ms", .time, per: 1000), second, Unit("min", .time, 60),
    Unit("h", .time, 3600), Unit("d", .time, 86_400),
    one, Unit("%", .one, per: 100), Unit("[ppth]", .one, per: 1000),
    Unit("[ppm]", .one, per: 1_000_000),
    Unit("rad", .angle), Unit("deg", .angle, Double.pi, per: 180),
    Unit("V", .voltage), Unit("mV", .voltage, per: 1000), Unit("kV", .voltage, 1000),
    Unit("A", .current), Unit("mA", .current, per: 1000),
    Unit("S", .current / .voltage), Unit("mS", .current / .voltage, per: 1000),
    Unit("uS", .current / .voltage, per: 1_000_000), Unit("Ohm", .voltage / .current),
    Unit("N", .force), Unit("W", .power), Unit("kW", .power, 1000), Unit("J", .energy),
    Unit("Hz", .one / .time), Unit("kHz", .one / .time, 1000),
    Unit("lx", .luminousIntensity / .length / .length),
    Unit("klx", .luminousIntensity / .length / .length, 1000),
    Unit("[NTU]", .turbidity), Unit("[pH]", .acidity), Unit("dB", .level),
    Unit("mol", .amount), Unit("mmol", .amount, per: 1000), Unit("umol", .amount, per: 1_000_000),
    Unit("L", .volume, per: 1000), Unit("mL", .volume, per: 1_000_000),
  ]

  /// What is often measured in more than one unit of the table; the first name of each is the one
  /// that messages use.
  static let compounds = [
    "m/s", "mm/s", "km/h", "m/h", "cm/h", "mm/h", "mm/min", "mm/d", "m/s2", "m2", "m3", "m3/s",
    "m3/h", "L/s", "L/min", "kg/m3", "g/cm3", "mg/L", "ug/L", "g/L", "mmol/L", "W.h", "kW.h", "A.h",
    "S/m", "mS/cm", "uS/cm", "W/m2", "rad/s", "deg/s", "K/h", "hPa/h", "%/h",
  ]

  private static let known = table + compounds.compactMap { named($0) }
}

// Units of computed quantities.
extension Unit {
  /// True for the unit of plain numbers, however it is called.
  var isPlain: Bool { dimension == .one && numerator == denominator }

  /// True for temperatures on a scale whose zero is none: they can be compared and subtracted, but
  /// neither added nor multiplied.
  var isAbsolute: Bool { offset != 0 }

  /// True where the same number means the same in both.
  func isSameScale(as other: Unit) -> Bool {
    numerator * other.denominator == denominator * other.numerator && offset == other.offset
  }

  func multiplied(by other: Unit) -> Unit {
    Unit(
      "\(code).\(other.code)", dimension * other.dimension, numerator * other.numerator,
      per: denominator * other.denominator)
  }

  func divided(by other: Unit) -> Unit {
    Unit(
      "\(code)/\(other.code)", dimension / other.dimension, numerator * other.denominator,
      per: denominator * other.numerator)
  }

  /// False for products of so many units that their scale is no number any more.
  var isSensible: Bool {
    dimension.isSensible && numerator.isNormal && denominator.isNormal
  }

  /// The base unit of the same dimension.
  var base: Unit { Unit(dimension.written, dimension) }

  /// The same unit under the name that people know, or in base units.
  var simplified: Unit {
    if let unit = Self.known.first(where: { $0.dimension == dimension && $0.isSameScale(as: self) })
    {
      return unit
    }
    let scale = numerator == denominator ? "" : "\(numerator / denominator) "
    return Unit(scale + dimension.written, dimension, numerator, per: denominator)
  }
}

extension YAMLNode {
  /// The unit that a UCUM code names.
  func unit() -> Unit? {
    guard let code = string() else { return nil }
    guard let unit = Unit.named(code) else {
      let near = nearMiss(of: code, among: Unit.codes)
      report(
        expected: both(
          "the UCUM code of a unit, such as m, mm/h or Cel"
            + (near.map { "; did you mean \"\($0)\"?" } ?? ""),
          "単位の UCUM コード (例: m, mm/h, Cel)" + (near.map { " (もしかして \"\($0)\"?)" } ?? "")))
      return nil
    }
    return unit
  }

  /// A value in `unit`: a plain number, or a number with a unit that can be converted.
  func value(in unit: Unit) -> Double? {
    guard let (number, conversion) = numberWithUnit(for: unit) else { return nil }
    return conversion.map { $0(number) } ?? number
  }

  /// A difference of two values in `unit`, at least 0.
  func difference(in unit: Unit) -> Double? {
    guard let (number, conversion) = numberWithUnit(for: unit) else { return nil }
    guard number >= 0 else {
      report(expected: both("a number that is not negative", "0 以上の数値"))
      return nil
    }
    return number * (conversion?.factor ?? 1)
  }

  /// A change of a value in `unit` per second, from a number with a unit and a time: `1.5 m/h`.
  func rate(in unit: Unit) -> Double? {
    let expected = both(
      "a rate with its unit, such as 1.5 \(unit.code)/h",
      "単位の付いた変化率 (例: 1.5 \(unit.code)/h)")
    guard let text = plainText, let (number, rateUnit) = numberAndUnit(text), number >= 0,
      let slash = rateUnit.lastIndex(of: "/"),
      let conversion = Unit.named(String(rateUnit[..<slash]))?.conversion(to: unit),
      let time = Unit.named(String(rateUnit[rateUnit.index(after: slash)...])),
      time.dimension == .time
    else {
      report(expected: expected)
      return nil
    }
    return number * conversion.factor * time.denominator / time.numerator
  }

  /// A number of bytes with its unit (KiB, MiB, GiB), such as `256 MiB`.
  func byteCount() -> Int64? {
    let units: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
    guard let text = plainText, let (number, unitName) = numberAndUnit(text), number > 0,
      number <= 1_000_000, let unit = units.first(where: { $0.0 == unitName })
    else {
      report(
        expected: both(
          "a size with its unit (KiB, MiB, GiB), such as 256 MiB",
          "単位 (KiB, MiB, GiB) の付いた大きさ (例: 256 MiB)"))
      return nil
    }
    return Int64((number * Double(unit.1)).rounded())
  }

  private func numberWithUnit(
    for unit: Unit
  ) -> (number: Double, conversion: Unit.Conversion?)? {
    guard let text = plainText, let (number, code) = numberAndUnit(text) else {
      report(
        expected: both(
          "a number, with or without a unit such as \(unit.code)",
          "数値 (\(unit.code) などの単位を付けてもよい)"))
      return nil
    }
    guard !code.isEmpty else { return (number, nil) }
    guard let conversion = Unit.named(code)?.conversion(to: unit) else {
      report(
        expected: both(
          "a number in \(unit.code) or in a unit that can be converted to it",
          "\(unit.code) またはそれに換算できる単位の数値"))
      return nil
    }
    return (number, conversion)
  }
}
