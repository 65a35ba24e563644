import Testing

@testable import DetectionCore

/// Published values of the field's formulas, and the ends of their ranges.
@Suite struct FormulaTests {
  private func isNear(_ actual: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    (actual - expected).magnitude <= tolerance
  }

  // MARK: Practical salinity

  /// Fofonoff and Millard, UNESCO technical papers in marine science 44 (1983), SAL78: conductivity
  /// ratio, temperature (IPTS-68), pressure, salinity.
  @Test(arguments: [
    (1.0, 15.0, 0.0, 35.0), (1.2, 20, 2_000, 37.245_628), (0.65, 5, 1_500, 27.995_347),
  ])
  func salinityOfTheCheckValues(ratio: Double, t68: Double, pressure: Double, expected: Double) {
    let actual = Formulas.salinity(
      conductivity: 42.914 * ratio, temperature: t68 / 1.00024, pressure: pressure)
    #expect(isNear(actual, expected, 5e-7), "\(actual)")
  }

  @Test func salinityHasAValueOnlyInItsRange() {
    let salinity = { (conductivity: Double, t68: Double, pressure: Double) in
      Formulas.salinity(
        conductivity: conductivity, temperature: t68 / 1.00024, pressure: pressure)
    }
    for inside in [(30.0, -1.99, 0.0), (30, 34.99, 0), (30, 10, 10_000), (0, 10, 0)] {
      #expect(salinity(inside.0, inside.1, inside.2).isFinite, "\(inside)")
    }
    for outside in [
      (30.0, -2.01, 0.0), (30, 35.01, 0), (30, 10, 10_001), (30, 10, -0.1), (-0.1, 10, 0),
      (60, 15, 0), (.nan, 10, 0), (30, .nan, 0), (30, 10, .nan), (.infinity, 10, 0),
    ] {
      #expect(salinity(outside.0, outside.1, outside.2).isNaN, "\(outside)")
    }
  }

  /// The scale and its extension meet at 2 within what a sensor resolves.
  @Test func salinityHasNoStepAtTwo() {
    for temperature in [0.0, 10, 20, 30] {
      var last = 0.0
      for step in 1...20_000 {
        let salinity = Formulas.salinity(
          conductivity: Double(step) * 0.000_3, temperature: temperature, pressure: 0)
        #expect(isNear(salinity, last, 0.001), "\(step) at \(temperature)")
        last = salinity
      }
      #expect(last > 2.5)
    }
  }

  // MARK: Oxygen

  /// Fresh water under 1,013.25 hPa: the table of the USGS (National Field Manual, A6.2), computed
  /// from Benson and Krause, in mg/L.
  @Test(arguments: [(0.0, 14.62), (10, 11.29), (20, 9.09), (25, 8.26), (30, 7.56)])
  func oxygenOfTheTable(temperature: Double, expected: Double) {
    let actual = Formulas.oxygenSolubility(temperature: temperature, salinity: 0)
    #expect(isNear(actual, expected, 0.01), "\(actual)")
  }

