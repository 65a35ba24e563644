import Delivery
import DetectionCore
import Testing

@testable import SiteConfiguration

/// What an expression takes from the points of a site: their devices, periods and what they are
/// computed from.
@Suite struct ExpressionSiteTests {
  private static let header = """
    site: {id: s, name: {en: S, ja: S}, mode: test}
    buses:
      - id: b
        tcp: {host: 192.0.2.1}
        devices:
          - {id: contacts, profile: moxa/iologik-e1214, unit: 1}
          - {id: weather, profile: lufft/ws, unit: 2}
    points:
      - {id: wet, name: {en: P, ja: P}, unit: "1", decimals: 0, source: {device: contacts, quantity: input1}, period: 10 s, maximumAge: 1 min}
      - {id: dry, name: {en: P, ja: P}, unit: "1", decimals: 0, source: {device: contacts, quantity: input2}, period: 15 s, maximumAge: 1 min}
      - {id: tips, name: {en: P, ja: P}, unit: "1", decimals: 0, source: {device: contacts, quantity: count1}, period: 1 min}
      - {id: rain, name: {en: P, ja: P}, unit: cm, decimals: 2, source: {device: weather, quantity: precipitation}, period: 1 min}

    """

  private func reader(_ points: String...) throws -> SiteReader {
    var text = Self.header
    for (number, point) in points.enumerated() {
      text += "  - {id: p\(number), name: {en: P, ja: P}, decimals: 2, \(point)}\n"
    }
    let log = DiagnosticLog()
    let root = try #require(YAMLDocument.read(SourceText(name: "s.yaml", text: text), into: log))
    var reader = SiteReader(log: log)
    reader.read(Section(root), profiles: SiteFixtures.profile)
    #expect(log.diagnostics.filter { $0.severity == .error }.map { $0.rendered() } == [])
    return reader
  }

  private func windows(_ expression: String, unit: String = "1", _ reader: SiteReader) throws
    -> [PointWindow]
  {
    let scope = ExpressionScope(
      pointNames: reader.pointNames, points: reader.points, curveNames: reader.curveNames,
      curves: reader.curves)
    var compiler = try ExpressionCompiler(expression, scope: scope, into: CompiledExpressions())
    _ = try compiler.compile(to: try #require(Unit.named(unit)))
    return compiler.compiled.windows
  }

  /// The register counts hundredths of a millimetre in 16 bits, up to 65.536 cm.
  @Test func aCountersWrapIsThatOfItsDevice() throws {
    let reader = try reader()
    let step = try #require(reader.points[3]?.counting?.step)
    #expect((step - 0.001).magnitude < 1e-15)
    #expect(
      try windows("increase(rain, 1 h)", unit: "cm", reader).map(\.content)
        == [.increments(modulus: step * 65_536)])
    #expect(
      try windows("increase(rain, 1 h, 32)", unit: "cm", reader).map(\.content)
        == [.increments(modulus: step * 4_294_967_296)])
    // This one begins at 0 when its power returns, and only then.
    #expect(
      try windows("increase(tips, 1 h)", reader).map(\.content)
        == [.increments(modulus: .infinity)])
  }

  @Test func contactsAreConditionsAndCanBeCounted() throws {
    let reader = try reader()
    let scope = ExpressionScope(
      pointNames: reader.pointNames, points: reader.points, curveNames: reader.curveNames,
      curves: reader.curves)
    for expression in [
      "wet and not dry", "wet + dry >= 1", "if(wet, 1, 0)", "wet == dry", "wet == 1",
    ] {
      var compiler = try ExpressionCompiler(expression, scope: scope, into: CompiledExpressions())
      #expect(try !compiler.compile(to: .one).steps.isEmpty)
    }
  }

  @Test func aMultipleOfOnePointNeedsNoProgram() throws {
    let reader = try reader(
      "unit: mm, source: {expression: \"rain * 2 - 5 mm\"}",
      "unit: mm, source: {expression: \"1 m - p0\"}", "unit: \"1\", source: {expression: wet}",
      "unit: \"1\", source: {expression: not wet}")
    guard case .derived(let from, let gain, let offset) = reader.points[4]?.plan.source else {
      Issue.record("p0 has a program")
      return
    }
    #expect((from.rawValue, gain, offset) == (3, 20, -5))
    guard case .derived(let second, -1, 1000) = reader.points[5]?.plan.source else {
      Issue.record("p1 is not 1000 - p0")
      return
    }
    #expect(second.rawValue == 4)
    #expect(reader.points[5]?.derivedDepth == 2)
    #expect(reader.points[5]?.description.period == .seconds(60))
    #expect(reader.points[6]?.isTruth == true)
    #expect(reader.compiled.programs.count == 1)
  }
}
