internal import DetectionCore
internal import Polling

// A point that tells how a device or a bus does: `source: {device: gauge, health: responseTime}`.
extension SiteReader {
  mutating func readLinkSource(
    _ node: YAMLNode, measure measureNode: YAMLNode, point: YAMLNode, unit: Unit?
  ) -> ReadSource? {
    let period = point.duration("period", atLeast: .seconds(1))
    let measure = measureNode.choice(LinkMeasure.self)
    var bus: Int?
    var device: Int?
    if let busNode = node.optional("bus") {
      bus = busNames.place(of: busNode)
    } else if let place = node.required("device").flatMap({ deviceNames.place(of: $0) }) {
      bus = devices[place]?.bus
      device = devices[place]?.device
    }
    guard let bus, let measure, let period, let unit else { return nil }
    guard let conversion = Unit.named(measure.unit)?.conversion(to: unit) else {
      measureNode.report(
        found: .value("\(measure.rawValue) in \(measure.unit)"),
        expected: both(
          "a measure that can be converted to \(unit.code)", "\(unit.code) に換算できる項目"))
      return nil
    }
    buses[bus].links.append(
      LinkPoint(
        point: PointIndex(rawValue: UInt16(points.count)), device: device, measure: measure,
        unitFactor: conversion.factor, period: period))
    return ReadSource(source: .acquired, period: period)
  }
}
