internal import Delivery
internal import DetectionCore

// The key `observations` of a destination: which values it is given for keeping.

/// One kind of thinning, for some points.
struct ObservationKeys: Keys {
  /// All points that no other entry names, where it is left out.
  let points = Key(optional: "points", .list(of: .reference, 1...CoreLimits.points))
  let every = Key(optional: "every", .duration(atLeast: .seconds(10)))
  let change = Key(optional: "change", .difference)
}

extension SiteReader {
  func readObservations(_ sections: [Section<ObservationKeys>]) -> [ObservationPlan] {
    var plans: [ObservationPlan] = []
    var others: (section: Section<ObservationKeys>, interval: TimeSpan?)?
    for section in sections {
      let every = section.every
      if !section.has(\.every), !section.has(\.change) {
        section.node.report(
          expected: both("every, change, or both", "every か change、またはその両方"))
      }
      guard let nodes = section.points else {
        if others != nil {
          section.node.report(
            expected: both(
              "points: another entry already stands for all others",
              "points (ほかのすべての点を表す項目がすでにある)"))
        }
        others = (section, every)
        continue
      }
      for node in nodes {
        guard let index = pointNames.index(of: node), let point = points[index] else { continue }
        guard !plans.contains(where: { Int($0.point.rawValue) == index }) else {
          node.report(
            expected: both("a point that no other entry names", "ほかの項目にない点"))
          continue
        }
        plans.append(plan(of: index, point, section, every))
      }
    }
    guard let others else { return plans }
    let named = Set(plans.map { Int($0.point.rawValue) })
    return plans
      + points.enumerated().compactMap { index, point in
        guard let point, !named.contains(index) else { return nil }
        return plan(of: index, point, others.section, others.interval)
      }
  }

  private func plan(
    of index: Int, _ point: ReadPoint, _ section: Section<ObservationKeys>, _ interval: TimeSpan?
  ) -> ObservationPlan {
    ObservationPlan(
      point: PointIndex(rawValue: UInt16(index)), interval: interval,
      change: section.change?.difference(in: point.unit))
  }
}
