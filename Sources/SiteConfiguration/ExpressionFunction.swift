/// The functions of the expression language.
enum ExpressionFunction: String, CaseIterable {
  case min, max, abs, clamp, sqrt, ln, exp
  case `if`, `else`, usable
  case mean, median, lowest, highest, rms, stddev, count, sum, slope, trend, increase
  case previous, smooth, since, hysteresis
  case dewPoint, salinity, oxygenSaturation, timeTo, timeDownTo, curve

  /// How it is written.
  var usage: String {
    switch self {
    case .min, .max: "\(rawValue)(a, b, …)"
    case .abs, .sqrt, .ln, .exp, .usable: "\(rawValue)(x)"
    case .clamp: "clamp(x, low, high)"
    case .if: "if(condition, a, b)"
    case .else: "else(a, b)"
    case .mean, .median, .lowest, .highest, .rms, .stddev, .count, .sum, .slope, .trend:
      "\(rawValue)(point, duration) or \(rawValue)(point, duration, least count)"
    case .increase: "increase(point, duration) or increase(point, duration, 16 or 32)"
    case .previous: "previous(point)"
    case .smooth: "smooth(point, duration)"
    case .since: "since(condition)"
    case .hysteresis: "hysteresis(x, on, off)"
    case .dewPoint: "dewPoint(temperature, humidity)"
    case .salinity: "salinity(conductivity, temperature, pressure)"
    case .oxygenSaturation: "oxygenSaturation(temperature, salinity)"
    case .timeTo, .timeDownTo: "\(rawValue)(point, limit, window, horizon)"
    case .curve: "curve(id, x)"
    }
  }

  /// How many values it takes.
  var counts: ClosedRange<Int> {
    switch self {
    case .min, .max: 2...Int.max
    case .abs, .sqrt, .ln, .exp, .usable, .previous, .since: 1...1
    case .clamp, .if, .hysteresis, .salinity: 3...3
    case .mean, .median, .lowest, .highest, .rms, .stddev, .count, .sum, .slope, .trend, .increase:
      2...3
    case .else, .smooth, .dewPoint, .oxygenSaturation: 2...2
    case .timeTo, .timeDownTo: 4...4
    // Its first argument is a name.
    case .curve: 1...1
    }
  }
}
