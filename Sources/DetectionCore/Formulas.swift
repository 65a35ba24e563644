/// Formulas of the field. Outside of the range that its source gives, a formula has no value (NaN):
/// values are never clamped.
enum Formulas {
  /// Dew point in Cel from air temperature in Cel and relative humidity in %.
  ///
  ///     g = ln(RH / 100) + 17.62 T / (243.12 + T)      Td = 243.12 g / (17.62 - g)
  ///
  /// T and Td from -45 to 60 Cel, RH above 0 and up to 110 %, since sensors show a little above 100 %
  /// in fog.
  /// Source: Magnus' formula over water with the constants of Sonntag (1990), as the WMO Guide to
  /// Instruments and Methods of Observation (WMO-No. 8) gives them.
  ///
  /// Worked example: 20 Cel and 50 % give 9.26 Cel.
  static func dewPoint(temperature: Double, relativeHumidity: Double) -> Double {
    guard temperature >= -45, temperature <= 60, relativeHumidity > 0, relativeHumidity <= 110
    else { return .nan }
    let g =
      Elementary.logarithm(relativeHumidity / 100) + 17.62 * temperature / (243.12 + temperature)
    let point = 243.12 * g / (17.62 - g)
    return point >= -45 ? point : .nan
  }

  /// Practical salinity from conductivity in mS/cm, temperature in Cel (ITS-90) and sea pressure in
  /// dbar.
  ///
  ///     R = C / 42.914      Rt = R / (Rp(R, T, p) rt(T))      f = (T - 15) / (1 + 0.0162 (T - 15))
  ///     S = Σ aᵢ Rt^(i/2) + f Σ bᵢ Rt^(i/2)
  ///     below 2:  S - 0.008 / (1 + 1.5 x + x²) - 0.0005 f / (1 + √y + y + √y³),  x = 400 Rt, y = 100 Rt
  ///
  /// T (IPTS-68, 1.00024 × ITS-90) from -2 to 35 Cel, p from 0 to 10,000 dbar, S up to 42. Source:
  /// Practical Salinity Scale 1978, UNESCO technical papers in marine science 44 (1983); Hill,
  /// Dauphinee and Woods (1986) for salinities below 2.
  ///
  /// Worked example: 42.914 mS/cm at 15 Cel (IPTS-68) and 0 dbar are 35.
  static func salinity(conductivity: Double, temperature: Double, pressure: Double) -> Double {
    let t = 1.00024 * temperature
    guard conductivity >= 0, t >= -2, t <= 35, pressure >= 0, pressure <= 10_000 else {
      return .nan
    }
    let ratio = conductivity / 42.914
    let ofTemperature =
      0.676_609_7
      + t * (2.005_64e-2 + t * (1.104_259e-4 + t * (-6.969_8e-7 + t * 1.003_1e-9)))
    let ofPressure =
      1 + pressure * (2.070e-5 + pressure * (-6.370e-10 + pressure * 3.989e-15))
      / (1 + t * (3.426e-2 + t * 4.464e-4) + (4.215e-1 - 3.107e-3 * t) * ratio)
    let rt = ratio / (ofPressure * ofTemperature)
    let root = rt.root()
    let a =
      0.0080
      + root * (-0.1692 + root * (25.3851 + root * (14.0941 + root * (-7.0261 + root * 2.7081))))
    let b =
      0.0005
      + root * (-0.0056 + root * (-0.0066 + root * (-0.0375 + root * (0.0636 + root * -0.0144))))
    let f = (t - 15) / (1 + 0.0162 * (t - 15))
    let salinity = a + f * b
    if salinity >= 2 { return salinity <= 42 ? salinity : .nan }
    let x = 400 * rt
    let y = 10 * root
    return salinity - 0.008 / (1 + x * (1.5 + x)) - 0.0005 * f / (1 + y * (1 + y * (1 + y)))
  }

  /// Dissolved oxygen in mg/L at saturation with moist air at 1,013.25 hPa, from temperature in Cel
  /// and practical salinity.
  ///
  ///     Ts = ln((298.15 - T) / (273.15 + T))
  ///     ln C = Σ Aᵢ Tsⁱ + S Σ Bᵢ Tsⁱ + C₀ S²      (mL/L), 1.42905 mg/mL
  ///
  /// T from 0 to 40 Cel, S from 0 to 42. Source: Garcia and Gordon (1992), with the coefficients that
  /// they fitted to Benson and Krause (1984).
  ///
  /// Worked example: fresh water of 20 Cel holds 9.09 mg/L.
  static func oxygenSolubility(temperature: Double, salinity: Double) -> Double {
    guard temperature >= 0, temperature <= 40, salinity >= 0, salinity <= 42 else { return .nan }
    let ts = Elementary.logarithm((298.15 - temperature) / (273.15 + temperature))
    let fresh =
      2.009_07
      + ts * (3.220_14 + ts * (4.050_10 + ts * (4.944_57 + ts * (-0.256_847 + ts * 3.887_67))))
    let salt =
      -6.245_23e-3 + ts * (-7.376_14e-3 + ts * (-1.034_10e-2 + ts * -8.170_83e-3))
    let exponent = fresh + salinity * (salt + salinity * -4.886_82e-7)
    return 1.429_05 * Elementary.exponential(exponent)
  }

  /// Seconds until `rest` is used up at `rate` a second; 0 when nothing is left, `horizon` when it is
  /// not used up before.
  static func timeToLimit(rest: Double, rate: Double, horizon: Double) -> Double {
    if rest.isNaN || rate.isNaN { return .nan }
    if rest <= 0 { return 0 }
    return rate > 0 ? min(rest / rate, horizon) : horizon
  }
}

extension CurvePlan {
  /// The value of the curve at `x`, straight between its points; NaN outside of them.
  ///
  ///     y = y₀ + (y₁ - y₀) (x - x₀) / (x₁ - x₀)
  func value(at x: Double, in points: Table<CurvePoint>) -> Double {
    var low = Int(firstPoint)
    var high = low + Int(pointCount) - 1
    guard x >= points[low].x, x <= points[high].x else { return .nan }
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle].x <= x { low = middle } else { high = middle }
    }
    let start = points[low]
    let end = points[high]
    if x == end.x { return end.y }
    return start.y + (end.y - start.y) * ((x - start.x) / (end.x - start.x))
  }
}
