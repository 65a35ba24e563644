internal import Delivery
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
    let (linkNode, link) = readLink(node)
    // Two buses must not share a line, whatever its settings.
    if let link, let first = buses.firstIndex(where: { $0.link.name == link.name }) {
      linkNode?.report(
        found: .value(link.name),
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
    node.finish()
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
    refusePreparation(of: profile, at: profileNode)
    devices.append(DevicePlace(bus: bus, device: buses[bus].devices.count))
    buses[bus].devices.append(
      DevicePlan(id: id, unit: UInt8(unit), profile: profile, points: [], outputs: []))
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
    guard let settings = link.transmission?.serial, profile.serial != settings else { return }
    let factory = profile.serial?.written ?? "TCP"
    node.report(
      .warning, found: .value("\(profile.id) on \(settings.written)"),
      expected: both(
        "\(factory), the factory setting; make sure that the device was changed",
        "工場出荷時の設定 \(factory) (機器側の設定変更を確認)"))
  }

  /// Polling only reads; a device that waits for a command would never be read well.
  private func refusePreparation(of profile: DeviceProfile, at node: YAMLNode) {
    guard !profile.preparation.isEmpty else { return }
    node.report(
      expected: both(
        "a device that measures by itself; the preparation that this one needs before each"
          + " reading is not carried out",
        "自ら計測する機器 (この機器が読み出し前に必要とする preparation は実行されません)"))
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
