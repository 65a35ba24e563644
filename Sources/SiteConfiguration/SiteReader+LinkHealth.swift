internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// A point that tells how a device or a bus does: `source: {device: gauge, health: responseTime}`.

/// How a device, or a whole bus, does.
struct HealthSourceKeys: Keys {
  let device = Key(optional: "device", .reference)
  let bus = Key(optional: "bus", .reference)
  let health = Key("health", .later(.words(DiagnosticMeasure.allCases.map(\.rawValue))))
}

extension SiteReader {
  mutating func readLinkSource(
    _ section: Section<HealthSourceKeys>, point: Section<PointKeys>, unit: Unit?
  ) -> ReadSource? {
    refuseBurst(point)
    let period = point.needed(\.period)?.duration(atLeast: .seconds(1))
    guard let measureNode = section.health else { return nil }
    let measure = measureNode.choice(DiagnosticMeasure.self)
    guard let subject = readSubject(section), let measure, let period, let unit else {
      return nil
    }
    guard let conversion = Unit.named(measure.unit)?.conversion(to: unit) else {
      measureNode.report(
        found: .value("\(measure.rawValue) in \(measure.unit)"),
        expected: both(
          "a measure that can be converted to \(unit.code)", "\(unit.code) に換算できる項目"))
      return nil
    }
    let link = DiagnosticPoint(
      point: PointIndex(rawValue: UInt16(points.count)), device: subject.device, measure: measure,
      unitFactor: conversion.factor, period: period)
    guard canTell(measure, of: subject) else {
      measureNode.report(
        expected: both(
          "a sensor that is asked; one that sends by itself has no response time",
          "要求に応答するセンサー (自発送信のセンサーに応答時間はない)"))
      return nil
    }
    buses[subject.bus].links.append(link)
    return ReadSource(source: .acquired, period: period)
  }

  /// What a diagnostic point tells of.
  private struct DiagnosticSubject {
    /// The index of the bus.
    var bus: Int
    /// The index of a device on it; nil for the whole bus.
    var device: Int?
  }

  /// Reads `bus`, or else `device`.
  private func readSubject(_ section: Section<HealthSourceKeys>) -> DiagnosticSubject? {
    if let busNode = section.bus {
      section.refuse(\.device, expected: both("device or bus", "device か bus の一方"))
      guard busNames.index(of: busNode) != nil, let id = busNode.string() else { return nil }
      return buses.firstIndex { $0.id == id }.map { DiagnosticSubject(bus: $0) }
    }
    guard let device = section.needed(\.device).flatMap({ deviceNames.index(of: $0) }) else {
      return nil
    }
    return devices[device].map { DiagnosticSubject(bus: $0.bus, device: $0.device) }
  }

  private func canTell(_ measure: DiagnosticMeasure, of subject: DiagnosticSubject) -> Bool {
    guard measure == .responseTime else { return true }
    let devices = buses[subject.bus].devices
    let told = subject.device.map { [devices[$0]] } ?? devices
    return told.contains { !$0.isFreeRunning }
  }
}
