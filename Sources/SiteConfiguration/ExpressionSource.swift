internal import Delivery
internal import DetectionCore

// The source {expression} of a point, and the section `curves`.

struct CurveKeys: Keys {
  let id = Key("id", .reference)
  let x = Key("x", .unit)
  let y = Key("y", .unit)
  let points = Key(
    "points",
    .list(of: .later(.list(.form(.value), 2...2)), 2...CoreLimits.curvePoints))
}

extension SiteReader {
  /// What is known of a point that only counts up.
  struct Counting {
    /// How much the value grows with one raw count; nil where the device decides it as it runs.
    var step: Double?
    /// The value at which it begins anew; nil where that is unknown, or a fall is a restart.
    var modulus: Double?
  }

  mutating func readExpression(_ node: YAMLNode, unit: Unit?) -> ReadSource? {
    guard let text = node.string(), let unit else { return nil }
    let scope = ExpressionScope(
      pointNames: pointNames, points: points, curveNames: curveNames, curves: curves)
    do throws(ExpressionError) {
      var compiler = try ExpressionCompiler(text, scope: scope, into: compiled)
      let part = try compiler.compile(to: unit)
      let read = try source(of: compiler, part)
      if case .computed = read.source {
        compiled = compiler.compiled
        try compiled.append(part)
      }
      return read
    } catch {
      if case .mistake(let position, let found, let expected) = error {
        node.report(part: position, found: found, expected: expected)
      }
      return nil
    }
  }

  /// The source that an expression becomes, from the points that it names.
  private func source(
    of compiler: ExpressionCompiler, _ part: ExpressionPart
  ) throws(ExpressionError) -> ReadSource {
    var roots: [Int] = []
    var period: TimeSpan?
    var depth = 0
    for (index, position) in compiler.named {
      guard let point = points[index], point.interval > .zero else { throw .reportedElsewhere }
      guard point.derivedDepth < CoreLimits.derivedDepth else {
        throw .mistake(
          at: position,
          expected: both(
            "at most \(CoreLimits.derivedDepth) derived points in a row",
            "連続する派生点は \(CoreLimits.derivedDepth) 個以下"))
      }
      depth = max(depth, point.derivedDepth + 1)
      period = min(period ?? point.description.period, point.description.period)
      roots += point.roots.filter { !roots.contains($0) }
    }
    if roots.count > 1 { try requireAges(compiler.named) }
    let source =
      part.linear.map {
        PointSource.derived(from: $0.point, gain: $0.gain, offset: $0.offset)
      } ?? .computed(program: UInt16(compiled.programs.count))
    return ReadSource(
      source: source, period: period ?? .zero, derivedDepth: depth, roots: roots,
      isTruth: part.type == .truth)
  }

  /// An old value of one point must not pass for a new one beside the others.
  private func requireAges(
    _ named: [(point: Int, position: Range<Int>)]
  ) throws(ExpressionError) {
    for (index, position) in named {
      for root in points[index]?.roots ?? [] {
        guard let point = points[root], point.plan.maximumAge == nil else { continue }
        let id = point.description.id
        throw .mistake(
          at: position,
          expected: both(
            "a point with a maximumAge, so that no old value passes for a new one; \(id) has none",
            "maximumAge のある観測点 (古い値を新しい値と取り違えないため。\(id) にはない)"))
      }
    }
  }

  /// The mean time between two values of a point that is computed from all of `roots`: it has one
  /// for each of theirs.
  func interval(of roots: [Int], ownInterval: TimeSpan) -> TimeSpan {
    let intervals = roots.map { $0 < points.count ? points[$0]?.interval : ownInterval }
    var perSecond = 0.0
    for interval in intervals {
      guard let interval, interval > .zero else { return .zero }
      perSecond += 1 / interval.seconds
    }
    guard intervals.count > 1 else { return intervals.first.flatMap { $0 } ?? .zero }
    return TimeSpan(nanoseconds: max(1, Int64(1e9 / perSecond)))
  }

  // MARK: Curves

  mutating func readCurves(_ root: Section<SiteFileKeys>) {
    for section in root.curves ?? [] {
      _ = curveNames.declare(section.id)
      curves.append(readCurve(section))
    }
  }

  private mutating func readCurve(_ section: Section<CurveKeys>) -> ExpressionScope.Curve? {
    let x = section.x
    let y = section.y
    let nodes = section.points
    guard let x, let y, let nodes else { return nil }
    let first = compiled.curvePoints.count
    for pair in nodes {
      guard let numbers = pair.list(counts: 2...2), let argument = numbers[0].value(in: x),
        let value = numbers[1].value(in: y)
      else { return nil }
      if compiled.curvePoints.count > first, let last = compiled.curvePoints.last,
        last.x >= argument
      {
        numbers[0].report(
          expected: both("a number above \(last.x), the one before", "前の \(last.x) より大きい数値"))
        return nil
      }
      compiled.curvePoints.append(CurvePoint(x: argument, y: value))
    }
    guard compiled.curvePoints.count <= CoreLimits.curvePoints else {
      section.node.report(
        found: .value("\(compiled.curvePoints.count)"),
        expected: both(
          "at most \(CoreLimits.curvePoints) points in all curves",
          "全曲線の合計で \(CoreLimits.curvePoints) 点以下"))
      return nil
    }
    compiled.curves.append(
      CurvePlan(firstPoint: UInt16(first), pointCount: UInt16(nodes.count)))
    return ExpressionScope.Curve(x: x, y: y)
  }
}

extension CompiledExpressions {
  /// Adds the program of an expression.
  fileprivate mutating func append(_ part: ExpressionPart) throws(ExpressionError) {
    let first = instructions.count
    guard first + part.steps.count <= CoreLimits.instructions else {
      throw .mistake(
        at: part.position, found: "\(first + part.steps.count)",
        expected: both(
          "at most \(CoreLimits.instructions) steps in all points",
          "全観測点の合計で \(CoreLimits.instructions) 以下の手順"))
    }
    instructions += part.steps
    programs.append(
      ProgramPlan(firstInstruction: UInt16(first), instructionCount: UInt16(part.steps.count)))
  }
}

extension ExpressionPart {
  /// gain × point + offset, where the part is no more than that: such a point needs no program.
  fileprivate var linear: (point: PointIndex, gain: Double, offset: Double)? {
    guard let first = steps.first, first.operation == .value else { return nil }
    var gain = 1.0
    var offset = 0.0
    for step in steps.dropFirst() {
      switch step.operation {
      case .scale: (gain, offset) = (gain * step.number, offset * step.number)
      case .shift: offset += step.number
      case .negate: (gain, offset) = (-gain, -offset)
      default: return nil
      }
    }
    guard gain.isFinite && offset.isFinite else { return nil }
    return (PointIndex(rawValue: first.index), gain, offset)
  }
}
