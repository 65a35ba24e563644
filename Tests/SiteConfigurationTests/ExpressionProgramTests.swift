import DetectionCore
import Testing

@testable import SiteConfiguration

/// Expressions become the steps that a hand translation gives.
@Suite struct ExpressionProgramTests {
  @Test(
    "steps",
    arguments: [
      // Units: conversions stand only where scales differ.
      ("river.level", "m", "value 0"),
      ("river.level - 40 cm", "m", "value 0, shift -0.4"),
      ("river.level - gate.level", "cm", "value 0, value 1, scale 0.01, subtract, scale 100.0"),
      ("gate.level + 1 m", "m", "value 1, shift 100.0, scale 0.01"),
      ("4.6 m - river.level", "m", "value 0, negate, shift 4.6"),
      ("road.film > 0.5 mm", "1", "constant 0.5, value 7, less"),
      ("river.level >= 220 cm", "1", "constant 2.2, value 0, lessOrEqual"),
      ("50 % * river.level", "m", "value 0, scale 0.5"),
      ("2 * air.humidity", "%", "value 5, scale 2.0"),
      ("air.humidity / 100 %", "1", "value 5, scale 0.01"),
      ("river.level * river.level * 3 m/s", "m3/s", "value 0, value 0, multiply, scale 3.0"),
      ("river.level / (2 min)", "m/s", "value 0, constant 2.0, divide, scale 0.016666666666666666"),
      ("sqrt(river.level * 9.80665 m/s2)", "m/s", "value 0, scale 9.80665, squareRoot"),
      // Temperatures.
      ("air.temperature - road.temperature", "K", "value 3, value 4, subtract"),
      ("road.temperature + 0.5 K", "Cel", "value 4, shift 0.5"),
      ("road.temperature < 273.15 K", "1", "value 4, constant 0.0, less"),
      ("road.temperature < -0.5 Cel", "1", "value 4, constant -0.5, less"),
      (
        "abs(air.temperature - road.temperature) < 2 K", "1",
        "value 3, value 4, subtract, magnitude, constant 2.0, less"
      ),
      ("road.temperature", "K", "value 4, shift 273.15"),
      // Precedence, logic, choice.
      (
        "not road.code == 1 and road.film > 0 mm or pulses > 3", "1",
        "value 6, constant 1.0, equal, not, constant 0.0, value 7, less, and, constant 3.0, value 8, "
          + "less, or"
      ),
      ("pulses - 2 - 3 * 2", "1", "value 8, shift -2.0, shift -6.0"),
      ("-(pulses + 1)", "1", "value 8, shift 1.0, negate"),
      (
        "if(road.code != 2, river.level, 50 cm)", "m",
        "value 6, constant 2.0, notEqual, value 0, constant 0.5, choose"
      ),
      (
        "if(road.code == 2, 1, 0)", "1",
        "value 6, constant 2.0, equal, constant 1.0, constant 0.0, choose"
      ),
      ("else(gate.level, river.level)", "cm", "value 1, value 0, scale 100.0, fallback"),
      ("usable(gate.level) and true", "1", "value 1, isUsable, constant 1.0, and"),
      (
        "min(river.level, gate.level, 3 m)", "m",
        "value 0, value 1, scale 0.01, minimum, constant 3.0, minimum"
      ),
      (
        "clamp(river.level, 0 m, 5 m)", "m", "value 0, constant 5.0, minimum, constant 0.0, maximum"
      ),
      (
        "ln(pulses) + exp(air.humidity)", "1",
        "value 8, logarithm, value 5, scale 0.01, exponential, add"
      ),
      // Windows and memory.
      ("mean(road.temperature, 10 min)", "Cel", "mean 0"),
      ("stddev(road.temperature, 10 min)", "K", "deviation 0"),
      (
        "highest(river.level, 1 h) - lowest(river.level, 1 h)", "m", "highest 0, lowest 0, subtract"
      ),
      ("trend(river.level, 30 min)", "m/h", "robustSlope 0, scale 3600.0"),
      ("slope(air.temperature, 3 h)", "K/h", "slope 0, scale 3600.0"),
      ("count(pulses, 1 h)", "1", "count 0"),
      ("increase(rain.total, 1 h)", "mm", "sum 0"),
      ("river.level - previous(river.level)", "m", "value 0, previous 0, subtract"),
      ("smooth(road.temperature, 5 min)", "Cel", "exponentialMean 0"),
      (
        "since(road.film > 0 mm)", "min",
        "constant 0.0, value 7, less, since 0, scale 0.016666666666666666"
      ),
      (
        "hysteresis(road.temperature, 1 Cel, 275.15 K)", "1",
        "value 4, constant 1.0, constant 2.0, hysteresis 0"
      ),
      // Formulas.
      ("curve(rating, gate.level)", "L/s", "value 1, scale 0.01, interpolate 0, scale 1000.0"),
      (
        "salinity(water.conductivity, air.temperature, 0 dbar)", "1",
        "value 9, scale 0.001, value 3, constant 0.0, salinity"
      ),
      ("oxygenSaturation(air.temperature, 0)", "mg/L", "value 3, constant 0.0, oxygenSolubility"),
      (
        "timeTo(river.level, 4.6 m, 30 min, 6 h)", "h",
        "value 0, negate, shift 4.6, robustSlope 0, timeToLimit 21600.0, scale 0.0002777777777777778"
      ),
      (
        "timeDownTo(gate.level, 1 m, 30 min, 6 h)", "s",
        "value 1, shift -100.0, robustSlope 0, negate, timeToLimit 21600.0"
      ),
    ])
  func steps(expression: String, unit: String, expected: String) throws {
    let compiled = try ExpressionFixtures.compile(expression, to: unit)
    #expect(compiled.steps.joined(separator: ", ") == expected)
  }

