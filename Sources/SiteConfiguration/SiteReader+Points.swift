internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `points`: what is measured or derived, and how its values are tested.
extension SiteReader {
  /// A point that has been read.
  struct ReadPoint {
    var unit: Unit
    var description: PointDescription
    var plan: PointPlan
    /// How many derived points lead to it, itself included; 0 for acquired points.
    var derivedDepth: Int
  }

  /// Where a point's values come from, and how often.
  struct ReadSource {
    var source: PointSource
    var period: TimeSpan
    var derivedDepth = 0
  }

  mutating func readPoints(_ root: YAMLNode) {
    for node in root.list("points", counts: 1...CoreLimits.points) ?? [] {
      let id = pointNames.declare(node)
      points.append(readPoint(node, id: id))
    }
  }

  private mutating func readPoint(_ node: YAMLNode, id: String?) -> ReadPoint? {
    let name = node.localizedText("name")
    let unit = node.required("unit")?.unit()
    let decimals = node.integer("decimals", in: 0...9)
    let datumNode = node.optional("datum")
    let datum = datumNode.flatMap(readDatumName)
    let source = readSource(node, unit: unit)
    let tests = readQuality(node, unit: unit, period: source?.period)
    let maximumAge = node.optional("maximumAge")?
      .duration(atLeast: source?.period ?? .milliseconds(1))
    let faultDelay = node.optional("sensorFaultDelay")?.duration() ?? .zero
    node.finish()
    guard let id, let name, let unit, let decimals, let source, let tests else { return nil }
    return ReadPoint(
      unit: unit,
      description: PointDescription(
        id: id, name: name, unit: unit.code, datum: datum, decimals: decimals,
        period: source.period),
      plan: PointPlan(
        source: source.source, tests: tests, maximumAge: maximumAge,
        sensorFaultDelay: faultDelay),
      derivedDepth: source.derivedDepth)
  }

  private func readDatumName(_ node: YAMLNode) -> String? {
    node.choice([Self.stationZero] + (header?.datum.map { [$0.reference] } ?? []))
  }
}
