internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// Sensors that do not speak Modbus, among the devices of a bus, and the points that they deliver.
extension SiteReader {
  mutating func readSensor(
    _ section: Section<DeviceKeys>, id: String?, _ profile: DeviceProfile,
    at profileNode: YAMLNode, on open: inout OpenBus
  ) {
    guard let line = profile.line else { return }
    let addressNode = line.needsAddress ? section.needed(\.address) : nil
    let address = addressNode?.lineAddress()
    refuseModbusKeys(of: section, profile, line)
    guard let id, (address == nil) == !line.needsAddress else { return }
    guard let given = open.link else { return }
    guard let link = given.line, open.bus == nil else {
      profileNode.report(
        expected: both(
          "a Modbus device; \(profile.id) speaks a protocol of its own, on a bus without Modbus"
            + " devices that is reached by serial or rawTcp",
          "Modbus 機器 (\(profile.id) は独自プロトコルなので、Modbus 機器のない serial か rawTcp のバスが必要)"))
      return
    }
    if case .serial(_, let settings) = link { compare(profile, with: settings, at: profileNode) }
    let place = open.line ?? lines.count
    if open.line == nil {
      open.line = place
      lines.append(FramedPlan(id: open.id, link: link, devices: [], transmitter: given.transmitter))
    }
    let resolved = line.resolved(address: address ?? "")
    if let other = lines[place].devices.first {
      refuseCompany(resolved, of: profile, beside: other, on: place, at: addressNode ?? profileNode)
    }
    sensors[sensors.count - 1] = SensorPlace(
      line: place, device: lines[place].devices.count, profile: profile)
    lines[place].devices.append(
      FramedDevicePlan(
        id: id, line: resolved, timing: profile.timing, points: [],
        examples: profile.lineExamples(address: address ?? "")))
  }

  private func refuseModbusKeys(
    of section: Section<DeviceKeys>, _ profile: DeviceProfile, _ line: FramedProtocol
  ) {
    let expected = both(
      "a Modbus device; \(profile.id) speaks a protocol of its own",
      "Modbus 機器 (\(profile.id) は独自プロトコル)")
    section.refuse(\.unit, expected: expected)
    section.refuse(\.failSafe, expected: expected)
    section.refuse(\.identity, expected: expected)
    guard !line.needsAddress else { return }
    section.refuse(
      \.address,
      expected: both(
        "a sensor with an address; \(profile.id) has none",
        "アドレスのあるセンサー (\(profile.id) にはありません)"))
  }

  /// Only sensors that wait to be asked, each by a request of its own, can share a line.
  private func refuseCompany(
    _ line: FramedProtocol, of profile: DeviceProfile, beside first: FramedDevicePlan,
    on place: Int,
    at node: YAMLNode
  ) {
    let talker = [(profile.id, line), (first.id, first.line)].first { sensor in
      sensor.1.messages.contains(where: \.request.isEmpty)
    }
    if let talker {
      node.report(
        expected: both(
          "no other device on the bus; \(talker.0) sends without being asked",
          "バスに他の機器なし (\(talker.0) は要求なしで送信する)"))
      return
    }
    for other in lines[place].devices {
      for message in line.messages {
        for theirs in other.line.messages {
          if message.requestBytes == theirs.requestBytes {
            return node.report(
              expected: both(
                "a device that is asked by another request than \(other.id)",
                "\(other.id) と異なる要求を使う機器"))
          }
          if message.looksLike(theirs) {
            return node.report(
              expected: both(
                "a device whose answers cannot be taken for those of \(other.id): a line of its own",
                "\(other.id) の応答と区別できる機器 (別の回線が必要)"))
          }
        }
      }
    }
  }

  /// Reads `{device, quantity}` of a line sensor.
  mutating func readSensorSource(
    _ place: SensorPlace, quantity node: YAMLNode, point: Section<PointKeys>,
    unit: Unit?
  ) -> ReadSource? {
    let period = readPeriod(point, of: place.profile)
    let burst = point.burst.flatMap { readBurst($0, of: place.profile, period: period) }
    let line = lines[place.line].devices[place.device].line
    guard let id = node.string() else { return nil }
    guard let quantity = line.quantity(id) else {
      reportQuantity(id, known: line.quantities.map(\.id), of: place.profile, at: node)
      return nil
    }
    guard let unit, let period else { return nil }
    guard let conversion = node.conversion(of: id, in: quantity.unit, to: unit) else { return nil }
    lines[place.line].devices[place.device].points.append(
      FramedPoint(
        point: PointIndex(rawValue: UInt16(points.count)), quantity: quantity,
        unitFactor: conversion.factor, unitOffset: conversion.offset, period: period,
        burst: burst))
    return ReadSource(
      source: .acquired, period: period, isTruth: quantity.isTruth, spacing: burst?.spacing)
  }
}

extension FramedQuantity {
  /// True where the value can only be 0 or 1.
  fileprivate var isTruth: Bool {
    guard case .words(let words) = format else { return false }
    return words.allSatisfy { $0.value == 0 || $0.value == 1 }
  }
}

extension YAMLNode {
  /// A device's address on a line: a few letters or digits.
  fileprivate func lineAddress() -> String? {
    guard let text = string() else { return nil }
    guard (1...8).contains(text.utf8.count),
      text.unicodeScalars.allSatisfy({
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
      })
    else {
      report(
        expected: both("1 to 8 letters or digits, such as 0", "英字または数字 1〜8 字 (例: 0)"))
      return nil
    }
    return text
  }
}
