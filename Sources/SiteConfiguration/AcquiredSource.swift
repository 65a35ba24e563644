package import DetectionCore

/// The acquired point behind a derived one, and how the derived one is computed from it:
/// `gain * acquired + offset`. An acquired point is its own source.
package struct AcquiredSource {
  /// The acquired point, or a computed one, which has no single source.
  package var point: PointIndex
  /// The derived point is so many times the acquired one, plus `offset`.
  package var gain = 1.0
  /// In the unit of the derived point.
  package var offset = 0.0

  /// Follows the derivations of `point` back to where values come in.
  package init(of point: PointIndex, in plan: DetectionPlan) {
    self.point = point
    while case .derived(let source, let step, let shift) = plan.points[Int(self.point.rawValue)]
      .source
    {
      offset += gain * shift
      gain *= step
      self.point = source
    }
  }

  /// What the source shows when the derived point is `value`.
  package func shown(for value: Double) -> Double {
    gain == 1 && offset == 0 ? value : (value - offset) / gain
  }
}

extension DetectionPlan {
  /// Whether acquisition delivers the point.
  package func isAcquired(_ point: PointIndex) -> Bool {
    if case .acquired = points[Int(point.rawValue)].source { true } else { false }
  }

  /// The acquired points from which `point` comes, in the plan's order; itself where it is one.
  package func acquiredSources(of point: PointIndex) -> [PointIndex] {
    var isSeen = points.map { _ in false }
    var open = [point]
    while let next = open.popLast() {
      guard !isSeen[Int(next.rawValue)] else { continue }
      isSeen[Int(next.rawValue)] = true
      switch points[Int(next.rawValue)].source {
      case .acquired: break
      case .derived(let source, _, _): open.append(source)
      case .computed(let program): open += inputs(of: programs[Int(program)])
      }
    }
    return points.indices.map { PointIndex(rawValue: UInt16($0)) }
      .filter { isSeen[Int($0.rawValue)] && isAcquired($0) }
  }

  /// The points that a program names.
  private func inputs(of program: ProgramPlan) -> [PointIndex] {
    let first = Int(program.firstInstruction)
    return instructions[first..<first + Int(program.instructionCount)].compactMap {
      switch $0.operation {
      case .value: PointIndex(rawValue: $0.index)
      case .mean, .median, .lowest, .highest, .rootMeanSquare, .deviation, .count, .sum, .slope,
        .robustSlope:
        windows[Int($0.index)].point
      default: nil
      }
    }
  }
}
