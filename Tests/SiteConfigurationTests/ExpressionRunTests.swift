import Delivery
import DetectionCore
import SiteConfiguration
import Testing

/// Expressions give in the core what a hand calculation gives.
@Suite struct ExpressionRunTests {
  /// The values of the last of `points` while the first ones are given `inputs`, one a minute; nil
  /// where it has none.
  private func values(
    _ expression: String, unit: String = "1", inputs: [[String: Double]]
  ) throws -> [Double?] {
    let site = try SiteConfiguration.load(
      site: SourceText(
        name: "s.yaml", text: ExpressionFixtures.site(adding: expression, unit: unit))
    ) { _ in nil }.site
    let new = PointIndex(rawValue: UInt16(site.detection.points.count - 1))
    var detector = try Detector(plan: site.detection)
    var outcome = Outcome(capacity: detector.outcomeCapacity)
    var values: [Double?] = []
    for (minute, input) in inputs.enumerated() {
      var value: Double?
      for (index, point) in site.description.points.enumerated() {
        guard let reading = input[point.id] else { continue }
        let nanoseconds = Int64(minute) * 60_000_000_000
        outcome.removeAll()
        detector.accept(
          .reading(
            Reading(
              point: PointIndex(rawValue: UInt16(index)), value: reading, flag: .notEvaluated,
              time: Instant(nanoseconds: nanoseconds),
              wallTime: WallTime(nanosecondsSince1970: nanoseconds, synchronized: true))),
          into: &outcome)
        for index in 0..<outcome.readingCount {
          let reading = outcome.reading(at: index).reading
          guard reading.point == new else { continue }
          value = reading.flag == .missing ? nil : reading.value
        }
      }
      values.append(value)
    }
    return values
  }

  @Test func quantitiesOfDifferentScalesAreAdded() throws {
    let inputs = [["river.level": 1.5, "gate.level": 50], ["gate.level": 25]]
    #expect(try values("river.level - gate.level", unit: "cm", inputs: inputs) == [100, 125])
  }

  /// 2.0 m rising by 1 cm a minute: 60 cm are left at 4.0 m, an hour.
  @Test func theTimeToALevelIsWhatIsLeftByTheTrend() throws {
    let inputs = (0..<30).map { ["river.level": 3.11 + 0.01 * Double($0)] }
    let hours = try values("timeTo(river.level, 4 m, 20 min, 6 h)", unit: "h", inputs: inputs)
    #expect(hours[8] == nil)
    let last = try #require(hours.last ?? nil)
    #expect((last - 1).magnitude < 1e-9)
    let down = try values("timeDownTo(river.level, 3 m, 20 min, 6 h)", unit: "h", inputs: inputs)
    #expect(down.last == 6)
  }

  @Test func aRoadIsSlipperyWhenItIsColdAndBelowTheDewPoint() throws {
    func readings(_ road: Double, _ air: Double, _ humidity: Double) -> [String: Double] {
      ["road.temperature": road, "air.temperature": air, "air.humidity": humidity]
    }
    let flags = try values(
      "road.temperature < 0 Cel and road.temperature + 0.5 K < dewPoint(air.temperature, air.humidity)",
      inputs: [
        readings(-3, 1, 90), readings(-0.6, 1, 50), readings(0.2, 3, 99), readings(-1, 0, 97),
      ])
    // The dew points are -0.45, -8.2, 2.9 and -0.42 Cel.
    #expect(flags == [1, 0, 0, 1])
  }

  @Test func aCounterOf16BitsGoesOnPastItsEnd() throws {
    let counts = [65_530.0, 65_534, 2, 7, 7, 0, 3]
    let increase = try values("increase(pulses, 3 min, 16)", inputs: counts.map { ["pulses": $0] })
    #expect(increase.last == 3)
    #expect(increase[3] == 13)
  }

  @Test func aCurveIsReadBetweenItsPoints() throws {
    let flow = try values(
      "curve(rating, gate.level)", unit: "L/s",
      inputs: [["gate.level": 25], ["gate.level": 125], ["gate.level": 300]])
    #expect(flow[0] == 600)
    #expect(((flow[1] ?? 0) - 15_600).magnitude < 1e-9)
    #expect(flow[2] == nil)
  }

  @Test func aSwitchWithHysteresisStaysUntilItsOtherEnd() throws {
    let levels = [0.5, 1.9, 2.1, 1.5, 1.0, 1.5, 2.0]
    let states = try values(
      "if(hysteresis(river.level, 2 m, 1 m), 1, 0)", inputs: levels.map { ["river.level": $0] })
    #expect(states == [0, 0, 1, 1, 0, 0, 1])
    let since = try values(
      "since(river.level > 2 m)", unit: "min", inputs: levels.map { ["river.level": $0] })
    #expect(since[2...] == [0, 1, 2, 3, 4])
  }
}
