internal import Delivery

/// A unit of measurement, named by its UCUM code.
struct Unit: Hashable {
  /// What is measured; only units of the same dimension can be converted.
  enum Dimension: Hashable {
    case length, speed, acceleration, pressure, temperature, density, time, one, angle, turning
    case volume, voltage, current, power, energy, frequency, charge
    case conductivity, illuminance, irradiance, turbidity, acidity, concentration, level
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

  private init(
    _ code: String, _ dimension: Dimension, _ numerator: Double = 1, per denominator: Double = 1,
    offset: Double = 0
  ) {
    self.code = code
    self.dimension = dimension
    self.numerator = numerator
    self.denominator = denominator
    self.offset = offset
  }

  /// The unit with UCUM code `code`, or nil where the table has none.
  static func named(_ code: String) -> Unit? { table.first { $0.code == code } }

  /// The codes of all known units.
  static var codes: [String] { table.map(\.code) }

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

  /// Source of the codes: UCUM 2.1. Base units: m, m/s, m/s2, Pa, K, kg/m3, s, 1, rad, m3 and SI.
  private static let table: [Unit] = [
    Unit("m", .length), Unit("km", .length, 1000), Unit("cm", .length, per: 100),
    Unit("mm", .length, per: 1000), Unit("um", .length, per: 1_000_000),
    Unit("[ft_i]", .length, 3048, per: 10_000), Unit("[in_i]", .length, 254, per: 10_000),
    Unit("m/s", .speed), Unit("mm/s", .speed, per: 1000), Unit("km/h", .speed, 10, per: 36),
    Unit("m/h", .speed, per: 3600), Unit("cm/h", .speed, per: 360_000),
    Unit("mm/h", .speed, per: 3_600_000),
    Unit("m/s2", .acceleration), Unit("[g]", .acceleration, 980_665, per: 100_000),
    Unit("Pa", .pressure), Unit("hPa", .pressure, 100), Unit("kPa", .pressure, 1000),
    Unit("MPa", .pressure, 1_000_000), Unit("bar", .pressure, 100_000),
    Unit("mbar", .pressure, 100), Unit("mm[H2O]", .pressure, 980_665, per: 100_000),
    Unit("K", .temperature), Unit("Cel", .temperature, offset: 273.15),
    Unit("kg/m3", .density), Unit("g/cm3", .density, 1000),
    Unit("ms", .time, per: 1000), Unit("s", .time), Unit("min", .time, 60),
    Unit("h", .time, 3600), Unit("d", .time, 86_400),
    Unit("1", .one), Unit("%", .one, per: 100), Unit("[ppth]", .one, per: 1000),
    Unit("[ppm]", .one, per: 1_000_000),
    Unit("rad", .angle), Unit("deg", .angle, Double.pi, per: 180),
    Unit("rad/s", .turning), Unit("deg/s", .turning, Double.pi, per: 180),
    Unit("V", .voltage), Unit("mV", .voltage, per: 1000),
    Unit("A", .current), Unit("mA", .current, per: 1000),
    Unit("W", .power), Unit("kW", .power, 1000),
    Unit("J", .energy), Unit("W.h", .energy, 3600), Unit("kW.h", .energy, 3_600_000),
    Unit("Hz", .frequency), Unit("kHz", .frequency, 1000), Unit("A.h", .charge),
    Unit("S/m", .conductivity), Unit("mS/cm", .conductivity, per: 10),
    Unit("uS/cm", .conductivity, per: 10_000),
    Unit("lx", .illuminance), Unit("klx", .illuminance, 1000), Unit("W/m2", .irradiance),
    Unit("[NTU]", .turbidity), Unit("[pH]", .acidity),
    Unit("ug/L", .concentration, per: 1000), Unit("mg/L", .concentration),
    Unit("g/L", .concentration, 1000), Unit("L", .volume, per: 1000), Unit("m3", .volume),
    Unit("dB", .level),
  ]
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
