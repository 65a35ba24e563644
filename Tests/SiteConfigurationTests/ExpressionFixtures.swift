import DetectionCore

@testable import SiteConfiguration

/// A site of series that expressions can name, and how expressions over it compile.
enum ExpressionFixtures {
  static let site = """
    site: {id: s, name: {en: S, ja: S}, mode: test}
    curves:
      - {id: rating, x: m, y: m3/s, points: [[0, 0], [0.5, 1.2], [200 cm, 30]]}
    points:
      - {id: river.level, name: {en: P, ja: P}, unit: m, decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: gate.level, name: {en: P, ja: P}, unit: cm, decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: rain.total, name: {en: P, ja: P}, unit: mm, decimals: 2, source: series, period: 10 min, maximumAge: 1 h}
      - {id: air.temperature, name: {en: P, ja: P}, unit: Cel, decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: road.temperature, name: {en: P, ja: P}, unit: Cel, decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: air.humidity, name: {en: P, ja: P}, unit: "%", decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: road.code, name: {en: P, ja: P}, unit: "1", decimals: 0, source: series, period: 1 min, maximumAge: 5 min}
      - {id: road.film, name: {en: P, ja: P}, unit: mm, decimals: 2, source: series, period: 1 min, maximumAge: 5 min}
      - {id: pulses, name: {en: P, ja: P}, unit: "1", decimals: 0, source: series, period: 1 min}
      - {id: water.conductivity, name: {en: P, ja: P}, unit: uS/cm, decimals: 0, source: series, period: 1 min, maximumAge: 5 min}
      - {id: probe.pressure, name: {en: P, ja: P}, unit: bar, decimals: 4, source: series, period: 1 min, maximumAge: 5 min}
      - {id: slow, name: {en: P, ja: P}, unit: m, decimals: 2, source: series, period: 1 h}

    """

  /// The site with one more point, on one line.
  static func site(adding expression: String, unit: String) -> String {
    site + "  - {id: new, name: {en: N, ja: N}, unit: \"\(unit)\", decimals: 2, "
      + "source: {expression: \"\(expression)\"}}\n"
  }

  /// What has been read of the site.
  static var reader: SiteReader? {
    let log = DiagnosticLog()
    let root = YAMLDocument.read(SourceText(name: "s.yaml", text: site), into: log)
    var reader = SiteReader(log: log)
    if let root { reader.read(Section(root)) { _ in nil } }
    return log.hasErrors ? nil : reader
  }

  /// What expressions can name in it.
  static let scope = reader.map {
    ExpressionScope(
      pointNames: $0.pointNames, points: $0.points, curveNames: $0.curveNames, curves: $0.curves)
  }

  /// An expression that has been compiled.
  struct Compiled {
    var steps: [String]
    var lists: CompiledExpressions
    var stackDepth: Int
  }

  /// The steps of an expression for a point in `unit`, each as `operation index number`.
  static func compile(_ expression: String, to unit: String) throws -> Compiled {
    guard let scope, let unit = Unit.named(unit) else { throw ExpressionError.reportedElsewhere }
    var compiler = try ExpressionCompiler(expression, scope: scope, into: CompiledExpressions())
    let part = try compiler.compile(to: unit)
    return Compiled(
      steps: part.steps.map(written), lists: compiler.compiled, stackDepth: part.stackDepth)
  }

  private static func written(_ step: Instruction) -> String {
    let usesIndex: [DetectionCore.Operation] = [
      .value, .interpolate, .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count,
      .sum, .slope, .robustSlope, .previous, .exponentialMean, .since, .hysteresis,
    ]
    let usesNumber: [DetectionCore.Operation] = [.constant, .scale, .shift, .timeToLimit]
    return "\(step.operation)" + (usesIndex.contains(step.operation) ? " \(step.index)" : "")
      + (usesNumber.contains(step.operation) ? " \(step.number)" : "")
  }
}
