import Foundation
import Testing

@testable import DetectionCore

/// The Swift side of `Tests/Oracles/formulas.check`, which names the folder with the arguments and
/// judges the answers.
@Suite struct FormulaOracleTests {
  private static let folder = ProcessInfo.processInfo.environment["NOMORI_ORACLE_FOLDER"]
    .map { URL(fileURLWithPath: $0, isDirectory: true) }
  private static let skipped: Comment =
    "skipped: NOMORI_ORACLE_FOLDER names no folder; `Tests/run-checks Tests/Oracles formulas` sets it"

  /// A line of the file.
  private struct Point: Decodable {
    var formula: String
    var numbers: [Double]?
    var values: [Double]?
    var times: [Int64]?
  }

  @Test(.enabled(if: folder != nil, skipped))
  func argumentsGetTheirAnswers() throws {
    let folder = try #require(Self.folder)
    let text = try String(
      contentsOf: folder.appendingPathComponent("points.jsonl"), encoding: .utf8)
    var answers = ""
    for line in text.split(separator: "\n") {
      let point = try JSONDecoder().decode(Point.self, from: Data(line.utf8))
      let answer = point.numbers.map { formula(point.formula, of: $0) } ?? statistic(of: point)
      answers += "\(try #require(answer))\n"
    }
    #expect(!answers.isEmpty)
    try Data(answers.utf8).write(to: folder.appendingPathComponent("answers.txt"))
  }

  private func formula(_ name: String, of numbers: [Double]) -> Double? {
    switch name {
    case "logarithm": Elementary.logarithm(numbers[0])
    case "exponential": Elementary.exponential(numbers[0])
    case "dewPoint": Formulas.dewPoint(temperature: numbers[0], relativeHumidity: numbers[1])
    case "oxygen": Formulas.oxygenSolubility(temperature: numbers[0], salinity: numbers[1])
    case "salinity":
      Formulas.salinity(conductivity: numbers[0], temperature: numbers[1], pressure: numbers[2])
    default: nil
    }
  }

  private func statistic(of point: Point) -> Double? {
    guard let values = point.values, let times = point.times else { return nil }
    let pairs = values.count * (values.count + 1) / 2
    var memory = CoreMemory.allocate(
      byteCount: CoreMemory.byteCount(of: TimeWindow.Entry.self, count: values.count)
        + CoreMemory.byteCount(of: Double.self, count: pairs))
    let table = memory.table(filledWith: TimeWindow.Entry(), count: values.count)
    let scratch = memory.table(filledWith: 0.0, count: pairs)
    var window = TimeWindow(base: 0, capacity: values.count)
    for (value, time) in zip(values, times) {
      window.append(value, at: Instant(nanoseconds: time), in: table)
    }
    let answer: Double? =
      switch point.formula {
      case "slope": window.slope(in: table)
      case "robustSlope": window.robustSlope(in: table, scratch: scratch)
      case "median": window.median(in: table, scratch: scratch)
      default: nil
      }
    withExtendedLifetime(memory) {}
    return answer
  }
}
