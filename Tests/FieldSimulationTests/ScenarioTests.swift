import DetectionCore
import FieldSimulation
import Tables
import Testing

@Suite struct ScenarioTests {
  private let points: [Scenario.Point] = [("level", .linear), ("contact", .step)]

  private func read(_ text: String) throws(CSVError) -> Scenario {
    try Scenario(Array(text.utf8), file: "s.csv", points: points)
  }

  private func message(_ text: String) -> String {
    do throws(CSVError) {
      _ = try read(text)
      return "no error"
    } catch { return error.description }
  }

  private func values(_ scenario: Scenario, _ point: Int, at minutes: [Int64]) -> [Double?] {
    minutes.map { scenario.courses[point].series.value(at: .seconds($0 * 60)) }
  }

  @Test func `each point has its own samples on one axis of time`() throws {
    let scenario = try read(
      """
      # Twenty minutes, "quoted", and so on
      # that were never measured
      time,contact,level
      2027-01-18T15:00+09:00,0,1
      2027-01-18T15:05+09:00,1,
      2027-01-18T15:10+09:00,,2
      2027-01-18T15:20+09:00,0,
      """)
    #expect(scenario.courses.map(\.point) == ["contact", "level"])
    #expect(values(scenario, 0, at: [0, 4, 5, 10, 19, 20, 99]) == [0, 0, 1, 1, 1, 0, 0])
    #expect(values(scenario, 1, at: [0, 5, 10, 99]) == [1, 1.5, 2, 2])
    #expect(scenario.length == .seconds(1_200))
    #expect(scenario.start?.nanosecondsSince1970 == 1_800_252_000_000_000_000)
  }

  @Test func `a dash takes the value away until the next one; before the first there is none`()
    throws
  {
    let scenario = try read("time,level,contact\n0,,0\n60,3,\n120,---,\n180,5,1\n")
    #expect(scenario.start == nil)
    #expect(values(scenario, 0, at: [0, 1, 2, 3]) == [nil, 3, nil, 5])
    #expect(scenario.courses[0].series.value(at: .seconds(119)) == 3, "no line to a missing value")
  }

  @Test func `times of the day count from the first row`() throws {
    let scenario = try read("time,level\n23:00:00,1\n01:00:00,3\n")
    #expect(values(scenario, 0, at: [0, 60, 120]) == [1, 2, 3])
  }

  @Test(arguments: [
    ("0,1\n", "s.csv: expected a row of names that begins with \"time\""),
    ("# a\ntime\n0\n", "s.csv:2: expected the ids of points behind \"time\""),
    (
      "time,level,levl\n0,1,2\n",
      "s.csv:1: column \"levl\": expected one of the points that a device delivers: level, contact"
    ),
    (
      "time,level,contact\n0,1,0\n60,1\n",
      "s.csv:3: expected 3 cells, as many as names, but this row has 2"
    ),
    (
      "time,level,contact\n0,1,0\n60,,1,\n",
      "s.csv:3: expected 3 cells, as many as names, but this row has 4"
    ),
    (
      "time,level\n0,1\n60,NaN\n",
      "s.csv:3: column \"level\": \"NaN\": expected a number with a decimal point,"
        + " or a marker for a missing value, which --missing names"
    ),
    (
      "time,level,contact\n60,1,0\n0,,1\n",
      "s.csv:3: column \"time\": \"0\": expected a time not before \"60\" of the row above;"
        + " --backward says which rows count"
    ),
    (
      "time,level,contact\n0,1,0\nlater,,1\n",
      "s.csv:3: column \"time\": \"later\": expected a time of the format \"elapsed\""
    ),
    (
      "time,level,level\n0,1,2\n",
      "s.csv:1: column \"level\": expected a column name that appears once;"
        + " use the column's number instead"
    ),
    (
      "time,level\n2027-01-02T00:00Z,1\n2027-01-01T00:00Z,2\n",
      "s.csv: expected rows from the earliest to the latest"
    ),
    ("time,level\n", "s.csv:1: expected rows of data with a time below this row of names"),
  ])
  func `a mistake is told with its position`(text: String, expected: String) {
    #expect(message(text) == expected)
  }

  @Test(arguments: 0..<4) func `a good scenario with some broken bytes is read or refused`(
    seed: UInt64
  ) {
    var random = SplitMix64(seed: seed)
    var good = Array("# story\ntime,level,contact\n".utf8)
    for minute in 10..<20 {
      good += Array("2026-12-05T16:\(minute):00+09:00,\(minute).5,\n".utf8)
      good += Array("2026-12-05T16:\(minute):30+09:00,,---\n".utf8)
    }
    var refused = 0
    for _ in 0..<500 {
      var text = good
      for _ in 0...(random.next() % 2) {
        text[Int(random.next() % UInt64(text.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      do throws(CSVError) {
        let scenario = try Scenario(text, file: "s.csv", points: points)
        let time = TimeSpan(nanoseconds: Int64(bitPattern: random.next()))
        for course in scenario.courses { _ = course.series.value(at: time) }
        _ = scenario.length
      } catch { refused += 1 }
    }
    #expect(refused > 50 && refused < 500, "seed \(seed): \(refused) of 500 refused")
  }
}