  /// A slippery road: residual salt unknown, below freezing and below the dew point.
  @Test func aRoadFormulaKeepsFewValuesWaiting() throws {
    let compiled = try ExpressionFixtures.compile(
      """
      road.code == 10 and road.film == 0 mm and road.temperature < 0 Cel
        and road.temperature + 0.5 K < dewPoint(air.temperature, air.humidity)
      """, to: "1")
    #expect(
      compiled.steps == [
        "value 6", "constant 10.0", "equal", "value 7", "constant 0.0", "equal", "and", "value 4",
        "constant 0.0", "less", "and", "value 4", "shift 0.5", "value 3", "value 5", "dewPoint",
        "less", "and",
      ])
    #expect(compiled.stackDepth == 4)
  }

  @Test func windowsAreSharedWhereTheyAreTheSame() throws {
    let windows = try ExpressionFixtures.compile(
      """
      mean(river.level, 1 h) - median(river.level, 60 min) + lowest(river.level, 30 min)
        + highest(river.level, 1 h, 5) - mean(gate.level, 1 h)
      """, to: "m"
    ).lists.windows
    #expect(windows.map(\.point.rawValue) == [0, 0, 0, 1])
    #expect(windows.map(\.window.length.seconds) == [3600, 1800, 3600, 3600])
    #expect(windows.map(\.window.minimumCount) == [30, 15, 5, 30])
    #expect(windows.map(\.window.capacity) == [62, 32, 62, 62])
    #expect(windows.map(\.content) == [.values, .values, .values, .values])
  }

  @Test(arguments: [
    ("increase(rain.total, 1 d)", 1.0 / 0, 1, 146), ("increase(pulses, 1 h, 16)", 65_536, 1, 62),
    ("increase(pulses, 1 h, 32)", 4_294_967_296, 1, 62),
    ("increase(rain.total, 1 h, 1310.72 cm)", 13_107.2, 1, 8),
  ])
  func aCounterBeginsAnewWhereItIsSaid(
    expression: String, modulus: Double, minimum: UInt16, capacity: UInt16
  ) throws {
    let unit = expression.contains("rain") ? "mm" : "1"
    let lists = try ExpressionFixtures.compile(expression, to: unit).lists
    #expect(lists.windows.map(\.content) == [.increments(modulus: modulus)])
    #expect(lists.windows.map(\.window.minimumCount) == [minimum])
    #expect(lists.windows.map(\.window.capacity) == [capacity])
  }

  @Test func aRobustSlopeTakesWhatFits() throws {
    let windows = try ExpressionFixtures.compile(
      "trend(river.level, 64 min) > trend(river.level, 10 min, 3)", to: "1"
    ).lists.windows
    #expect(windows.map(\.window.capacity) == [64, 12])
    #expect(windows.map(\.window.minimumCount) == [32, 3])
  }

  @Test func eachMemoryIsItsOwn() throws {
    let cells = try ExpressionFixtures.compile(
      """
      since(road.film > 0 mm) + since(road.film > 1 mm)
        + if(hysteresis(river.level, 2 m, 1 m), 1 s, 0 s) * previous(pulses)
      """, to: "s"
    ).lists.cells
    #expect(cells.count == 4)
  }

  @Test func curvesAreReadInTheirUnits() throws {
    let reader = try #require(ExpressionFixtures.reader)
    #expect(reader.compiled.curves == [CurvePlan(firstPoint: 0, pointCount: 3)])
    #expect(
      reader.compiled.curvePoints == [
        CurvePoint(x: 0, y: 0), CurvePoint(x: 0.5, y: 1.2), CurvePoint(x: 2, y: 30),
      ])
  }
}