  @Test func oxygenHasAValueOnlyInItsRange() {
    for inside in [(0.0, 0.0), (40, 0), (0, 42), (40, 42)] {
      #expect(
        Formulas.oxygenSolubility(temperature: inside.0, salinity: inside.1).isFinite, "\(inside)")
    }
    for outside in [
      (0.0.nextDown, 0.0), (40.0.nextUp, 0), (10, 0.0.nextDown), (10, 42.0.nextUp), (.nan, 0),
      (10, .nan), (.infinity, 0),
    ] {
      #expect(
        Formulas.oxygenSolubility(temperature: outside.0, salinity: outside.1).isNaN, "\(outside)")
    }
  }

  // MARK: Dew point

  @Test(arguments: [-45.0, -10, 0, 0.01, 20, 60])
  func dewPointOfSaturatedAirIsItsTemperature(temperature: Double) {
    let actual = Formulas.dewPoint(temperature: temperature, relativeHumidity: 100)
    #expect(isNear(actual, temperature, 1e-13 * (243 + temperature)), "\(actual)")
  }

  /// Air warmed from its dew point has the humidity that Magnus' formula gives.
  @Test func dewPointComesBackFromTheVapourPressure() {
    var random = SplitMix64(seed: 51)
    let pressure = { (t: Double) in Elementary.exponential(17.62 * t / (243.12 + t)) }
    for _ in 0..<10_000 {
      let dewPoint = Double.random(in: -44.999...59, using: &random)
      let temperature = Double.random(in: dewPoint...60, using: &random)
      let humidity = 100 * pressure(dewPoint) / pressure(temperature)
      let actual = Formulas.dewPoint(temperature: temperature, relativeHumidity: humidity)
      #expect(isNear(actual, dewPoint, 1e-11), "\(temperature) Cel, \(humidity) %")
    }
  }

  @Test func dewPointHasAValueOnlyInItsRange() {
    for outside in [
      ((-45.0).nextDown, 50.0), (60.0.nextUp, 50), (20, 0), (20, -1), (20, 110.1), (.nan, 50),
      (20, .nan), (-45, 50),
    ] {
      #expect(
        Formulas.dewPoint(temperature: outside.0, relativeHumidity: outside.1).isNaN, "\(outside)")
    }
  }

  // MARK: Time to a limit

  @Test func timeToALimitNeedsAWayAndARate() {
    let time = { Formulas.timeToLimit(rest: $0, rate: $1, horizon: 3_600) }
    #expect(time(1, 0.001) == 1_000)
    #expect(time(1, 0) == 3_600 && time(1, -0.001) == 3_600 && time(1, 1e-300) == 3_600)
    #expect(time(0, -1) == 0 && time(-1, 1) == 0)
    #expect(time(.nan, 1).isNaN && time(1, .nan).isNaN)
  }
}

/// Curves between their points.
@Suite struct CurveTests {
  private func values(of points: [CurvePoint], after skipped: Int, at arguments: [Double])
    -> [Double]
  {
    let all = Array(repeating: CurvePoint(x: .nan, y: .nan), count: skipped) + points
    var memory = CoreMemory.allocate(
      byteCount: CoreMemory.byteCount(of: CurvePoint.self, count: all.count))
    let table: Table<CurvePoint> = memory.table(
      filledWith: CurvePoint(x: 0, y: 0), count: all.count)
    table.fill(from: all.span)
    let curve = CurvePlan(firstPoint: UInt16(skipped), pointCount: UInt16(points.count))
    let values = arguments.map { curve.value(at: $0, in: table) }
    withExtendedLifetime(memory) {}
    return values
  }

  @Test func curveIsExactAtItsPointsAndBetweenThemOtherwise() {
    var random = SplitMix64(seed: 61)
    for count in 2...70 {
      var x = Double.random(in: -10...10, using: &random)
      var points: [CurvePoint] = []
      for _ in 0..<count {
        points.append(CurvePoint(x: x, y: Double.random(in: -1e3...1e3, using: &random)))
        x += Double.random(in: 1e-9...5, using: &random)
      }
      let at = values(of: points, after: count % 3, at: points.map(\.x))
      #expect(at == points.map(\.y))
      for (start, end) in zip(points, points.dropFirst()) {
        let middle = start.x + (end.x - start.x) / 2
        let share = (middle - start.x) / (end.x - start.x)
        let expected = start.y * (1 - share) + end.y * share
        let value = values(of: points, after: 0, at: [middle])[0]
        #expect((value - expected).magnitude <= 1e-12 * 1e3)
      }
    }
  }

  @Test func nothingLiesOutside() {
    let points = [CurvePoint(x: -1, y: 5), CurvePoint(x: 2, y: 7)]
    let arguments = [(-1.0).nextDown, 2.0.nextUp, .infinity, -.infinity, .nan]
    for value in values(of: points, after: 1, at: arguments) { #expect(value.isNaN) }
    #expect(values(of: points, after: 1, at: [-1, 0.5, 2]) == [5, 6, 7])
  }
}
