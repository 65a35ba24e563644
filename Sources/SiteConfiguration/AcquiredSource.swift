package import DetectionCore

/// The acquired point behind a derived one, and how the derived one is computed from it:
/// `gain * acquired + offset`. An acquired point is its own source.
package struct AcquiredSource {
  /// The acquired point.
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
