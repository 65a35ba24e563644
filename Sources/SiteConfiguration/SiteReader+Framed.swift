internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// Sensors that do not speak Modbus, among the devices of a bus.
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
    guard takes(framed: true, open) else {
      profileNode.report(
        expected: both(
          "a Modbus device; \(profile.id) speaks a protocol of its own, on a bus without Modbus"
            + " devices that is reached by serial or rawTcp",
          "Modbus 機器 (\(profile.id) は独自プロトコルなので、Modbus 機器のない serial か rawTcp のバスが必要)"))
      return
    }
    if case .serial(_, let settings)? = open.link?.link {
      compare(profile, with: settings, at: profileNode)
    }
    let resolved = line.resolved(address: address ?? "")
    if let index = open.index {
      refuseCompany(
        resolved, of: profile, beside: buses[index].devices, at: addressNode ?? profileNode)
    }
    add(
      DevicePlan(
        id: id, line: resolved, timing: profile.timing, points: [],
        examples: profile.lineExamples(address: address ?? "")),
      of: profile, to: &open)
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

  /// Only sensors that wait to be asked, each by a request of its own, can share a bus.
  private func refuseCompany(
    _ line: FramedProtocol, of profile: DeviceProfile, beside others: [DevicePlan],
    at node: YAMLNode
  ) {
    let others = others.compactMap { other in other.framed.map { (id: other.id, line: $0.line) } }
    let talker = ([(id: profile.id, line: line)] + others.prefix(1)).first { sensor in
      sensor.line.messages.contains(where: \.request.isEmpty)
    }
    if let talker {
      node.report(
        expected: both(
          "no other device on the bus; \(talker.id) sends without being asked",
          "バスに他の機器なし (\(talker.id) は要求なしで送信する)"))
      return
    }
    for other in others {
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
}

extension DevicePlan {
  /// True for a device that sends by itself and is never asked.
  var isFreeRunning: Bool { framed?.line.isFreeRunning ?? false }
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
