internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `buses`: lines, and the devices on them.
extension SiteReader {
  /// The addresses of a serial line, by the Modbus specification.
  private static let serialUnits = 1...247
  /// Modbus TCP devices also answer to 0 and 255.
  private static let networkUnits = 0...255

  mutating func readBuses(_ root: YAMLNode, profiles find: (String) -> SourceText?) {
    for node in root.optional("buses")?.list(counts: 0...32) ?? [] {
      readBus(node, profiles: find)
    }
  }

  private mutating func readBus(_ node: YAMLNode, profiles find: (String) -> SourceText?) {
    let id = busNames.declare(node)
    let linkNode = node.optional("serial") ?? node.optional("tcp")
    let link: BusLink? =
      if let serial = node.optional("serial") { readSerial(serial) } else {
        node.optional("tcp").flatMap(readNetwork)
      }
    if linkNode == nil {
      node.report(expected: both("a bus with serial or tcp", "serial か tcp のあるバス"))
    } else if let second = node.optional("tcp"), node.optional("serial") != nil {
      second.report(expected: both("either serial or tcp", "serial か tcp のどちらか一方"))
    }
    if let link, let first = buses.firstIndex(where: { $0.link.occupiesSameLine(as: link) }) {
      linkNode?.report(
        found: .value(link.place),
        expected: both(
          "a line of its own; bus \"\(buses[first].id)\" uses it too",
          "バスごとに別の回線 (\"\(buses[first].id)\" と同じ)"))
    }
    let place = buses.count
    buses.append(BusPlan(id: id ?? "", link: link ?? .tcp(host: "", port: 0), devices: []))
    var units: [(unit: YAMLNode, number: UInt8)] = []
    for device in node.required("devices")?.list(counts: 1...247) ?? [] {
      readDevice(device, bus: place, link: link, units: &units, profiles: find)
    }
    refuseReservedUnits(units, bus: place)
    if let share = node.optional("deadShare").flatMap(readDeadShare) {
      buses[place].deadShare = share
    }
    node.finish()
  }

  private func readSerial(_ node: YAMLNode) -> BusLink? {
    let port = node.required("port")?.absolutePath()
    let baud = node.integer("baud", in: 300...4_000_000)
    let parity = node.required("parity")?.choice(SerialSettings.Parity.self)
    let stopBits = node.integer("stopBits", in: 1...2)
    node.finish()
    guard let port, let baud, let parity, let stopBits else { return nil }
    return .serial(
      path: port,
      SerialSettings(baud: UInt32(baud), parity: parity, stopBits: UInt8(stopBits)))
  }

  private func readNetwork(_ node: YAMLNode) -> BusLink? {
    let host = node.string("host")
    let port = node.optional("port")?.integer(in: 1...65_535) ?? 502
    node.finish()
    return host.map { .tcp(host: $0, port: UInt16(port)) }
  }

  /// Thousandths of the bus time.
  private func readDeadShare(_ node: YAMLNode) -> UInt16? {
    guard let percent = node.valueWithUnit(in: "%") else { return nil }
    guard percent >= 0.1, percent <= 100 else {
      node.report(expected: both("0.1 % to 100 %", "0.1 % 以上 100 % 以下"))
      return nil
    }
    return UInt16((percent * 10).rounded())
  }

  private mutating func readDevice(
    _ node: YAMLNode, bus: Int, link: BusLink?, units: inout [(unit: YAMLNode, number: UInt8)],
    profiles find: (String) -> SourceText?
  ) {
    let id = deviceNames.declare(node)
    let profileNode = node.required("profile")
    let profile = profileNode.flatMap { readProfile($0, find: find) }
    let unitNode = node.required("unit")
    let isSerial = if case .tcp = link { false } else { true }
    let unit = unitNode?.integer(in: isSerial ? Self.serialUnits : Self.networkUnits)
    let failSafe = node.optional("failSafe").flatMap { readFailSafe($0, of: profile) }
    node.finish()
    if let unitNode, let unit {
      if let first = units.first(where: { $0.number == UInt8(unit) }) {
        unitNode.report(
          expected: both(
            "a unit that no other device of the bus has; line \(first.unit.line) has it too",
            "バス内で重ならないユニット番号 (\(first.unit.line) 行目と同じ)"))
      }
      units.append((unitNode, UInt8(unit)))
    }
    guard let id, let profile, let profileNode, let unit else {
      devices.append(nil)
      return
    }
    if let link { compare(profile, with: link, at: profileNode) }
    refuseUnknownPreparation(of: profile, at: profileNode)
    devices.append(DevicePlace(bus: bus, device: buses[bus].devices.count))
    buses[bus].devices.append(
      DevicePlan(
        id: id, unit: UInt8(unit), profile: profile, points: [], outputs: [],
        failSafe: failSafe))
  }

