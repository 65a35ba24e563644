internal import Delivery
internal import DetectionCore
internal import Polling

// The key `sampling` of a rule: how often a point is read at each of its stages.

/// How often a point is read; beside these keys, periods by the ids of stages.
struct SamplingKeys: Keys {
  let point = Key("point", .reference)
  let normal = Key("normal", .duration(atLeast: .milliseconds(1)))
}

extension SiteReader {
  /// `{point: river.distance, normal: 10 min, started: 2 min}`: a period for each stage that changes it.
  mutating func readSampling(_ node: YAMLNode, rule: Int, stages: Names) {
    let section = Section<SamplingKeys>(open: node)
    let pointNode = section.point
    let index = pointNode.flatMap { pointNames.index(of: $0) }
    let normal = section.normal
    let own = section.declarations.map(\.name)
    var periods: [(stage: UInt8, period: TimeSpan)] = []
    for (key, value) in node.entries() where !own.contains(key) {
      guard let stage = stages.index(of: key) else {
        value.report(expected: stages.expectation(insteadOf: key))
        continue
      }
      if let period = value.duration(atLeast: .milliseconds(1)) {
        periods.append((UInt8(stage + 1), period))
      }
    }
    guard let pointNode, let index, let normal else { return }
    let point = PointIndex(rawValue: UInt16(index))
    guard buses.contains(where: { $0.devices.contains { $0.reads(point) } }) else {
      pointNode.report(
        expected: both("a point that a device delivers", "機器から読み出す観測点"))
      return
    }
    var plan = SamplingPlan(rule: UInt16(rule), point: point, period: normal)
    for (stage, period) in periods.sorted(by: { $0.stage < $1.stage }) {
      plan.set(period, fromStage: stage)
    }
    samplings.append(plan)
  }
}

extension DevicePlan {
  fileprivate func reads(_ point: PointIndex) -> Bool { points.contains { $0.point == point } }
}