  private mutating func readProfile(
    _ node: YAMLNode, find: (String) -> SourceText?
  ) -> DeviceProfile? {
    guard let id = node.string() else { return nil }
    if let known = profiles.first(where: { $0.id == id }) { return known.profile }
    guard let source = find(id) else {
      node.report(
        expected: both(
          "the id of a device profile, such as keller/36xiw",
          "機器プロファイルの ID (例: keller/36xiw)"))
      return nil
    }
    let profile = ProfileDocument.read(source, id: id, into: log)
    profiles.append((id, source, profile))
    return profile
  }

  /// Devices can be set to other line settings than the factory's, so a difference is a warning.
  private func compare(_ profile: DeviceProfile, with link: BusLink, at node: YAMLNode) {
    guard case .serial(_, let settings) = link, profile.serial != settings else { return }
    let factory = profile.serial?.written ?? "TCP"
    node.report(
      .warning, found: .value("\(profile.id) on \(settings.written)"),
      expected: both(
        "\(factory), the factory setting; make sure that the device was changed",
        "工場出荷時の設定 \(factory) (機器側の設定変更を確認)"))
  }

  /// After how long without a request the device itself is to switch its outputs.
  private func readFailSafe(_ node: YAMLNode, of profile: DeviceProfile?) -> TimeSpan? {
    // The gateway's own signs of life come three times as often.
    guard let time = node.duration(atLeast: .seconds(3)), let profile else { return nil }
    guard profile.watchdogSetting(for: time) != nil else {
      let id = profile.watchdog
      let range = id.flatMap { profile.quantity($0)?.range }
        .map { " (\(Int($0.lowerBound)) s – \(Int($0.upperBound)) s)" }
      node.report(
        expected: id.map {
          both(
            "a time that \($0) of \(profile.id) takes\(range ?? "")",
            "\(profile.id) の \($0) に設定できる時間\(range ?? "")")
        }
          ?? both(
            "no such key; \(profile.id) has no watchdog",
            "このキーなし (\(profile.id) にウォッチドッグ機能はありません)"))
      return nil
    }
    return time
  }

  /// A device that waits for a command which cannot be sent would never be read well.
  private func refuseUnknownPreparation(of profile: DeviceProfile, at node: YAMLNode) {
    guard profile.preparation.contains(where: { $0.busRequest == nil }) else { return }
    node.report(
      expected: both(
        "a device that is prepared by requests that exist; the one that this one needs before each"
          + " reading does not",
        "実在する要求で準備できる機器 (この機器が読み出し前に必要とする要求は存在しません)"))
  }

  private func refuseReservedUnits(_ units: [(unit: YAMLNode, number: UInt8)], bus: Int) {
    for (node, number) in units {
      guard
        let owner = buses[bus].devices.first(where: { $0.profile.reservedUnits.contains(number) })
      else { continue }
      node.report(
        expected: both(
          "another unit; \(number) has a special meaning for \(owner.profile.id)",
          "別のユニット番号 (\(number) は \(owner.profile.id) で特別な意味を持つ)"))
    }
  }
}

extension BusLink {
  /// Two buses must not share a line, whatever its settings.
  fileprivate func occupiesSameLine(as other: BusLink) -> Bool { place == other.place }

  /// The port or address.
  fileprivate var place: String {
    switch self {
    case .serial(let path, _): path
    case .tcp(let host, let port): "\(host):\(port)"
    }
  }
}

extension SerialSettings {
  /// As printed on devices: `9600 8N1`.
  var written: String {
    let letter =
      switch parity {
      case .none: "N"
      case .even: "E"
      case .odd: "O"
      }
    return "\(baud) 8\(letter)\(stopBits)"
  }
}

extension YAMLNode {
  /// A path from the root; anything else would depend on where the gateway was started.
  func absolutePath() -> String? {
    guard let path = string() else { return nil }
    guard path.hasPrefix("/") else {
      report(
        expected: both("a path from the root, such as /var/lib/nomori", "絶対パス (例: /var/lib/nomori)")
      )
      return nil
    }
    return path
  }
}
